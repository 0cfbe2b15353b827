//! `ledger`: every request that was made, when, where to, how it was answered; with `--json` also what it held.

use super::Session;
use crate::ledger::{Batch, Ledger};
use crate::posthog;
use crate::words::{self, help, ledger as say};
use anyhow::Result;
use serde_json::value::RawValue;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The options of `ledger`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, help = help::LEDGER_JSON)]
    json: bool,
}

/// Lists the requests, oldest first.
///
/// # Errors
/// When the ledger can't be read.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let ledger = session.place()?.map(|place| Ledger::read(&place)).transpose()?.flatten();
    let batches = ledger.map(|ledger| ledger.batches()).transpose()?.unwrap_or_default();
    let text: String = match args.json {
        true => batches.iter().map(|batch| as_json(batch) + "\n").collect(),
        false if batches.is_empty() => say::NOTHING.into(),
        false => batches.iter().map(as_text).collect(),
    };
    super::print(&text);
    Ok(ExitCode::SUCCESS)
}

fn as_text(batch: &Batch) -> String {
    let Batch { n, host, events, bytes, answer, .. } = batch;
    let answer = answer.as_deref().unwrap_or(words::answer::UNKNOWN);
    let (number, events, bytes) = (format!("{n:>5}"), format!("{events:>5}"), format!("{bytes:>7}"));
    let values = [
        ("number", number.as_str()),
        ("time", &words::time(at(batch))),
        ("events", &events),
        ("bytes", &bytes),
        ("host", host),
        ("answer", answer),
    ];
    words::fill(say::LINE, &values)
}

#[derive(serde::Serialize)]
struct Json<'a> {
    number: i64,
    time: String,
    host: &'a str,
    distinct_id: &'a str,
    events: i64,
    bytes: i64,
    status: Option<u16>,
    answer: &'a str,
    body: Option<Box<RawValue>>,
}

fn as_json(batch: &Batch) -> String {
    let body = batch.body.as_deref().map(posthog::unpacked);
    let json = Json {
        number: batch.n,
        time: words::stamp(at(batch)),
        host: &batch.host,
        distinct_id: &batch.id,
        events: batch.events,
        bytes: batch.bytes,
        status: batch.status,
        answer: batch.answer.as_deref().unwrap_or(words::answer::UNKNOWN),
        body: body.and_then(|body| RawValue::from_string(String::from_utf8(body).ok()?).ok()),
    };
    serde_json::to_string(&json).unwrap_or_default()
}

fn at(batch: &Batch) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(batch.at.unsigned_abs())
}
