//! Makes events: the very bytes that the shim writes, for installs and days of a test's choosing.

use crate::day::today;
use onramp_shim::catalog::{Command, Override, Service};
use onramp_shim::schema::{Duration, ErrorType, Event, Stamp};
use uuid::Uuid;

/// `2026-11-21`.
pub fn date(day: i64) -> String {
    onramp_analytics::days::text(day)
}

/// A day some days ago, as `2026-11-21`.
pub fn ago(days: i64) -> String {
    date(today() - days)
}

/// The install of that number: always the same id.
pub fn install(number: u64) -> String {
    let mut bytes = *b"an install,\0\0\0\0\0";
    bytes[8..].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// One event of an install, so many days ago, with a uuid of its own.
pub fn line(install: &str, days_ago: i64, event: Event) -> String {
    line_with(install, days_ago, event, Uuid::new_v4())
}

/// The same with a uuid of the test's choosing.
pub fn line_with(install: &str, days_ago: i64, event: Event, uuid: Uuid) -> String {
    let day = u64::try_from(today() - days_ago).unwrap();
    let micros = u128::from_be_bytes(*uuid.as_bytes()) % u128::from(Stamp::LATEST);
    let id = install.as_bytes().try_into().unwrap();
    let stamp = Stamp { uuid: *uuid.as_bytes(), id: Some(id), day, micros: micros as u64 };
    String::from_utf8(onramp_analytics::ledger::written(event, &stamp)).unwrap()
}

/// A request's body with these events, as the sender makes it.
pub fn batch(lines: &[String]) -> String {
    format!(r#"{{"api_key":"phc_test","batch":[{}]}}"#, lines.join(","))
}

pub fn enabled(name: &str) -> Event {
    Event::ServiceEnabled { service: Service::named(name.as_bytes()), has_scaffold: name == "plex" }
}

pub fn disabled(name: &str) -> Event {
    Event::ServiceDisabled { service: Service::named(name.as_bytes()) }
}

pub fn override_enabled(name: &str) -> Event {
    Event::OverrideEnabled { override_: Override::named(name.as_bytes()) }
}

fn command(word: &str) -> Command {
    onramp_analytics::collector::admission::command(word).unwrap()
}

pub fn ran(word: &str, success: bool, millis: u64) -> Event {
    Event::CommandExecuted { command: command(word), success, duration: Duration::of_millis(millis) }
}

pub fn failed(word: &str, error: &str) -> Event {
    Event::ErrorOccurred { command: command(word), error: ErrorType::named(error).unwrap() }
}
