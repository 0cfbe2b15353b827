//! The manners of the command line: help, suggestions, exit codes, completions, man pages, own figures.

#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, Terminal, Way, skipped};
use onramp_analytics::cli::{definition, exit};
use onramp_analytics::ledger::written;
use onramp_analytics::words::examples::EXAMPLES;
use onramp_shim::catalog::{Command, Service};
use onramp_shim::schema::{Duration, ErrorType, Event, Stamp};

const PROGRAM: &str = env!("CARGO_BIN_EXE_onramp-analytics");

#[test]
fn help_fits_a_screen_and_has_examples() {
    let ran = Case::new().cli(&["--help"]).exits(0).stderr("");
    assert!(ran.out.lines().count() <= 50, "{ran}");
    assert!(ran.out.lines().all(|line| line.chars().count() <= 100), "{ran}");
    assert!(ran.out.contains("\nExamples:\n  onramp-analytics status "), "{ran}");
    for hidden in ["  send", "  docs"] {
        assert!(!ran.out.lines().any(|line| line.starts_with(hidden)), "{ran}");
    }
}

#[test]
fn every_command_explains_itself() {
    let case = Case::new();
    let help = case.cli(&["--help"]).out;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<_> =
        commands.filter(|l| !l.starts_with("    ")).filter_map(|l| l.split_whitespace().next()).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names.iter().filter(|name| **name != "help") {
        let ran = case.cli(&[name, "--help"]).exits(0).stderr("");
        assert!(ran.out.lines().count() <= 40 && ran.out.lines().all(|line| line.chars().count() <= 100), "{ran}");
        assert!(ran.out.contains(&format!("\nExamples:\n  onramp-analytics {name}")), "{ran}");
        let lines: Vec<_> = ran.out.lines().collect();
        for (i, option) in lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with("--")) {
            let explained = option.trim().contains("  ") || lines.get(i + 1).is_some_and(|below| !below.is_empty());
            assert!(explained, "an option without a word of help: {option}\n{ran}");
        }
    }
}

#[test]
fn a_command_s_own_options_stand_above_those_of_every_command() {
    let help = Case::new().cli(&["enable", "--help"]).exits(0).out;
    let place = |option: &str| help.find(option).unwrap_or_else(|| panic!("{option}: {help}"));
    let options = ["--local", "--with-current", "--host", "--project", "--quiet", "--verbose", "--help"];
    assert!(options.map(place).is_sorted(), "{help}");
}

#[test]
fn every_example_of_the_help_is_a_command_line_that_is_taken() {
    for (name, examples) in EXAMPLES {
        for (line, _) in *examples {
            let words = line.split(' ').take_while(|word| *word != "#");
            let taken = definition().try_get_matches_from(std::iter::once("onramp-analytics").chain(words));
            assert!(line.starts_with(name) && taken.is_ok(), "{line}: {taken:?}");
        }
    }
}

#[test]
fn a_flush_says_that_it_waits() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("http://{}", server.local_addr().unwrap());
    let case = Case::new().env("ONRAMP_ANALYTICS_API_KEY", "phc_test").env("ONRAMP_ANALYTICS_HOST", &host);
    let case = case.tool("make", "exit 0");
    case.cli(&["enable"]).exits(0);
    case.run(&["make", "start"]).exits(0);
    // The connection stands, and nobody answers until the line was seen.
    let mut terminal = Terminal::start(&case, &["group=foreground"], &[PROGRAM, "flush"]);
    terminal.see(&format!("sending to {host} ... 1 s"));
    drop(server);
    terminal.see("\r\x1b[K");
    terminal.see("could not send to");
    assert_eq!(terminal.ends().0, 1);
}

#[test]
fn a_typo_gets_a_suggestion() {
    let ran = Case::new().cli(&["enabel"]).exits(2).stdout("");
    assert!(ran.err.contains("a similar subcommand exists: 'enable'"), "{ran}");
    let ran = Case::new().cli(&["enable", "--with-curent"]).exits(2).stdout("");
    assert!(ran.err.contains("a similar argument exists: '--with-current'"), "{ran}");
}

