//! The races of docs/races.md, each under its number: the steps of two processes, put in the order that matters.

use crate::house::{House, ID, NEW_ID, Writer, append, line, service, uuids};
use crate::server::{Reply, Server};
use onramp_analytics::ledger::{Ledger, State, forget_waiting, remove_all};
use onramp_analytics::paths::place;
use onramp_analytics::spool::Spool;
use onramp_shim::schema::Event;
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// A process number that no process has: above the kernel's limit.
const NOBODY: u32 = 4_194_305;

fn house() -> (Server, House) {
    let server = Server::accepting();
    let house = House::on(&server.host());
    (server, house)
}

fn intake(house: &House) {
    Ledger::open(&house.place).unwrap().ingest(Spool::Outgoing, SystemTime::now()).unwrap();
}

#[track_caller]
fn waits(house: &House, lines: &[Vec<u8>]) {
    let mut waiting: Vec<_> = house.events(&[State::Waiting]).into_iter().map(|e| e.line).collect();
    let mut lines = lines.to_vec();
    waiting.sort();
    lines.sort();
    assert_eq!(waiting, lines);
}

/// Waits until this process has a file open twice: by the test itself, and by who then waits for its lock.
fn until_opened_twice(path: &Path) {
    let of = |path: &Path| path.metadata().map(|is| (is.dev(), is.ino())).ok();
    let file = of(path);
    let opened = || {
        let all = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        all.filter(|fd| of(&fd.path()) == file).count()
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    while opened() < 2 {
        assert!(Instant::now() < deadline, "nobody else opened it: {}", path.display());
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn race_01_the_shim_opened_the_spool_before_it_was_sealed() {
    let (_server, house) = house();
    let first = house.record(1);
    let late = Writer::open(&house.place, place::SPOOL);
    intake(&house);
    assert!(!late.lock_and_look(), "it sees that the file is sealed");
    let again = service(ID);
    append(&house.place, place::SPOOL, 1, &again);
    intake(&house);
    waits(&house, &[first, vec![again]].concat());
}

#[test]
fn race_02_the_shim_has_the_lock_and_has_not_appended_yet() {
    let (_server, house) = house();
    let mut lines = house.record(1);
    let writer = Writer::open(&house.place, place::SPOOL);
    assert!(writer.lock_and_look());
    lines.push(service(ID));
    std::thread::scope(|scope| {
        let intake = scope.spawn(|| intake(&house));
        until_opened_twice(&house.place.file(place::SPOOL));
        writer.write(&lines[1]);
        drop(writer);
        intake.join().unwrap();
    });
    waits(&house, &lines);
}

#[test]
fn race_03_the_intake_has_the_lock() {
    let (_server, house) = house();
    let mut lines = house.record(1);
    let held = File::open(house.place.file(place::SPOOL)).unwrap();
    flock(&held, FlockOperation::LockExclusive).unwrap();
    lines.push(service(ID));
    append(&house.place, place::SPOOL, NOBODY, &lines[1]);
    assert!(house.place.file(&format!("{}{NOBODY}", place::STRAY)).exists());
    drop(held);
    intake(&house);
    waits(&house, &lines);
}

#[test]
fn race_04_the_shim_was_stopped_with_the_lock() {
    let (_server, house) = house();
    let stopped = Writer::open(&house.place, place::SPOOL);
    assert!(stopped.lock_and_look());
    let strays = vec![service(ID)];
    let other = format!("{}{NOBODY}", place::STRAY);
    append(&house.place, &other, NOBODY, &strays[0]);
    let before = house.record(1);
    intake(&house);
    waits(&house, &strays);
    stopped.write(&service(ID));
    drop(stopped);
    intake(&house);
    assert_eq!(house.events(&[State::Waiting]).len(), 3);
    assert!(
        uuids(&house.events(&[State::Waiting]).into_iter().map(|e| e.line).collect::<Vec<_>>())
            .contains(&uuids(&before)[0])
    );
}

#[test]
fn race_05_the_shim_was_killed_within_its_append() {
    let (_server, house) = house();
    let torn = service(ID);
    let writer = Writer::open(&house.place, place::SPOOL);
    writer.write_raw(&[b"\n", &torn[..torn.len() / 2]].concat());
    let whole = house.record(1);
    intake(&house);
    waits(&house, &whole);
    assert_eq!(house.health().totals.aside["a line of the spool: torn or not JSON"], 1);
}

#[test]
fn race_06_the_intake_was_killed_between_the_new_name_and_the_write_bits() {
    let (_server, house) = house();
    let mut lines = house.record(1);
    let late = Writer::open(&house.place, place::SPOOL);
    let sealed = house.place.file(&format!("{}half", place::SEALED));
    std::fs::rename(house.place.file(place::SPOOL), &sealed).unwrap();
    assert!(Spool::Outgoing.sealed(&house.place).unwrap().is_empty(), "it is not read like that");
    assert!(late.lock_and_look(), "a shim that has it open may use it");
    lines.push(service(ID));
    late.write(&lines[1]);
    drop(late);
    intake(&house);
    assert!(!sealed.exists());
    waits(&house, &lines);
}

#[test]
fn race_07_strays_of_the_living_and_of_the_dead() {
    let (_server, house) = house();
    let (living, dead) = (service(ID), service(ID));
    let name = |pid: u32| format!("{}{pid}", place::STRAY);
    append(&house.place, &name(std::process::id()), 1, &living);
    append(&house.place, &name(NOBODY), 1, &dead);
    // Open, as a process of the same number would have it, when the stray is taken.
    let reused = Writer::open(&house.place, &name(NOBODY));
    intake(&house);
    waits(&house, &[dead]);
    assert!(!reused.lock_and_look(), "it meets the write bits");
    assert!(house.place.file(&name(std::process::id())).exists());
}

#[test]
fn race_08_two_intakes_open_the_same_spool() {
    let (_server, house) = house();
    let mut lines = house.record(1);
    // The first has the lock, and renames; the second waits for it meanwhile; a new spool has the name by then.
    let first = File::open(house.place.file(place::SPOOL)).unwrap();
    flock(&first, FlockOperation::LockExclusive).unwrap();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| Spool::Outgoing.seal(&house.place).unwrap());
        until_opened_twice(&house.place.file(place::SPOOL));
        let sealed = house.place.file(&format!("{}first", place::SEALED));
        std::fs::rename(house.place.file(place::SPOOL), &sealed).unwrap();
        lines.extend(house.record(1));
        std::fs::set_permissions(sealed, std::fs::Permissions::from_mode(0o400)).unwrap();
        flock(&first, FlockOperation::Unlock).unwrap();
        second.join().unwrap();
    });
    assert!(house.place.file(place::SPOOL).exists(), "the second left the new spool alone");
    intake(&house);
    waits(&house, &lines);
}

