//! `export`: everything that was recorded, with where it stands, as NDJSON or CSV.

use super::Session;
use crate::ledger::{Recorded, State};
use crate::words::help;
use anyhow::Result;
use onramp_shim::schema::EVENTS;
use serde_json::Value;
use serde_json::value::RawValue;
use std::process::ExitCode;

/// The options of `export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, value_enum, default_value_t = Format::Ndjson, help = help::EXPORT_FORMAT)]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    #[value(help = help::EXPORT_NDJSON)]
    Ndjson,
    #[value(help = help::EXPORT_CSV)]
    Csv,
}

/// Prints it.
///
/// # Errors
/// When ledger or spool can't be read.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let events = session.ledger()?.map(|ledger| ledger.events(&State::ALL)).transpose()?.unwrap_or_default();
    super::print(&match args.format {
        Format::Ndjson => events.iter().filter_map(as_json).collect(),
        Format::Csv => as_csv(&events),
    });
    Ok(ExitCode::SUCCESS)
}

#[derive(serde::Serialize)]
struct Json<'a> {
    state: &'static str,
    reason: Option<&'a str>,
    batch: Option<i64>,
    event: &'a RawValue,
}

fn as_json(recorded: &Recorded) -> Option<String> {
    let Recorded { state, reason, batch, line, .. } = recorded;
    let event = serde_json::from_slice(line).ok()?;
    let json = Json { state: state.word(), reason: reason.as_deref(), batch: *batch, event };
    Some(serde_json::to_string(&json).ok()? + "\n")
}

/// One row an event; a property that an event does not have is an empty field (RFC 4180).
fn as_csv(events: &[Recorded]) -> String {
    let mut properties: Vec<_> = EVENTS.iter().flat_map(|e| e.properties.iter().map(|p| p.name)).collect();
    let mut seen = Vec::new();
    properties.retain(|name| {
        !seen.contains(name) && {
            seen.push(name);
            true
        }
    });
    let head = ["state", "reason", "batch", "event", "uuid", "distinct_id", "timestamp"];
    let mut text = head.iter().chain(&properties).copied().collect::<Vec<_>>().join(",") + "\r\n";
    for recorded in events {
        let event: Value = serde_json::from_slice(&recorded.line).unwrap_or_default();
        let own = ["event", "uuid", "distinct_id", "timestamp"].map(|name| plain(&event[name]));
        let batch = recorded.batch.map(|n| n.to_string()).unwrap_or_default();
        let mut row = vec![recorded.state.word().to_owned(), recorded.reason.clone().unwrap_or_default(), batch];
        row.extend(own);
        row.extend(properties.iter().map(|name| plain(&event["properties"][name])));
        text += &(row.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",") + "\r\n");
    }
    text
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
