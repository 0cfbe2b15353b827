//! Storing events, against SQLite's own bulk insert of the same rows into the same table, in transactions of the same
//! size: what admission, roll-ups and HTTP add.

use crate::made::{Made, body};
use crate::server::Collector;
use crate::{median, row};
use onramp_analytics::collector::admission::Admitted;
use onramp_analytics::collector::store::{self, Batch};
use rusqlite::{Connection, params};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const EVENTS: usize = 200_000;
const BATCH: usize = 200;
const TRANSACTION: usize = 10_000;
const ROUNDS: usize = 5;
const CLIENTS: usize = 8;

pub fn run() {
    let mut made = Made::of(EVENTS / 500, 3, 1);
    let batches: Vec<Vec<Admitted>> = (0..EVENTS / BATCH).map(|_| made.batch(BATCH)).collect();
    let bodies: Vec<Vec<u8>> = batches.iter().map(|batch| body(batch)).collect();
    let [mut plain, mut stored, mut served] = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let floor = bulk_insert(&batches);
        plain.push(EVENTS as f64 / floor);
        stored.push(store_all(&batches) / floor);
        served.push(serve_all(&bodies) / floor);
    }
    println!("storing {EVENTS} events, medians of {ROUNDS} rounds");
    row("SQLite's own bulk insert of the same rows, events a second", format!("{:.0}", median(plain)));
    row("stored with all roll-ups, times the bulk insert", format!("{:.2}x", median(stored)));
    row("the same by HTTP from 8 clients, each batch on disk", format!("{:.2}x", median(served)));
}

/// The rows of `event` and nothing else.
fn bulk_insert(batches: &[Vec<Admitted>]) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let mut db = store::open(&store::make(folder.path()).unwrap()).unwrap();
    let events: Vec<&Admitted> = batches.iter().flatten().collect();
    let start = Instant::now();
    for some in events.chunks(TRANSACTION) {
        insert(&mut db, some).unwrap();
    }
    start.elapsed().as_secs_f64()
}

fn insert(db: &mut Connection, events: &[&Admitted]) -> rusqlite::Result<()> {
    let tx = db.transaction()?;
    let mut statement = tx.prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for event in events {
        // The number of an install, a word and a release is as long here as the real one.
        let install = i64::from(event.install.as_bytes()[0]) << 1 | 1;
        let uuid = event.uuid.as_bytes().as_slice();
        let version = event.version.number();
        statement.execute(params![install, uuid, 4, event.at, version, 140, 1, 1200])?;
    }
    drop(statement);
    tx.commit()
}

fn store_all(batches: &[Vec<Admitted>]) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let mut db = store::open(&store::make(folder.path()).unwrap()).unwrap();
    let events: Vec<Admitted> = batches.iter().flatten().copied().collect();
    let start = Instant::now();
    for some in events.chunks(TRANSACTION) {
        let new = store::add(&mut db, Batch { events: some.to_vec(), refused: Vec::new() }).unwrap();
        assert_eq!(new, some.len() as u64);
    }
    start.elapsed().as_secs_f64()
}

fn serve_all(bodies: &[Vec<u8>]) -> f64 {
    let collector = Collector::start();
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                    assert_eq!(collector.post("/batch/", body).status, 200);
                }
            });
        }
    });
    let took = start.elapsed().as_secs_f64();
    assert_eq!(collector.stored(), EVENTS as u64);
    took
}