#[test]
fn race_09_two_intakes_list_the_same_sealed_file() {
    let (_server, house) = house();
    let lines = house.record(200);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| intake(&house));
        }
    });
    waits(&house, &lines);
    assert!(Spool::Outgoing.sealed(&house.place).unwrap().is_empty());
}

#[test]
fn race_10_the_intake_was_killed_before_or_after_its_commit() {
    let (server, house) = house();
    let lines = house.record(2);
    Spool::Outgoing.seal(&house.place).unwrap();
    let file = Spool::Outgoing.sealed(&house.place).unwrap().remove(0);
    let text = std::fs::read(&file).unwrap();
    intake(&house);
    waits(&house, &lines);
    std::fs::write(&file, &text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
    intake(&house);
    waits(&house, &lines);
    house.run(&["flush"]).ends(0);
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
    house.run(&["flush", "--all"]).ends(0);
    assert_eq!((server.uuids(), file.exists()), (uuids(&lines), false));
}

#[test]
fn race_11_a_flush_meets_a_sender() {
    let server = Server::scripted(|n, _| if n == 0 { Reply::Wait(600) } else { Reply::Json(200) });
    let house = House::on(&server.host());
    let lines = house.record(1);
    house.due();
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| house.send().ends(0));
        server.has_seen(1);
        house.send().ends(0);
        assert_eq!(server.requests().len(), 1, "a second sender ends at once");
        assert_eq!(house.run(&["flush"]).ends(0).out, "nothing to send\n", "a flush waits for its turn");
        sender.join().unwrap();
    });
    assert_eq!(server.uuids(), uuids(&lines));
}

#[test]
fn race_12_the_sender_was_killed_while_a_request_was_under_way() {
    let server = Server::scripted(|n, _| if n == 0 { Reply::Hang } else { Reply::Json(200) });
    let house = House::on(&server.host());
    let lines = house.record(2);
    let mut sender = house.command(&["flush"]).spawn().unwrap();
    server.has_seen(1);
    sender.kill().unwrap();
    sender.wait().unwrap();
    assert!(house.run(&["ledger"]).ends(0).out.contains("no answer was noted"));
    house.run(&["flush"]).ends(0);
    let requests = server.requests();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[1].uuids(), uuids(&lines));
}

