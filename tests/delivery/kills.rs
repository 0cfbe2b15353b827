//! The sender, killed at every system call that it makes between waking and its end: nothing is lost, and what comes
//! twice comes with the same bytes.

use crate::house::{House, uuid};
use crate::server::{Request, Server};
use crate::skipped::skipped;
use onramp_analytics::ledger::State;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

const SENDER: &str = env!("CARGO_BIN_EXE_onramp-analytics");

/// Runs a sender under strace with these options.
fn traced(house: &House, options: &[&str]) -> std::process::Output {
    let project = house.place.checkout.display().to_string();
    let sender = [SENDER, "--project", &project, "send"];
    let all: Vec<_> = ["-f", "-qq"].iter().chain(options).chain(&sender).copied().collect();
    house.through(Path::new("strace"), &all).output().expect("strace runs")
}

/// How often a sender with something to send makes each system call, from its first look at the checkout on: what
/// comes before is the dynamic linker's, and no business of ours.
fn calls(server: &Server) -> (BTreeMap<String, usize>, BTreeMap<String, usize>) {
    let house = prepared(server);
    let log = house.root.path().join("calls");
    let output = traced(&house, &["-o", &log.display().to_string()]);
    assert!(output.status.success(), "{output:?}");
    let (mut before, mut all) = (BTreeMap::new(), BTreeMap::new());
    let mut begun = false;
    for line in std::fs::read_to_string(log).expect("a log").lines() {
        let Some((call, _)) = line.split_once(' ').and_then(|(_, rest)| rest.trim_start().split_once('(')) else {
            continue;
        };
        begun |= line.contains("services-available");
        if !call.starts_with(['<', '+', '-']) {
            *all.entry(call.to_owned()).or_default() += 1;
            if !begun {
                *before.entry(call.to_owned()).or_default() += 1;
            }
        }
    }
    (before, all)
}

fn prepared(server: &Server) -> House {
    let house = House::on(&server.host());
    house.record(3);
    house.due();
    house
}

/// Every event of the requests, by uuid, in every form in which it came.
fn arrived(requests: &[Request]) -> BTreeMap<String, BTreeSet<String>> {
    let mut events: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for request in requests {
        let body = String::from_utf8(request.body.clone()).expect("text");
        let value: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        for event in value["batch"].as_array().expect("a batch") {
            // The bytes of the event as they stood in the body: its text is the same as it was recorded.
            events.entry(event["uuid"].as_str().expect("a uuid").to_owned()).or_default().insert(event.to_string());
        }
    }
    events
}

/// Kills a sender before its `n`th call of this name, and lets others finish; answers with whether it was killed, and
/// how many events came twice.
fn killed_at(call: &str, n: usize) -> (bool, usize) {
    let server = Server::accepting();
    let house = prepared(&server);
    let lines = std::fs::read(house.place.file("spool")).expect("a spool");
    let lines: Vec<Vec<u8>> = onramp_analytics::spool::lines(&lines).map(<[u8]>::to_vec).collect();
    let inject = format!("--inject={call}:signal=KILL:when={n}");
    let trace = format!("trace={call}");
    let output = traced(&house, &["-o", "/dev/null", "-e", &trace, &inject]);
    let killed = output.status.signal() == Some(9) || output.status.code() == Some(137);
    let health = house.health();
    assert!(health.troubles.is_empty(), "{call} {n}: {health:?}");
    // A run later the next sender is woken, and one more looks whether anything is left.
    for _ in 0..2 {
        house.due();
        house.send().ends(0);
    }
    // A machine too busy for a request makes a sender wait for its next time, and the one after it too: then by hand.
    let health = house.health();
    if health.last.as_ref().is_some_and(|last| !last.accepted && last.status.is_none()) {
        house.run(&["--project", &house.place.checkout.display().to_string(), "flush"]).ends(0);
    }
    let requests = server.requests();
    let events = arrived(&requests);
    let what = format!("{call} {n}: {requests:#?} {health:?}");
    assert_eq!(events.len(), lines.len(), "{what}");
    for line in &lines {
        let copies = &events[&uuid(line)];
        assert_eq!(copies.iter().collect::<Vec<_>>(), [str::from_utf8(line).expect("text")], "{what}");
    }
    assert_eq!(house.events(&[State::Sent]).len(), lines.len(), "{what}");
    assert_eq!(house.health().waiting, 0, "{what}");
    let leftovers: Vec<_> =
        std::fs::read_dir(&house.place.folder).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert!(!leftovers.iter().any(|f| f.to_string_lossy().starts_with("sealed")), "{call} {n}: {leftovers:?}");
    let copies: usize = requests.iter().map(|r| r.events().len()).sum();
    (killed, copies - lines.len())
}

#[test]
fn a_sender_killed_at_every_system_call_loses_nothing() {
    if !Command::new("strace").arg("-V").output().is_ok_and(|ran| ran.status.success()) {
        skipped("there is no strace");
        return;
    }
    let (before, all) = calls(&Server::accepting());
    let points: Vec<_> = all
        .iter()
        .flat_map(|(call, n)| (before.get(call).copied().unwrap_or(0) + 1..=*n).map(move |at| (call.clone(), at)))
        .collect();
    let work = std::sync::Mutex::new(points.iter());
    let tally = std::sync::Mutex::new((0, 0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some((call, n)) = work.lock().expect("not poisoned").next() else { return };
                    let (killed, twice) = killed_at(call, *n);
                    let mut tally = tally.lock().expect("not poisoned");
                    tally.0 += usize::from(killed);
                    tally.1 += usize::from(twice > 0);
                }
            });
        }
    });
    let (killed, twice) = tally.into_inner().expect("not poisoned");
    println!("{} points, killed at {killed}, sent again after {twice} of them", points.len());
    assert!(killed * 10 > points.len() * 8, "killed at {killed} of {}", points.len());
    assert!(twice > 0, "the walk went past the time between the answer and the ledger");
}
