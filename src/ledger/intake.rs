//! Owns the way of events from the spool into the ledger, and the bounds of what waits and of what is kept.

use super::{Ledger, Line, State, note, seconds, set_note};
use crate::days::{self, Day, Last};
use crate::spool::{self, Spool};
use crate::words;
use anyhow::{Context as _, Result};
use rusqlite::{Transaction, TransactionBehavior, params};
use std::time::SystemTime;

/// How many events wait at most.
pub const MOST_EVENTS: usize = 10_000;
/// How many bytes of events wait at most.
pub const MOST_BYTES: usize = 4 << 20;
/// How many days an event waits at most.
pub const MOST_DAYS: i64 = 30;

/// How long history is kept, in days, and how much of it, in bytes.
const HISTORY_DAYS: i64 = 400;
const HISTORY_BYTES: i64 = 16 << 20;
/// How long bodies of batches are kept, in days, and how many bytes of them.
const BODY_DAYS: i64 = 90;
const BODY_BYTES: i64 = 16 << 20;
/// How many lines that are no events are kept to be looked at, and how many bytes of each.
const STRANGERS: i64 = 100;
const STRANGER_BYTES: usize = 1024;

/// How many days a clock may go on from one intake to the next and be believed at once: a machine can be put away for a
/// year. What leaps further is more likely a wrong clock.
const LEAP: i64 = 500;

/// Notes of the day that it was by the clock when history aged last, and of the day that it was believed to be.
const CLOCK: &str = "clock day";
const BELIEVED: &str = "believed day";

/// What an intake brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Intake {
    /// Events that are new in the ledger.
    pub events: usize,
    /// Lines that were set aside because they are no events.
    pub strangers: usize,
    /// Events that gave way to the bounds of what waits.
    pub dropped: usize,
}

impl Ledger {
    /// Seals the spool, takes its events in, and keeps to the bounds. A sealed file is removed once its events are
    /// safely here; if we are killed before that, it is read again and adds nothing.
    ///
    /// # Errors
    /// When the folder or the ledger can't be read or written. What was sealed stays.
    pub fn ingest(&mut self, spool: Spool, now: SystemTime) -> Result<Intake> {
        // All of it under the ledger's lock: a purge that runs now is either done already or waits for us. Else a file
        // could get its new name between the purge's look at the folder and its removal, and come back.
        let change = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        spool.seal(&self.place)?;
        let files = spool.sealed(&self.place)?;
        let mut intake = Intake::default();
        let mut taken = Vec::new();
        for file in files {
            // A file that can't be read must not keep the others back.
            let Ok(text) = spool::read(&file) else { continue };
            for bytes in spool::lines(&text) {
                take_in(&change, spool, bytes, now, &mut intake).context("could not write ledger")?;
            }
            taken.push(file);
        }
        intake.dropped = keep_to_bounds(&change, now).context("could not write ledger")?;
        change.commit().context("could not write ledger")?;
        for file in taken {
            crate::files::unlink(&file)?;
        }
        Ok(intake)
    }

    /// Takes everything in, and leaves no file that a run could still append to: what a stopped writer holds is read
    /// as it stands and loses its name. For who takes a yes back.
    ///
    /// # Errors
    /// As for [`Ledger::ingest`].
    pub fn settle(&mut self, spool: Spool, now: SystemTime) -> Result<()> {
        self.ingest(spool, now)?;
        let change = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for bytes in spool::lines(&spool.glance(&self.place)) {
            take_in(&change, spool, bytes, now, &mut Intake::default()).context("could not write ledger")?;
        }
        change.commit().context("could not write ledger")?;
        spool.remove(&self.place)
    }

    /// Takes in the text of an outgoing spool, to see what would become of it. For a [`Ledger::copy`].
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn add(&mut self, text: &[u8], now: SystemTime) -> Result<()> {
        let change = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for bytes in spool::lines(text) {
            take_in(&change, Spool::Outgoing, bytes, now, &mut Intake::default()).context("could not write ledger")?;
        }
        keep_to_bounds(&change, now).context("could not write ledger")?;
        change.commit().context("could not write ledger")
    }
}

