//! What differs on purpose: every line of docs/differences.md is shown here, and nothing is shown that is not listed.

use crate::alike::{Mode, Scene};
use crate::endings::until_told;
use crate::harness::{Case, Terminal, Way, caller, until, witness};
use crate::signals::last;
use onramp_analytics::paths::place;
use rustix::process::{Signal, kill_process};
use std::ffi::OsString;

const SHOWN: [(&str, fn()); 18] = [
    ("the marker", the_marker),
    ("the parent", the_parent),
    ("the process number", the_process_number),
    ("who sent a signal", who_sent_a_signal),
    ("the parent-death signal", the_parent_death_signal),
    ("set-id programs", set_id_programs),
    ("who leads a group or session", who_leads),
    ("a signal sent to a whole group by somebody", a_signal_to_the_group),
    ("`STOP` sent to the process number", stop_to_the_process_number),
    ("the command alone stopped by somebody, not in the foreground", stopped_by_somebody),
    ("what stays with a process", what_stays),
    ("a descriptor that the command closes before it ends", a_descriptor_closed_early),
    ("process 1 of a PID namespace", process_1),
    ("the core-dump flag", the_core_dump_flag),
    ("words for 126 and 127", words_of_a_missing_command),
    ("the longest command line", the_longest_command_line),
    ("the notice and the nudge", the_nudge),
    ("the sender", the_sender),
];

#[test]
fn the_list_is_complete_and_true() {
    let page = include_str!("../../docs/differences.md");
    let rows = page.lines().filter_map(|l| l.strip_prefix("| ")).skip(1).filter_map(|l| l.split_once(" |"));
    let listed: Vec<&str> = rows.map(|(what, _)| what).collect();
    let shown: Vec<&str> = SHOWN.iter().map(|(what, _)| *what).collect();
    assert_eq!(listed, shown);
    for (what, show) in SHOWN {
        println!("{what}");
        show();
    }
}

/// What the witness told, in the mode Recording, and the pids of the caller and of what it started.
fn told(way: Way, settings: &[&str]) -> (Scene, String, Vec<i32>) {
    let scene = Scene::new(Mode::Recording, way, &|case| case);
    scene.observe(settings, &["exit=0"]);
    let read = |name: &str| std::fs::read_to_string(scene.case.root().join(name)).unwrap();
    let (text, pids) = (read("told"), read("pids"));
    (scene, text, pids.split_whitespace().map(|p| p.parse().unwrap()).collect())
}

fn value<'t>(told: &'t str, name: &str) -> &'t str {
    told.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(": ")).unwrap()
}

fn number(told: &str, name: &str) -> i32 {
    value(told, name).parse().unwrap()
}

fn the_marker() {
    let (_, told, pids) = told(Way::Shim, &[]);
    let entries: Vec<&str> = told.lines().filter_map(|l| l.strip_prefix("environment: ")).collect();
    assert_eq!(entries.iter().filter(|e| e.starts_with("ONRAMP_ANALYTICS_RUN=")).count(), 1);
    assert!(entries.contains(&&*format!("ONRAMP_ANALYTICS_RUN={}", pids[1])), "{entries:?}");
}

fn the_parent() {
    let (_, direct, pids) = told(Way::Direct, &[]);
    assert_eq!(number(&direct, "parent"), pids[0]);
    let (_, shim, pids) = told(Way::Shim, &[]);
    assert_eq!(number(&shim, "parent"), pids[1]);
}

fn the_process_number() {
    let (_, direct, pids) = told(Way::Direct, &[]);
    assert_eq!(number(&direct, "pid"), pids[1]);
    let (_, shim, pids) = told(Way::Shim, &[]);
    assert_ne!(number(&shim, "pid"), pids[1]);
}

fn who_sent_a_signal() {
    // The pid of what the test signalled, and that of who sent it, as the command was told.
    let told = |way: Way| {
        let scene = Scene::new(Mode::Recording, way, &|case| case);
        let file = scene.case.root().join("sender");
        let running = scene.case.start(&scene.make(&[format!("sender={}", file.display())]));
        let read = || std::fs::read_to_string(&file).unwrap_or_default();
        until("the witness's readiness", || read().contains("ready"));
        let pid = running.pid();
        kill_process(pid, Signal::USR1).unwrap();
        running.wait().exits(0);
        (pid.as_raw_nonzero().get(), read().lines().nth(1).unwrap().parse::<i32>().unwrap())
    };
    assert_eq!(told(Way::Direct).1, std::process::id().cast_signed());
    let (shim, sender) = told(Way::Shim);
    assert_eq!(sender, shim);
}

fn the_parent_death_signal() {
    assert_eq!(number(&told(Way::Direct, &[]).1, "parent-death signal"), 0);
    assert_eq!(number(&told(Way::Shim, &[]).1, "parent-death signal"), 9);
}

