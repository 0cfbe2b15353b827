//! Faults, injected for real: servers that misbehave, a dead one, a full disk, a read-only one, foreign files.

use crate::house::{House, Ran, service, uuids};
use crate::server::{Reply, Server};
use crate::skipped::skipped;
use onramp_analytics::ledger::State;
use onramp_analytics::paths::place;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A server that misbehaves: `flush` fails in words, nothing is lost, and everything arrives once it behaves.
fn nothing_is_lost(fault: Reply, word: &str) {
    let server = Server::scripted(move |n, _| if n == 0 { fault.clone() } else { Reply::Json(200) });
    let house = House::on(&server.host());
    let lines = house.record(3);
    let ran = house.run(&["flush"]).ends(1);
    assert!(ran.err.contains(word), "{}", ran.err);
    assert_eq!(house.events(&[State::Waiting]).len(), 3);
    house.run(&["flush"]).ends(0);
    assert_eq!(server.requests()[0].body, server.requests()[1].body, "the same bytes again");
    assert_eq!(server.requests()[1].uuids(), uuids(&lines));
    assert_eq!(house.events(&[State::Sent]).len(), 3);
}

#[test]
fn a_server_that_never_answers() {
    nothing_is_lost(Reply::Hang, "no answer within 10 seconds");
}

#[test]
fn a_server_that_drips() {
    nothing_is_lost(Reply::Drip, "no answer within 10 seconds");
}

#[test]
fn a_server_that_closes_without_a_word() {
    nothing_is_lost(Reply::Close, "the connection broke");
}

#[test]
fn a_server_that_resets() {
    nothing_is_lost(Reply::Reset, "the connection broke");
}

#[test]
fn a_server_that_closes_its_half() {
    nothing_is_lost(Reply::HalfClose, "the connection broke");
}

#[test]
fn an_answer_that_breaks_off() {
    nothing_is_lost(Reply::Half, "200, then the connection broke");
}

#[test]
fn a_server_that_is_not_there() {
    let house = House::on("http://127.0.0.1:9");
    house.record(1);
    let ran = house.run(&["flush"]).ends(1);
    assert!(ran.err.contains("could not connect") && ran.err.contains("nothing is lost"), "{}", ran.err);
    assert_eq!(house.events(&[State::Waiting]).len(), 1);
    assert!(house.run(&["ledger", "--json"]).out.contains("\"body\":null"), "nothing left this machine");
}

/// As a resolver that hangs: the connection is never made.
#[test]
fn a_proxy_that_hangs() {
    let silent = Server::scripted(|_, _| Reply::Hang);
    let mut house = House::on("https://posthog.test");
    house.set("HTTPS_PROXY", &silent.host());
    house.record(1);
    let ran = house.run(&["flush"]).ends(1);
    assert!(ran.err.contains("within 5 seconds"), "{}", ran.err);
    assert_eq!(house.events(&[State::Waiting]).len(), 1);
}

/// A name server on loopback that takes every question and answers none, and a namespace in which it is the only one.
#[test]
fn a_resolver_that_hangs() {
    let silent = std::net::UdpSocket::bind("127.66.0.1:53");
    let house = House::on("https://posthog.test");
    let settings = house.root.path().join("resolv.conf");
    std::fs::write(&settings, "nameserver 127.66.0.1\n").unwrap();
    let script = format!("mount --bind {} /etc/resolv.conf && exec \"$@\"", settings.display());
    let within = ["-m", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_onramp-analytics"), "flush"];
    let can = Command::new("unshare").args(["-m", "mount", "--bind", "/etc/hosts", "/etc/resolv.conf"]).status();
    if silent.is_err() || !can.is_ok_and(|ran| ran.success()) {
        skipped("no port 53 or no namespace to be had here");
        return;
    }
    house.record(1);
    let mut flush = house.through(Path::new("unshare"), &within);
    let ran = Ran::of(flush.env("PATH", "/usr/bin:/bin").output().unwrap()).ends(1);
    assert!(ran.err.contains("within 5 seconds"), "{}", ran.err);
    assert_eq!(house.events(&[State::Waiting]).len(), 1);
}

/// The processes that work for a checkout.
fn working_for(checkout: &Path) -> Vec<String> {
    let wanted = checkout.display().to_string();
    let lines = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let is_alive = std::fs::read_to_string(entry.path().join("stat")).is_ok_and(|stat| !stat.contains(") Z "));
        (line.contains(&wanted) && line.contains("send") && is_alive).then_some(line)
    });
    lines.collect()
}

