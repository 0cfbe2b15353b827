//! The shim from outside: what it leaves alone, and the whole way of an event to the collector's database.

#[expect(unused, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, Terminal, skipped, until};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Every path below a folder.
fn tree(folder: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            all.insert(entry.path().display().to_string());
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    all
}

/// The shim's own system calls: those of the first process until it executes the real command or ends.
fn own_calls(trace: &str) -> Vec<String> {
    let first = trace.split_whitespace().next().unwrap_or_default().to_owned();
    let own = trace.lines().filter(|l| l.starts_with(&first)).map(|l| l[first.len()..].trim().to_owned());
    let mut calls: Vec<String> = own.skip(1).filter(|l| !l.starts_with(['+', '-', '<'])).collect();
    if let Some(end) = calls.iter().position(|call| call.starts_with("execve(")) {
        calls.truncate(end + 1);
    }
    calls
}

/// Runs a command line under strace; the shim's own calls, all calls, and what was there before and is there after.
fn traced(case: &Case, words: &[&str]) -> (Vec<String>, String, BTreeSet<String>) {
    let before = tree(&case.root());
    let log = std::env::temp_dir().join(format!("onramp-trace-{}", case.root().file_name().unwrap().to_string_lossy()));
    let shown = log.display().to_string();
    case.run(&[&["/usr/bin/strace", "-f", "-qq", "-o", &shown], words].concat());
    let trace = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    let after = tree(&case.root());
    (own_calls(&trace), trace, after.difference(&before).cloned().collect())
}

fn has_strace() -> bool {
    let there = Path::new("/usr/bin/strace").exists();
    if !there {
        harness::skipped("there is no /usr/bin/strace");
    }
    there
}

#[test]
fn a_part_of_a_run_leaves_nothing_once_somebody_has_said_no() {
    let case = Case::new().tool("docker", "exit 17").consented();
    // The outermost run is there still, and was recorded.
    let case = case.env("ONRAMP_ANALYTICS_RUN", &std::process::id().to_string());
    let told = case.place().file(&format!("exit.{}", std::process::id()));
    let tell = || case.run(&["docker", "compose", "build"]).exits(17);
    tell();
    assert_eq!(std::fs::read_to_string(&told).unwrap(), "17 build");
    std::fs::remove_file(&told).unwrap();
    let off = case.root().join("config/onramp-analytics/off");
    std::fs::create_dir_all(off.parent().unwrap()).unwrap();
    std::fs::write(&off, "").unwrap();
    tell();
    assert!(!told.exists(), "the file off");
    std::fs::remove_file(&off).unwrap();
    case.cli(&["disable"]).exits(0);
    tell();
    assert!(!told.exists(), "disable");
    std::fs::remove_file(case.checkout().join("onramp.lock")).unwrap();
    tell();
    assert!(!told.exists(), "nobody has said anything");
}

fn tools(case: Case) -> Case {
    case.tool("make", "exit 0").tool("docker", "exit 0").tool("docker-compose", "exit 0")
}

/// The socket is asked after a failure, unless the docker CLI's settings may mean another engine.
#[test]
fn an_engine_elsewhere_is_not_looked_for_here() {
    let failed_as = |words: &[&str], set: &dyn Fn(Case) -> Case| {
        let case = set(Case::new().tool("docker", "exit 1").consented());
        case.run(words).exits(1);
        case.events().into_iter().find(|event| event.starts_with("error_occurred"))
    };
    let far = r#"{"auths": {}, "currentContext" : "far", "aliases": {"builder": "default"}}"#;
    let near = r#"{"currentContext":"default"}"#;
    let here = Some("error_occurred compose down docker_unavailable".to_owned());
    let elsewhere = Some("error_occurred compose down failed".to_owned());
    // A host that is named comes before a context of the environment or of the settings, but not before -c.
    let nowhere = |case: Case| case.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    let down = &["docker", "compose", "down"];
    assert_eq!(failed_as(down, &nowhere), here);
    assert_eq!(failed_as(down, &|case| nowhere(case).env("DOCKER_CONTEXT", "far")), here);
    assert_eq!(failed_as(down, &|case| nowhere(case).file("home/.docker/config.json", far)), here);
    assert_eq!(failed_as(&["docker", "-c", "far", "compose", "down"], &nowhere), elsewhere);
    assert_eq!(failed_as(&["docker", "-c", "default", "compose", "down"], &nowhere), here);
    assert_eq!(failed_as(&["docker", "-Hunix:///nowhere", "compose", "down"], &|case| case), here);
    // Nobody listens on the default socket of a machine that has none.
    if std::path::Path::new("/var/run/docker.sock").exists() {
        return harness::skipped("the default socket is there");
    }
    let failed = |set: &dyn Fn(Case) -> Case| failed_as(down, &|case| set(case.env("DOCKER_HOST", "")));
    assert_eq!(failed(&|case| case), here);
    assert_eq!(failed(&|case| case.env("DOCKER_CONTEXT", "far")), elsewhere);
    assert_eq!(failed(&|case| case.env("DOCKER_CONTEXT", "default").file("home/.docker/config.json", far)), here);
    assert_eq!(failed(&|case| case.file("home/.docker/config.json", far)), elsewhere);
    assert_eq!(failed(&|case| case.file("home/.docker/config.json", near)), here);
    let own = |case: Case| {
        let folder = case.root().join("settings").display().to_string();
        case.file("settings/config.json", far).env("DOCKER_CONFIG", &folder)
    };
    assert_eq!(failed(&own), elsewhere);
    let other = |case: Case| case.file("home/.docker/config.json", far).env("DOCKER_CONFIG", "/nowhere");
    assert_eq!(failed(&other), here);
}

