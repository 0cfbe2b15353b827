//! Many events: how large they are, how long each answer takes, and how much memory that needs.

use crate::made::{EACH, Made};
use crate::row;
use crate::server::Collector;
use onramp_analytics::collector::calendar;
use onramp_analytics::collector::store::{self, Batch};
use onramp_analytics::paths::collector::DATABASE;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A year of events.
pub struct Database {
    /// The collector's folder.
    pub data: PathBuf,
}

impl Database {
    /// The events in that folder; they are made unless some are there.
    pub fn of(data: PathBuf, events: usize) -> Self {
        println!("\n{events} events of {} installs in a year", events / EACH);
        if !data.join(DATABASE).exists() {
            let start = Instant::now();
            fill(&data, events);
            row("stored, events a second", format!("{:.0}", events as f64 / start.elapsed().as_secs_f64()));
        }
        let size = data.read_dir().unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>();
        row("bytes an event, roll-ups included", format!("{:.1}", size as f64 / events as f64));
        Self { data }
    }

    /// Asks each question for the whole year, for almost all of it, and for a week.
    pub fn answers(&self) {
        let collector = Collector::on(self.data.clone(), &[]);
        let since = |days: i64| format!("?from={}", calendar::text(calendar::today() - days + 1));
        for question in ["adoption", "services", "commands", "errors", "durations"] {
            let ask = |query: &String| {
                let address = format!("/api/answers/{question}{query}");
                format!("{:.0}", crate::median((0..9).map(|_| asked(&collector, &address)).collect()))
            };
            let figures = [String::new(), since(336), since(7)].each_ref().map(ask);
            row(&format!("{question}: milliseconds for a year, 336 days, a week"), figures.join(" / "));
        }
        row("the page with all five, milliseconds", format!("{:.0}", asked(&collector, "/")));
        row("the collector's memory at its peak", peak(&collector));
    }

    /// Lets go of the oldest day; the database has one day less afterwards.
    pub fn age(&self) {
        let collector = Collector::on(self.data.clone(), &["--keep-days", "364"]);
        // Nobody is answered before what is too old is gone.
        row("letting go of the oldest day, milliseconds", format!("{:.0}", asked(&collector, "/api/health")));
    }
}

/// How many milliseconds an answer takes.
fn asked(collector: &Collector, address: &str) -> f64 {
    let start = Instant::now();
    assert_eq!(collector.get(address).status, 200);
    start.elapsed().as_secs_f64() * 1000.0
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

/// The most memory that a collector has used.
pub fn peak(collector: &Collector) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", collector.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    format!("{:.0} MB", line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0)
}
