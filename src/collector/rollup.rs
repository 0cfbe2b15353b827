//! Owns the roll-ups: what is counted of each event, so that no answer depends on how many events there are.
//!
//! Everything here happens inside the transaction that stores or deletes the events.

use crate::collector::calendar::{Day, Period};
use crate::collector::histogram::Histogram;
use rusqlite::{Result, Transaction, params};
use std::collections::BTreeMap;

/// The number of a word in the database.
pub type Word = i64;

/// What an event adds to the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// A command ran.
    Run {
        /// Which.
        command: Word,
        /// Whether it reached what it is for.
        success: bool,
        /// Milliseconds, rounded.
        duration: u64,
    },
    /// A command failed.
    Failure {
        /// Which.
        command: Word,
        /// Why.
        error_type: Word,
    },
    /// A service was enabled.
    Enabled {
        /// Which.
        service: Word,
        /// Whether it brought a scaffold along.
        scaffold: bool,
    },
    /// A service was disabled.
    Disabled {
        /// Which.
        service: Word,
    },
}

/// Changes of the counts that are not written yet: many events of one transaction change few counts.
#[derive(Debug, Default)]
pub struct Tally {
    runs: BTreeMap<(i64, Word), Runs>,
    failures: BTreeMap<(i64, Word, Word), i64>,
    services: BTreeMap<(i64, Word), [i64; 3]>,
}

/// A change of one command's runs in one period.
#[derive(Debug, Default)]
struct Runs {
    runs: i64,
    failed: i64,
    /// Milliseconds, and how many more or fewer runs took that long.
    durations: Vec<(u64, i64)>,
}

impl Tally {
    /// Adds `by` to what is counted on that day and in its month: 1, or -1 for an event that is deleted.
    pub fn add(&mut self, day: Day, count: Count, by: i64) {
        for period in [day, Period::month(day)] {
            match count {
                Count::Run { command, success, duration } => {
                    let change = self.runs.entry((period, command)).or_default();
                    change.runs += by;
                    change.failed += if success { 0 } else { by };
                    change.durations.push((duration, by));
                }
                Count::Failure { command, error_type } => {
                    *self.failures.entry((period, command, error_type)).or_default() += by;
                }
                Count::Enabled { service, scaffold } => {
                    let change = self.services.entry((period, service)).or_default();
                    change[0] += by;
                    change[1] += if scaffold { by } else { 0 };
                }
                Count::Disabled { service } => self.services.entry((period, service)).or_default()[2] += by,
            }
        }
    }

    /// Writes the changes. A month that is partly aged out has no counts any more, and what is deleted of it must not
    /// make them appear again, below zero: what sinks is updated only.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn write(self, tx: &Transaction<'_>) -> Result<()> {
        for ((period, command), change) in self.runs {
            change.write(tx, period, command)?;
        }
        for ((period, command, error_type), by) in self.failures {
            let sql = if by > 0 {
                "INSERT INTO failure VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET errors = errors + excluded.errors"
            } else {
                "UPDATE failure SET errors = errors + ?4 WHERE period = ?1 AND command = ?2 AND error_type = ?3"
            };
            tx.prepare_cached(sql)?.execute(params![period, command, error_type, by])?;
        }
        for ((period, service), [enabled, scaffolded, disabled]) in self.services {
            let sql = if enabled > 0 || disabled > 0 {
                "INSERT INTO service VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET
                 enabled = enabled + excluded.enabled, scaffolded = scaffolded + excluded.scaffolded,
                 disabled = disabled + excluded.disabled"
            } else {
                "UPDATE service SET enabled = enabled + ?3, scaffolded = scaffolded + ?4, disabled = disabled + ?5
                 WHERE period = ?1 AND service = ?2"
            };
            tx.prepare_cached(sql)?.execute(params![period, service, enabled, scaffolded, disabled])?;
        }
        Ok(())
    }
}

