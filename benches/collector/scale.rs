//! Many events: how large they are, how long each answer takes, what 100 clients at once get, and whether ClickHouse
//! counts the same.

use crate::made::{EACH, Made, body};
use crate::server::Collector;
use crate::{row, tools};
use onramp_analytics::collector::store::{self, Batch};
use onramp_analytics::collector::{calendar, transfer};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

const CLIENTS: usize = 100;
const FLUSHES: usize = 10;
const BATCH: usize = 200;

pub fn run(events: usize) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let start = Instant::now();
    fill(&data, events);
    println!("\n{events} events of {} installs in a year", events / EACH);
    row("stored, events a second", format!("{:.0}", events as f64 / start.elapsed().as_secs_f64()));
    let size = data.read_dir().unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>();
    row("bytes an event, roll-ups included", format!("{:.1}", size as f64 / events as f64));
    let collector = Collector::on(data.clone(), &[]);
    answers(&collector);
    row("the collector's memory so far", peak(&collector));
    clients(&collector);
    row("the collector's memory at its peak", peak(&collector));
    collector.stop();
    // As text the events are many times larger.
    if events <= 2_000_000 {
        compare(&data, folder.path());
    }
}

fn fill(data: &Path, events: usize) {
    let mut db = store::open(&store::make(data).unwrap()).unwrap();
    let mut made = Made::of(events / EACH, 365, 2);
    let mut left = events;
    while left > 0 {
        let mut some = Vec::new();
        while some.len() < 20_000.min(left) {
            some.extend(made.batch(5.min(left - some.len())));
        }
        left -= some.len();
        store::add(&mut db, Batch { events: some, refused: Vec::new() }).unwrap();
    }
}

fn answers(collector: &Collector) {
    let year = String::new();
    let week = format!("?from={}", calendar::text(calendar::today() - 6));
    let odd = format!("?from={}", calendar::text(calendar::today() - 335));
    for question in ["adoption", "services", "commands", "errors", "durations"] {
        let mut figures = Vec::new();
        for query in [&year, &odd, &week] {
            let times = (0..9).map(|_| {
                let start = Instant::now();
                assert_eq!(collector.get(&format!("/api/answers/{question}{query}")).status, 200);
                start.elapsed().as_secs_f64() * 1000.0
            });
            figures.push(format!("{:.0}", crate::median(times.collect())));
        }
        row(&format!("{question}: milliseconds for a year, 336 days, a week"), figures.join(" / "));
    }
    let start = Instant::now();
    assert_eq!(collector.get("/").status, 200);
    row("the page with all five, milliseconds", format!("{:.0}", start.elapsed().as_secs_f64() * 1000.0));
}

/// A hundred installs flush at the same moment, ten times each.
fn clients(collector: &Collector) {
    let bodies: Vec<Vec<Vec<u8>>> = (0..CLIENTS)
        .map(|client| {
            let mut made = Made::of(1_000_000, 3, 1_000 + client as u64);
            (0..FLUSHES).map(|_| body(&made.batch(BATCH))).collect()
        })
        .collect();
    let start = Instant::now();
    let mut waits: Vec<f64> = std::thread::scope(|scope| {
        let flush = |bodies: &Vec<Vec<u8>>| -> Vec<f64> {
            let flush_one = |body: &Vec<u8>| {
                let start = Instant::now();
                assert_eq!(collector.post("/batch/", body).status, 200);
                start.elapsed().as_secs_f64() * 1000.0
            };
            bodies.iter().map(flush_one).collect()
        };
        let threads: Vec<_> = bodies.iter().map(|bodies| scope.spawn(move || flush(bodies))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let took = start.elapsed().as_secs_f64();
    waits.sort_by(f64::total_cmp);
    let figures =
        format!("{:.0} / {:.0} / {:.0}", waits[waits.len() / 2], waits[waits.len() * 99 / 100], waits[waits.len() - 1]);
    row("100 clients flushing at once, events a second", format!("{:.0}", (CLIENTS * FLUSHES * BATCH) as f64 / took));
    row("their waits in milliseconds: median, 99 of 100, longest", figures);
}

fn peak(collector: &Collector) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", collector.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    format!("{:.0} MB", line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0)
}

/// The same events through ClickHouse, by the dashboard's own queries.
fn compare(data: &Path, folder: &Path) {
    let Some(mut queries) = tools::python("comparing with ClickHouse", "queries.py") else { return };
    let file = folder.join("events.ndjson");
    let mut out = BufWriter::new(std::fs::File::create(&file).unwrap());
    transfer::export(data, &mut out).unwrap();
    out.flush().unwrap();
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/posthog/dashboard.json");
    let (from, to) = (calendar::text(calendar::today() - 364), calendar::text(calendar::today()));
    let output = tools::run(queries.arg(template).arg(&file).args([&from, &to]));
    let collector = Collector::on(data.to_owned(), &[]);
    tools::assert_same_answers(&serde_json::from_slice(&output.stdout).unwrap(), &collector.answers(""));
    row("ClickHouse, asked the dashboard's queries on these events", "the same");
}
