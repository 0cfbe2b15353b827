//! The same million events in the collector and in ClickHouse, which is asked the dashboard's own queries.
//!
//! ClickHouse reads what was sent; the collector has it by HTTP. So nothing that the collector does comes before both.

use crate::made::{EACH, Made, body};
use crate::server::Collector;
use crate::{row, tools};
use onramp_analytics::collector::calendar;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

const BATCH: usize = 200;
const CLIENTS: usize = 8;
/// Ranges of days, counted back from today: all that there is, months with ends of their own, and a week.
const RANGES: [(i64, i64); 3] = [(364, 0), (339, 24), (6, 0)];

pub fn run(events: usize) {
    let Some(_) = tools::python("queries.py") else { return };
    println!("\n{events} events by HTTP, asked here and in ClickHouse");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.ndjson");
    let collector = Collector::start();
    let start = Instant::now();
    deliver(&collector, events, &file);
    row("delivered, events a second", format!("{:.0}", events as f64 / start.elapsed().as_secs_f64()));
    assert_eq!(collector.stored(), events as u64);
    for (from, to) in RANGES {
        let [from, to] = [from, to].map(|ago| calendar::text(calendar::today() - ago));
        let ours = collector.answers(&format!("?from={from}&to={to}"));
        tools::assert_same_answers(&clickhouse(&file, &from, &to), &ours);
        let runs = ours["errors"]["runs"].as_u64().unwrap();
        row(&format!("all five answers, {from} to {to}, {runs} runs"), "the same");
    }
}

/// Sends the events from some clients at once, and writes them to the file, one a line.
fn deliver(collector: &Collector, events: usize, file: &Path) {
    let out = Mutex::new(BufWriter::new(std::fs::File::create(file).unwrap()));
    let made = Mutex::new((Made::of(events / EACH, 365, 3), events));
    let next = || next(&mut made.lock().unwrap());
    let client = || {
        while let Some(body) = next() {
            assert_eq!(collector.post("/batch/", &body).status, 200);
            let batch: Batch<'_> = serde_json::from_slice(&body).unwrap();
            let lines: String = batch.batch.iter().map(|event| format!("{}\n", event.get())).collect();
            out.lock().unwrap().write_all(lines.as_bytes()).unwrap();
        }
    };
    std::thread::scope(|scope| (0..CLIENTS).for_each(|_| drop(scope.spawn(client))));
    out.into_inner().unwrap().flush().unwrap();
}

#[derive(serde::Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    batch: Vec<&'a serde_json::value::RawValue>,
}

fn next((made, left): &mut (Made, usize)) -> Option<Vec<u8>> {
    let size = BATCH.min(*left);
    *left -= size;
    (size > 0).then(|| body(&(0..size).step_by(5).flat_map(|at| made.batch(5.min(size - at))).collect::<Vec<_>>()))
}

fn clickhouse(file: &Path, from: &str, to: &str) -> serde_json::Value {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/posthog/dashboard.json");
    let mut queries = tools::python("queries.py").unwrap();
    serde_json::from_slice(&tools::run(queries.arg(template).arg(file).args([from, to])).stdout).unwrap()
}
