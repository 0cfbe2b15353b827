//! The shim's own failures: every system call that it makes is made to fail, one after the other, in every way that a
//! full disk, missing memory or missing rights can bring about; the command's result never changes.

use crate::alike::{BOTH, Mode, Scene};
use crate::harness::{Case, Way, skipped};
use onramp_analytics::paths::place;
use std::collections::BTreeMap;

/// The failures.
const ERRORS: [&str; 5] = ["ENOSPC", "EACCES", "EROFS", "EMFILE", "ENOMEM"];
/// Calls without which there is no command and no end, which a caller can't do without either; and those that can't
/// fail with good arguments: who we are, and which signals are blocked (getpid(2), getuid(2), rt_sigprocmask(2)).
const BARE: [&str; 11] = [
    "execve",
    "exit",
    "exit_group",
    "kill",
    "tgkill",
    "getpid",
    "getppid",
    "getuid",
    "geteuid",
    "getpgid",
    "rt_sigprocmask",
];

/// Runs under strace. There is no spool each time: making one takes the most calls.
fn strace(scene: &Scene, options: &[&str]) -> crate::harness::Ran {
    for folder in std::fs::read_dir(scene.case.state()).into_iter().flatten() {
        let _ = std::fs::remove_file(folder.unwrap().path().join(place::SPOOL));
    }
    let trace = scene.case.root().join("trace");
    let mut words: Vec<std::ffi::OsString> = ["strace", "-qq", "-o"].map(Into::into).into();
    words.push(trace.into());
    words.extend(options.iter().map(Into::into));
    words.push("--".into());
    words.extend(scene.make(&["out=one", "err=two", "exit=3"]));
    scene.case.run(&words)
}

/// The shim's own calls, each with how often it came so far: `openat` 3.
fn calls(scene: &Scene) -> Vec<(String, usize)> {
    strace(scene, &[]);
    let text = std::fs::read_to_string(scene.case.root().join("trace")).unwrap();
    let mut counts = BTreeMap::new();
    let mut calls = Vec::new();
    let mut became = false;
    for line in text.lines().skip(1).filter(|l| !l.starts_with(['-', '+'])) {
        let Some((name, _)) = line.split_once('(') else { continue };
        if became {
            break;
        }
        became = name == "execve" && line.ends_with("= 0");
        let count = counts.entry(name.to_owned()).or_insert(0);
        *count += 1;
        calls.push((name.to_owned(), *count));
    }
    calls.retain(|(name, _)| !BARE.contains(&name.as_str()));
    calls
}

/// What a case has beyond the plain one.
type Change = fn(Case) -> Case;

#[test]
fn every_system_call_fails_in_every_way() {
    if which::which("strace").is_err() {
        return skipped("no strace");
    }
    for mode in [Mode::Recording, Mode::Looking, Mode::Off, Mode::Undecided] {
        let scene = Scene::new(mode, Way::Shim, &|case| case);
        let calls = calls(&scene);
        assert!(!calls.is_empty());
        let mut wrong = Vec::new();
        for (name, count) in &calls {
            for error in ERRORS {
                let ran = strace(&scene, &["-e", &format!("inject={name}:error={error}:when={count}")]);
                if (ran.ending().as_str(), ran.out.as_str(), ran.err.as_str()) != ("exit 3", "one\n", "two\n") {
                    wrong.push(format!("{name} {count} failed with {error}:\n{ran}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{mode:?}: {} of {}\n{}", wrong.len(), calls.len() * ERRORS.len(), wrong.join("\n"));
        println!("{mode:?}: {} calls, {} failures", calls.len(), calls.len() * ERRORS.len());
    }
}

/// A filter (seccomp) or an old kernel refuses a call each time: the command's result is the same, and nobody tries again
/// and again.
#[test]
fn a_call_that_always_fails() {
    // Not those without which no file is read: then the shim steps aside, and it is the command's own call that fails.
    const CALLS: [&str; 7] =
        ["rt_sigtimedwait", "rt_sigaction", "clone", "close_range", "clock_gettime", "getrandom", "flock"];
    if which::which("strace").is_err() {
        return skipped("no strace");
    }
    for mode in [Mode::Recording, Mode::Looking] {
        let scene = Scene::new(mode, Way::Shim, &|case| case);
        for name in CALLS {
            for error in ["ENOSYS", "EPERM"] {
                let ran = strace(&scene, &["-e", &format!("inject={name}:error={error}")]);
                let result = (ran.ending(), ran.out.as_str(), ran.err.as_str());
                assert_eq!(result, ("exit 3".into(), "one\n", "two\n"), "{mode:?}: {name}: {error}\n{ran}");
                let trace = std::fs::read_to_string(scene.case.root().join("trace")).unwrap();
                let times = trace.lines().filter(|line| line.starts_with(&format!("{name}("))).count();
                assert!(times < 40, "{mode:?}: {name} was tried {times} times");
            }
        }
    }
}

/// A shim that is killed at any of its calls: nobody hangs, no command stays, no line is torn.
#[test]
fn killed_at_every_system_call() {
    if which::which("strace").is_err() {
        return skipped("no strace");
    }
    for mode in BOTH {
        let scene = Scene::new(mode, Way::Shim, &|case| case);
        for (name, count) in calls(&scene) {
            let ran = strace(&scene, &["-e", &format!("inject={name}:signal=KILL:when={count}")]);
            assert!(["signal 9", "exit 137"].contains(&ran.ending().as_str()), "{mode:?}: {name} {count}\n{ran}");
            // Reading checks every line.
            scene.case.events();
        }
        scene.case.run(&scene.make(&["out=one", "exit=3"])).stdout("one\n").exits(3);
    }
}

/// Real failures: what a full disk, a read-only state folder or a missing home look like.
#[test]
fn a_state_folder_that_cannot_be_written() {
    let cases: [(&str, Change); 4] = [
        ("a file where the folder should be", |case| {
            std::fs::remove_dir_all(case.place().folder).unwrap();
            let place = case.place().folder;
            std::fs::remove_dir(&place).unwrap();
            std::fs::write(place, "").unwrap();
            case
        }),
        ("a folder where the spool should be", |case| {
            std::fs::create_dir(case.place().file("spool")).unwrap();
            case
        }),
        ("a spool that is a link elsewhere", |case| {
            std::os::unix::fs::symlink("/dev/full", case.place().file("spool")).unwrap();
            case
        }),
        ("a lock that is half written", |case| {
            let lock = case.checkout().join("onramp.lock");
            let text = std::fs::read_to_string(&lock).unwrap();
            std::fs::write(lock, &text[..text.len() / 2]).unwrap();
            case
        }),
    ];
    for (what, setup) in cases {
        let case = setup(Case::new().witnesses().service("plex").consented());
        for words in [&["make", "start"][..], &["make", "enable-service", "plex"]] {
            let words: Vec<&str> = words.iter().copied().chain(["out=one", "exit=3"]).collect();
            let ran = case.run(&words);
            assert_eq!(
                (ran.ending(), ran.out.as_str(), ran.err.as_str()),
                ("exit 3".into(), "one\n", ""),
                "{what}\n{ran}"
            );
        }
    }
}
