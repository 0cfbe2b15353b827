//! What was acknowledged is there, whatever happens to the process.

use crate::events::*;
use crate::server::Collector;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

const EVENTS: usize = 100_000;
const BATCH: usize = 250;
/// How often it is killed on the way.
const KILLS: usize = 9;
/// How many clients deliver at once.
const CLIENTS: usize = 24;

#[test]
fn nothing_acknowledged_is_lost_when_it_is_killed_while_100_000_events_arrive() {
    let mut collector = Collector::start();
    let folder = collector.take_folder();
    let batches: Vec<(Vec<Uuid>, String)> = (0..EVENTS / BATCH)
        .map(|number| {
            let install = install(number as u64 % 40);
            let uuids: Vec<_> = (0..BATCH).map(|_| Uuid::new_v4()).collect();
            let lines: Vec<_> =
                uuids.iter().map(|uuid| line_with(&install, 3, ran("start", true, 1200), *uuid)).collect();
            (uuids, batch(&lines))
        })
        .collect();
    let data = collector.data.clone();
    let acknowledged = Arc::new(Mutex::new(HashSet::new()));
    let next = AtomicUsize::new(0);
    // A client that got no answer sends the same bytes again to the next collector.
    for round in 1..=KILLS + 1 {
        let until = if round <= KILLS { batches.len() * round / (KILLS + 1) } else { usize::MAX };
        std::thread::scope(|scope| {
            let deliver = || {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    let Some((uuids, body)) = batches.get(at) else { return };
                    match collector.post_with("/batch/", "", body) {
                        Ok(answer) if answer.status == 200 => acknowledged.lock().unwrap().extend(uuids),
                        _ => {
                            next.fetch_min(at, Ordering::SeqCst);
                            return;
                        }
                    }
                }
            };
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(deliver)).collect();
            while next.load(Ordering::SeqCst) < until && clients.iter().any(|c| !c.is_finished()) {
                std::thread::yield_now();
            }
            if round <= KILLS {
                let pid = rustix::process::Pid::from_raw(collector.pid().cast_signed()).unwrap();
                rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
            }
        });
        if round <= KILLS {
            collector.kill();
            collector = Collector::on(data.clone(), &[]);
            let kept = kept(&collector);
            let lost = acknowledged.lock().unwrap().difference(&kept).count();
            assert_eq!(
                lost,
                0,
                "round {round}: {} acknowledged, {} kept",
                acknowledged.lock().unwrap().len(),
                kept.len()
            );
        }
    }
    // Everything was delivered in the end, much of it twice, and counted once.
    assert_eq!(collector.stored(), EVENTS as u64);
    assert_eq!(collector.answers("")["commands"][0]["runs"], EVENTS);
    assert_eq!(collector.answers("")["adoption"]["installs"], 40);
    assert_eq!(collector.query::<String>("PRAGMA integrity_check"), "ok");
    drop(folder);
}

fn kept(collector: &Collector) -> HashSet<Uuid> {
    let db = rusqlite::Connection::open(collector.data.join("events.sqlite")).unwrap();
    let mut query = db.prepare("SELECT uuid FROM event").unwrap();
    let rows = query.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    rows.map(|bytes| Uuid::from_slice(&bytes.unwrap()).unwrap()).collect()
}

#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // No file of it can grow beyond a megabyte: to the collector that is a disk that is full.
    let limited = "trap '' XFSZ; ulimit -f 1024; exec \"$0\" \"$@\"";
    let collector = Collector::by(limited, data.clone());
    let mut acknowledged = 0;
    let refused = (0..200).find_map(|number| {
        let install = install(number);
        let lines: Vec<_> = (0..200).map(|_| line(&install, 1, ran("start", true, 1200))).collect();
        let answer = collector.post("/batch/", batch(&lines));
        acknowledged += if answer.status == 200 { 200 } else { 0 };
        (answer.status != 200).then_some(answer)
    });
    assert_eq!(refused.map(|answer| answer.status), Some(503));
    assert!(acknowledged > 0);
    assert_eq!(collector.get("/api/health").status, 503);
    assert_eq!(collector.answers("")["commands"][0]["runs"], acknowledged);
    assert_eq!(collector.post("/batch/", "{").status, 400);
    collector.stop();
    let collector = Collector::on(data, &[]);
    assert_eq!(collector.stored(), acknowledged);
    assert_eq!(collector.post("/batch/", batch(&[line(&install(1), 1, ran("start", true, 1200))])).status, 200);
    assert_eq!(collector.get("/api/health").status, 200);
}
