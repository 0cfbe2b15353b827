//! `ledger`: every request that was made, when, where to, how it was answered; with `--json` also what it held.

use super::Session;
use super::view::place;
use crate::ledger::{Batch, Ledger};
use crate::posthog;
use anyhow::Result;
use serde_json::value::RawValue;
use std::process::ExitCode;

/// The options of `ledger`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print one request a line, with its body as long as that is kept (90 days)
    #[arg(long)]
    json: bool,
}

/// Lists the requests, oldest first.
///
/// # Errors
/// When the ledger can't be read.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let ledger = place(session)?.map(|place| Ledger::read(&place)).transpose()?.flatten();
    let batches = ledger.map(|ledger| ledger.batches()).transpose()?.unwrap_or_default();
    let text: String = match args.json {
        true => batches.iter().map(|batch| as_json(batch) + "\n").collect(),
        false if batches.is_empty() => "nothing was ever sent\n".into(),
        false => batches.iter().map(as_text).collect(),
    };
    super::print(&text);
    Ok(ExitCode::SUCCESS)
}

/// What an answer says that was never noted.
const UNKNOWN: &str = "no answer was noted: the sender was ended";

fn as_text(batch: &Batch) -> String {
    let Batch { n, host, events, bytes, answer, .. } = batch;
    let answer = answer.as_deref().unwrap_or(UNKNOWN);
    format!("{n:>5}  {}  {events:>5} events  {bytes:>7} bytes  {host}  {answer}\n", time(batch.at))
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
        time: time(batch.at),
        host: &batch.host,
        distinct_id: &batch.id,
        events: batch.events,
        bytes: batch.bytes,
        status: batch.status,
        answer: batch.answer.as_deref().unwrap_or(UNKNOWN),
        body: body.and_then(|body| RawValue::from_string(String::from_utf8(body).ok()?).ok()),
    };
    serde_json::to_string(&json).unwrap_or_default()
}

/// A time as `2026-11-21T17:04:31Z`.
fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|t| t.to_string()).unwrap_or_default()
}