fn take_in(change: &Transaction<'_>, spool: Spool, bytes: &[u8], now: SystemTime, to: &mut Intake) -> Result<()> {
    let understood = Line::read(bytes).and_then(|line| match (spool, &line.id) {
        (Spool::Outgoing, None) => Err(words::aside::NO_ID),
        (Spool::Local, Some(_)) => Err(words::aside::LOCAL_WITH_ID),
        _ => Ok(line),
    });
    match understood {
        Ok(line) => {
            let state = if spool == Spool::Local { State::Local } else { State::Waiting };
            let (is_command, subject) = line.subject();
            to.events += change
                .prepare_cached(
                    "INSERT OR IGNORE INTO event (uuid, id, day, command, state, line) VALUES (?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![line.uuid, line.id, line.day, is_command.then_some(subject), state.word(), bytes])?;
        }
        Err(reason) => {
            let start = &bytes[..bytes.len().min(STRANGER_BYTES)];
            change.prepare_cached("INSERT INTO stranger (at, reason, line) VALUES (?, ?, ?)")?.execute(params![
                seconds(now),
                reason,
                start
            ])?;
            count(change, "stranger", 1)?;
            to.strangers += 1;
        }
    }
    Ok(())
}

/// Adds to a tally.
pub(super) fn count(change: &Transaction<'_>, name: &str, events: usize) -> Result<()> {
    if events > 0 {
        let add = "INSERT INTO tally VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET events = events + ?2";
        change.prepare_cached(add)?.execute(params![name, events as i64])?;
    }
    Ok(())
}

/// Applies every bound; answers with how many events gave way while they waited.
fn keep_to_bounds(change: &Transaction<'_>, now: SystemTime) -> Result<usize> {
    let today = days::of(now);
    let old = "UPDATE event SET state = 'dropped', reason = ? WHERE state = 'waiting' AND day < ?";
    let mut dropped = change.prepare_cached(old)?.execute(params![words::dropped::OLD, today - MOST_DAYS])?;
    for n in overflow(change)? {
        let drop = "UPDATE event SET state = 'dropped', reason = ? WHERE n = ?";
        dropped += change.prepare_cached(drop)?.execute(params![words::dropped::MANY, n])?;
    }
    count(change, "dropped", dropped)?;
    // What waited too long by a clock that is years ahead stays in the history. What is deleted would be gone for good.
    let today = believed_today(change, today)?;
    change.prepare_cached("DELETE FROM event WHERE state <> 'waiting' AND day < ?")?.execute([today - HISTORY_DAYS])?;
    change
        .prepare_cached(
            "DELETE FROM event WHERE n IN (SELECT n FROM (
                SELECT n, SUM(LENGTH(line)) OVER (ORDER BY n DESC) AS total FROM event WHERE state <> 'waiting'
             ) WHERE total > ?)",
        )?
        .execute([HISTORY_BYTES])?;
    change
        .prepare_cached("UPDATE batch SET body = NULL WHERE body IS NOT NULL AND at < ?")?
        .execute([(today - BODY_DAYS) * 86_400])?;
    change
        .prepare_cached(
            "UPDATE batch SET body = NULL WHERE n IN (SELECT n FROM (
                SELECT n, SUM(LENGTH(body)) OVER (ORDER BY n DESC) AS total FROM batch WHERE body IS NOT NULL
             ) WHERE total > ?)",
        )?
        .execute([BODY_BYTES])?;
    change.prepare_cached("DELETE FROM batch WHERE at < ?")?.execute([(today - HISTORY_DAYS) * 86_400])?;
    change.prepare_cached("DELETE FROM departed WHERE day < ?")?.execute([today - HISTORY_DAYS])?;
    change.prepare_cached("DELETE FROM stranger WHERE n <= (SELECT MAX(n) FROM stranger) - ?")?.execute([STRANGERS])?;
    Ok(dropped)
}

/// By which day history ages where the clock says `today`: one that leaps years ahead is believed a month a day.
fn believed_today(change: &Transaction<'_>, today: Day) -> Result<Day> {
    let noted = |name: &str| Ok::<_, anyhow::Error>(note(change, name)?.and_then(|day| day.parse().ok()));
    let last = noted(CLOCK)?.zip(noted(BELIEVED)?).map(|(clock, believed)| Last { clock, believed });
    let believed = days::believed(today, last, LEAP);
    for (name, day) in [(CLOCK, today), (BELIEVED, believed)] {
        set_note(change, name, Some(&day.to_string()))?;
    }
    Ok(believed)
}

/// The events that are too many: the oldest `command_executed` first, then the oldest others.
fn overflow(change: &Transaction<'_>) -> Result<Vec<i64>> {
    let sums = "SELECT COUNT(*), COALESCE(SUM(LENGTH(line)), 0) FROM event WHERE state = 'waiting'";
    let (mut events, mut bytes): (usize, usize) =
        change.query_row(sums, [], |row| Ok((row.get::<_, i64>(0)? as usize, row.get::<_, i64>(1)? as usize)))?;
    let mut too_many = Vec::new();
    if events <= MOST_EVENTS && bytes <= MOST_BYTES {
        return Ok(too_many);
    }
    let mut query =
        change.prepare("SELECT n, LENGTH(line) FROM event WHERE state = 'waiting' ORDER BY command IS NULL, day, n")?;
    let mut rows = query.query([])?;
    while (events > MOST_EVENTS || bytes > MOST_BYTES)
        && let Some(row) = rows.next()?
    {
        too_many.push(row.get(0)?);
        events -= 1;
        bytes -= row.get::<_, i64>(1)? as usize;
    }
    Ok(too_many)
}
