//! `drop N`: takes one waiting event out, numbered as `view --pending` numbers them.

use super::Session;
use super::view::{describe, open};
use crate::ledger::State;
use anyhow::{Result, bail};
use std::process::ExitCode;

/// The options of `drop`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its number in `view --pending`
    #[arg(value_name = "N")]
    number: usize,
}

/// Deletes the event, and says which it was.
///
/// # Errors
/// When there is no such event, or the ledger can't be written.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let Some(mut ledger) = open(session)? else { bail!(no_such(args.number, 0)) };
    let events = ledger.events(&[State::Waiting])?;
    let Some(event) = args.number.checked_sub(1).and_then(|at| events.get(at)) else {
        bail!(no_such(args.number, events.len()))
    };
    if !ledger.drop_event(event.n)? {
        bail!("could not drop event: {}: it has just been sent", args.number);
    }
    super::print(&format!("dropped {}\n", describe(&event.line).trim_end()));
    Ok(ExitCode::SUCCESS)
}

fn no_such(number: usize, waiting: usize) -> String {
    format!("could not find event: {number} ({waiting} wait)\nhelp: `onramp-analytics view --pending` numbers them")
}
