//! Owns forgetting what is too old, for good: events, roll-ups, and installs that have nothing left.

use crate::collector::calendar::{DAY, Day, Period};
use crate::collector::rollup::NEVER;
use rusqlite::{Result, Transaction, params};

/// Deletes everything before that day; the answer is how many events that were. Nothing happens if it was done before.
///
/// # Errors
/// When the database can't be written.
pub fn before(tx: &Transaction<'_>, first: Day) -> Result<u64> {
    let done = tx.execute("UPDATE fact SET value = ?1 WHERE name = 'first_day' AND value < ?1", [first])?;
    if done == 0 {
        return Ok(0);
    }
    let deleted = events(tx, first)?;
    roll_ups(tx, first)?;
    tx.execute("UPDATE fact SET value = value - ?1 WHERE name = 'events'", [deleted as i64])?;
    tx.execute("DELETE FROM install WHERE NOT EXISTS (SELECT 1 FROM event WHERE install = install.number)", [])?;
    Ok(deleted)
}

/// Only installs that were seen on such a day are looked at: `seen` is small beside `event`.
fn events(tx: &Transaction<'_>, first: Day) -> Result<u64> {
    let mut query = tx.prepare("SELECT DISTINCT install FROM seen WHERE day < ?1")?;
    let installs: Vec<i64> = query.query_map([first], |row| row.get(0))?.collect::<Result<_>>()?;
    let mut delete = tx.prepare("DELETE FROM event WHERE install = ?1 AND at < ?2")?;
    let mut deleted = 0;
    for install in installs {
        deleted += delete.execute(params![install, first * DAY])?;
    }
    tx.execute("DELETE FROM seen WHERE day < ?1", [first])?;
    Ok(deleted as u64)
}

fn roll_ups(tx: &Transaction<'_>, first: Day) -> Result<()> {
    // A month that is not whole any more is of no use: ranges begin at the first day that is kept.
    let whole = Period::month(first - 1) + 1;
    for table in ["run", "failure", "service"] {
        let sql = format!("DELETE FROM {table} WHERE period < ?1 OR (period >= ?2 AND period < ?3)");
        tx.execute(&sql, [first, Period::MONTHS, whole])?;
    }
    tx.execute("DELETE FROM presence WHERE day < ?1", [first])?;
    // What a day looked back to and is gone now is as good as never.
    let gone = "previous >= 0 AND previous < ?1";
    let sql = format!(
        "INSERT INTO presence SELECT subject, day, {NEVER}, sum(installs) FROM presence WHERE {gone}
         GROUP BY subject, day ON CONFLICT DO UPDATE SET installs = installs + excluded.installs"
    );
    tx.execute(&sql, [first])?;
    tx.execute(&format!("DELETE FROM presence WHERE {gone}"), [first])?;
    Ok(())
}
