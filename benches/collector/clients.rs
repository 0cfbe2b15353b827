//! A hundred installs that flush at the same moment, ten times each, at a collector that holds many events already.

use crate::made::{Made, body};
use crate::row;
use crate::scale::peak;
use crate::server::Collector;
use std::path::Path;
use std::time::Instant;

const CLIENTS: usize = 100;
const FLUSHES: usize = 10;
const BATCH: usize = 200;

pub fn run(data: &Path) {
    let collector = Collector::on(data.to_owned(), &[]);
    let before = collector.stored();
    let bodies: Vec<Vec<Vec<u8>>> = (0..CLIENTS).map(|client| flushes(client as u64, before)).collect();
    let start = Instant::now();
    let mut waits: Vec<f64> = std::thread::scope(|scope| {
        let threads: Vec<_> = bodies.iter().map(|bodies| scope.spawn(|| flush(&collector, bodies))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let took = start.elapsed().as_secs_f64();
    let sent = CLIENTS * FLUSHES * BATCH;
    assert_eq!(collector.stored() - before, sent as u64, "acknowledged, and not there");
    waits.sort_by(f64::total_cmp);
    let at = |part: usize| format!("{:.0}", waits[(waits.len() * part / 100).min(waits.len() - 1)]);
    row("100 clients flushing at once, events a second", format!("{:.0}", sent as f64 / took));
    row("their waits in milliseconds: median, 99 of 100, longest", [at(50), at(99), at(100)].join(" / "));
    row("the collector's memory at its peak", peak(&collector));
}

/// One client's batches; others than those of a run before.
fn flushes(client: u64, before: u64) -> Vec<Vec<u8>> {
    let mut made = Made::of(1_000_000, 3, 1_000 + client + before);
    (0..FLUSHES).map(|_| body(&made.batch(BATCH))).collect()
}

/// How many milliseconds each batch waits for its answer.
fn flush(collector: &Collector, bodies: &[Vec<u8>]) -> Vec<f64> {
    let one = |body: &Vec<u8>| {
        let start = Instant::now();
        assert_eq!(collector.post("/batch/", body).status, 200);
        start.elapsed().as_secs_f64() * 1000.0
    };
    bodies.iter().map(one).collect()
}