/// The checkout with a `make` that is the shim, and a goal that does nothing.
fn through_the_shim(house: &House) -> Command {
    let bin = house.root.path().join("bin");
    if !bin.exists() {
        std::fs::create_dir(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_onramp-shim"), bin.join("make")).unwrap();
        std::fs::write(house.place.checkout.join("Makefile"), "start:\n\t@:\n").unwrap();
    }
    let mut make = house.through(&bin.join("make"), &["start"]);
    make.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).stdin(Stdio::null());
    make
}

#[test]
fn a_hundred_runs_against_a_dead_server_leave_no_process() {
    for script in [Reply::Hang, Reply::Close] {
        let server = Server::scripted(move |_, _| script.clone());
        let house = House::on(&server.host());
        house.due();
        for _ in 0..100 {
            Ran::of(through_the_shim(&house).output().unwrap()).ends(0);
        }
        let until = Instant::now() + Duration::from_secs(40);
        while !working_for(&house.place.checkout).is_empty() {
            assert!(Instant::now() < until, "left: {:?}", working_for(&house.place.checkout));
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(!server.requests().is_empty(), "a sender was at work");
        assert_eq!(house.health().waiting + house.health().totals.own, 100, "nothing is lost");
    }
}

// ---- disks ----

/// A small disk of its own, gone with the test; nothing where that can't be had.
struct Disk(PathBuf);

impl Disk {
    fn of(size: &str) -> Option<(Self, tempfile::TempDir)> {
        let folder = tempfile::tempdir().unwrap();
        let disk = folder.path().join("disk");
        std::fs::create_dir(&disk).unwrap();
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(&disk).output();
        if !mounted.is_ok_and(|m| m.status.success()) {
            skipped("no disk can be mounted here");
            return None;
        }
        Some((Self(disk), folder))
    }

    fn remount(&self, how: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0).status();
        assert!(done.unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_and_is_told() {
    let Some((disk, _folder)) = Disk::of("256k") else { return };
    let server = Server::accepting();
    let house = House::in_folder(tempfile::tempdir_in(&disk.0).unwrap(), &server.host());
    let lines = house.record(5);
    let filler = disk.0.join("filler");
    let mut size = 256 * 1024;
    while size >= 512 {
        let old = std::fs::read(&filler).unwrap_or_default();
        if std::fs::write(&filler, [old, vec![0; size]].concat()).is_err() {
            size /= 2;
        }
    }
    let ran = house.run(&["flush"]).ends(1);
    assert!(ran.err.contains("could not") && ran.err.contains("\nhelp: make room"), "{}", ran.err);
    house.send();
    assert_eq!(server.requests().len(), 0, "what can't be written down is not sent");
    std::fs::remove_file(filler).unwrap();
    house.run(&["flush"]).ends(0);
    assert_eq!(server.uuids(), uuids(&lines));
}

#[test]
fn a_read_only_disk_is_told_and_can_still_be_looked_at() {
    let Some((disk, _folder)) = Disk::of("4m") else { return };
    let server = Server::accepting();
    let house = House::in_folder(tempfile::tempdir_in(&disk.0).unwrap(), &server.host());
    let mut lines = house.record(2);
    house.run(&["view"]).ends(0);
    lines.extend(house.record(1));
    disk.remount("ro");
    let ran = house.run(&["flush"]).ends(1);
    assert!(ran.err.contains("could not"), "{}", ran.err);
    assert_eq!(server.requests().len(), 0);
    let seen = house.run(&["view", "--pending", "--json"]).ends(0).out;
    assert_eq!(seen.lines().collect::<Vec<_>>(), lines.iter().map(|l| str::from_utf8(l).unwrap()).collect::<Vec<_>>());
    house.run(&["preview"]).ends(0);
    assert!(house.health().troubles.iter().any(|t| t.contains("could not write folder")), "{:?}", house.health());
    for command in [&["flush"][..], &["drop", "1"], &["purge"]] {
        let ran = house.run(command).ends(1);
        assert!(ran.err.contains("could not") && ran.err.contains("\nhelp: the disk is read-only"), "{}", ran.err);
        assert_eq!(ran.out, "", "{command:?} has done nothing");
    }
    disk.remount("rw");
    house.run(&["flush"]).ends(0);
    assert_eq!(server.uuids(), uuids(&lines));
}

#[test]
fn a_no_holds_though_the_state_folder_is_read_only() {
    let Some((disk, _folder)) = Disk::of("4m") else { return };
    let server = Server::accepting();
    let mut house = House::on(&server.host());
    house.set("XDG_STATE_HOME", &disk.0.display().to_string());
    house.run(&["enable"]).ends(0);
    disk.remount("ro");
    let ran = house.run(&["disable"]).ends(1);
    assert!(ran.out.contains("is off") && ran.err.contains("help: analytics is off all the same"), "{ran:#?}");
    house.run(&["status"]).ends(4);
    house.run(&["uninstall"]).ends(1);
    assert!(!house.lock_path().exists(), "not a line of ours is left in the checkout");
}

// ---- other users ----

const SOMEBODY: &str = "61234";

/// The house belongs to somebody who is not root; commands run as that person. Only where the test is root.
fn somebodys(house: &House) -> bool {
    if !rustix::process::geteuid().is_root() {
        skipped("only root can be two people");
        return false;
    }
    let whole = house.root.path();
    std::fs::set_permissions(whole, std::fs::Permissions::from_mode(0o755)).unwrap();
    Command::new("chown").args(["-R", &format!("{SOMEBODY}:{SOMEBODY}")]).arg(whole).status().unwrap().success()
}

fn as_somebody(house: &House, arguments: &[&str]) -> Ran {
    let program = env!("CARGO_BIN_EXE_onramp-analytics");
    let who = ["--reuid", SOMEBODY, "--regid", SOMEBODY, "--clear-groups", program];
    let all: Vec<_> = who.iter().chain(arguments).copied().collect();
    Ran::of(house.through(Path::new("/usr/bin/setpriv"), &all).output().unwrap())
}

#[test]
pub fn a_file_of_roots_never_locks_the_owner_out() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    if !somebodys(&house) {
        return;
    }
    let readable = house.record(1);
    std::fs::set_permissions(house.place.file(place::SPOOL), std::fs::Permissions::from_mode(0o644)).unwrap();
    as_somebody(&house, &["flush"]).ends(0);
    assert_eq!(server.uuids(), uuids(&readable), "what can be read is taken over");
    house.record(1);
    assert_eq!(house.place.file(place::SPOOL).metadata().unwrap().uid(), 0);
    as_somebody(&house, &["flush"]).ends(0);
    assert!(!house.place.file(place::SPOOL).exists(), "out of the way of the writers");
    let troubles = house.health().troubles;
    assert!(troubles.iter().any(|t| t.contains("of another user")), "{troubles:?}");
}

#[test]
pub fn what_root_makes_through_sudo_belongs_to_the_owner() {
    let server = Server::accepting();
    let mut house = House::on(&server.host());
    if !somebodys(&house) {
        return;
    }
    house.set("SUDO_UID", SOMEBODY);
    house.record(1);
    house.run(&["flush"]).ends(0);
    for entry in std::fs::read_dir(&house.place.folder).unwrap().flatten() {
        assert_eq!(entry.metadata().unwrap().uid().to_string(), SOMEBODY, "{entry:?}");
    }
    as_somebody(&house, &["flush"]).ends(0);
    assert_eq!(server.requests().len(), 1);
}

// ---- damage ----

#[test]
fn corrupt_and_foreign_lines_are_set_aside_and_never_sent() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let mut good = house.record(1);
    let event = String::from_utf8(service(crate::house::ID)).unwrap();
    for line in [
        b"\xff\xfe\x00".to_vec(),
        event.as_bytes()[..100].to_vec(),
        event.replace("plex", "my-private-name").into_bytes(),
        event.replace("0.0.0.0", "192.168.1.17").into_bytes(),
        event.replace("\"has_scaffold\"", "\"host\":\"nas\",\"has_scaffold\"").into_bytes(),
        vec![b'x'; 100_000],
        b"{}".to_vec(),
        b"HOST_DOMAIN=example.org".to_vec(),
    ] {
        house.append(&line);
        good.extend(house.record(1));
    }
    house.run(&["flush"]).ends(0);
    house.run(&["flush", "--all"]).ends(0);
    assert_eq!(server.uuids(), uuids(&good));
    assert_eq!(house.health().totals.aside.values().sum::<u64>(), 8);
    let sent = server.requests().iter().map(|r| String::from_utf8_lossy(&r.body).into_owned()).collect::<String>();
    assert!(!sent.contains("my-private-name") && !sent.contains("192.168.1.17") && !sent.contains("nas"));
}

#[test]
fn things_that_are_no_files_are_put_out_of_the_way_untouched() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let spool = house.place.file(place::SPOOL);
    let secret = house.root.path().join("secret");
    std::fs::write(&secret, service(crate::house::ID)).unwrap();
    symlink(&secret, &spool).unwrap();
    house.run(&["flush"]).ends(0);
    std::fs::create_dir(&spool).unwrap();
    house.run(&["flush"]).ends(0);
    Command::new("mkfifo").arg(&spool).status().unwrap();
    house.run(&["flush"]).ends(0);
    std::fs::create_dir(house.place.file("sealed.1")).unwrap();
    let lines = house.record(1);
    house.run(&["flush"]).ends(0);
    assert_eq!(server.uuids(), uuids(&lines), "the link was not followed");
    assert_eq!(secret.metadata().unwrap().mode() & 0o777, 0o644);
    assert!(!house.health().troubles.is_empty());
}

