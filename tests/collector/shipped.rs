//! What the repository ships beside the program: the unit, the alerts, the documentation.

use crate::events::*;
use crate::server::{Collector, command};
use crate::tools::{self, skipped::skipped};
use onramp_analytics::collector::admission::Reason;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn the_units_command_line_is_one_that_runs() {
    let unit = read("contrib/systemd/onramp-collector.service");
    let start = unit.split_once("ExecStart=").unwrap().1.replace("\\\n", " ");
    let words: Vec<_> = start.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(words[..4], ["/usr/local/bin/onramp-analytics", "collector", "--data", "/var/lib/onramp-collector"]);
    assert_eq!(words[4..6], ["--listen", "127.0.0.1:8723"]);
    let collector = Collector::with(&words[6..]);
    let answer = collector.post("/batch/", batch(&[line(&install(1), 0, enabled("plex"))]));
    assert_eq!(answer.status, 200);
    let folder = tempfile::tempdir().unwrap();
    let backup = read("contrib/systemd/onramp-collector-backup.service");
    assert!(backup.contains("/onramp-analytics collector backup --data /var/lib/onramp-collector"));
    let mut run = command();
    run.args(["collector", "backup", "--data"]).arg(&collector.data).arg(folder.path().join("b.sqlite"));
    assert!(run.output().unwrap().status.success());
}

/// Runs `systemd-analyze verify` on units as they are shipped, but for the place of the program.
fn verified(user: bool, units: &[&str]) {
    if which::which("systemd-analyze").is_err() {
        return skipped("there is no systemd-analyze");
    }
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_onramp-analytics");
    let mut run = Command::new("systemd-analyze");
    run.args(user.then_some("--user")).arg("verify").env("XDG_RUNTIME_DIR", folder.path());
    for unit in units {
        let text = read(&format!("contrib/systemd/{unit}"));
        let text = text.replace("/usr/local/bin/onramp-analytics", program);
        std::fs::write(folder.path().join(unit), text).unwrap();
        run.arg(folder.path().join(unit));
    }
    let output = run.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let ours = ["onramp-collector.service", "onramp-collector-backup.service", "onramp-collector-backup.timer"];
    verified(false, &ours);
    verified(true, &["onramp-analytics-ui.service"]);
}

#[test]
fn the_page_s_unit_finds_the_program_in_a_home_and_puts_the_socket_where_the_dashboard_looks() {
    let home = tempfile::tempdir().unwrap();
    let at = |below: &str| home.path().join(below);
    for folder in [".local/bin", "onramp/services-available"] {
        std::fs::create_dir_all(at(folder)).unwrap();
    }
    std::fs::write(at("onramp/Makefile"), "").unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_onramp-analytics"), at(".local/bin/onramp-analytics")).unwrap();
    let unit = read("contrib/systemd/onramp-analytics-ui.service").replace("%h", &home.path().to_string_lossy());
    assert!(unit.lines().all(|line| line.starts_with('#') || !line.contains('%')), "{unit}");
    let told = |name: &str| unit.lines().find_map(|line| line.strip_prefix(name)).unwrap().split(' ');
    let run = |mut words: std::str::Split<'_, char>| {
        let mut run = Command::new(words.next().unwrap());
        run.args(words).env_clear().env("HOME", home.path()).current_dir(told("WorkingDirectory=").next().unwrap());
        run.env("PATH", told("Environment=PATH=").next().unwrap()).stdout(std::process::Stdio::null());
        run
    };
    assert!(run(told("ExecStartPre=")).status().unwrap().success());
    let mut page = run(told("ExecStart=")).spawn().unwrap();
    let readme = read("contrib/onramp/dashboard/README.md");
    let socket = readme.split_once("--unix ~/").unwrap().1.lines().next().unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !at(socket).exists() && page.try_wait().unwrap().is_none() && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let is_there = at(socket).exists();
    page.kill().unwrap();
    page.wait().unwrap();
    assert!(is_there, "no socket at {socket}");
}

#[test]
fn the_documentation_names_every_reason_command_and_address() {
    let docs = read("docs/maintainer.md");
    for (_, word, _) in Reason::ALL {
        assert!(docs.contains(&format!("| `{word}` |")), "{word}");
    }
    let help = command().args(["collector", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let names = help.lines().filter_map(|l| l.trim().split(' ').next()).filter(|w| w.starts_with("--") && w.len() > 2);
    for option in names.filter(|option| *option != "--project") {
        assert!(docs.contains(option), "{option}");
    }
    for command in ["report", "backup", "export", "import", "dashboard push"] {
        assert!(docs.contains(&format!("collector {command}")), "{command}");
    }
}

/// The queries of alerts.md, in their order.
fn alerts() -> Vec<String> {
    let text = read("docs/posthog/alerts.md");
    let blocks = text.split("```sql\n").skip(1).map(|rest| rest.split_once("```").unwrap().0.trim().to_owned());
    blocks.collect()
}

/// What each alert's number is for these events.
fn numbers(lines: &[String]) -> Option<Vec<f64>> {
    let alerts = alerts();
    assert_eq!(alerts.len(), 4);
    let tiles: Vec<_> = alerts
        .iter()
        .enumerate()
        .map(|(n, q)| json!({"name": n.to_string(), "query": {"source": {"query": q}}}))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let (template, events) = (folder.path().join("alerts.json"), folder.path().join("events.ndjson"));
    std::fs::write(&template, json!({ "tiles": tiles }).to_string()).unwrap();
    std::fs::write(&events, lines.join("\n")).unwrap();
    let mut queries = tools::python("queries.py")?;
    let output = tools::run(queries.arg(&template).arg(&events).arg(ago(0)).arg(ago(0)));
    let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |place: usize| {
        let row = rows[place.to_string()][0].as_object().unwrap();
        row.values().next().unwrap().as_f64().unwrap_or_default()
    };
    Some((0..4).map(number).collect())
}

#[test]
fn the_alerts_tell_a_bad_day_from_a_quiet_one() {
    let mut lines = Vec::new();
    for days in 2..=60 {
        for number in 1..=10 {
            let install = install(number);
            lines.push(line(&install, days, ran("start", true, 1200)));
            // Every day one new install, and one error in ten runs.
            lines.push(line(&self::install(1000 + days as u64), days, ran("start", true, 1200)));
        }
        lines.push(line(&install(1), days, failed("start", "usage")));
    }
    let Some(quiet) = numbers(&lines) else { return };
    assert_eq!(quiet, [1.0, 0.0, 1.0, 1.0]);
    for number in 0..40 {
        lines.push(line(&install(1), 2, failed("restart", "image_unavailable")));
        lines.push(line(&install(5000 + number), 2, ran("restart", false, 1200)));
    }
    let bad = numbers(&lines).unwrap();
    assert!(bad[0] > 2.0 && bad[1] > 5.0 && bad[3] > 5.0, "{bad:?}");
    let early = lines.iter().filter(|line| (9..=60).any(|days| line.contains(&format!("\"{}T", ago(days)))));
    let silent = numbers(&early.cloned().collect::<Vec<_>>()).unwrap();
    assert!(silent[2] < 0.7, "{silent:?}");
}