/// What the first run makes (the key, the id, the lock) is no change of mind.
#[test]
fn the_first_run_after_a_yes_by_variable_is_recorded() {
    for word in ["1", "local"] {
        let case = Case::new().witnesses().env("ONRAMP_ANALYTICS_ENABLED", word);
        case.run(&["make", "start"]).records(&["command_executed start success"]);
        let case = Case::new().witnesses().env("ONRAMP_ANALYTICS_ENABLED", word);
        // The longer run began when there was no lock, and the shorter one has made it meanwhile.
        let longer = case.start(&["make", "start", "sleep=1000"]);
        case.run(&["make", "restart"]).exits(0);
        let ran = longer.wait().exits(0);
        assert_eq!(ran.events, ["command_executed restart success", "command_executed start success"], "{word}");
    }
}

/// A no that comes while the command runs leaves nothing behind, not even an empty file.
#[test]
fn a_no_while_the_first_command_runs_makes_nothing() {
    let case = Case::new().witnesses().env("ONRAMP_ANALYTICS_ENABLED", "1");
    let before = tree(&case.root());
    let running = case.start(&["make", "start", "sleep=1000"]);
    let off = case.root().join("config/onramp-analytics/off");
    std::fs::create_dir_all(off.parent().unwrap()).unwrap();
    std::fs::write(&off, "").unwrap();
    running.wait().exits(0).records(&[]);
    let made: Vec<String> = tree(&case.root()).difference(&before).cloned().collect();
    assert_eq!(made.len(), 2, "{made:?}");
}

/// A `sudo make`: what root makes in somebody's home belongs to them, folders too.
#[test]
fn root_leaves_nothing_of_its_own_to_who_called_sudo() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    const SOMEBODY: u32 = 65_534;
    if !rustix::process::getuid().is_root() {
        return harness::skipped("only root can act for somebody else");
    }
    let case = Case::new().witnesses().env("ONRAMP_ANALYTICS_ENABLED", "1").env("SUDO_UID", &SOMEBODY.to_string());
    std::fs::create_dir_all(case.state()).unwrap();
    chown(case.state(), Some(SOMEBODY), None).unwrap();
    case.run(&["make", "start"]).records(&["command_executed start success"]);
    let made = tree(&case.state());
    assert!(made.iter().any(|path| path.ends_with("/spool")), "{made:?}");
    for path in &made {
        assert_eq!(Path::new(path).metadata().unwrap().uid(), SOMEBODY, "{path}");
    }
    // A name in their folder for a file of root's is no spool.
    let (spool, roots) = (case.place().file("spool"), case.root().join("root's"));
    std::fs::remove_file(&spool).unwrap();
    std::fs::write(&roots, "").unwrap();
    std::fs::hard_link(&roots, &spool).unwrap();
    case.run(&["make", "start"]).exits(0).records(&[]);
    assert_eq!(roots.metadata().map(|found| (found.uid(), found.len())).unwrap(), (0, 0));
}

