//! `forget`: deletes everything that was recorded in this checkout, and sees to what the server has.
//!
//! An embedded collector is asked to delete by id; for PostHog it says whom to ask, with the ids to name.

use super::Session;
use crate::ledger::{Ledger, remove_all};
use crate::paths::Place;
use crate::sender;
use anyhow::Result;
use std::process::ExitCode;

/// Deletes, and says what is left to do.
///
/// # Errors
/// When something can't be deleted.
pub fn run(session: &Session) -> Result<ExitCode> {
    let (checkout, homes) = (session.checkout()?, session.homes()?);
    let Some(place) = Place::find(&homes, &checkout)?.filter(|place| place.folder.is_dir()) else {
        super::print("nothing was recorded here\n");
        return Ok(ExitCode::SUCCESS);
    };
    // First who was told what: afterwards nobody knows.
    let sent = Ledger::read(&place).ok().flatten().map(|ledger| ledger.ids()).transpose()?.unwrap_or_default();
    remove_all(&place)?;
    super::print(&format!("deleted everything that was recorded in {}\n", place.checkout.display()));
    for (id, host) in &sent {
        // PostHog's cloud has no such request: it is not bothered.
        let can_be_asked = !host.ends_with(".posthog.com");
        super::print(&match can_be_asked.then(|| sender::forget_at(host, id)) {
            Some(Ok(events)) => format!("{host} deleted {events} events of {id}\n"),
            _ => ask_for_it(host, id),
        });
    }
    if sender::ask(&session.env, &homes, &place).is_ok() {
        super::print("analytics are still on: `onramp-analytics disable` stops them\n");
    }
    Ok(ExitCode::SUCCESS)
}

fn ask_for_it(host: &str, id: &str) -> String {
    format!(
        "what {host} has of you is found by this id only: {id}\n\
         ask the maintainer to delete the person with this distinct_id, and all events (PostHog: People, Delete)\n"
    )
}
