//! `install.sh` refuses what is not exactly the release, and leaves nothing behind then.

use super::folder::{self, VERSION};
use super::installer::Newcomer;
use super::{everything, project, read};
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};
use std::cell::OnceCell;

/// Refuses, says why, and leaves the home as it was.
#[track_caller]
fn refuses(new: &Newcomer, options: &[&str], why: &str) {
    let before = everything(&new.home());
    let ran = new.run(options).exits(1);
    assert!(ran.err.contains(why), "{ran}");
    assert_eq!(everything(&new.home()), before, "{ran}");
    new.left_no_scratch();
}

#[track_caller]
fn refuses_release(new: &Newcomer, why: &str) {
    refuses(new, &["--from", &new.server.url, "--version", VERSION], why);
}

#[test]
fn an_archive_that_was_tampered_with() {
    let new = Newcomer::new();
    let archive = new.releases.join(format!("v{VERSION}/{}.tar.gz", folder::name(VERSION)));
    let mut bytes = std::fs::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&archive, bytes).unwrap();
    refuses_release(&new, "is not the expected one: nothing was unpacked");
}

#[test]
fn an_archive_that_is_right_but_not_the_pinned_one() {
    let new = Newcomer::new();
    let pinned = format!("{}={}", std::env::consts::ARCH, "0".repeat(64));
    refuses(
        &new,
        &["--from", &new.server.url, "--version", VERSION, "--sha256", &pinned],
        "is not the expected one: nothing was unpacked",
    );
    // The list beside the archive can't vouch for it then: it was not even asked for.
    assert!(new.server.asked().iter().all(|path| !path.ends_with("SHA256SUMS")));
}

#[test]
fn a_release_without_a_checksum() {
    let new = Newcomer::new();
    let sums = new.releases.join(format!("v{VERSION}/SHA256SUMS"));
    std::fs::write(&sums, "").unwrap();
    refuses_release(&new, "there is no checksum for");
    std::fs::write(&sums, read(&sums) + "abc  " + &folder::name(VERSION) + ".tar.gz\n").unwrap();
    refuses_release(&new, "that is no SHA-256");
    std::fs::remove_file(&sums).unwrap();
    refuses_release(&new, "could not fetch");
    let other = format!("other={}", "0".repeat(64));
    refuses(&new, &["--from", &new.server.url, "--version", VERSION, "--sha256", &other], "there is no checksum for");
    let asked = new.server.asked();
    assert!(asked.iter().all(|path| path.ends_with("SHA256SUMS")), "an archive was fetched all the same: {asked:?}");
}

#[test]
fn a_download_that_ends_in_the_middle() {
    let new = Newcomer::new();
    let cut = format!("{}/cut", new.server.url);
    refuses(&new, &["--from", &cut, "--version", VERSION], "");
    let pinned = format!("{}={}", std::env::consts::ARCH, folder::checksum(&new.releases, VERSION));
    refuses(&new, &["--from", &cut, "--version", VERSION, "--sha256", &pinned], "could not fetch");
    assert!(new.server.asked().iter().any(|path| path.ends_with(".tar.gz")));
}

#[test]
fn a_machine_for_which_there_is_no_release() {
    let new = Newcomer::new();
    let case = new.case.tool("uname", "case $1 in -m) echo riscv64 ;; *) echo Linux ;; esac");
    let new = Newcomer { case, ..new };
    refuses_release(&new, "there is no release for this machine: riscv64");
    let case = new.case.tool("uname", "echo Darwin");
    let new = Newcomer { case, ..new };
    refuses_release(&new, "there is no release for this system: Darwin");
    assert_eq!(new.server.asked(), Vec::<String>::new());
}

