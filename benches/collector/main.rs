//! The collector beside plain SQLite, and at scale: prints the figures of docs/maintainer.md.
//!
//!     cargo bench --bench collector                          a million events
//!     cargo bench --bench collector -- --events 10000000     as many as that
//!
//! `--data DIR` keeps the events there, and takes those that are there: making ten million takes longer than asking
//! them. `--only PART` does one part: `insert`, `make`, `answers`, `clients`, `age`, or `compare`, which delivers the
//! events by HTTP and fails unless ClickHouse, asked the dashboard's queries, answers the same
//! (`tests/collector/tools` brings it).
//!
//! Ratios of one run; times of their own mean little.

mod clients;
mod compare;
mod ingest;
mod made;
mod scale;

#[path = "../../tests/collector/server.rs"]
#[expect(unused, reason = "the bench uses its part of the test's server")]
mod server;
#[path = "../../tests/collector/tools.rs"]
#[expect(unused, reason = "the bench uses its part of the test's tools")]
mod tools;

use std::path::PathBuf;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |word: &str| arguments.iter().skip_while(|a| *a != word).nth(1);
    let events = after("--events").map_or(1_000_000, |n| n.parse().expect("--events takes a number"));
    let only = after("--only").map(String::as_str);
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    if wanted("insert") {
        ingest::run();
    }
    if ["make", "answers", "clients", "age"].into_iter().any(wanted) {
        let folder = tempfile::tempdir().unwrap();
        let data = after("--data").map_or(folder.path().join("data"), PathBuf::from);
        let database = scale::Database::of(data, events);
        if wanted("answers") {
            database.answers();
        }
        if wanted("clients") {
            clients::run(&database.data);
        }
        if wanted("age") {
            database.age();
        }
    }
    if wanted("compare") {
        // As text the events are many times larger.
        compare::run(events.min(1_000_000));
    }
}

/// A line of the table.
pub fn row(name: &str, figure: impl std::fmt::Display) {
    println!("{name:<64} {figure:>16}");
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
