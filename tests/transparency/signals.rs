//! Signals that somebody sends to the shim alone: they arrive at the command, once.

use crate::alike::{ALL, BOTH, Mode, Scene, alike};
use crate::endings::until_told;
use crate::harness::{Case, caller, skipped, until};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::time::Duration;

/// What the witness counted when `send` was done to the process that the caller started.
fn counted(scene: &Scene, settings: &[&str], send: impl Fn(Pid)) -> String {
    let file = |name: &str| scene.case.root().join(name);
    let (told, counts, report, pids) = (file("told"), file("counts"), file("report"), file("pids"));
    let mut words: Vec<std::ffi::OsString> = vec![crate::harness::caller().into()];
    words.extend([format!("report={}", report.display()).into(), format!("pid={}", pids.display()).into()]);
    words.extend(settings.iter().map(Into::into));
    words.push("--".into());
    words.extend(scene.make(&[
        format!("tell={}", told.display()),
        format!("count={}", counts.display()),
        "exit=5".into(),
    ]));
    let running = scene.case.start(&words);
    until_told(&told);
    crate::harness::until("the witness's handlers", || {
        std::fs::read_to_string(&counts).is_ok_and(|t| t.contains("ready"))
    });
    crate::harness::until("the caller's pids", || std::fs::read_to_string(&pids).is_ok_and(|t| t.ends_with('\n')));
    let text = std::fs::read_to_string(&pids).unwrap();
    let pid = text.trim().split(' ').next_back().unwrap().parse().unwrap();
    let pid = Pid::from_raw(pid).unwrap();
    send(pid);
    last(pid);
    running.wait();
    std::fs::read_to_string(counts).unwrap() + &std::fs::read_to_string(report).unwrap()
}

/// Sends the signal of the highest number, which ends a witness's counting: whatever else waits is taken before it, by the
/// shim as by the command.
pub fn last(pid: Pid) {
    let number = pid.as_raw_nonzero().to_string();
    let sent = std::process::Command::new("/bin/kill").args(["-s", "64", "--", &number]).status().unwrap();
    assert!(sent.success());
}

/// The signals that are sent to a process from outside.
const SENT: [Signal; 15] = [
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::USR1,
    Signal::USR2,
    Signal::ALARM,
    Signal::TERM,
    Signal::CHILD,
    Signal::CONT,
    Signal::URG,
    Signal::VTALARM,
    Signal::PROF,
    Signal::WINCH,
    Signal::IO,
    Signal::POWER,
];

#[test]
fn each_signal_sent_to_the_shim_alone_arrives_once() {
    for signal in SENT {
        alike(
            &BOTH,
            |case| case,
            |scene| counted(scene, &[], |pid| kill_process(pid, signal).unwrap_or_else(|e| panic!("{signal:?}: {e}"))),
        );
    }
}

#[test]
fn signals_one_after_the_other_all_arrive() {
    alike(
        &ALL,
        |case| case,
        |scene| {
            counted(scene, &[], |pid| {
                for signal in [Signal::TERM, Signal::HUP, Signal::USR1, Signal::USR2, Signal::INT, Signal::TERM] {
                    let _ = kill_process(pid, signal);
                    // One that still waits takes the next of its kind in.
                    std::thread::sleep(Duration::from_millis(30));
                }
            })
        },
    );
}

/// sigqueue(3): real-time signals wait one behind the other, and each carries a value.
#[test]
fn what_a_signal_carries_arrives_in_order() {
    let send = |pid: Pid| {
        for (signal, value) in [("34", "1"), ("35", "2"), ("34", "3"), ("USR1", "4"), ("34", "5")] {
            let number = pid.as_raw_nonzero().to_string();
            let sent = std::process::Command::new("/bin/kill").args(["-q", value, "-s", signal, &number]).status();
            assert!(sent.unwrap().success());
        }
    };
    alike(
        &BOTH,
        |case| case,
        |scene| {
            let counts = counted(scene, &[], send);
            assert!(counts.contains("34: 3\n34 carried 135\n"), "{counts}");
            counts
        },
    );
}

#[test]
fn what_the_caller_ignores_stays_ignored() {
    alike(
        &BOTH,
        |case| case,
        |scene| {
            counted(scene, &["ignore=1", "ignore=15"], |pid| {
                [Signal::HUP, Signal::TERM, Signal::USR1]
                    .into_iter()
                    .for_each(|signal| kill_process(pid, signal).unwrap());
            })
        },
    );
}

#[test]
fn what_the_caller_blocks_stays_blocked() {
    // A blocked signal waits: it is not counted, in both.
    alike(
        &BOTH,
        |case| case,
        |scene| {
            counted(scene, &["block=10", "block=15"], |pid| {
                [Signal::USR1, Signal::TERM, Signal::USR2]
                    .into_iter()
                    .for_each(|signal| kill_process(pid, signal).unwrap());
            })
        },
    );
}

#[test]
fn a_signal_that_the_command_does_not_handle_ends_it() {
    for signal in [Signal::HUP, Signal::INT, Signal::TERM, Signal::USR1, Signal::QUIT] {
        alike(
            &[Mode::Recording, Mode::Looking, Mode::Off],
            |case| case,
            |scene| {
                let told = scene.case.root().join("told");
                let running =
                    scene.case.start(&scene.make(&[format!("tell={}", told.display()), "sleep=20000".into()]));
                until_told(&told);
                kill_process(running.pid(), signal).unwrap();
                running.wait().ending()
            },
        );
    }
}

