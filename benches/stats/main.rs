//! What `stats` costs on a year of events, for own figures and after a sender took them in: prints a table.
//!
//! Run with `cargo bench --bench stats`; it uses the binary of the same profile.

use onramp_analytics::days;
use onramp_analytics::ledger::{Ledger, written};
use onramp_analytics::paths::{Homes, Place};
use onramp_analytics::spool::Spool;
use onramp_shim::catalog::{COMPOSE_COMMANDS, Command, SERVICES, Service, TARGETS};
use onramp_shim::schema::{Duration, ErrorType, Event, Stamp};
use std::path::Path;
use std::process::Stdio;
use std::time::{Instant, SystemTime};

/// What a busy person does in a day, and the most that ever leaves an install.
const A_DAY: [u64; 2] = [20, 200];
const DAYS: u64 = 365;
const RUNS: usize = 20;

fn main() {
    A_DAY.into_iter().for_each(measure);
}

/// Makes a year of so many events a day, and reads it both ways.
fn measure(a_day: u64) {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let root = scratch.path().canonicalize().expect("a path");
    let home = |name: &str| root.join(name).join("onramp-analytics");
    let homes = Homes { state: home("state"), config: home("config"), data: home("data") };
    let checkout = root.join("onramp");
    std::fs::create_dir_all(checkout.join("services-available")).expect("a checkout");
    std::fs::write(checkout.join("Makefile"), "").expect("a checkout");
    let place = Place::make(&homes, &checkout).expect("a place");
    std::fs::write(place.file("local"), year(a_day, None)).expect("events");
    println!("{} events of {DAYS} days, {a_day} a day", a_day * DAYS);
    report("local, read as recorded", &root, &checkout);
    std::fs::remove_file(place.file("local")).expect("events");
    std::fs::write(place.file("spool"), year(a_day, Some(*b"01234567-89ab-4cde-8f01-23456789abcd"))).expect("events");
    Ledger::open(&place).and_then(|mut l| l.add(&Spool::Outgoing.glance(&place), SystemTime::now())).expect("a ledger");
    std::fs::remove_file(place.file("spool")).expect("events");
    report("on, taken into the ledger", &root, &checkout);
}

/// A year's lines, every kind of event among them.
fn year(a_day: u64, id: Option<[u8; 36]>) -> Vec<u8> {
    let today = days::today().unsigned_abs();
    let mut text = Vec::new();
    for n in 0..a_day * DAYS {
        let pick = |words: &[&str]| words[(n as usize * 31) % words.len()].as_bytes().to_vec();
        let command =
            if n % 3 == 0 { Command::compose(&pick(&COMPOSE_COMMANDS)) } else { Command::make(&pick(&TARGETS)) };
        let service = Service::named(&pick(&SERVICES));
        let event = match n % 20 {
            0 => Event::ServiceEnabled { service, has_scaffold: n % 40 == 0 },
            1 => Event::ServiceDisabled { service },
            2 => Event::ErrorOccurred { command, error: ErrorType::Failed },
            _ => {
                Event::CommandExecuted { command, success: n % 20 > 3, duration: Duration::of_millis(n * 37 % 90_000) }
            }
        };
        let mut uuid = [0; 16];
        uuid[..8].copy_from_slice(&n.to_le_bytes());
        text.extend(written(event, &Stamp { uuid, id: id.as_ref(), day: today - n / a_day, micros: 0 }));
        text.push(b'\n');
    }
    text
}

/// The median of some runs of the whole command.
fn report(what: &str, root: &Path, checkout: &Path) {
    let once = || {
        let start = Instant::now();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_onramp-analytics"));
        command.arg("stats").current_dir(checkout).env_clear().stdout(Stdio::null());
        for (name, folder) in [("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data")] {
            command.env(name, root.join(folder));
        }
        assert!(command.env("HOME", root).status().expect("it starts").success());
        start.elapsed()
    };
    let mut took: Vec<_> = (0..RUNS).map(|_| once()).collect();
    took.sort();
    println!("{what:<28} median {:>4} ms, slowest {:>4} ms", took[RUNS / 2].as_millis(), took[RUNS - 1].as_millis());
}