#[test]
fn what_is_not_recorded_leaves_no_file_no_process_and_no_socket() {
    if !has_strace() {
        return;
    }
    let cases: [(&str, Case, &[&str]); 8] = [
        ("undecided", Case::new(), &["make", "enable-service", "plex"]),
        ("declined", Case::new().declined(), &["make", "start"]),
        ("switched off", Case::new().consented().env("ONRAMP_ANALYTICS_ENABLED", "0"), &["make", "start"]),
        ("do not track", Case::new().consented().env("DO_NOT_TRACK", "1"), &["make", "start"]),
        ("in CI", Case::new().consented().env("CI", "true"), &["make", "start"]),
        ("outside", Case::new().consented().at("elsewhere"), &["make", "start"]),
        ("docker run", Case::new().consented(), &["docker", "run", "x"]),
        ("a dry run", Case::new().consented(), &["make", "-n", "start"]),
    ];
    for (name, case, words) in cases {
        let case = tools(case);
        let (own, trace, new) = traced(&case, words);
        assert!(new.is_empty(), "{name}: {new:?}");
        assert!(own.last().is_some_and(|call| call.starts_with("execve(")), "{name} did not step aside: {own:#?}");
        assert!(own.len() < 20 + usize::from(name != "docker run") * 10, "{name}: {} calls\n{own:#?}", own.len());
        for call in ["socket(", "clone(", "fork("] {
            assert!(!own.iter().any(|c| c.starts_with(call)), "{name}: {call} in {own:#?}");
        }
        assert!(!trace.contains("onramp-analytics\""), "{name}: a sender was started\n{trace}");
    }
}

#[test]
fn undecided_after_a_service_came_up_leaves_the_nudge_s_mark_and_nothing_else() {
    if !has_strace() {
        return;
    }
    let case = tools(Case::new());
    let (own, _, new) = traced(&case, &["make", "start"]);
    let folder = case.state().display().to_string();
    assert_eq!(new, BTreeSet::from([folder.clone(), format!("{folder}/nudge.due")]));
    assert!(!own.iter().any(|call| call.starts_with("socket(")), "{own:#?}");
    let failing = Case::new().tool("make", "exit 2");
    let (_, _, new) = traced(&failing, &["make", "start"]);
    assert!(new.is_empty(), "a failure is no value: {new:?}");
}

/// OnRamp's make brings services up by calling compose: the nudge is said of the command that was typed, when it has ended.
#[test]
fn the_nudge_waits_for_the_whole_command_and_is_never_said_by_a_part_of_it() {
    let screen = |make: &str, words: &[&str]| {
        let case = Case::new().tool("make", make).tool("docker", "echo up");
        let (_, screen) = Terminal::start(&case, &["group=foreground"], words).ends();
        (screen.replace("\r\n", "\n"), tree(&case.root().join("state")).len())
    };
    let nudge = onramp_shim::words::NUDGE;
    let start = "docker compose up -d; echo finished";
    assert_eq!(screen(start, &["make", "start"]), (format!("up\nfinished\n{nudge}"), 3));
    assert_eq!(screen("docker compose up -d; exit 2", &["make", "start"]), ("up\n".into(), 0), "it failed");
    assert_eq!(screen(start, &["make", "build"]), ("up\nfinished\n".into(), 0), "a part of another command");
    assert_eq!(screen("", &["docker", "compose", "up", "-d"]), (format!("up\n{nudge}"), 3));
    for words in [&["docker", "compose", "up"][..], &["docker", "compose", "pull"]] {
        assert_eq!(screen("", words), ("up\n".into(), 0), "{words:?}: nothing came up to stay");
    }
    assert_eq!(screen("", &["make", "pull-compose", "plex"]), (String::new(), 0));
}

