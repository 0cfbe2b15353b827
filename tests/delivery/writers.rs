//! Fifty writers with two hundred runs each, through the real shim, while senders take the spool away and are killed:
//! ten thousand distinct events arrive, none torn, and what comes twice comes with the same bytes.

use crate::house::{House, ID};
use crate::server::Server;
use onramp_analytics::ledger::{Line, State};
use onramp_analytics::paths::place;
use std::collections::HashMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

const WRITERS: usize = 50;
const RUNS: usize = 200;

/// A `make` that does nothing, behind the shim.
pub fn shim(house: &House) -> (PathBuf, String) {
    let (bin, real) = (house.root.path().join("bin"), house.root.path().join("real"));
    std::fs::create_dir(&bin).expect("a folder");
    std::fs::create_dir(&real).expect("a folder");
    symlink(env!("CARGO_BIN_EXE_onramp-shim"), bin.join("make")).expect("a link");
    symlink("/usr/bin/true", real.join("make")).expect("a link");
    (bin.join("make"), format!("{}:{}", bin.display(), real.display()))
}

pub fn one_run(house: &House, shim: &Path, path: &str) {
    let mut run: Command = house.through(shim, &["start"]);
    let status = run.env("PATH", path).stdin(Stdio::null()).status().expect("the shim runs");
    assert!(status.success());
}

/// Wakes senders one after the other, and kills most of them at some moment of their work.
fn rotate(house: &House, done: &AtomicBool) -> usize {
    let project = house.place.checkout.display().to_string();
    let mut killed = 0;
    for turn in 0.. {
        if done.load(Ordering::Relaxed) {
            break;
        }
        house.due();
        // A flush sends what the daily limit keeps here too.
        let what = if turn % 2 == 0 { &["flush", "--all"][..] } else { &["--project", &project, "send"] };
        let mut sender = house.command(what).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a sender");
        std::thread::sleep(Duration::from_millis(turn * 37 % 250));
        if turn % 5 != 0 {
            killed += usize::from(sender.try_wait().is_ok_and(|ended| ended.is_none()));
            let _ = sender.kill();
        }
        sender.wait().expect("its end");
    }
    killed
}

#[test]
fn fifty_writers_while_senders_rotate_and_are_killed() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let (shim, path) = shim(&house);
    let (done, left) = (AtomicBool::new(false), AtomicUsize::new(WRITERS * RUNS));
    let killed = std::thread::scope(|scope| {
        let senders = scope.spawn(|| rotate(&house, &done));
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..RUNS {
                        one_run(&house, &shim, &path);
                        left.fetch_sub(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().expect("a writer"));
        done.store(true, Ordering::Relaxed);
        senders.join().expect("the senders")
    });
    assert_eq!(left.load(Ordering::Relaxed), 0);
    house.run(&["flush", "--all"]).ends(0);
    house.run(&["flush", "--all"]).ends(0);

    let mut events: HashMap<String, String> = HashMap::new();
    let mut copies = 0;
    for event in server.requests().iter().flat_map(crate::server::Request::events) {
        let line = Line::read(event.to_string().as_bytes()).expect("a whole event");
        assert_eq!(line.id.as_deref(), Some(ID));
        let known = events.entry(line.uuid).or_insert_with(|| event.to_string());
        assert_eq!(*known, event.to_string(), "the same bytes");
        copies += 1;
    }
    println!("{killed} senders killed, {} events, {copies} copies", events.len());
    assert_eq!(events.len(), WRITERS * RUNS, "{:#?}", house.health());
    assert!(killed > 0);
    assert!(!house.place.file(place::SPOOL).exists());
    assert_eq!(house.health().totals.aside.len(), 0);
}

#[test]
fn the_shim_appends_to_a_file_of_its_own_while_a_spool_is_locked() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let (shim, path) = shim(&house);
    onramp_analytics::sender::set_next(&house.place, SystemTime::now() + Duration::from_secs(3600)).expect("a time");
    for (choice, live, state) in [("1", place::SPOOL, State::Waiting), ("local", place::LOCAL, State::Local)] {
        house.consent(choice, ID);
        one_run(&house, &shim, &path);
        let held = std::fs::File::open(house.place.file(live)).expect("a spool");
        rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).expect("the lock");
        one_run(&house, &shim, &path);
        drop(held);
        house.run(&["view"]).ends(0);
        assert_eq!(house.events(&[state]).len(), 2, "{choice}");
    }
}

#[test]
fn a_shim_wakes_a_sender_although_the_clock_was_set_back() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let (shim, path) = shim(&house);
    let far = SystemTime::now() + Duration::from_secs(90 * 86_400);
    onramp_analytics::sender::set_next(&house.place, far).expect("a time");
    one_run(&house, &shim, &path);
    server.has_seen(1);
}