#[test]
fn a_signal_to_the_whole_group_ends_everybody() {
    for signal in [Signal::HUP, Signal::INT, Signal::TERM] {
        alike(
            &BOTH,
            |case| case,
            |scene| {
                let told = scene.case.root().join("told");
                let running =
                    scene.case.start(&scene.make(&[format!("tell={}", told.display()), "sleep=20000".into()]));
                until_told(&told);
                kill_process_group(running.pid(), signal).unwrap();
                running.wait().ending()
            },
        );
    }
}

/// The shim is there for signals from its first instruction on: one that comes early ends it or reaches the command,
/// but nobody hangs and no command is left behind.
#[test]
fn a_signal_at_any_moment() {
    let case = crate::harness::Case::new().witnesses().consented();
    for delay in 0..60 {
        let running = case.start(&["make", "start", "sleep=3000"]);
        std::thread::sleep(Duration::from_micros(delay * 40));
        kill_process(running.pid(), Signal::TERM).unwrap();
        running.wait().dies_by(15);
    }
}

/// A command line of make under strace, which makes a call slow; the tracer is nobody's parent, and in no group that is stopped.
fn slowed(case: &Case, call: &str, words: &[&str]) -> Vec<String> {
    let trace = case.root().join("trace").display().to_string();
    let inject = format!("inject={call}:delay_enter=1000000");
    let all = ["strace", "-DD", "-f", "-qq", "-o", &trace, "-e", &inject, "--", "make", "start"];
    all.iter().chain(words).map(|w| (*w).to_owned()).collect()
}

/// What strace has told so far.
fn trace(case: &Case) -> String {
    std::fs::read_to_string(case.root().join("trace")).unwrap_or_default()
}

/// Until the command is itself it is a process of the shim's. Whoever is stopped with it sees to it that the caller hears
/// of it: a terminal would wait for ever.
#[test]
fn a_stop_before_the_command_is_the_command() {
    if which::which("strace").is_err() {
        return skipped("no strace");
    }
    for stop in [Signal::STOP, Signal::TSTP] {
        let case = Case::new().witnesses().consented();
        let file = |name: &str| case.root().join(name);
        let read = |name: &str| std::fs::read_to_string(file(name)).unwrap_or_default();
        let mut words = vec![caller().display().to_string(), format!("report={}", file("report").display())];
        words.extend([format!("pid={}", file("pids").display()), "group=own".into(), "--".into()]);
        words.extend(slowed(&case, "getppid", &["exit=5"]));
        let running = case.start(&words);
        until("the command's first steps", || trace(&case).contains("clone("));
        let pids = read("pids");
        let shim = Pid::from_raw(pids.trim().rsplit(' ').next().unwrap().parse().unwrap()).unwrap();
        kill_process_group(shim, stop).unwrap();
        until("what the caller hears", || read("report").starts_with("stopped"));
        kill_process_group(shim, Signal::CONT).unwrap();
        running.wait().exits(5);
        assert_eq!(read("report"), format!("stopped {}\ncontinued\nexit 5\n", stop.as_raw()));
    }
}

/// Whoever asks whether the command goes on is also told of its end, once.
#[test]
fn a_command_that_ends_while_it_is_continued() {
    if which::which("strace").is_err() {
        return skipped("no strace");
    }
    let case = Case::new().witnesses().consented();
    let file = |name: &str| case.root().join(name).display().to_string();
    let words = [format!("tell={}", file("told")), format!("await={}", file("end")), "exit=7".into()];
    let running = case.start(&slowed(&case, "wait4", &words.each_ref().map(String::as_str)));
    until_told(&case.root().join("told"));
    kill_process(running.pid(), Signal::CONT).unwrap();
    until("the shim's awakening", || {
        trace(&case).lines().any(|l| l.contains("rt_sigtimedwait") && l.contains("SIGCONT"))
    });
    std::fs::write(file("end"), "").unwrap();
    running.wait().exits(7).records(&["command_executed start failure", "error_occurred start failed"]);
}

/// A stop of the command alone that somebody has undone says nothing about the next signal, which the command survives.
#[test]
fn a_stop_that_is_over_is_not_followed_later() {
    let case = Case::new().witnesses().consented();
    let file = |name: &str| case.root().join(name);
    let words = [format!("tell={}", file("told").display()), format!("count={}", file("counts").display())];
    let running = case.start(&["make", "start", &words[0], &words[1], "exit=5"]);
    let command = until_told(&file("told"));
    until("the handlers", || std::fs::read_to_string(file("counts")).is_ok_and(|t| t.contains("ready")));
    let moment = || std::thread::sleep(Duration::from_millis(50));
    for signal in [Signal::STOP, Signal::CONT] {
        kill_process(command, signal).unwrap();
        moment();
    }
    kill_process(running.pid(), Signal::TSTP).unwrap();
    moment();
    last(running.pid());
    running.wait().exits(5);
    assert!(std::fs::read_to_string(file("counts")).unwrap().contains("20: 1\n"));
}
