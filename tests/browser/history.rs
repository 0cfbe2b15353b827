//! Owns a history to look at: three months of an OnRamp, the last days of it delivered to a collector of the case's own.

use crate::harness::Case;
use onramp_analytics::days;
use onramp_analytics::ledger::written;
use onramp_analytics::paths::place;
use onramp_shim::catalog::{Command, Service};
use onramp_shim::schema::{Duration, ErrorType, Event, Stamp};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

/// A collector that runs until this is dropped.
pub struct Collector(Child);

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a collector and names it as the destination.
pub fn collector(case: Case) -> (Case, Collector) {
    let data = case.root().join("collected").display().to_string();
    let words = [env!("CARGO_BIN_EXE_onramp-analytics"), "collector", "--data", &data, "--listen", "127.0.0.1:0"];
    let mut child = case.command(&words).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let host = lines.find_map(|line| {
        let line = line.unwrap();
        Some(line[line.find("http://")?..].split_whitespace().next()?.trim_end_matches(['/', '.']).to_owned())
    });
    let case = case.env("ONRAMP_ANALYTICS_API_KEY", "phc_test").env("ONRAMP_ANALYTICS_HOST", &host.unwrap());
    (case, Collector(child))
}

/// Says yes, and lets three months go by.
pub fn lived(case: &Case) {
    case.cli(&["enable"]).exits(0);
    let today = days::today();
    append(case, place::LOCAL, None, (8..84).flat_map(|ago| a_day(today - ago)));
    let lock = case.lock();
    let id = lock.lines().find_map(|line| line.strip_prefix("ANALYTICS_ID=")).unwrap().to_owned();
    for days in [5..8, 2..5, 1..2] {
        append(case, place::SPOOL, Some(&id), days.flat_map(|ago| a_day(today - ago)));
        case.cli(&["flush"]).exits(0);
    }
    append(case, place::SPOOL, Some(&id), a_day(today).into_iter());
}

/// What happens on a day: the same on every run of the tests.
fn a_day(day: i64) -> Vec<(i64, Event)> {
    let chance = |n: i64, most: i64| {
        let mut hasher = DefaultHasher::new();
        (day, n).hash(&mut hasher);
        hasher.finish() % most.max(1).unsigned_abs()
    };
    let mut events = Vec::new();
    let run = |name: &str, ok: bool, millis: u64| Event::CommandExecuted {
        command: name
            .strip_prefix("compose ")
            .map_or(Command::make(name.as_bytes()), |c| Command::compose(c.as_bytes())),
        success: ok,
        duration: Duration::of_millis(millis),
    };
    let commands =
        [("start", 14_000), ("update", 48_000), ("compose up", 9_000), ("compose ps", 310), ("restart", 21_000)];
    for n in 0..(chance(0, 4) * chance(1, 4)) as i64 {
        let (name, millis) = commands[chance(n + 20, 5).min(chance(n + 30, 5)) as usize];
        let ok = chance(n + 50, 9) != 0;
        events.push(run(name, ok, millis / 2 + chance(n + 9, millis as i64)));
        if !ok {
            let error = [ErrorType::ImageUnavailable, ErrorType::Failed, ErrorType::InvalidConfig]
                [chance(n + 70, 3).min(chance(n + 80, 3)) as usize];
            events.push(Event::ErrorOccurred { command: Command::make(b"start"), error });
        }
    }
    if chance(3, 3) == 0 {
        let names: [&[u8]; 6] = [b"plex", b"sonarr", b"radarr", b"jellyfin", b"homeassistant", b"my-own"];
        let service = Service::named(names[chance(4, 6).min(chance(6, 6)) as usize]);
        events.push(Event::ServiceEnabled { service, has_scaffold: false });
        events.push(run("enable-service", true, 1_100 + chance(5, 900)));
    }
    events.into_iter().map(|event| (day, event)).collect()
}

fn append(case: &Case, file: &str, id: Option<&str>, events: impl Iterator<Item = (i64, Event)>) {
    let mut text = b"\n".to_vec();
    for (day, event) in events {
        let uuid = uuid::Uuid::new_v4();
        let micros = u64::from_le_bytes(uuid.as_bytes()[8..].try_into().unwrap()) % Stamp::LATEST;
        let stamp = Stamp {
            uuid: *uuid.as_bytes(),
            id: id.map(|id| id.as_bytes().try_into().unwrap()),
            day: day.unsigned_abs(),
            micros,
        };
        text.extend(written(event, &stamp));
        text.push(b'\n');
    }
    let mut old = std::fs::read(case.place().file(file)).unwrap_or_default();
    old.extend_from_slice(&text);
    std::fs::write(case.place().file(file), old).unwrap();
}
