//! Owns taking away: what waits, one event, everything.
//!
//! Files and rows go under the ledger's write lock, so an intake that runs at the same time is wholly before or after.

use super::{Ledger, State};
use crate::files;
use crate::paths::{Place, place as name};
use crate::spool::{self, Spool};
use anyhow::{Context as _, Result};
use rusqlite::TransactionBehavior;
use std::io::ErrorKind;
use std::time::SystemTime;

/// Deletes what waits to be sent, for `disable`, `reset-id` and `purge`; answers with how many events that were. With
/// `keep_local` they stay for the person's own figures instead and are never sent.
///
/// # Errors
/// When something can't be deleted.
pub fn forget_waiting(place: &Place, keep_local: bool) -> Result<usize> {
    if !place.exists() {
        return Ok(0);
    }
    if keep_local {
        let mut ledger = Ledger::open(place)?;
        ledger.settle(Spool::Outgoing, SystemTime::now())?;
        let keep = "UPDATE event SET state = 'local' WHERE state IN ('waiting', 'own')";
        return ledger.db.execute(keep, []).context("could not write ledger");
    }
    let lines = spool::lines(&Spool::Outgoing.glance(place)).count();
    let had_ledger = place.file(name::LEDGER).exists();
    let mut ledger = match Ledger::open(place) {
        Ok(ledger) => ledger,
        // No room for a new ledger is no reason to keep what waits.
        Err(e) => {
            Spool::Outgoing.remove(place)?;
            return if had_ledger { Err(e) } else { Ok(lines) };
        }
    };
    let change = ledger.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    Spool::Outgoing.remove(place)?;
    let rows = change.execute("DELETE FROM event WHERE state = 'waiting'", [])?;
    // Kept for the own figures; but whoever takes back a yes must not find it sent by a later `flush --all`.
    change.execute("UPDATE event SET state = 'local' WHERE state = 'own'", [])?;
    change.commit().context("could not write ledger")?;
    // Whatever waited in there: nobody can tell it from the rest.
    files::unlink(&place.file(name::LEDGER_DAMAGED))?;
    Ok(rows + lines)
}

/// Moves what was recorded in local mode into the history, so that no run can append to it any more.
///
/// # Errors
/// When it can't be read or written.
pub fn close_local(place: &Place) -> Result<()> {
    if Spool::Local.glance(place).is_empty() {
        return Spool::Local.remove(place);
    }
    Ledger::open(place)?.settle(Spool::Local, SystemTime::now())
}

/// Deletes everything that was recorded in this checkout, and the ledger: the whole folder in the state folder.
///
/// # Errors
/// When something can't be deleted.
pub fn remove_all(place: &Place) -> Result<()> {
    // Waits for an intake that is under way. One that can't be opened goes all the same.
    if place.file(name::LEDGER).exists()
        && let Ok(mut ledger) = Ledger::open(place)
        && let Ok(change) = ledger.db.transaction_with_behavior(TransactionBehavior::Immediate)
    {
        Spool::Outgoing.remove(place)?;
        Spool::Local.remove(place)?;
        change.execute_batch("DELETE FROM event; DELETE FROM batch; DELETE FROM stranger; DELETE FROM note;")?;
        change.commit().context("could not write ledger")?;
    }
    // A run that ends right now may put a new file into the folder while it is emptied.
    let mut removed = std::fs::remove_dir_all(&place.folder);
    for _ in 0..3 {
        if removed.as_ref().is_err_and(|e| e.kind() == ErrorKind::DirectoryNotEmpty) {
            removed = std::fs::remove_dir_all(&place.folder);
        }
    }
    match removed {
        Err(e) if e.kind() != ErrorKind::NotFound => {
            Err(e).with_context(|| format!("could not remove folder: {}", place.folder.display()))
        }
        _ => Ok(()),
    }
}

impl Ledger {
    /// Deletes one event, if it still waits; answers with whether it did.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn drop_event(&mut self, n: i64) -> Result<bool> {
        let deleted = self.db.execute("DELETE FROM event WHERE n = ? AND state = 'waiting'", [n]);
        Ok(deleted.context("could not write ledger")? > 0)
    }

    /// Deletes the history for the own figures: every event that does not wait. What was sent stays listed in the
    /// batches.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn drop_history(&mut self) -> Result<usize> {
        let sql = "DELETE FROM event WHERE state <> ?";
        let deleted = self.db.execute(sql, [State::Waiting.word()]).context("could not write ledger")?;
        self.db.execute("DELETE FROM stranger", []).context("could not write ledger")?;
        self.db.execute_batch("VACUUM").context("could not write ledger")?;
        Ok(deleted)
    }
}
