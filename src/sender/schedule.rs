//! Owns when the next sender may try: the daily rhythm, the back-off, and the wait while a configuration can't work.
//!
//! What `next` shows to the shim is a hint that saves it a wake; what counts is noted in the ledger. Until the first
//! attempt after a yes there is a word in `next`: the hour is the person's, to think it over, however much waits.

use super::clock::Clock;
use crate::ledger::{Ledger, seconds};
use crate::paths::{Place, place as name};
use crate::posthog::Endpoint;
use anyhow::{Context as _, Result};
use onramp_shim::wake::LONGEST_WAIT;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many waiting events send before their time.
pub const MANY: u64 = 500;
/// From the yes to the first batch.
pub const FIRST: Duration = Duration::from_secs(3600);

/// The first back-off, before jitter, and the longest.
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// How long a configuration that can't work is left alone, and how often it is looked at for a change.
const HOPELESS: Duration = Duration::from_secs(24 * 3600);
const LOOK_AGAIN: Duration = Duration::from_secs(3600);

/// What stands in `next` until then.
const FIRST_WORD: &[u8] = b"first\n";

const FAILURES: &str = "failures";
const NOT_BEFORE: &str = "not before";
const HOPELESS_UNTIL: &str = "hopeless until";
const HOPELESS_ENDPOINT: &str = "hopeless endpoint";

/// When the next sender may start, as the shim sees it; nothing if that was never said.
#[must_use]
pub fn next(place: &Place) -> Option<SystemTime> {
    place.file(name::NEXT).metadata().and_then(|is| is.modified()).ok()
}

/// Sets when the next sender may start.
///
/// # Errors
/// When the file can't be written.
pub fn set_next(place: &Place, at: SystemTime) -> Result<()> {
    write(place, at, |_| Ok(()))
}

/// Sets the time of the first batch, an hour after the yes that was just said.
///
/// # Errors
/// When the file can't be written.
pub fn set_first(place: &Place, yes: SystemTime) -> Result<()> {
    write(place, yes + FIRST, |next| next.write_all_at(FIRST_WORD, 0))
}

/// Something was tried: the first hour is over.
fn set_after_a_try(place: &Place, at: SystemTime) -> Result<()> {
    write(place, at, |next| next.set_len(0))
}

fn write(place: &Place, at: SystemTime, change: impl FnOnce(&File) -> std::io::Result<()>) -> Result<()> {
    let path = place.file(name::NEXT);
    let next = crate::files::make(&path)?;
    // The time last: the others change it.
    change(&next)
        .and_then(|()| next.set_modified(at))
        .with_context(|| format!("could not set time: {}", path.display()))
}

fn is_first(place: &Place) -> bool {
    place.file(name::NEXT).metadata().is_ok_and(|is| is.len() > 0)
}

/// Whether a sender was woken ahead of its time. Then it is by how much seems to wait, which it has to look at.
#[must_use]
pub fn is_early(place: &Place, clock: &Clock<'_>) -> bool {
    next(place).is_some_and(|next| lies_ahead(next, clock.now()))
}

/// What lies further ahead than any wait is from a clock that was set back since.
fn lies_ahead(time: SystemTime, now: SystemTime) -> bool {
    time > now && time < now + LONGEST_WAIT
}

/// Whether a sender that was woken may try now; sets the time of the first batch if nobody did.
///
/// # Errors
/// When ledger or folder can't be read or written.
pub fn is_due(place: &Place, ledger: &Ledger, endpoint: &Endpoint, clock: &Clock<'_>) -> Result<bool> {
    let now = clock.now();
    let lies_ahead = |time| lies_ahead(time, now);
    if held(ledger, NOT_BEFORE)?.is_some_and(lies_ahead) {
        return Ok(false);
    }
    let unchanged = ledger.note(HOPELESS_ENDPOINT)?.is_some_and(|noted| noted == print(endpoint));
    if unchanged && held(ledger, HOPELESS_UNTIL)?.is_some_and(lies_ahead) {
        set_next(place, now + LOOK_AGAIN)?;
        return Ok(false);
    }
    let totals = ledger.totals()?;
    Ok(match next(place) {
        None if totals.sent == 0 => {
            set_first(place, now)?;
            false
        }
        Some(at) if lies_ahead(at) => !is_first(place) && totals.waiting.0 >= MANY,
        _ => true,
    })
}

