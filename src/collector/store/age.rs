//! Owns forgetting what is too old, for good: events, roll-ups, and installs that have nothing left.

use crate::collector::calendar::{DAY, Day, Period};
use crate::collector::rollup::NEVER;
use crate::days::{Last, STRIDE, believed};
use rusqlite::{OptionalExtension as _, Result, Transaction, params};

/// Deletes what is older than `keep_days` where the clock says `today`, as far as it is believed; the answer is how many
/// events that were.
///
/// # Errors
/// When the database can't be written.
pub fn by_clock(tx: &Transaction<'_>, today: Day, keep_days: i64) -> Result<u64> {
    let fact = |name: &str| {
        let value = tx.query_row("SELECT value FROM fact WHERE name = ?1", [name], |row| row.get::<_, Day>(0));
        value.optional()
    };
    let last = fact("clock")?.zip(fact("believed")?).map(|(clock, believed)| Last { clock, believed });
    // Where there is no event there is nothing to lose by the wrong day, and no reason to stay with it.
    let any: bool = tx.query_row("SELECT EXISTS (SELECT 1 FROM event)", [], |row| row.get(0))?;
    let believed = believed(today, last.filter(|_| any), STRIDE);
    for (name, day) in [("clock", today), ("believed", believed)] {
        tx.execute("INSERT OR REPLACE INTO fact VALUES (?1, ?2)", params![name, day])?;
    }
    let first = believed - keep_days + 1;
    let sql = "UPDATE fact SET value = ?1 WHERE name = 'first_day' AND (value < ?1 OR NOT ?2)";
    if tx.execute(sql, params![first, any])? == 0 {
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
    tx.execute("DELETE FROM refused WHERE day < ?1", [first])?;
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
