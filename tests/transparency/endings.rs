//! How a command ends: every exit code, every signal, stopping on the way.

use crate::alike::{ALL, BOTH, Mode, alike};
use crate::harness::until;
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn every_exit_code() {
    alike(
        &BOTH,
        |case| case,
        |scene| (0..=255).map(|code| scene.case.run(&scene.make(&[format!("exit={code}")])).ending() + "\n").collect(),
    );
    alike(
        &ALL,
        |case| case,
        |scene| {
            [0, 1, 2, 42, 126, 127, 128, 130, 143, 255]
                .map(|code| scene.observe(&[], &[format!("exit={code}")]))
                .concat()
        },
    );
}

#[test]
fn death_by_every_signal() {
    // A stop is not a death, and what is ignored by default kills nobody.
    let alive = [17, 18, 19, 20, 21, 22, 23, 28, 32, 33];
    alike(
        &BOTH,
        |case| case,
        |scene| {
            let deadly = (1..=64).filter(|s| !alive.contains(s));
            deadly.map(|signal| scene.case.run(&scene.make(&[format!("die={signal}")])).ending() + "\n").collect()
        },
    );
}

#[test]
fn death_by_a_signal_leaves_no_core_of_the_shim() {
    alike(
        &BOTH,
        |case| case,
        |scene| {
            let no_limit = format!("limit=4:{0}:{0}", u64::MAX);
            for signal in [3, 6, 11] {
                scene.observe(&[&no_limit], &[format!("die={signal}")]);
            }
            // The command may leave one, wherever the machine's core_pattern says; ours would be one more.
            let files = std::fs::read_dir(scene.case.command(&["true"]).get_current_dir().unwrap()).unwrap();
            let names = files.map(|f| f.unwrap().file_name().into_string().unwrap());
            let cores = names.filter(|n| n.starts_with("core")).count();
            format!("at most {} cores\n", if cores > 3 { cores } else { 3 })
        },
    );
}

#[test]
fn a_death_signal_that_the_caller_ignores_or_blocks() {
    for signal in [2, 13, 15] {
        let (ignored, blocked) = (format!("ignore={signal}"), format!("block={signal}"));
        alike(&BOTH, |case| case, |scene| scene.observe(&[&ignored], &[format!("die={signal}")]));
        alike(&BOTH, |case| case, |scene| scene.observe(&[&blocked], &[format!("die={signal}")]));
    }
}

/// The caller's `waitpid` without a terminal: a command that is stopped and continued by somebody must not leave the
/// caller hanging.
#[test]
fn stopped_and_continued_without_a_terminal() {
    for stop in [Signal::STOP, Signal::TSTP, Signal::TTIN, Signal::TTOU] {
        alike(
            &BOTH,
            |case| case,
            |scene| {
                let told = scene.case.root().join("told");
                let words = [format!("tell={}", told.display()), format!("stop={}", stop.as_raw()), "exit=5".into()];
                let running = scene.case.start(&scene.make(&words));
                // An orphaned group is not stopped by a terminal's signals: then there is nothing to continue.
                let command = until_told(&told);
                for _ in 0..20 {
                    std::thread::sleep(std::time::Duration::from_millis(10));
                    let _ = kill_process(command, Signal::CONT);
                }
                running.wait().ending()
            },
        );
    }
}

#[test]
fn the_command_alone_stopped_and_continued_by_somebody() {
    alike(
        &BOTH,
        |case| case,
        |scene| {
            let told = scene.case.root().join("told");
            let running = scene.case.start(&scene.make(&[
                format!("tell={}", told.display()),
                "sleep=200".into(),
                "exit=6".into(),
            ]));
            let command = until_told(&told);
            kill_process(command, Signal::STOP).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(50));
            kill_process(command, Signal::CONT).unwrap();
            running.wait().ending()
        },
    );
}

#[test]
fn a_caller_that_dies_leaves_the_command_alone() {
    alike(
        &[Mode::Recording, Mode::Off],
        |case| case,
        |scene| {
            let (told, pids) = (scene.case.root().join("told"), scene.case.root().join("pids"));
            let counts = scene.case.root().join("counts");
            let mut words =
                vec![crate::harness::caller().into(), format!("pid={}", pids.display()).into(), "--".into()];
            words.extend(scene.make(&[format!("tell={}", told.display()), format!("count={}", counts.display())]));
            let running = scene.case.start(&words);
            until_told(&told);
            until("the caller's pid", || pids.exists());
            kill_process(running.pid(), Signal::KILL).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(50));
            std::fs::write(scene.case.root().join("counts.enough"), "").unwrap();
            let ending = running.wait().ending();
            until("the end of the counts", || std::fs::read_to_string(&counts).is_ok_and(|t| t.ends_with("done\n")));
            until("what is recorded", || {
                scene.way == crate::harness::Way::Direct || scene.mode == Mode::Off || !scene.case.events().is_empty()
            });
            format!("{ending}\n{}", std::fs::read_to_string(counts).unwrap())
        },
    );
}

/// SIGKILL of the shim takes the command along.
#[test]
fn killing_the_shim_kills_the_command() {
    let case = crate::harness::Case::new().witnesses().consented();
    let told = case.root().join("told");
    let running = case.start(&["make", "start", &format!("tell={}", told.display()), "sleep=60000"]);
    let command = until_told(&told);
    assert_ne!(command, running.pid(), "the shim did not stay");
    kill_process(running.pid(), Signal::KILL).unwrap();
    running.wait().dies_by(9);
    until("the command's end", || has_ended(command));
}

/// Whether a process has ended, even if nobody has collected it: process 1 may be this test.
pub fn has_ended(process: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    stat.map_or(true, |stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z')))
}

/// The pid of a witness that has told everything.
pub fn until_told(told: &std::path::Path) -> Pid {
    let text = || std::fs::read_to_string(told).unwrap_or_default();
    // Descriptors are told last.
    until("what the witness tells", || text().contains("descriptor "));
    let text = text();
    let pid = text.lines().find_map(|l| l.strip_prefix("pid: ")).unwrap();
    Pid::from_raw(pid.parse().unwrap()).unwrap()
}