#[test]
fn each_exit_code_of_the_table_is_one_that_happens() {
    let case = Case::new().through(Way::Direct);
    let code = |words: &[&str]| case.cli(words).status.code().unwrap();
    let mut seen =
        vec![code(&["schema"]), code(&["show-id"]), code(&["nonsense"]), code(&["status"]), code(&["doctor"])];
    case.cli(&["enable", "--local"]).exits(0);
    seen.push(code(&["status"]));
    seen.sort_unstable();
    let table: Vec<_> = exit::TABLE.iter().map(|(code, _)| i32::from(*code)).collect();
    assert_eq!(seen, table);
}

#[test]
fn quiet_says_nothing_but_the_notice_and_verbose_names_the_files() {
    let case = Case::new();
    let ran = case.cli(&["enable", "--quiet"]).exits(0).stderr("");
    assert!(ran.out.starts_with("What is collected") && !ran.out.contains("Thank you"), "{ran}");
    case.cli(&["disable", "--quiet"]).exits(0).stdout("").stderr("");
    let ran = case.cli(&["status", "--verbose"]).exits(4);
    assert!(ran.err.contains("onramp-analytics: read: {CASE}/onramp/onramp.lock\n"), "{ran}");
    case.cli(&["status", "--verbose", "--quiet"]).exits(2);
}

/// A command whose reader has gone before it begins.
fn unheard(case: &Case, words: &[&str]) -> std::process::Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    case.command(&[&[PROGRAM], words].concat()).stdout(writer).output().unwrap()
}

#[test]
fn a_reader_that_has_gone_is_no_error_and_stops_nothing_half_way() {
    let case = Case::new();
    let script = format!("yes '{{\"argv\":[\"make\"]}}' | {PROGRAM} explain --json --stdin | head -1");
    assert_eq!(case.run(&["sh", "-c", &script]).exits(0).out.lines().count(), 1);
    assert_eq!(unheard(&case, &["status"]).status.code(), Some(4));
    assert_eq!(unheard(&case, &["enable", "--local"]).status.code(), Some(0));
    assert_eq!(unheard(&case, &["status"]).status.code(), Some(3));
    let case = with_events(&some_events());
    assert!(!case.cli(&["view"]).out.starts_with("no events"));
    // Two steps: what waits, then the history.
    let purged = unheard(&case, &["purge", "--history"]);
    assert_eq!((purged.status.code(), purged.stderr.as_slice()), (Some(0), &b""[..]), "{purged:?}");
    case.cli(&["view"]).stdout("no events\n");
}

#[test]
fn a_result_that_finds_no_room_is_a_failure() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let case = with_events(&some_events());
    for words in [&["export"][..], &["status"], &["schema", "--json"], &["explain", "--", "make", "start"]] {
        let ran = case.command(&[&[PROGRAM], words].concat()).stdout(full()).output().unwrap();
        let err = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{words:?}: {err}");
        assert!(err.starts_with("onramp-analytics: could not write output: "), "{words:?}: {err}");
    }
}

// ---- completions and man pages ------------------------------------------------------------------------------------