#[test]
fn a_program_that_does_not_run_here() {
    let new = Newcomer::new();
    folder::publish(&new.releases, folder::LATER);
    let unpacked = new.releases.join("packing").join(folder::name(folder::LATER));
    let program = unpacked.join("bin/onramp-analytics");
    std::fs::write(&program, "#!/bin/sh\necho \"libc.so.6: version 'GLIBC_9.99' not found\" >&2; exit 1\n").unwrap();
    refuses(&new, &["--unpacked", unpacked.to_str().unwrap()], "does not run here: libc.so.6");
    // Nor one that is another release than it should be, right checksum or not.
    std::fs::write(&program, "#!/bin/sh\necho onramp-analytics 0.0.1\n").unwrap();
    let options = ["--unpacked", unpacked.to_str().unwrap(), "--version", folder::LATER];
    refuses(&new, &options, "this is not the release");
}

#[test]
fn plain_http_from_another_machine() {
    let new = Newcomer::new();
    for from in ["http://192.0.2.1", "ftp://127.0.0.1", "http://127.0.0.1.example", "file:///tmp", ""] {
        refuses(&new, &["--from", from, "--version", VERSION], "could not fetch");
    }
}

#[test]
fn a_home_that_can_not_be_written() {
    let new = Newcomer::new();
    std::fs::write(new.home().join(".local"), "not a folder").unwrap();
    refuses_release(&new, "could not make folder");
    std::fs::remove_file(new.home().join(".local")).unwrap();
    std::fs::create_dir_all(new.home().join(".local/bin/onramp-shim")).unwrap();
    refuses_release(&new, "a folder is in the way");
}

#[test]
fn a_script_of_which_only_a_part_arrived_does_nothing() {
    let new = Newcomer::new();
    let script = read(&project("contrib/release/install.sh"));
    let before = everything(&new.home());
    let part = new.case.root().join("part.sh");
    for lines in [20, 60, 120, script.lines().count() - 1] {
        let text: Vec<&str> = script.lines().take(lines).collect();
        std::fs::write(&part, text.join("\n")).unwrap();
        new.case.run(&["sh", part.to_str().unwrap(), "--from", &new.server.url, "--version", VERSION]);
        assert_eq!(everything(&new.home()), before, "{lines}");
    }
    assert_eq!(new.server.asked(), Vec::<String>::new());
}

#[test]
fn a_person_who_interrupts_it() {
    let new = Newcomer::new();
    folder::publish(&new.releases, folder::LATER);
    let unpacked = new.releases.join("packing").join(folder::name(folder::LATER));
    // All files lie beside their places by then, and none is in place yet. A signal is lost on a shell that is about to
    // become or to start a program, so what shows that it is up is what the program itself opens.
    let pipe = new.case.root().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let script = format!("#!/bin/sh\nexec cat '{}'\n", pipe.display());
    std::fs::write(unpacked.join("bin/onramp-analytics"), script).unwrap();
    let before = everything(&new.home());
    let script = project("contrib/release/install.sh");
    let words = ["sh", script.to_str().unwrap(), "--unpacked", unpacked.to_str().unwrap()];
    let running = new.case.start(&words);
    let held = OnceCell::new();
    let opens = || rustix::fs::open(&pipe, OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty());
    super::harness::until("it tries the program", || opens().is_ok_and(|end| held.set(end).is_ok()));
    rustix::process::kill_process_group(running.pid(), rustix::process::Signal::INT).unwrap();
    running.wait().exits(130);
    assert_eq!(everything(&new.home()), before);
    new.left_no_scratch();
}

#[test]
fn a_command_line_that_it_does_not_know() {
    let new = Newcomer::new();
    for options in [&["--force"][..], &["--prefix"], &["--sha256", "abc"]] {
        let ran = new.run(options).exits(2);
        assert!(ran.err.contains("usage: sh install.sh"), "{ran}");
    }
    refuses(&new, &["--prefix", "relative"], "could not find a folder to install into");
    refuses(&new, &[], "could not tell which release to install");
    new.run(&["--help"]).exits(0).stderr("");
}
