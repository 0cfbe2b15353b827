//! The collector beside plain SQLite, and at scale: prints the figures of docs/maintainer.md.
//!
//!     cargo bench --bench collector                          a million events
//!     cargo bench --bench collector -- --events 10000000     as many as that
//!
//! Ratios of one run; times of their own mean little. With `tests/collector/tools` made, the answers are also compared
//! with ClickHouse's on the same events.

mod ingest;
mod made;
mod scale;

#[path = "../../tests/collector/server.rs"]
#[expect(unused, reason = "the bench uses its part of the test's server")]
mod server;
#[path = "../../tests/collector/tools.rs"]
#[expect(unused, reason = "the bench uses its part of the test's tools")]
mod tools;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |word: &str| arguments.iter().skip_while(|a| *a != word).nth(1);
    let events = after("--events").map_or(1_000_000, |n| n.parse().expect("--events takes a number"));
    ingest::run();
    scale::run(events);
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
