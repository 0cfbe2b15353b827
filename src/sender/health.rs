//! Owns how delivery fares, for `status`, `doctor` and the page. Changes nothing on the disk.

use super::{Turn, schedule};
use crate::ledger::{Ledger, Totals};
use crate::paths::{Place, place as name};
use crate::posthog::answer::{is_hopeless, remedy};
use crate::spool::{self, Spool};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How delivery fares.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// Events that wait to be sent, in ledger and spool.
    pub waiting: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// The rest of the ledger's sums.
    pub totals: Totals,
    /// The last request, and how it was answered.
    pub last: Option<Attempt>,
    /// When the next sender may start.
    pub next: Option<SystemTime>,
    /// Whether a sender is at work.
    pub sending: bool,
    /// What is wrong on this machine, in words, with a `help:` line where one can do something.
    pub troubles: Vec<String>,
}

/// A request, and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: SystemTime,
    /// Where it went.
    pub host: String,
    /// How many events it held.
    pub events: u64,
    /// Whether they were acknowledged.
    pub accepted: bool,
    /// The status code, if there was a whole answer.
    pub status: Option<u16>,
    /// The answer in words; "accepted" is not "stored".
    pub answer: String,
}

/// How delivery fares in a checkout.
#[must_use]
pub fn health(place: &Place) -> Health {
    let text = Spool::Outgoing.glance(place);
    let mut health = Health { next: schedule::next(place), sending: Turn::is_taken(place), ..Health::default() };
    health.waiting = spool::lines(&text).count() as u64;
    health.waiting_bytes = text.len() as u64;
    match Ledger::read(place) {
        Ok(Some(ledger)) => health.add(&ledger),
        Ok(None) => {}
        Err(e) => health.troubles.push(format!("{e:#}")),
    }
    if place.file(name::LEDGER_DAMAGED).exists() {
        let path = place.file(name::LEDGER_DAMAGED);
        health.troubles.push(format!(
            "the ledger was damaged, and a new one begun: {0}\nhelp: look at it, or remove it: rm {0}",
            path.display()
        ));
    }
    for foreign in spool::foreign(place) {
        health.troubles.push(format!(
            "a file of another user, or no file at all, stood in the way and was put aside: {0}\nhelp: look at it, or \
             remove it: sudo rm -r {0}",
            foreign.display()
        ));
    }
    if place.folder.exists() && rustix::fs::access(&place.folder, rustix::fs::Access::WRITE_OK).is_err() {
        health.troubles.push(format!("could not write folder: {}", place.folder.display()));
    }
    health
}

impl Health {
    fn add(&mut self, ledger: &Ledger) {
        match ledger.totals() {
            Ok(totals) => {
                self.waiting += totals.waiting.0;
                self.waiting_bytes += totals.waiting.1;
                self.totals = totals;
            }
            Err(e) => self.troubles.push(format!("could not read ledger: {e:#}")),
        }
        self.last = ledger.last_batch().ok().flatten().map(|batch| Attempt {
            at: UNIX_EPOCH + Duration::from_secs(batch.at.unsigned_abs()),
            host: batch.host,
            events: batch.events.unsigned_abs(),
            accepted: batch.status.is_some_and(|s| (200..300).contains(&s))
                && batch.answer.as_deref().is_some_and(|a| a.ends_with("accepted")),
            status: batch.status,
            answer: batch.answer.unwrap_or_else(|| "no answer was noted: the sender was ended".into()),
        });
        if let Some(Attempt { status: Some(status), host, answer, .. }) = &self.last
            && is_hopeless(*status)
        {
            self.troubles.push(format!("could not send to {host}: {answer}\nhelp: {}", remedy(*status)));
        }
    }
}
