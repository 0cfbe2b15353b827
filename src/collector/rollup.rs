//! Owns the roll-ups: what is counted of each event, so that no answer depends on how many events there are.
//!
//! Everything here happens inside the transaction that stores or deletes the events.

use crate::collector::calendar::{Day, Period};
use rusqlite::{Result, Transaction, params};
use std::collections::HashMap;

/// The number of a word in the database.
pub type Word = i64;

/// What an event adds to the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Count {
    /// A command ran.
    Run {
        /// Which.
        command: Word,
        /// Whether it reached what it is for.
        success: bool,
        /// Milliseconds, rounded.
        duration: i64,
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
    changes: HashMap<(Day, Count), i64>,
}

impl Tally {
    /// Adds `by` to what is counted on that day: 1, or -1 for an event that is deleted.
    pub fn add(&mut self, day: Day, count: Count, by: i64) {
        *self.changes.entry((day, count)).or_default() += by;
    }

    /// Writes the changes, for the day and for its month.
    ///
    /// # Errors
    /// When the database can't be written.
    pub fn write(self, tx: &Transaction<'_>) -> Result<()> {
        let mut periods: HashMap<(i64, Count), i64> = HashMap::with_capacity(self.changes.len() * 2);
        for ((day, count), by) in self.changes {
            *periods.entry((day, count)).or_default() += by;
            *periods.entry((Period::month(day), count)).or_default() += by;
        }
        let mut changes: Vec<_> = periods.into_iter().filter(|(_, by)| *by != 0).collect();
        changes.sort_unstable();
        for ((period, count), by) in changes {
            change(tx, period, count, by)?;
        }
        Ok(())
    }
}

fn change(tx: &Transaction<'_>, period: i64, count: Count, by: i64) -> Result<()> {
    // A month that is partly aged out is gone: what is deleted then must not make it appear again, below zero.
    match count {
        Count::Run { command, success, duration } => {
            let sql = if by > 0 {
                "INSERT INTO run VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET runs = runs + excluded.runs"
            } else {
                "UPDATE run SET runs = runs + ?5 WHERE period = ?1 AND command = ?2 AND success = ?3 AND duration = ?4"
            };
            tx.prepare_cached(sql)?.execute(params![period, command, success, duration, by])?;
        }
        Count::Failure { command, error_type } => {
            let sql = if by > 0 {
                "INSERT INTO failure VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET errors = errors + excluded.errors"
            } else {
                "UPDATE failure SET errors = errors + ?4 WHERE period = ?1 AND command = ?2 AND error_type = ?3"
            };
            tx.prepare_cached(sql)?.execute(params![period, command, error_type, by])?;
        }
        Count::Enabled { service, scaffold } => {
            of_service(tx, period, service, [by, if scaffold { by } else { 0 }, 0], by > 0)?;
        }
        Count::Disabled { service } => of_service(tx, period, service, [0, 0, by], by > 0)?,
    }
    Ok(())
}

fn of_service(tx: &Transaction<'_>, period: i64, service: Word, by: [i64; 3], more: bool) -> Result<()> {
    let sql = if more {
        "INSERT INTO service VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET
         enabled = enabled + excluded.enabled, scaffolded = scaffolded + excluded.scaffolded,
         disabled = disabled + excluded.disabled"
    } else {
        "UPDATE service SET enabled = enabled + ?3, scaffolded = scaffolded + ?4, disabled = disabled + ?5
         WHERE period = ?1 AND service = ?2"
    };
    tx.prepare_cached(sql)?.execute(params![period, service, by[0], by[1], by[2]])?;
    Ok(())
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
