//! `view`: the recorded events, those that wait, or those that were sent.

use super::Session;
use crate::ledger::{Recorded, State};
use crate::words::{fill, help, view as say};
use anyhow::Result;
use serde_json::Value;
use std::process::ExitCode;

/// How many characters of a line that is no event are shown.
const SHOWN: usize = 60;

/// The options of `view`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, conflicts_with = "sent", help = help::VIEW_PENDING)]
    pending: bool,
    #[arg(long, help = help::VIEW_SENT)]
    sent: bool,
    #[arg(long, help = help::VIEW_JSON)]
    json: bool,
}

/// Lists the events, oldest first.
///
/// # Errors
/// When ledger or spool can't be read.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let states = match (args.pending, args.sent) {
        (true, _) => &[State::Waiting][..],
        (_, true) => &[State::Sent],
        _ => &State::ALL,
    };
    let ledger = session.ledger()?;
    let events = ledger.as_ref().map(|ledger| ledger.events(states)).transpose()?.unwrap_or_default();
    if args.json {
        super::print_bytes(&as_lines(&events));
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = as_text(&events);
    if let Some(ledger) = ledger.as_ref().filter(|_| states == State::ALL) {
        text.extend(ledger.strangers()?.iter().map(stranger));
    }
    super::print(if text.is_empty() { say::NOTHING } else { &text });
    Ok(ExitCode::SUCCESS)
}

fn as_lines(events: &[Recorded]) -> Vec<u8> {
    events.iter().flat_map(|e| e.line.iter().copied().chain([b'\n'])).collect()
}

fn as_text(events: &[Recorded]) -> String {
    let rows = (1..).zip(events).map(|(n, recorded): (usize, _)| {
        let state = recorded
            .reason
            .as_ref()
            .map_or_else(|| recorded.state.word().to_owned(), |reason| format!("{}: {reason}", recorded.state.word()));
        format!("{n:>5}  {}  {state}\n", describe(&recorded.line))
    });
    rows.collect()
}

/// A line that is no event, as far as it fits: nothing in it may play tricks with a terminal.
fn stranger((reason, line): &(String, Vec<u8>)) -> String {
    let shown: String = String::from_utf8_lossy(line).chars().take(SHOWN).collect();
    fill(say::STRANGER, &[("line", &shown.escape_debug().to_string()), ("reason", reason)])
}

/// An event in one line for a person: its date, its name, and what it says.
#[must_use]
pub fn describe(line: &[u8]) -> String {
    let event: Value = serde_json::from_slice(line).unwrap_or_default();
    let text = |name: &str| event[name].as_str().unwrap_or("?").to_owned();
    let own = event["properties"].as_object().into_iter().flatten().filter(|(name, _)| !name.starts_with('$'));
    let said: Vec<_> = own
        .map(|(name, value)| format!("{name} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    format!("{}  {:<17}  {:<52}", text("timestamp").get(..10).unwrap_or("?"), text("event"), said.join(", "))
}
