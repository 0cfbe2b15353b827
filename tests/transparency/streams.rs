//! Pipes, substitutions, and being free when the command is.

use crate::alike::{ALL, BOTH, Mode, Scene, alike, alike_unrecorded};
use crate::harness::{Case, until};
use onramp_analytics::paths::place;

fn in_shell(modes: &[Mode], script: &str) {
    alike(modes, |case| case, |scene| shell(scene, script));
}

/// What a script for bash shows; `MAKE` in it is a command line of make.
fn shell(scene: &Scene, script: &str) -> String {
    let make = scene.make(&[""]);
    let line: Vec<_> = make.iter().map(|w| w.to_string_lossy()).filter(|w| !w.is_empty()).collect();
    let ran = scene.case.run(&["bash", "-c", &script.replace("MAKE", &line.join(" "))]);
    format!("{}\n{}\n{}", ran.ending(), ran.out, ran.err)
}

#[test]
fn a_substitution() {
    in_shell(&ALL, "x=$(MAKE out=one err=two out=three exit=4); echo \"<$x> $?\"");
}

#[test]
fn the_head_of_much() {
    // The command dies of SIGPIPE, as it would.
    in_shell(&ALL, "MAKE copy=1 < <(yes) | head -n 2; echo ${PIPESTATUS[*]}");
    in_shell(&BOTH, "set -o pipefail; yes | MAKE copy=1 | head -c 3; echo; echo $?");
}

#[test]
fn much_through_a_pipe() {
    in_shell(&BOTH, "head -c 3000000 /dev/zero | MAKE copy=1 | cksum; echo ${PIPESTATUS[*]}");
}

#[test]
fn a_closed_stdout() {
    in_shell(
        &ALL,
        "MAKE out=one exit=3 >&-; echo $?; MAKE out=two >&- 2>&- <&-; echo $?; MAKE out=three > /dev/full; echo $?",
    );
}

#[test]
fn in_the_background() {
    in_shell(&ALL, "MAKE out=one exit=3 & wait $!; echo $?; (MAKE out=two exit=4 &) | cat");
}

#[test]
fn by_way_of_other_programs() {
    in_shell(&ALL, "nohup MAKE out=one exit=3; echo $?; setsid -w MAKE out=two exit=4; echo $?");
    in_shell(&ALL, "timeout 20 MAKE out=one exit=3; echo $?; timeout 0.2 MAKE sleep=20000; echo $?");
    in_shell(&ALL, "timeout -k 0.1 0.1 MAKE sleep=20000; echo $?; nice -n 3 MAKE out=three; env -u LANG MAKE out=four");
    in_shell(&BOTH, "seq 40 | xargs -P4 -n1 sh -c 'MAKE out=$0' | sort -n; echo ${PIPESTATUS[*]}");
}

/// Tools that watch a program at its work.
#[test]
fn by_way_of_a_tracer() {
    for tracer in ["strace -f -qq -o /dev/null", "valgrind -q"] {
        let name = tracer.split(' ').next().unwrap();
        if which::which(name).is_err() {
            crate::harness::skipped(&format!("no {name}"));
            continue;
        }
        in_shell(&BOTH, &format!("{tracer} MAKE out=one exit=3; echo $?"));
    }
}

/// A PID namespace for children alone: the shim's is its first process, and sees no parent.
#[test]
fn by_way_of_another_pid_namespace() {
    let script = "unshare -p MAKE out=one exit=3; echo $?; unshare -pf MAKE out=two exit=4; echo $?";
    if !rustix::process::getuid().is_root() || which::which("unshare").is_err() {
        return crate::harness::skipped("only root can make a PID namespace, by unshare");
    }
    // The marker names a process that is not to be seen from there: nobody is nested.
    in_shell(&[Mode::Recording, Mode::Looking, Mode::Off, Mode::Undecided, Mode::Outside], script);
}

/// What is handed out by a pipe is there once: the shim opens none, not even to look.
#[test]
fn settings_that_are_a_pipe() {
    let modes = [Mode::Recording, Mode::Looking, Mode::Off, Mode::Undecided, Mode::Nested];
    let with_pipe = |case: Case| {
        let path = case.checkout().join("services-enabled/.env");
        std::fs::remove_file(&path).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::RWXU).unwrap();
        case
    };
    let script = "echo secret >services-enabled/.env & sleep 0.1; MAKE exit=3; echo $?
        timeout 5 cat services-enabled/.env; echo $?; kill $! 2>/dev/null; wait";
    alike_unrecorded(&modes, with_pipe, |scene| shell(scene, script));
}

