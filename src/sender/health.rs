//! Owns how delivery fares, for `status`, `doctor` and the page. Changes nothing on the disk.

use super::{Turn, schedule};
use crate::ledger::{Ledger, Totals};
use crate::paths::{Place, place as name};
use crate::posthog::answer::{is_hopeless, remedy};
use crate::spool::{self, Spool};
use crate::words::{answer, aside, fill, health as say};
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
    /// What was set aside, by reason.
    pub aside: Vec<Aside>,
    /// The last request, and how it was answered.
    pub last: Option<Attempt>,
    /// When the next sender may start.
    pub next: Option<SystemTime>,
    /// Whether a sender is at work.
    pub sending: bool,
    /// What is wrong on this machine, in words, with a `help:` line where one can do something.
    pub troubles: Vec<String>,
}

/// What was set aside for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// Why.
    pub reason: String,
    /// How many events, or lines that are none.
    pub events: u64,
    /// What a person can do about it.
    pub help: &'static str,
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
        let path = place.file(name::LEDGER_DAMAGED).display().to_string();
        health.troubles.push(fill(say::DAMAGED, &[("path", &path)]));
    }
    for foreign in spool::foreign(place) {
        health.troubles.push(fill(say::FOREIGN, &[("path", &foreign.display().to_string())]));
    }
    if place.exists() && rustix::fs::access(&place.folder, rustix::fs::Access::WRITE_OK).is_err() {
        health.troubles.push(fill(say::READ_ONLY, &[("path", &place.folder.display().to_string())]));
    }
    health
}

impl Health {
    fn add(&mut self, ledger: &Ledger) {
        match ledger.totals() {
            Ok(totals) => {
                self.waiting += totals.waiting.0;
                self.waiting_bytes += totals.waiting.1;
                self.aside = totals.aside.iter().map(|(reason, events)| set_aside(reason, *events)).collect();
                self.totals = totals;
            }
            Err(e) => self.troubles.push(format!("could not read ledger: {e:#}")),
        }
        self.last = ledger.last_batch().ok().flatten().map(|batch| Attempt {
            at: UNIX_EPOCH + Duration::from_secs(batch.at.unsigned_abs()),
            host: batch.host,
            events: batch.events.unsigned_abs(),
            accepted: batch.status.is_some_and(|s| (200..300).contains(&s))
                && batch.answer.as_deref().is_some_and(|a| a.ends_with(answer::ACCEPTED)),
            status: batch.status,
            answer: batch.answer.unwrap_or_else(|| answer::UNKNOWN.into()),
        });
        if let Some(Attempt { status: Some(status), host, answer, .. }) = &self.last
            && is_hopeless(*status)
        {
            self.troubles.push(fill(say::NOT_SENT, &[("host", host), ("answer", answer), ("remedy", remedy(*status))]));
        }
    }
}

fn set_aside(reason: &str, events: u64) -> Aside {
    let help = if reason.starts_with(aside::LINE) { aside::LINE_HELP } else { aside::REFUSED_HELP };
    Aside { reason: reason.to_owned(), events, help }
}
