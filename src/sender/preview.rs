//! Owns the look at the next request: the same bytes that the sender would send, made by the sender's own functions.
//! Changes nothing on the disk, and works before there is any consent.

use super::{Refusal, ask, parcels, permission};
use crate::consent::{self, destination};
use crate::env::Environment;
use crate::ledger::{self, Ledger};
use crate::paths::{Homes, Place};
use crate::posthog;
use crate::spool::Spool;
use anyhow::Result;
use onramp_shim::catalog::{Command, Service};
use onramp_shim::schema::{Duration, ErrorType, Event, Stamp};
use std::path::Path;
use std::time::SystemTime;

/// The id in a preview while there is none: nobody's.
pub const EXAMPLE_ID: &str = "00000000-0000-4000-8000-000000000000";
/// The key in a preview while there is none.
const EXAMPLE_KEY: &str = "phc_the_project_key";

/// The next request.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Where it would go.
    pub url: String,
    /// Its body, before compression.
    pub body: Vec<u8>,
    /// How many events it holds.
    pub events: usize,
    /// How many requests would follow it at once.
    pub more: usize,
    /// Whether these are examples, because nothing waits or may be recorded yet.
    pub example: bool,
    /// Why nothing would be sent at the moment.
    pub refusal: Option<Refusal>,
}

/// The next request from this checkout.
///
/// # Errors
/// When ledger or spool can't be read.
pub fn preview(env: &Environment, homes: &Homes, checkout: &Path, now: SystemTime) -> Result<Preview> {
    let consent = consent::read(env, homes, checkout)?;
    let id = consent.used_id().map(str::to_owned);
    let refusal = match &consent.place {
        Some(place) => ask(env, homes, place).err(),
        None => permission::refusal(&consent),
    };
    let found = permission::endpoint(env, checkout).ok();
    let agreed = || consent.agreed_host.clone().unwrap_or_else(|| destination::host(env, checkout, None));
    let (key, host) = found.map_or_else(|| (EXAMPLE_KEY.into(), agreed()), |e| (e.key, e.host));
    let (lines, more) = match (&consent.place, &id) {
        (Some(place), Some(id)) => waiting(place, &key, id, now)?,
        _ => (Vec::new(), 0),
    };
    let example = lines.is_empty();
    let lines = if example { examples(id.as_deref().unwrap_or(EXAMPLE_ID), now) } else { lines };
    let body = posthog::body(&key, &lines);
    Ok(Preview { url: format!("{host}/batch/"), body, events: lines.len(), more, example, refusal })
}

/// The lines of the first request, and how many follow it. What is still in the spool is taken into a copy of the
/// ledger in memory: a look changes nothing.
fn waiting(place: &Place, key: &str, id: &str, now: SystemTime) -> Result<(Vec<Vec<u8>>, usize)> {
    let mut copy = Ledger::copy(place)?;
    copy.add(&Spool::Outgoing.glance(place), now)?;
    let (leave, _) = copy.candidates(id, false)?;
    let requests = parcels(key, &leave);
    let first = requests.front().map(|numbers| copy.parcel(numbers, id)).transpose()?.unwrap_or_default();
    Ok((first.lines, requests.len().saturating_sub(1)))
}

/// What a service that came up and a failed start would look like.
fn examples(id: &str, now: SystemTime) -> Vec<Vec<u8>> {
    let start = Command::make(onramp_shim::rules::DEFAULT_GOAL.as_bytes());
    let events = [
        Event::ServiceEnabled { service: Service::named(b"plex"), has_scaffold: false },
        Event::CommandExecuted { command: start, success: true, duration: Duration::of_millis(1_200) },
        Event::CommandExecuted { command: start, success: false, duration: Duration::of_millis(3_400) },
        Event::ErrorOccurred { command: start, error: ErrorType::ImageUnavailable },
    ];
    let line = |(i, event): (u8, Event)| {
        let micros = [41_523_118_402, 5_023_668_117, 63_470_991_250, 22_118_604_939][usize::from(i)];
        let uuid = std::array::from_fn(|at| if at == 15 { i } else { 0 });
        let id = id.as_bytes().try_into().ok();
        ledger::written(event, &Stamp { uuid, id, day: crate::days::of(now).unsigned_abs(), micros })
    };
    (0..).zip(events).map(line).collect()
}