#[test]
fn race_13_the_ledger_cannot_be_written_after_the_answer() {
    let server = Server::scripted(|n, _| if n == 0 { Reply::Wait(600) } else { Reply::Json(200) });
    let house = House::on(&server.host());
    house.record(1);
    let (db, begin) = (rusqlite::Connection::open(house.place.file(place::LEDGER)).unwrap(), "BEGIN EXCLUSIVE");
    let sender = house.command(&["flush"]).stderr(std::process::Stdio::piped()).spawn().unwrap();
    server.has_seen(1);
    db.execute_batch(begin).unwrap();
    let output = sender.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    drop(db);
    house.run(&["flush"]).ends(0);
    assert_eq!(server.requests()[0].body, server.requests()[1].body);
    assert_eq!(house.events(&[State::Sent]).len(), 1);
}

#[test]
fn race_14_the_shim_appends_while_a_sender_is_at_work() {
    let server = Server::scripted(|n, _| if n == 0 { Reply::Wait(300) } else { Reply::Json(200) });
    let house = House::on(&server.host());
    let mut lines = house.record(1);
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| house.run(&["flush"]).ends(0));
        server.has_seen(1);
        lines.extend(house.record(1));
        sender.join().unwrap();
    });
    house.run(&["flush"]).ends(0);
    assert_eq!(server.uuids(), uuids(&lines));
}

#[test]
fn race_15_two_shims_wake_two_senders() {
    let (server, house) = house();
    let lines = house.record(20);
    house.due();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| house.send().ends(0));
        }
    });
    house.run(&["flush"]).ends(0);
    assert_eq!(server.uuids(), uuids(&lines));
}

#[test]
fn race_16_disable_between_two_requests_and_while_an_answer_is_awaited() {
    let off = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&off);
    let server = Server::scripted(move |_, _| {
        while !seen.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Reply::Json(200)
    });
    let house = House::on(&server.host());
    house.append(&(0..3_000).map(|_| service(ID)).collect::<Vec<_>>().join(&b"\n"[..]));
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| house.run(&["flush", "--all"]).ends(4));
        server.has_seen(1);
        house.consent("0", ID);
        forget_waiting(&house.place, false).unwrap();
        flush.join().unwrap();
        off.store(true, Ordering::Relaxed);
    });
    assert_eq!(server.requests().len(), 1);
    assert_eq!(house.events(&[State::Waiting]).len(), 0);
    assert!(house.run(&["ledger"]).ends(0).out.contains("broken off: analytics is off"));
    // Between two requests: the first answer comes when the choice has just changed.
    let choice = House::on(&server.host());
    choice.append(&(0..3_000).map(|_| service(ID)).collect::<Vec<_>>().join(&b"\n"[..]));
    let path = choice.lock_path();
    let between = Server::scripted(move |_, _| {
        std::fs::remove_file(&path).unwrap();
        Reply::Json(200)
    });
    let mut choice = choice;
    choice.host = between.host();
    choice.set("POSTHOG_HOST", &between.host());
    choice.consent("1", ID);
    choice.run(&["flush", "--all"]).ends(4);
    assert_eq!(between.requests().len(), 1);
}

#[test]
fn race_17_a_run_ends_while_it_is_disabled() {
    let (server, house) = house();
    house.record(1);
    house.consent("0", ID);
    forget_waiting(&house.place, false).unwrap();
    house.record(1);
    house.run(&["flush"]).ends(4);
    house.due();
    house.send().ends(0);
    house.consent("1", NEW_ID);
    let new = house.record_as(NEW_ID, 1);
    house.run(&["flush", "--all"]).ends(0);
    assert_eq!(server.uuids(), uuids(&new));
}

#[test]
fn race_18_purge_and_an_intake() {
    let (_server, house) = house();
    for _ in 0..20 {
        house.record(50);
        std::thread::scope(|scope| {
            let intake = scope.spawn(|| intake(&house));
            forget_waiting(&house.place, false).unwrap();
            intake.join().unwrap();
        });
        assert_eq!(house.health().waiting, 0);
    }
}

#[test]
fn race_19_reset_id_and_a_sender_or_a_late_shim() {
    let server = Server::scripted(|n, _| if n == 0 { Reply::Wait(1_000) } else { Reply::Json(200) });
    let house = House::on(&server.host());
    house.append(&(0..3_000).map(|_| service(ID)).collect::<Vec<_>>().join(&b"\n"[..]));
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| house.run(&["flush", "--all"]).ends(1));
        server.has_seen(1);
        house.consent("1", NEW_ID);
        forget_waiting(&house.place, false).unwrap();
        flush.join().unwrap();
    });
    house.record_as(ID, 2);
    let new = house.record_as(NEW_ID, 2);
    house.run(&["flush", "--all"]).ends(0);
    let ids = |n: usize| server.requests()[n].events().iter().map(|e| e["distinct_id"].to_string()).collect::<Vec<_>>();
    assert!(ids(0).iter().all(|id| id.contains(ID)));
    assert_eq!((server.requests().len(), server.requests()[1].uuids()), (2, uuids(&new)));
}