/// Everything that should leave has left: once more on the next day, at a random time.
///
/// # Errors
/// When ledger or folder can't be written.
pub fn after_success(place: &Place, ledger: &mut Ledger, clock: &Clock<'_>) -> Result<()> {
    ledger.set_notes(&[(FAILURES, None), (NOT_BEFORE, None), (HOPELESS_UNTIL, None), (HOPELESS_ENDPOINT, None)])?;
    set_after_a_try(place, next_day(clock))
}

/// Not now: waits longer after each failure, and at least as long as the server asked.
///
/// # Errors
/// When ledger or folder can't be written.
pub fn after_failure(place: &Place, ledger: &mut Ledger, asked: Duration, clock: &Clock<'_>) -> Result<()> {
    let failures = ledger.note(FAILURES)?.and_then(|n| n.parse().ok()).unwrap_or(0u32);
    let until = clock.now() + back_off(failures, clock.chance()).max(asked);
    ledger.set_notes(&[
        (FAILURES, Some(failures.saturating_add(1).to_string())),
        (NOT_BEFORE, Some(seconds(until).to_string())),
    ])?;
    set_after_a_try(place, until)
}

/// Not with this configuration: waits for a change of it, or a day.
///
/// # Errors
/// When ledger or folder can't be written.
pub fn after_hopeless(place: &Place, ledger: &mut Ledger, endpoint: &Endpoint, clock: &Clock<'_>) -> Result<()> {
    let until = seconds(clock.now() + HOPELESS);
    ledger.set_notes(&[(HOPELESS_UNTIL, Some(until.to_string())), (HOPELESS_ENDPOINT, Some(print(endpoint)))])?;
    set_after_a_try(place, clock.now() + LOOK_AGAIN)
}

/// Nothing may be sent at the moment: another look in an hour.
///
/// # Errors
/// When the folder can't be written.
pub fn look_again(place: &Place, clock: &Clock<'_>) -> Result<()> {
    set_next(place, clock.now() + LOOK_AGAIN)
}

/// Doubles from a minute to a day, half of it by chance: a server that comes back is not met by everybody at once.
fn back_off(failures: u32, chance: f64) -> Duration {
    let whole = SHORTEST.saturating_mul(1 << failures.min(16)).min(LONGEST);
    whole.mul_f64(0.5 + chance / 2.0)
}

fn next_day(clock: &Clock<'_>) -> SystemTime {
    let tomorrow = (crate::days::of(clock.now()) + 1).unsigned_abs() * 86_400;
    UNIX_EPOCH + Duration::from_secs(tomorrow) + Duration::from_secs_f64(86_399.0 * clock.chance())
}

fn held(ledger: &Ledger, note: &str) -> Result<Option<SystemTime>> {
    let noted = ledger.note(note)?.and_then(|n| n.parse().ok());
    Ok(noted.map(|n| UNIX_EPOCH + Duration::from_secs(n)))
}

/// What a configuration is recognised by.
fn print(endpoint: &Endpoint) -> String {
    format!("{} {}", endpoint.host, endpoint.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_up_to_a_day() {
        assert_eq!(back_off(0, 1.0), Duration::from_secs(60));
        assert_eq!(back_off(0, 0.0), Duration::from_secs(30));
        assert_eq!(back_off(3, 1.0), Duration::from_secs(480));
        assert_eq!(back_off(11, 1.0), LONGEST);
        assert_eq!(back_off(u32::MAX, 1.0), LONGEST);
    }

    #[test]
    fn the_next_batch_leaves_on_the_next_day_at_any_time_of_it() {
        let now = UNIX_EPOCH + Duration::from_secs(20_778 * 86_400 + 61_471);
        for (chance, second) in [(0.0, 0), (0.5, 43_199), (0.999_99, 86_398)] {
            let (time, by_chance) = (|| now, || chance);
            let next = seconds(next_day(&Clock::of(&time, &by_chance)));
            assert_eq!((next.div_euclid(86_400), next.rem_euclid(86_400)), (20_779, second));
        }
    }
}