#[test]
fn bash_completes_commands_options_goals_and_services() {
    let case = Case::new().file("onramp/services-available/mine.yml", "").file("onramp/services-enabled/on.yml", "");
    let script = format!(
        "source <({PROGRAM} completions bash)
         PATH=${{0%/*}}:$PATH
         try() {{
             COMP_WORDS=($1); [[ $1 == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
             _onramp_analytics_explain onramp-analytics \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"
             echo \"${{COMPREPLY[*]}}\"
         }}
         try 'onramp-analytics statu'
         try 'onramp-analytics enable --with'
         try 'onramp-analytics explain -- '
         try 'onramp-analytics explain --json -- make enable-s'
         try 'onramp-analytics explain -- make enable-service ple'
         try 'onramp-analytics explain -- make enable-service mi'
         try 'onramp-analytics explain -- docker compose stop '
         complete -p onramp-analytics | grep -o _onramp_analytics_explain"
    );
    case.run(&["bash", "--norc", "-c", &script, PROGRAM]).stderr("").stdout(
        "status\n--with-current\ndocker docker-compose make podman\nenable-service\n\nmine\non\n\
         _onramp_analytics_explain\n",
    );
}

#[test]
fn fish_completes_the_same() {
    if which::which_in("fish", Some("/usr/bin:/bin"), "/").is_err() {
        return skipped("fish is not installed");
    }
    let case = Case::new().at("elsewhere");
    let script = format!(
        "{PROGRAM} completions fish | source
         set PATH (path dirname {PROGRAM}) $PATH
         for line in 'statu' 'explain -- ' 'explain -- make enable-s' 'explain -- make enable-service ple'
             complete -C \"onramp-analytics $line\" | string replace -r '\\t.*' '' | string join ' '
         end"
    );
    let ran = case.run(&["fish", "--no-config", "-c", &script]).stderr("");
    assert_eq!(ran.out, "status\ndocker docker-compose make podman\nenable-service\nplex\n", "{ran}");
}

#[test]
fn zsh_takes_its_completions() {
    if which::which_in("zsh", Some("/usr/bin:/bin"), "/").is_err() {
        return skipped("zsh is not installed");
    }
    let script = format!(
        "autoload -Uz compinit; compinit -D; source <({PROGRAM} completions zsh); echo $_comps[onramp-analytics]"
    );
    Case::new().run(&["zsh", "-f", "-c", &script]).stderr("").stdout("_onramp_analytics_explain\n");
}

#[test]
fn every_command_has_a_man_page() {
    let case = Case::new();
    case.cli(&["man", "--out", case.root().join("man").to_str().unwrap()]).exits(0).stdout("");
    let page = |name: &str| std::fs::read_to_string(case.root().join("man").join(name)).unwrap();
    for name in ["onramp-analytics.1", "onramp-analytics-status.1", "onramp-analytics-reset-id.1"] {
        assert!(page(name).contains(".SH SYNOPSIS"), "{name}");
    }
    assert!(page("onramp-analytics.1").contains(".SH \"EXIT STATUS\"\n.TP\n0\n"));
    let example = ".SH EXAMPLES\n.TP\n\\fBonramp\\-analytics explain \\-\\- make enable\\-service plex\\fR\nwhat would be recorded\n.TP\n";
    assert!(page("onramp-analytics-explain.1").contains(example), "{}", page("onramp-analytics-explain.1"));
    assert!(page("onramp-analytics-collector-report.1").contains(".SH EXAMPLES\n.TP\n"));
    assert!(!page("onramp-analytics.1").contains("EXTRA") && !page("onramp-analytics.1").contains("Exit codes:"));
    assert!(!case.root().join("man/onramp-analytics-send.1").exists());
    case.cli(&["man"]).exits(0).stdout(&page("onramp-analytics.1"));
}

// ---- own figures ----------------------------------------------------------------------------------------------------

/// A person who counts for herself, with events recorded some days ago.
fn with_events(events: &[(u64, Event)]) -> Case {
    let case = Case::new().local();
    let today = harness::today().unsigned_abs();
    let mut text = Vec::new();
    for (n, (ago, event)) in (0u32..).zip(events) {
        let mut uuid = [0; 16];
        uuid[..4].copy_from_slice(&n.to_le_bytes());
        text.extend(written(*event, &Stamp { uuid, id: None, day: today - ago, micros: 0 }));
        text.push(b'\n');
    }
    std::fs::write(case.place().file("local"), text).unwrap();
    case
}

fn some_events() -> Vec<(u64, Event)> {
    let start = Command::make(b"start");
    let ran =
        |success, millis| Event::CommandExecuted { command: start, success, duration: Duration::of_millis(millis) };
    let mut events: Vec<_> = (0..40).map(|n| (n / 2, ran(n != 3, 1000 + n * 100))).collect();
    events.push((1, Event::ErrorOccurred { command: start, error: ErrorType::ImageUnavailable }));
    let up = Command::compose(b"up");
    events.push((20, Event::CommandExecuted { command: up, success: true, duration: Duration::of_millis(90) }));
    events.push((20, Event::ServiceEnabled { service: Service::named(b"plex"), has_scaffold: true }));
    events.push((2, Event::ServiceEnabled { service: Service::named(b"mine"), has_scaffold: false }));
    events
}

#[test]
fn figures_are_plain_text_in_a_pipe() {
    let case = with_events(&some_events());
    let ran = case.cli(&["stats"]).exits(0).stderr("");
    for line in [
        "41 commands since ",
        "command                      runs  failed   median     95 %\n",
        "start                          40       1    2.9 s    4.7 s\n",
        "compose up                      1       0        -        -\n",
        "image_unavailable               1  start 1\n",
        "plex                       enabled  ",
        "custom                     enabled  ",
    ] {
        assert!(ran.out.contains(line), "{line:?}\n{ran}");
    }
    assert!(ran.out.is_ascii(), "{ran}");
}

#[test]
fn one_command_is_told_as_one() {
    let one = with_events(&some_events()[..1]).cli(&["stats"]).exits(0);
    assert!(one.out.starts_with("1 command since "), "{one}");
}

#[test]
fn figures_have_bars_on_a_terminal_as_wide_as_it_is() {
    let mut events = some_events();
    // Alone in the first of the weeks, whichever day today is.
    events.push((27, events[0].1));
    let case = with_events(&events);
    for (settings, bold) in [(case.env("NO_COLOR", "1"), false), (with_events(&events), true)] {
        let mut terminal =
            Terminal::start(&settings, &["group=foreground"], &["sh", "-c", "read x; exec $0 stats", PROGRAM]);
        terminal.resize(24, 72);
        terminal.type_in("\r");
        terminal.see("services over time");
        let (code, screen) = terminal.ends();
        assert_eq!(code, 0);
        assert!(screen.contains('█') && screen.contains("a week  ▂"), "{screen}");
        assert_eq!(screen.contains("\x1b[1m"), bold, "{screen}");
        let wide =
            screen.lines().map(|l| l.trim_end().replace("\x1b[1m", "").replace("\x1b[0m", "").chars().count()).max();
        assert!(wide <= Some(72), "{wide:?}: {screen}");
    }
}

#[test]
fn figures_begin_when_it_is_asked_for_and_are_json_too() {
    let case = with_events(&some_events());
    let figures = |words: &[&str]| -> serde_json::Value {
        let ran = case.cli(&[&["stats", "--json"], words].concat()).exits(0);
        serde_json::from_str(&ran.out).unwrap()
    };
    let all = figures(&[]);
    assert_eq!((&all["events"], &all["commands"][0]["runs"]), (&44.into(), &40.into()));
    assert_eq!(all["commands"][0]["median_ms"], 2900);
    assert_eq!(all["commands"][1]["median_ms"], serde_json::Value::Null);
    assert_eq!(all["failures"][0]["commands"]["start"], 1);
    assert_eq!(all["services"][0]["service"], "custom");
    assert_eq!(all["weeks"].as_array().unwrap().last().unwrap()["services"], 2);
    assert_eq!(figures(&["--since", "3d"])["commands"][0]["runs"], 8);
    let ran = case.cli(&["stats", "--since", "yesterday"]).exits(2).stdout("");
    assert!(ran.err.contains("could not read time: yesterday\nhelp: 30d"), "{ran}");
    let ran = Case::new().cli(&["stats"]).exits(0);
    assert!(ran.out.starts_with("nothing was recorded here since "), "{ran}");
}