impl Runs {
    fn write(self, tx: &Transaction<'_>, period: i64, command: Word) -> Result<()> {
        let mut durations = Histogram::default();
        let mut known = tx.prepare_cached("SELECT durations FROM run WHERE period = ?1 AND command = ?2")?;
        if let Some(row) = known.query([period, command])?.next()? {
            durations.unpack(row.get_ref(0)?.as_blob()?);
        }
        self.durations.iter().for_each(|(millis, by)| durations.add(*millis, *by));
        let sql = if self.runs > 0 {
            "INSERT INTO run VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET
             runs = runs + excluded.runs, failed = failed + excluded.failed, durations = excluded.durations"
        } else {
            "UPDATE run SET runs = runs + ?3, failed = failed + ?4, durations = ?5 WHERE period = ?1 AND command = ?2"
        };
        tx.prepare_cached(sql)?.execute(params![period, command, self.runs, self.failed, durations.pack()])?;
        Ok(())
    }
}

/// Stands for "did anything at all" where a service's word could stand.
pub const ANYTHING: Word = 0;
/// Stands for "never before" where a day could stand.
pub const NEVER: Day = -1;

/// Notes that an install was seen with a subject on a day. Days may come in any order: a later day that looked back to
/// an earlier one now looks back to this one.
///
/// # Errors
/// When the database can't be written.
pub fn see(tx: &Transaction<'_>, install: i64, subject: Word, day: Day) -> Result<()> {
    let fresh = tx.prepare_cached("INSERT OR IGNORE INTO seen VALUES (?1, ?2, ?3)")?;
    if { fresh }.execute([install, subject, day])? == 0 {
        return Ok(());
    }
    let neighbour = |sql: &str| -> Result<Option<Day>> {
        tx.prepare_cached(sql)?.query_row([install, subject, day], |row| row.get(0))
    };
    let previous =
        neighbour("SELECT max(day) FROM seen WHERE install = ?1 AND subject = ?2 AND day < ?3")?.unwrap_or(NEVER);
    let next = neighbour("SELECT min(day) FROM seen WHERE install = ?1 AND subject = ?2 AND day > ?3")?;
    present(tx, subject, day, previous, 1)?;
    if let Some(next) = next {
        present(tx, subject, next, previous, -1)?;
        present(tx, subject, next, day, 1)?;
    }
    Ok(())
}

/// Takes back that an install was seen, for all its subjects and days.
///
/// # Errors
/// When the database can't be written.
pub fn unsee(tx: &Transaction<'_>, install: i64) -> Result<()> {
    let mut days = tx.prepare_cached("SELECT subject, day FROM seen WHERE install = ?1 ORDER BY subject, day")?;
    let mut last = (ANYTHING, NEVER);
    let mut rows = days.query([install])?;
    while let Some(row) = rows.next()? {
        let (subject, day) = (row.get(0)?, row.get(1)?);
        let previous = if last.0 == subject { last.1 } else { NEVER };
        present(tx, subject, day, previous, -1)?;
        last = (subject, day);
    }
    tx.execute("DELETE FROM seen WHERE install = ?1", [install])?;
    Ok(())
}

fn present(tx: &Transaction<'_>, subject: Word, day: Day, previous: Day, by: i64) -> Result<()> {
    let key = [subject, day, previous];
    if by > 0 {
        let sql = "INSERT INTO presence VALUES (?1, ?2, ?3, 1) ON CONFLICT DO UPDATE SET installs = installs + 1";
        tx.prepare_cached(sql)?.execute(key)?;
    } else {
        let of = "WHERE subject = ?1 AND day = ?2 AND previous = ?3";
        tx.prepare_cached(&format!("UPDATE presence SET installs = installs - 1 {of}"))?.execute(key)?;
        tx.prepare_cached(&format!("DELETE FROM presence {of} AND installs = 0"))?.execute(key)?;
    }
    Ok(())
}
