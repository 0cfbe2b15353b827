//! A ledger that can't be used: damaged at its head, damaged further in, or a newer release's.

use crate::house::{House, ID, uuids};
use crate::server::{Reply, Server};
use onramp_analytics::ledger::State;
use onramp_analytics::paths::place;
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::Path;
use std::process::Command;

/// A house whose ledger opens, and breaks at its second page. Three hundred events waited in it.
fn damaged(server: &Server) -> House {
    let house = House::on(&server.host());
    house.record(300);
    house.run(&["flush"]).ends(1);
    let path = house.place.file(place::LEDGER);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    (1..pages).for_each(|page| file.write_all_at(&[0xff; 64], page * 4096).unwrap());
    house
}

/// A server that is in trouble once, and takes everything after that.
fn troubled() -> Server {
    Server::scripted(|n, _| Reply::Json(if n == 0 { 503 } else { 200 }))
}

/// Whether a file below this folder holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    let Ok(listing) = std::fs::read_dir(folder) else { return false };
    let mut files = listing.map(|entry| entry.unwrap().path());
    files.any(|path| match path.is_dir() {
        true => holds(&path, bytes),
        false => std::fs::read(&path).unwrap().windows(bytes.len()).any(|w| w == bytes),
    })
}

#[test]
fn a_damaged_ledger_is_put_aside_and_told() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    house.record(1);
    house.run(&["flush"]).ends(0);
    std::fs::write(house.place.file(place::LEDGER), vec![b'x'; 5_000]).unwrap();
    let lines = house.record(1);
    house.run(&["flush"]).ends(0);
    assert_eq!(server.requests()[1].uuids(), uuids(&lines));
    assert!(house.health().troubles.iter().any(|t| t.contains("was damaged")));
}

#[test]
fn a_ledger_of_a_newer_release_is_left_alone() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    house.record(1);
    house.run(&["flush"]).ends(0);
    let db = rusqlite::Connection::open(house.place.file(place::LEDGER)).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    house.record(1);
    let ran = house.run(&["flush"]).ends(1);
    assert!(ran.err.contains("newer release"), "{}", ran.err);
    assert!(house.health().troubles[0].contains("newer release"));
    db.pragma_update(None, "user_version", 1).unwrap();
    house.run(&["flush"]).ends(0);
    assert_eq!(server.uuids().len(), 2);
}

#[test]
fn a_ledger_that_breaks_further_in_is_put_aside_as_well() {
    let server = troubled();
    let house = damaged(&server);
    let lines = house.record(2);
    let told = house.health().troubles;
    assert!(told.iter().any(|t| t.contains("it is damaged, or no file") && t.contains("\nhelp: ")), "{told:?}");
    let ran = house.run(&["stats"]).ends(1);
    assert!(
        ran.err.contains("could not read ledger: it is damaged, or no file") && ran.err.contains("\nhelp: "),
        "{}",
        ran.err
    );
    house.due();
    house.send().ends(0);
    assert_eq!(server.requests()[1].uuids(), uuids(&lines));
    assert_eq!(house.events(&[State::Sent]).len(), 2);
    assert!(house.health().troubles.iter().any(|t| t.contains("was damaged")));
}

#[test]
fn what_is_taken_back_goes_from_a_damaged_ledger_too() {
    for command in [&["disable"][..], &["reset-id"], &["purge"], &["forget"], &["uninstall"]] {
        let server = troubled();
        let house = damaged(&server);
        house.record(1);
        assert!(holds(&house.homes.state, b"service_enabled"));
        let ran = house.run(command).ends(0);
        assert!(!holds(&house.homes.state, b"service_enabled"), "{command:?}: {ran:#?}");
        let batches = server.requests().iter().filter(|r| r.path == "/batch/").count();
        assert_eq!(batches, 1, "{command:?}: the one before");
        let names_id = ran.out.contains(ID);
        assert!(names_id || command == ["purge"], "{command:?}: {ran:#?}");
    }
}

#[test]
fn what_is_no_ledger_is_put_out_of_the_way_untouched() {
    for what in ["a link", "a folder", "a pipe"] {
        let server = Server::accepting();
        let house = House::on(&server.host());
        let (path, precious) = (house.place.file(place::LEDGER), house.root.path().join("precious"));
        std::fs::write(&precious, "precious").unwrap();
        match what {
            "a link" => symlink(&precious, &path).unwrap(),
            "a folder" => std::fs::create_dir(&path).unwrap(),
            _ => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
        }
        let told = house.health().troubles;
        assert!(told.iter().any(|t| t.contains("no file")), "{what}: {told:?}");
        let lines = house.record(1);
        house.run(&["flush"]).ends(0);
        assert_eq!(server.uuids(), uuids(&lines), "{what}");
        assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
        house.run(&["disable"]).ends(0);
    }
}
