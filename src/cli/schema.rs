//! `schema`: all that can ever be recorded, and the decision that it serves.

use super::Session;
use crate::vocabulary;
use crate::words::{fill, help, schema as say};
use anyhow::Result;
use onramp_shim::catalog::{OVERRIDES, SERVICES};
use onramp_shim::schema::{ERROR_TYPES, EVENTS, FIXED, VERSION, Values};
use serde_json::{Value, json};
use std::process::ExitCode;

/// The options of `schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, help = help::JSON)]
    json: bool,
}

/// Prints the schema.
///
/// # Errors
/// Never.
pub fn run(_: &Session, args: &Args) -> Result<ExitCode> {
    if args.json {
        super::print(&format!("{:#}\n", as_json()));
    } else {
        super::print(&as_text());
    }
    Ok(ExitCode::SUCCESS)
}

/// The schema for a person: every event, property and kind of value.
#[must_use]
pub fn as_text() -> String {
    let mut text = fill(say::HEADING, &[("version", &VERSION.to_string())]);
    for event in &EVENTS {
        text += &fill(say::EVENT, &[("event", event.name), ("when", event.when), ("why", event.why)]);
        for p in event.properties {
            text += &format!("    - {}: {} ({})\n", p.name, p.means, kind(p.values));
        }
    }
    text += say::FIXED;
    for (name, value, why) in &FIXED {
        text += &format!("    - {name} = {value}: {why}\n");
    }
    text += say::ERRORS;
    for (name, means) in &ERROR_TYPES {
        text += &format!("    - {name}: {means}\n");
    }
    text + say::WORDS
}

/// The schema for a program, with every word.
#[must_use]
pub fn as_json() -> Value {
    let events: Vec<Value> = EVENTS
        .iter()
        .map(|e| {
            let properties: Vec<_> = e
                .properties
                .iter()
                .map(|p| json!({"name": p.name, "values": name(p.values), "means": p.means}))
                .collect();
            json!({"name": e.name, "when": e.when, "why": e.why, "properties": properties})
        })
        .collect();
    let fixed: Vec<_> = FIXED.iter().map(|(n, v, w)| json!({"name": n, "value": v, "why": w})).collect();
    let errors: Vec<_> = ERROR_TYPES.iter().map(|(n, m)| json!({"name": n, "means": m})).collect();
    json!({
        "version": VERSION,
        "events": events,
        "fixed": fixed,
        "words": {
            "service": vocabulary::services(),
            "override": vocabulary::overrides(),
            "command": vocabulary::commands(),
            "error_type": errors,
        },
    })
}

fn name(values: Values) -> &'static str {
    match values {
        Values::Service => "service",
        Values::Override => "override",
        Values::Command => "command",
        Values::ErrorType => "error_type",
        Values::Boolean => "boolean",
        Values::Duration => "duration",
    }
}

fn kind(values: Values) -> String {
    let one_of = |words, count: usize| fill(words, &[("count", &count.to_string())]);
    match values {
        Values::Service => one_of(say::ONE_OF_OR_CUSTOM, SERVICES.len()),
        Values::Override => one_of(say::ONE_OF_OR_CUSTOM, OVERRIDES.len()),
        Values::Command => one_of(say::ONE_OF, vocabulary::commands().len()),
        Values::ErrorType => one_of(say::ONE_OF, ERROR_TYPES.len()),
        Values::Boolean => say::BOOLEAN.into(),
        Values::Duration => say::DURATION.into(),
    }
}
