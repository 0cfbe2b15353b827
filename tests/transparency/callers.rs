//! What a command sees of its caller: limits, descriptors, dispositions, masks and everything else the witness tells.

use crate::alike::{ALL, BOTH, alike, alike_unrecorded};

/// Signals with names that a caller may ignore or block, and two real-time ones; 32 and 33 belong to C libraries.
const SIGNALS: [i32; 22] = [1, 2, 3, 6, 10, 12, 13, 14, 15, 17, 18, 20, 21, 22, 23, 24, 25, 28, 29, 30, 34, 64];

fn seen_by(modes: &[crate::alike::Mode], settings: &[&str]) {
    alike(modes, |case| case, |scene| scene.observe(settings, &["exit=3"]));
}

#[test]
fn an_ordinary_caller() {
    seen_by(&ALL, &[]);
}

#[test]
fn another_umask_niceness_and_limits() {
    seen_by(
        &ALL,
        &[
            "umask=027",
            "nice=5",
            "limit=7:100:200",
            "limit=3:1048576:2097152",
            "limit=4:0:0",
            "limit=1:1000000:1000000",
        ],
    );
}

#[test]
fn each_signal_ignored_by_the_caller() {
    for signal in SIGNALS {
        seen_by(&BOTH, &[&format!("ignore={signal}")]);
    }
}

#[test]
fn all_signals_ignored_by_the_caller() {
    let all: Vec<String> = SIGNALS.iter().map(|s| format!("ignore={s}")).collect();
    seen_by(&ALL, &all.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn each_signal_blocked_by_the_caller() {
    for signal in SIGNALS {
        seen_by(&BOTH, &[&format!("block={signal}")]);
    }
}

#[test]
fn all_signals_blocked_by_the_caller() {
    let all: Vec<String> = SIGNALS.iter().map(|s| format!("block={s}")).collect();
    seen_by(&ALL, &all.iter().map(String::as_str).collect::<Vec<_>>());
}

/// What waits for a caller that blocks it waits for the command.
#[test]
fn a_signal_that_waits() {
    alike(
        &ALL,
        |case| case,
        |scene| {
            let file = scene.case.root().join("sender");
            let mut words: Vec<std::ffi::OsString> = vec![crate::harness::caller().into()];
            words.extend(["waiting=10", "waiting=15", "--"].map(Into::into));
            words.extend(scene.make(&[&format!("sender={}", file.display()), "exit=3"]));
            let ending = scene.case.run(&words).ending();
            // Ready, and then it came.
            format!("{ending}\n{} lines", std::fs::read_to_string(file).unwrap().lines().count())
        },
    );
}

#[test]
fn standard_streams_closed() {
    for settings in
        [&["close=0"][..], &["close=1"], &["close=2"], &["close=0", "close=1"], &["close=0", "close=1", "close=2"]]
    {
        seen_by(&ALL, settings);
    }
}

#[test]
fn more_descriptors() {
    seen_by(&ALL, &["pipe=3"]);
    seen_by(&ALL, &["pipe=3", "open=9:/dev/null", "open=77:/dev/zero"]);
    seen_by(&BOTH, &["close=0", "pipe=3", "open=5:/dev/null"]);
}

#[test]
fn no_descriptor_left() {
    // Nothing can be read then, not even what would tell a shim from the real command, and nothing recorded.
    alike_unrecorded(&BOTH, |case| case, |scene| scene.observe(&["limit=7:3:3"], &["exit=3"]));
}

#[test]
fn one_descriptor_left() {
    alike(&BOTH, |case| case, |scene| scene.observe(&["limit=7:4:4"], &["exit=3"]));
}

#[test]
fn no_process_left() {
    if !rustix::process::getuid().is_root() {
        return crate::harness::skipped("only root can become somebody else");
    }
    // Root is not held to RLIMIT_NPROC: somebody else is, and may start nothing. Even then the command runs: the caller
    // that has become it needs no second process.
    alike_unrecorded(&BOTH, readable_by_all, |scene| scene.observe(&["limit=6:0:0", "user=65534"], &["exit=3"]));
}

fn readable_by_all(case: crate::harness::Case) -> crate::harness::Case {
    let all = std::process::Command::new("chmod").args(["-R", "a+rwX"]).arg(case.root()).status().unwrap();
    assert!(all.success());
    let own = std::process::Command::new("chown").args(["-R", "65534"]).arg(case.root()).status().unwrap();
    assert!(own.success());
    case
}

#[test]
fn another_user() {
    if !rustix::process::getuid().is_root() {
        return crate::harness::skipped("only root can become somebody else");
    }
    alike(&ALL, readable_by_all, |scene| scene.observe(&["user=65534"], &["exit=3"]));
}

#[test]
fn another_argv0() {
    for name in ["/usr/bin/make", "./make", "../shims/make", "build", "-make", ""] {
        seen_by(&BOTH, &[&format!("argv0={name}")]);
    }
}

#[test]
fn an_alarm_that_the_caller_set() {
    alike(&BOTH, |case| case, |scene| scene.observe(&["alarm=1"], &["sleep=3000", "exit=3"]));
}

#[test]
fn no_home_and_hardly_any_environment() {
    let bare = |case: crate::harness::Case| {
        let names = ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "LANG", "TERM"];
        names.iter().fold(case, |case, name| case.without_env(name))
    };
    for mode in ALL {
        let [direct, shim] = [crate::harness::Way::Direct, crate::harness::Way::Shim].map(|way| {
            // The homes are needed to give consent, so they are taken away afterwards.
            let scene = crate::alike::Scene { mode, way, case: bare(crate::alike::Scene::new(mode, way, &|c| c).case) };
            scene.observe(&[], &["exit=3"])
        });
        assert_eq!(direct, shim, "{mode:?}");
    }
}