fn set_id_programs() {
    if !rustix::process::getuid().is_root() {
        return crate::harness::skipped("only root can make a set-id program for somebody else");
    }
    let case = Case::new().consented();
    let copy = case.root().join("bin/make");
    let script = format!("cp {0} {1}; chown 65534 {1}; chmod u+s,a+rx {1}", witness().display(), copy.display());
    case.run(&["sh", "-ec", &script]).exits(0);
    let ran = case.run(&["make", "start", "tell=-"]).exits(0);
    assert!(ran.out.contains("65534"), "no set-id programs in this folder:\n{ran}");
    assert_eq!(number(&ran.out, "parent-death signal"), 0);
}

fn who_leads() {
    let (_, direct, pids) = told(Way::Direct, &["group=own"]);
    assert_eq!(number(&direct, "group"), pids[1]);
    assert_eq!(number(&direct, "pid"), pids[1]);
    let (_, shim, pids) = told(Way::Shim, &["group=own"]);
    assert_eq!(number(&shim, "group"), pids[1]);
    assert_ne!(number(&shim, "pid"), pids[1]);
}

/// How often a signal arrives that is sent to the whole group.
fn arrivals(way: Way, signal: &str) -> usize {
    let scene = Scene::new(Mode::Recording, way, &|case| case);
    let (told, counts) = (scene.case.root().join("told"), scene.case.root().join("counts"));
    let words = scene.make(&[format!("tell={}", told.display()), format!("count={}", counts.display())]);
    let running = scene.case.start(&words);
    until_told(&told);
    until("the handlers", || std::fs::read_to_string(&counts).is_ok_and(|t| t.contains("ready")));
    let group = format!("-{}", running.pid().as_raw_nonzero());
    let sent = std::process::Command::new("/bin/kill").args(["-s", signal, "--", &group]).status().unwrap();
    assert!(sent.success());
    last(running.pid());
    running.wait();
    let text = std::fs::read_to_string(counts).unwrap();
    text.lines().find_map(|l| l.split_once(": ")).unwrap().1.parse().unwrap()
}

fn a_signal_to_the_group() {
    // A real-time signal that still waits does not take the next of its kind in: then it is surely twice.
    assert_eq!((arrivals(Way::Direct, "RTMIN+3"), arrivals(Way::Shim, "RTMIN+3")), (1, 2));
    // Any other may.
    assert_eq!(arrivals(Way::Direct, "USR1"), 1);
    assert!((1..=2).contains(&arrivals(Way::Shim, "USR1")));
}

/// A command that sleeps, and its pid.
fn sleeping(way: Way) -> (Scene, crate::harness::Running, rustix::process::Pid) {
    let scene = Scene::new(Mode::Recording, way, &|case| case);
    let told = scene.case.root().join("told");
    let running = scene.case.start(&scene.make(&[format!("tell={}", told.display()), "sleep=1500".into()]));
    let command = until_told(&told);
    (scene, running, command)
}

fn state(pid: rustix::process::Pid) -> char {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap();
    text.rsplit_once(") ").unwrap().1.chars().next().unwrap()
}

fn stop_to_the_process_number() {
    for way in [Way::Direct, Way::Shim] {
        let (_scene, running, command) = sleeping(way);
        kill_process(running.pid(), Signal::STOP).unwrap();
        until("the stop", || state(running.pid()) == 'T');
        assert_eq!(state(command) == 'T', way == Way::Direct);
        kill_process(running.pid(), Signal::CONT).unwrap();
        running.wait().exits(0);
    }
}

fn stopped_by_somebody() {
    for way in [Way::Direct, Way::Shim] {
        let (_scene, running, command) = sleeping(way);
        kill_process(command, Signal::STOP).unwrap();
        until("the stop", || state(command) == 'T');
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert_eq!(state(running.pid()) == 'T', way == Way::Direct);
        kill_process(command, Signal::CONT).unwrap();
        running.wait().exits(0);
    }
}

fn what_stays() {
    let seen = |way: Way| {
        let (_, told, _) = told(way, &["alarm=9", "child=1"]);
        let scene = Scene::new(Mode::Recording, way, &|case| case);
        let lock = format!("lock={}", scene.case.root().join("record").display());
        let mut words: Vec<OsString> = vec![caller().into(), lock.clone().into(), "--".into()];
        words.extend(scene.make(&[lock]));
        let lock = scene.case.run(&words).exits(0).out;
        [value(&told, "alarm"), value(&told, "children"), value(&lock, "lock")].map(str::to_owned)
    };
    assert_eq!(seen(Way::Direct), ["set", "some", "ours"]);
    assert_eq!(seen(Way::Shim), ["none", "none", "taken"]);
}

