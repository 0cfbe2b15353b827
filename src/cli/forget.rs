//! `forget`: deletes everything that was recorded in this checkout, and sees to what the server has.
//!
//! An embedded collector is asked to delete by id; for PostHog it says whom to ask, with the ids to name.

use super::Session;
use crate::consent;
use crate::ledger::{Ledger, remove_all};
use crate::paths::Place;
use crate::sender;
use crate::words::{count, fill, forget as say};
use anyhow::Result;
use std::process::ExitCode;

/// Deletes, and says what is left to do.
///
/// # Errors
/// When something can't be deleted.
pub fn run(session: &Session) -> Result<ExitCode> {
    let Some(place) = session.place()? else {
        super::print(say::NOTHING);
        return Ok(ExitCode::SUCCESS);
    };
    // First who was told what: afterwards nobody knows.
    let sent = sent(session, &place)?;
    remove_all(&place)?;
    super::print(&fill(say::DELETED, &[("checkout", &place.checkout.display().to_string())]));
    for (id, host) in &sent {
        // PostHog's cloud has no such request: it is not bothered.
        let can_be_asked = !host.ends_with(".posthog.com");
        super::print(&match can_be_asked.then(|| sender::forget_at(host, id)) {
            Some(Ok(events)) => fill(say::AT_SERVER, &[("host", host), ("count", &count(events, "event")), ("id", id)]),
            _ => fill(say::ASK_FOR_IT, &[("host", host), ("id", id)]),
        });
    }
    if sender::ask(&session.env, &session.homes()?, &place).is_ok() {
        super::print(say::STILL_ON);
    }
    Ok(ExitCode::SUCCESS)
}

/// Each id under which something was sent, and where to. Where the ledger can't say it, at least the one that counts now.
fn sent(session: &Session, place: &Place) -> Result<Vec<(String, String)>> {
    match Ledger::read(place).and_then(|ledger| ledger.map(|ledger| ledger.ids()).transpose()) {
        Ok(sent) => Ok(sent.unwrap_or_default()),
        Err(_) => {
            let consent = consent::read(&session.env, &session.homes()?, &place.checkout)?;
            Ok(consent.id.zip(consent.agreed_host).into_iter().collect())
        }
    }
}
