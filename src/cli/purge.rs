//! `purge`: deletes what waits; with `--history` also the person's own figures. The list of what was sent stays.

use super::Session;
use super::view::place;
use crate::ledger::{Ledger, forget_waiting};
use crate::spool::Spool;
use anyhow::Result;
use std::process::ExitCode;

/// The options of `purge`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Also delete the history for your own figures
    #[arg(long)]
    history: bool,
}

/// Deletes, and says how many.
///
/// # Errors
/// When something can't be deleted.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let Some(place) = place(session)? else {
        super::print("nothing to delete\n");
        return Ok(ExitCode::SUCCESS);
    };
    let waiting = forget_waiting(&place, false)?;
    super::print(&format!("deleted {waiting} waiting events\n"));
    if args.history {
        Spool::Local.remove(&place)?;
        let history = Ledger::open(&place)?.drop_history()?;
        super::print(&format!("deleted {history} events of the history\n"));
    }
    Ok(ExitCode::SUCCESS)
}