fn a_descriptor_closed_early() {
    // The command waits, for a while, for who reads until the end of what it closed.
    let end = |way: Way| {
        let scene = Scene::new(Mode::Recording, way, &|case| case);
        let seen = scene.case.root().join("seen").display().to_string();
        let words = scene.make(&["close=1".into(), format!("await={seen}")]).join(" ".as_ref());
        let script = format!("{} | {{ cat; touch {seen}; }}; exit ${{PIPESTATUS[0]}}", words.to_string_lossy());
        scene.case.run(&["bash", "-c", &script]).ending()
    };
    assert_eq!([end(Way::Direct), end(Way::Shim)], ["exit 0", "exit 9"]);
}

fn process_1() {
    if !rustix::process::getuid().is_root() || which::which("unshare").is_err() {
        return crate::harness::skipped("only root can make a PID namespace, by unshare");
    }
    let run = |way: Way, options: &str, word: &str| {
        let scene = Scene::new(Mode::Recording, way, &|case| case);
        let mut words: Vec<OsString> = vec!["unshare".into(), options.into()];
        words.extend(scene.make(&[word]));
        scene.case.run(&words)
    };
    assert_eq!([Way::Direct, Way::Shim].map(|way| run(way, "-pf", "die=15").ending()), ["exit 0", "exit 143"]);
    let number_is_1 = |way| number(&run(way, "-p", "tell=-").exits(0).out, "pid") == 1;
    assert_eq!([Way::Direct, Way::Shim].map(number_is_1), [false, true]);
}

fn the_core_dump_flag() {
    use std::os::unix::process::ExitStatusExt as _;
    // Whether a signal's end was shown with a core, and how many lie in the folder.
    let end = |way: Way| {
        let scene = Scene::new(Mode::Recording, way, &|case| case);
        let no_limit = format!("limit=4:{0}:{0}", u64::MAX);
        let mut words: Vec<OsString> = vec![caller().into(), no_limit.into(), "become=yes".into(), "--".into()];
        words.extend(scene.make(&["die=11"]));
        let is_shown = scene.case.run(&words).dies_by(11).status.core_dumped();
        let files = std::fs::read_dir(scene.case.checkout()).unwrap().map(|f| f.unwrap().file_name());
        (is_shown, files.filter(|name| name.to_string_lossy().starts_with("core")).count())
    };
    let (direct, shim) = (end(Way::Direct), end(Way::Shim));
    assert!(!shim.0);
    // Where cores go is up to the machine: into the folder, to a program, nowhere.
    assert_eq!(shim.1, direct.1, "the command's own core, and no other");
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    if pattern.trim() != "core" {
        return crate::harness::skipped(&format!("the core-dump flag: cores go to {}", pattern.trim()));
    }
    assert_eq!(direct, (true, 1));
}

fn words_of_a_missing_command() {
    let case = Case::new().consented().path(&["shims", "bin"]);
    case.run(&["make"]).stderr("make: not found\n").exits(127);
}

fn the_longest_command_line() {
    let [direct, shim] = [Way::Direct, Way::Shim].map(|way| Scene::new(Mode::Recording, way, &|case| case));
    let length = |scene: &Scene, path: &str| scene.case.root().join(path).as_os_str().len();
    let difference = length(&shim, "shims/make") - length(&direct, "bin/make");
    assert_eq!(crate::words::limit(&direct) - crate::words::limit(&shim), difference);
}

fn the_nudge() {
    let screen = |case: &Case, words: &[&str]| Terminal::start(case, &["group=foreground"], words).ends().1;
    let case = Case::new().witnesses();
    let first = screen(&case, &["make", "start", "out=one"]);
    let second = screen(&case, &["make", "start", "out=one"]);
    let third = screen(&case, &["make", "start", "out=one"]);
    let longer = [&first, &second, &third].iter().filter(|s| s.lines().count() == 2).count();
    assert_eq!((longer, third.as_str()), (1, "one\r\n"), "{first}\n{second}");
    // Where no mark can be made it would be said after each start.
    let case = Case::new().witnesses().file("no folder", "");
    let state = case.root().join("no folder").display().to_string();
    let case = case.env("XDG_STATE_HOME", &state);
    assert_eq!(screen(&case, &["make", "start", "out=one"]), "one\r\n");
    // Without a terminal nothing is said.
    let case = Case::new().witnesses();
    for _ in 0..3 {
        case.run(&["make", "start", "out=one"]).stdout("one\n").stderr("");
    }
}

fn the_sender() {
    let orphans = |way: Way| {
        let scene = Scene::new(Mode::Recording, way, &|case| case.tool("onramp-analytics", ""));
        // It stands beside the shim, and its time has come.
        std::fs::rename(scene.case.root().join("bin/onramp-analytics"), scene.case.root().join("lib/onramp-analytics"))
            .unwrap();
        std::fs::remove_file(scene.case.place().file(place::NEXT)).unwrap();
        let seen = scene.observe(&["reaper=yes"], &["exit=0"]);
        seen.lines().find_map(|line| line.strip_prefix("orphans ")).unwrap().to_owned()
    };
    assert_eq!([orphans(Way::Direct), orphans(Way::Shim)], ["0", "1"]);
}