#[test]
fn the_oldest_commands_give_way_when_too_much_waits() {
    let mut house = House::on("http://127.0.0.1:9");
    house.set("POSTHOG_API_KEY", "");
    house.due();
    let lines = |n: usize, line: &dyn Fn() -> Vec<u8>| (0..n).map(|_| line()).collect::<Vec<_>>();
    let id = crate::house::ID;
    house.append(&lines(3_000, &|| service(id)).join(&b"\n"[..]));
    let old = lines(4_000, &|| crate::house::command(id, "start"));
    house.append(&old.join(&b"\n"[..]));
    house.send().ends(0);
    house.append(&lines(4_500, &|| crate::house::command(id, "down")).join(&b"\n"[..]));
    house.send().ends(0);
    let waiting = house.events(&[State::Waiting]);
    let bytes: usize = waiting.iter().map(|e| e.line.len()).sum();
    assert!(waiting.len() <= 10_000 && bytes <= 4 << 20, "{} events, {bytes} bytes", waiting.len());
    let dropped = house.events(&[State::Dropped]);
    assert_eq!(waiting.len() + dropped.len(), 11_500);
    assert_eq!(house.health().totals.dropped, dropped.len() as u64);
    assert_eq!(
        uuids(&dropped.into_iter().map(|e| e.line).collect::<Vec<_>>()),
        uuids(&old[..old.len().min(11_500 - waiting.len())])
    );
}
