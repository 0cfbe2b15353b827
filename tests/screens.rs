//! The screens in docs/screens.md are those of the real commands on a real terminal, so that they don't drift.
//!
//! What is of a day or a machine is put as on a machine of a person called ann, on 28 November 2026. To renew
//! the page: run this test, then copy target/tmp/screens.md over docs/screens.md.

#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, Terminal, Way, skipped};
use onramp_analytics::days;
use onramp_analytics::ledger::written;
use onramp_shim::catalog::{Command, Override, Service};
use onramp_shim::schema::{Duration, ErrorType, Event, Stamp};
use std::path::Path;

const PROGRAM: &str = env!("CARGO_BIN_EXE_onramp-analytics");
const COLUMNS: u16 = 100;
/// The Monday on which ann was last seen on the page, in days since 1970.
const MONDAY: i64 = 20_773;

/// The Monday of last week, so that today is a later day, whichever it is.
fn monday() -> i64 {
    days::monday(harness::today()) - 7
}

/// Ann: everything installed, own figures of half a year.
fn ann() -> Case {
    let case = Case::new().through(Way::Direct).path(&["bin", "/usr/bin", "/bin"]).env("SHELL", "/bin/bash");
    let case = case.tool("make", "exit 0").tool("docker", "exit 0").without_env("LANG").env("LC_ALL", "C.UTF-8");
    let case = case.program("onramp-analytics", Path::new(PROGRAM));
    case.cli(&["install", "--hook"]).exits(0);
    case.cli(&["enable", "--local"]).exits(0);
    std::fs::write(case.place().file("local"), half_a_year(monday())).unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(case.place().file("local"), std::fs::Permissions::from_mode(0o600)).unwrap();
    case.path(&["data/onramp-analytics/shims", "bin", "/usr/bin", "/bin"])
}

/// What she did, on Mondays only: so every week has the same share, whichever day today is.
fn half_a_year(monday: i64) -> Vec<u8> {
    let mut events = Vec::new();
    for week in 0..26u64 {
        let ran = |command, success, millis| Event::CommandExecuted {
            command,
            success,
            duration: Duration::of_millis(millis),
        };
        let start = Command::make(b"start");
        for n in 0..(week * 7 + 3) % 11 {
            events.push((week, ran(start, n != 4, 9_000 + n * 800 + week * 130)));
        }
        events.push((week, ran(Command::make(b"update"), week % 9 != 2, 61_000 + week * 700)));
        for n in 0..week % 4 {
            events.push((week, ran(Command::compose(b"ps"), true, 310 + n * 20)));
            events.push((week, ran(Command::compose(b"logs"), true, 40_000 + n * 9_000)));
        }
        if week % 6 == 1 {
            events.push((week, ran(Command::make(b"enable-service"), true, 420)));
        }
        if week % 9 == 2 {
            events.push((
                week,
                Event::ErrorOccurred { command: Command::make(b"update"), error: ErrorType::ImageUnavailable },
            ));
        }
    }
    events.push((12, Event::ErrorOccurred { command: Command::make(b"start"), error: ErrorType::DockerUnavailable }));
    let services: [(u64, &[u8]); 6] =
        [(25, b"plex"), (23, b"sonarr"), (22, b"homepage"), (13, b"my-own"), (7, b"vaultwarden"), (1, b"gitea")];
    for (week, name) in services {
        events.push((week, Event::ServiceEnabled { service: Service::named(name), has_scaffold: week % 2 == 1 }));
    }
    events.push((5, Event::ServiceDisabled { service: Service::named(b"sonarr") }));
    events.push((20, Event::OverrideEnabled { override_: Override::named(b"plex-nfs") }));
    let mut text = Vec::new();
    for (n, (week, event)) in (0u64..).zip(events) {
        let mut uuid = [0; 16];
        uuid[..8].copy_from_slice(&n.to_le_bytes());
        let day = monday.unsigned_abs() - week * 7;
        text.extend(written(event, &Stamp { uuid, id: None, day, micros: 43_200_000_000 }));
        text.push(b'\n');
    }
    text
}

