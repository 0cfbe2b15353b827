//! `drop N`: takes one waiting event out, numbered as `view --pending` numbers them.

use super::Session;
use super::view::describe;
use crate::ledger::State;
use crate::words::{drop as say, fill, help};
use anyhow::{Result, bail};
use std::process::ExitCode;

/// The options of `drop`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_name = "N", help = help::DROP_NUMBER)]
    number: usize,
}

/// Deletes the event, and says which it was.
///
/// # Errors
/// When there is no such event, or the ledger can't be written.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let Some(mut ledger) = session.ledger_to_change()? else { bail!(no_such(args.number, 0)) };
    let events = ledger.events(&[State::Waiting])?;
    let Some(event) = args.number.checked_sub(1).and_then(|at| events.get(at)) else {
        bail!(no_such(args.number, events.len()))
    };
    if !ledger.drop_event(event.n)? {
        bail!(fill(say::SENT, &[("number", &args.number.to_string())]));
    }
    super::print(&fill(say::DROPPED, &[("event", describe(&event.line).trim_end())]));
    Ok(ExitCode::SUCCESS)
}

fn no_such(number: usize, waiting: usize) -> String {
    fill(say::NO_SUCH, &[("number", &number.to_string()), ("waiting", &waiting.to_string())])
}
