//! `keep`, hidden: what a shim wakes in local mode, once a day or when much was recorded. Moves what runs appended into
//! the history, which has bounds; the file that they append to has none that lets go of the oldest. Never sends.

use super::{Session, send};
use crate::consent::Choice;
use crate::ledger::Ledger;
use crate::paths::Place;
use crate::sender::set_next;
use crate::spool::Spool;
use anyhow::Result;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

/// From one time to the next.
const REST: Duration = Duration::from_secs(24 * 3600);

/// Puts away what was recorded, in local mode only.
///
/// # Errors
/// When something can't be read or written; nobody reads them.
pub fn run(session: &Session) -> Result<ExitCode> {
    let consent = session.consent()?;
    send::detach();
    if consent.choice == Some(Choice::Local)
        && let Some(place) = consent.place.filter(Place::exists)
    {
        let now = SystemTime::now();
        // First: whatever goes wrong below is not tried again at each command.
        set_next(&place, now + REST)?;
        Ledger::open(&place)?.ingest(Spool::Local, now)?;
    }
    Ok(ExitCode::SUCCESS)
}