#[test]
fn race_20_purge_and_a_sender_that_has_chosen_its_events() {
    let server = Server::scripted(|n, _| if n == 0 { Reply::Wait(500) } else { Reply::Json(200) });
    let house = House::on(&server.host());
    house.append(&(0..3_000).map(|_| service(ID)).collect::<Vec<_>>().join(&b"\n"[..]));
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| house.run(&["flush", "--all"]).ends(0));
        server.has_seen(1);
        house.run(&["purge"]).ends(0);
        flush.join().unwrap();
    });
    assert_eq!(server.requests().len(), 1, "what is gone does not leave");
    assert_eq!(house.events(&State::ALL).len(), 0);
}

#[test]
fn race_21_the_folder_goes_while_a_shim_appends() {
    let (_server, house) = house();
    house.record(1);
    let late = Writer::open(&house.place, place::SPOOL);
    remove_all(&house.place).unwrap();
    assert!(!late.lock_and_look(), "the file has no name any more");
    assert!(!house.place.folder.exists());
}

#[test]
fn race_22_the_folder_goes_while_a_sender_is_at_work() {
    let server = Server::scripted(|_, _| Reply::Wait(600));
    let house = House::on(&server.host());
    house.record(1);
    house.due();
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| house.send());
        server.has_seen(1);
        remove_all(&house.place).unwrap();
        sender.join().unwrap();
    });
    assert!(!house.place.folder.exists(), "nothing is made again");
}

#[test]
fn race_23_roots_run_in_a_persons_checkout() {
    // faults.rs has the two users; here what is copied because it could be read but not changed.
    let (_server, house) = house();
    let lines = house.record(1);
    std::fs::rename(house.place.file(place::SPOOL), house.place.file(&format!("{}x", place::SEALED))).unwrap();
    intake(&house);
    waits(&house, &lines);
    crate::faults::a_file_of_roots_never_locks_the_owner_out();
    crate::faults::what_root_makes_through_sudo_belongs_to_the_owner();
}

#[test]
fn race_24_local_becomes_on() {
    let (server, house) = house();
    house.consent("local", ID);
    let event = Event::ServiceDisabled { service: onramp_shim::catalog::Service::named(b"plex") };
    let own = line(None, event);
    append(&house.place, place::LOCAL, 1, &own);
    house.run(&["view"]).ends(0);
    append(&house.place, place::LOCAL, 1, &line(None, event));
    house.consent("1", ID);
    append(&house.place, place::SPOOL, 1, &line(None, event));
    house.run(&["flush", "--all"]).ends(0);
    house.due();
    house.send().ends(0);
    assert_eq!(server.requests().len(), 0);
    house.run(&["view"]).ends(0);
    assert_eq!(house.events(&[State::Local]).len(), 2);
    assert_eq!(house.health().totals.aside["a line of the spool: without an anonymous id"], 1);
}

#[test]
fn race_25_status_and_preview_beside_anything() {
    let server = Server::scripted(|n, _| if n == 0 { Reply::Wait(800) } else { Reply::Json(200) });
    let house = House::on(&server.host());
    house.record(3);
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| house.run(&["flush"]).ends(0));
        server.has_seen(1);
        for _ in 0..3 {
            house.run(&["preview"]).ends(0);
            let health = house.health();
            assert!(health.sending && health.waiting == 3 && health.troubles.is_empty(), "{health:?}");
            assert!(health.last.unwrap().answer.contains("no answer was noted"));
        }
        flush.join().unwrap();
    });
    assert_eq!(house.health().waiting, 0);
}

#[test]
fn race_26_the_clock_is_set_back() {
    let (server, house) = house();
    house.record(1);
    onramp_analytics::sender::set_next(&house.place, SystemTime::now() + Duration::from_secs(90 * 86_400)).unwrap();
    house.send().ends(0);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn every_number_of_the_page_has_a_test() {
    let page = include_str!("../../docs/races.md");
    let numbers = page.lines().filter_map(|l| l.split_once(". **").and_then(|(n, _)| n.parse::<u32>().ok()));
    let tests =
        include_str!("races.rs").lines().filter_map(|l| l.strip_prefix("fn race_")?.get(..2)?.parse::<u32>().ok());
    assert_eq!(numbers.collect::<Vec<_>>(), tests.collect::<Vec<_>>());
}