/// A folder of root's in somebody's home would be in the way of every program.
#[test]
fn what_is_made_under_sudo_belongs_to_who_called_it() {
    use std::os::unix::fs::MetadataExt as _;
    const SOMEBODY: u32 = 23_456;
    if !rustix::process::geteuid().is_root() {
        return skipped("only root can act for somebody else");
    }
    for (entry, word) in [("ONRAMP_ANALYTICS_ENABLED", "local"), ("ONRAMP_ANALYTICS_ENABLED", "1"), ("X", "undecided")]
    {
        let case = tools(Case::new()).env(entry, word).env("SUDO_UID", &SOMEBODY.to_string());
        std::fs::create_dir(case.state()).unwrap();
        for path in [case.state(), case.checkout()] {
            std::os::unix::fs::chown(path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
        }
        case.run(&["make", "start"]).exits(0);
        let made = tree(&case.state());
        assert!(!made.is_empty());
        for path in made {
            let owner = std::fs::symlink_metadata(&path).unwrap().uid();
            assert_eq!(owner, SOMEBODY, "{word}: {path}");
        }
    }
}

#[test]
fn a_make_that_calls_compose_five_times_is_one_command() {
    let case =
        Case::new().consented().tool("make", "for i in 1 2 3 4 5; do docker compose ps; done").tool("docker", "exit 0");
    let ran = case.run(&["make", "start"]).exits(0);
    assert_eq!(ran.events.len(), 1, "{ran}");
    assert!(ran.events[0].contains("start"), "{ran}");
}

#[test]
fn a_dead_server_costs_nothing_and_everything_arrives_once_when_it_is_back() {
    // The port is taken and let go, so that nobody listens there until the collector does.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let host = format!("http://127.0.0.1:{port}");
    let case = tools(Case::new()).env("ONRAMP_ANALYTICS_HOST", &host).env("ONRAMP_ANALYTICS_API_KEY", "phc_test");
    let link = case.root().join("lib/onramp-analytics");
    std::fs::hard_link(env!("CARGO_BIN_EXE_onramp-analytics"), link).unwrap();
    case.cli(&["enable"]).exits(0);
    let due = || {
        let next = std::fs::File::create(case.place().file("next")).unwrap();
        next.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
    };
    for _ in 0..5 {
        due();
        case.run(&["make", "start"]).exits(0).stdout("").stderr("");
    }
    let data = case.root().join("collector");
    let listen = format!("127.0.0.1:{port}");
    let program = env!("CARGO_BIN_EXE_onramp-analytics");
    let collector = case.start(&[program, "collector", "--data", &data.display().to_string(), "--listen", &listen]);
    until("the collector listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    case.cli(&["flush"]).exits(0);
    case.cli(&["flush"]).exits(0);
    let count = || {
        let db = rusqlite::Connection::open(data.join("events.sqlite")).unwrap();
        let rows = "SELECT count(*) FROM stored WHERE event = 'command_executed' AND properties LIKE
            '{\"command\":\"start\",\"success\":true,\"duration_ms\":%,\"$process_person_profile\":false,\
            \"$geoip_disable\":true,\"$ip\":\"0.0.0.0\",\"$lib\":\"onramp-analytics\",\"$lib_version\":\"%\"}'";
        db.query_row(rows, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(count(), 5);
    rustix::process::kill_process(collector.pid(), rustix::process::Signal::TERM).unwrap();
    collector.wait().exits(0);
}

#[test]
fn the_demonstration_plays_to_its_end_and_leaves_nothing_behind() {
    let case = Case::new();
    let scratch = case.root().join("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let case = case.env("TMPDIR", &scratch.display().to_string()).path(&["/usr/local/bin", "/usr/bin", "/bin"]);
    for ci in ["", "true"] {
        let case = &case;
        let mut command = case.command(&[env!("CARGO_BIN_EXE_onramp-analytics"), "demo"]);
        let output = command.env("CI", ci).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(told.contains("Everything that was expected arrived, and nothing else."), "{told}");
        assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0);
    }
}

#[test]
fn a_demonstration_that_is_interrupted_leaves_nothing_behind_either() {
    use rustix::process::{Signal, kill_process};
    for (signal, at) in [(Signal::INT, "services-enabled/plex.yml"), (Signal::TERM, "Makefile")] {
        let case = Case::new();
        let scratch = case.root().join("scratch");
        std::fs::create_dir(&scratch).unwrap();
        let case = case.env("TMPDIR", &scratch.display().to_string()).path(&["/usr/local/bin", "/usr/bin", "/bin"]);
        let demo = case.start(&[env!("CARGO_BIN_EXE_onramp-analytics"), "demo"]);
        let folders = || std::fs::read_dir(&scratch).unwrap().flatten().map(|entry| entry.path());
        harness::until(at, || folders().any(|folder| folder.join("onramp").join(at).exists()));
        kill_process(demo.pid(), signal).unwrap();
        let ran = demo.wait().exits(1);
        assert!(ran.err.contains("could not finish demonstration: it was interrupted"), "{ran}");
        assert_eq!(folders().count(), 0);
    }
}

#[test]
fn a_demonstration_says_first_what_it_lacks() {
    let case = Case::new().path(&["bin"]);
    let ran = case.run(&[env!("CARGO_BIN_EXE_onramp-analytics"), "demo"]).exits(1).stdout("");
    assert!(ran.err.contains("could not find make") && ran.err.contains("\nhelp: install it"), "{ran}");
    let case = Case::new().env("TMPDIR", "{CASE}/none").path(&["/usr/bin", "/bin"]);
    let ran = case.run(&[env!("CARGO_BIN_EXE_onramp-analytics"), "demo"]).exits(1).stdout("");
    assert!(ran.err.contains("could not make scratch folder: {CASE}/none") && ran.err.contains("TMPDIR"), "{ran}");
}

#[test]
fn the_demonstration_names_the_tools_that_are_there() {
    let case = Case::new().tool("docker", "exit 1").tool("podman", "exit 1");
    let links = ["make", "sh", "ls", "ln", "rm", "test"];
    let case = links.iter().fold(case, |case, tool| case.program(tool, &Path::new("/usr/bin").join(tool)));
    let case = case.path(&["bin"]).env("TMPDIR", "{CASE}");
    let ran = case.run(&[env!("CARGO_BIN_EXE_onramp-analytics"), "demo"]).exits(0);
    assert!(ran.out.contains("what runs through them now is docker, make, podman."), "{ran}");
}