/// sudo itself passes on to the command what it was, and has a PATH of its own: then there is no shim to be called.
#[test]
fn by_way_of_sudo() {
    let is_there = std::process::Command::new("sudo").args(["-n", "true"]).output().is_ok_and(|o| o.status.success());
    if !is_there {
        return crate::harness::skipped("sudo is not there, or asks for a password");
    }
    for kept in ["sudo -n -E env PATH=\"$PATH\"", "sudo -n -E env PATH=\"$PATH\" nohup setsid -w"] {
        in_shell(&ALL, &format!("{kept} MAKE out=one err=two exit=3; echo $?"));
        in_shell(
            &ALL,
            &format!("x=$({kept} MAKE out=three die=15); echo \"<$x> $?\"; yes | {kept} MAKE copy=1 | head -n 1"),
        );
    }
    let own_path = "sudo -n MAKE -f /nonexistent out=one; echo $?; sudo -n sh -c 'command -v make'";
    alike_unrecorded(&ALL, |case| case, |scene| shell(scene, own_path));
}

/// Without PATH and without a home there is nowhere to record to.
#[test]
fn with_no_environment_at_all() {
    alike_unrecorded(&ALL, |case| case, |scene| shell(scene, "env -i PATH=\"$PATH\" MAKE out=one exit=3; echo $?"));
}

#[test]
fn with_an_environment_like_cron() {
    in_shell(
        &ALL,
        "env -i PATH=\"$PATH\" HOME=\"$HOME\" XDG_STATE_HOME=\"$XDG_STATE_HOME\" \
        ONRAMP_ANALYTICS_RUN=\"$ONRAMP_ANALYTICS_RUN\" MAKE out=one exit=3; echo $?",
    );
}

#[test]
fn a_descriptor_that_is_a_pipe() {
    // The reader sees the end when the command ends, whoever else was started.
    in_shell(&ALL, "exec 3>&1; x=$(MAKE out=one 3>&1 >&3); echo \"<$x>\"; { MAKE out=two >&9; } 9>&1 | cat");
}

/// A sender that lives on holds nothing of the caller's.
#[test]
fn a_sender_that_lives_on_keeps_nobody() {
    let case = Case::new().witnesses().consented();
    let root = case.root();
    let sleeper = "echo $$ > \"${0%/lib/*}/woken\"; exec sleep 50";
    let case = case.file("lib/onramp-analytics.play", sleeper).link("lib/onramp-analytics", &stand_in());
    std::fs::File::open(case.place().file(place::NEXT)).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    // `run` waits until nobody holds the streams.
    case.run(&["make", "start", "out=one", "exit=3"]).stdout("one\n").stderr("").exits(3);
    let woken = root.join("woken");
    until("the sender", || std::fs::read_to_string(&woken).is_ok_and(|t| t.ends_with('\n')));
    let pid: i32 = std::fs::read_to_string(woken).unwrap().trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    let open = std::fs::read_dir(format!("/proc/{}/fd", pid.as_raw_nonzero())).unwrap();
    for descriptor in open.map(|d| d.unwrap().path()) {
        // The shell that plays the sender opens and closes its script meanwhile.
        let Ok(leads_to) = std::fs::read_link(&descriptor) else { continue };
        let leads_to = leads_to.to_string_lossy();
        assert!(leads_to.starts_with('/'), "{} is {leads_to}", descriptor.display());
    }
    assert_eq!(std::fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero())).unwrap().to_string_lossy(), "/");
    assert_ne!(session(&pid.as_raw_nonzero().to_string()), session("self"));
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// The number of a process's session as proc(5) gives it: zero where its leader is outside of our PID namespace, which
/// a container's build often is. `rustix::process::getsid` takes that for impossible.
fn session(pid: &str) -> String {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name in parentheses may hold anything; state, parent and group follow.
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(3).unwrap().to_owned()
}

fn stand_in() -> String {
    format!("{}/tests/harness/stand-in", env!("CARGO_MANIFEST_DIR"))
}
