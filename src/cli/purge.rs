//! `purge`: deletes what waits; with `--history` also the person's own figures. The list of what was sent stays.

use super::Session;
use crate::ledger::{Ledger, forget_waiting};
use crate::spool::Spool;
use crate::words::{count, fill, help, purge as say};
use anyhow::Result;
use std::process::ExitCode;

/// The options of `purge`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, help = help::PURGE_HISTORY)]
    history: bool,
}

/// Deletes, and says how many.
///
/// # Errors
/// When something can't be deleted.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let Some(place) = session.place()? else {
        super::print(say::NOTHING);
        return Ok(ExitCode::SUCCESS);
    };
    let waiting = forget_waiting(&place, false)?;
    super::print(&fill(say::WAITING, &[("count", &count(waiting, "waiting event"))]));
    if args.history {
        Spool::Local.remove(&place)?;
        let history = Ledger::open(&place)?.drop_history()?;
        super::print(&fill(say::HISTORY, &[("count", &count(history, "event"))]));
    }
    Ok(ExitCode::SUCCESS)
}