/// What a command shows on a terminal, as it is on ann's machine.
fn screen(case: &Case, words: &str) -> String {
    let script = format!("read x; echo BEGIN; onramp-analytics {words}; echo END");
    let mut terminal = Terminal::start(case, &["group=foreground"], &["sh", "-c", &script]);
    terminal.resize(60, COLUMNS);
    terminal.type_in("\r");
    terminal.see("END");
    let (_, shown) = terminal.ends();
    let shown = shown.split_once("BEGIN\r\n").unwrap().1.split_once("END").unwrap().0.to_owned();
    let program = Path::new(PROGRAM).parent().unwrap().to_str().unwrap();
    let shown = shown.replace("\r\n", "\n").replace("\x1b[1m", "").replace("\x1b[0m", "");
    let shown = shown.replace(program, "/usr/local/bin").replace("{CASE}/home", "/home/ann");
    let shown = shown.replace("{CASE}/onramp", "/home/ann/onramp").replace("{CASE}/data", "/home/ann/.local/share");
    let shown = shown.replace("{CASE}/state", "/home/ann/.local/state").replace("{CASE}/config", "/home/ann/.config");
    dated(&shown.replace("{CASE}/bin", "/usr/bin"), monday())
}

/// With the dates of the page's week; a time of day is noon.
fn dated(text: &str, monday: i64) -> String {
    let mut dated = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("20") {
        let (before, from) = rest.split_at(at);
        dated += before;
        let date = from.get(..10).and_then(|date| date.parse::<jiff::civil::Date>().ok());
        let Some(date) = date.filter(|_| from.as_bytes()[4] == b'-') else {
            dated += &from[..2];
            rest = &from[2..];
            continue;
        };
        let unix = jiff::civil::date(1970, 1, 1);
        let days = i64::from((date - unix).get_days());
        // What is later than what ann did is today.
        let days = if days > monday { MONDAY + 7 + 5 } else { days - monday + MONDAY };
        dated += &(unix + jiff::Span::new().days(days)).to_string();
        rest = &from[10..];
        if rest.starts_with('T') && rest.get(9..10) == Some("Z") {
            dated += "T12:00:00Z";
            rest = &rest[10..];
        }
    }
    dated + rest
}

#[test]
fn the_page_shows_what_the_commands_show() {
    if which::which_in("bash", Some("/usr/bin:/bin"), "/").is_err() {
        return skipped("no bash");
    }
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/screens.md")).unwrap();
    let case = ann();
    let broken = ann();
    let links = broken.root().join("data/onramp-analytics/shims");
    std::fs::remove_file(links.join("docker")).unwrap();
    std::fs::write(broken.checkout().join(".onramp.lock.new"), "").unwrap();
    let broken =
        broken.file("home/.bashrc", "case $- in *i*) ;; *) return;; esac\neval \"$(onramp-analytics init bash)\"\n");
    let broken = broken.file("home/.bash_profile", "alias docker=podman\n");
    let broken = broken.path(&["bin", "data/onramp-analytics/shims", "/usr/bin", "/bin"]);
    let mut renewed = String::new();
    let mut rest = page.as_str();
    while let Some((before, from)) = rest.split_once("```text\n$ onramp-analytics ") {
        let (words, after) = from.split_once('\n').unwrap();
        let (_, after) = after.split_once("```").unwrap();
        let person = if before.contains("Something is wrong here") { &broken } else { &case };
        renewed += &format!("{before}```text\n$ onramp-analytics {words}\n{}```", screen(person, words));
        rest = after;
    }
    renewed += rest;
    let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screens.md");
    if renewed != page {
        std::fs::write(&new, &renewed).unwrap();
        let differ = page.lines().zip(renewed.lines()).find(|(old, new)| old != new);
        panic!("docs/screens.md differs: {differ:#?}\nhelp: cp {} docs/screens.md", new.display());
    }
}
