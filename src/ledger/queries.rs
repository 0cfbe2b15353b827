//! Owns what the ledger answers: events, batches, totals.

use super::{Ledger, State};
use crate::words;
use anyhow::{Context as _, Result};
use rusqlite::Row;
use std::collections::BTreeMap;

/// One event as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its number in the ledger.
    pub n: i64,
    /// Where it stands.
    pub state: State,
    /// Its day, UTC: days since 1970-01-01.
    pub day: i64,
    /// The batch that brought it to the server, or in which it was refused.
    pub batch: Option<i64>,
    /// Why it stands there, if it was set aside or dropped.
    pub reason: Option<String>,
    /// Its bytes as recorded.
    pub line: Vec<u8>,
}

/// One request as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its number.
    pub n: i64,
    /// When, in seconds since 1970-01-01.
    pub at: i64,
    /// Where it went.
    pub host: String,
    /// The anonymous id of all its events.
    pub id: String,
    /// How many events it held.
    pub events: i64,
    /// How many bytes went over the wire.
    pub bytes: i64,
    /// The status code of the answer, if there was one.
    pub status: Option<u16>,
    /// The answer in words; nothing while it is under way, or if the sender was ended before it could note it.
    pub answer: Option<String>,
    /// The body as it went over the wire, as long as it is kept.
    pub body: Option<Vec<u8>>,
}

/// Sums over the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Events that wait, and their bytes.
    pub waiting: (u64, u64),
    /// Events that the daily limit keeps here.
    pub own: u64,
    /// Events that were sent, ever.
    pub sent: u64,
    /// Events that gave way to the bounds of what waits, ever.
    pub dropped: u64,
    /// What was set aside: by reason, how many.
    pub aside: BTreeMap<String, u64>,
}

impl Ledger {
    /// The events in these states, oldest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn events(&self, states: &[State]) -> Result<Vec<Recorded>> {
        let sql = events(states);
        let mut query = self.db.prepare_cached(&sql).context("could not read ledger")?;
        let rows = query.query_map([], recorded).context("could not read ledger")?;
        rows.collect::<rusqlite::Result<_>>().context("could not read ledger")
    }

    /// Every batch, oldest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn batches(&self) -> Result<Vec<Batch>> {
        let sql = "SELECT n, at, host, id, events, bytes, status, answer, body FROM batch ORDER BY n";
        let mut query = self.db.prepare_cached(sql).context("could not read ledger")?;
        let rows = query.query_map([], batch).context("could not read ledger")?;
        rows.collect::<rusqlite::Result<_>>().context("could not read ledger")
    }

    /// The last batch, without its body.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn last_batch(&self) -> Result<Option<Batch>> {
        let sql = "SELECT n, at, host, id, events, bytes, status, answer, NULL FROM batch ORDER BY n DESC LIMIT 1";
        let mut query = self.db.prepare_cached(sql).context("could not read ledger")?;
        let mut rows = query.query_map([], batch).context("could not read ledger")?;
        rows.next().transpose().context("could not read ledger")
    }

    /// Every id under which something was sent.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn ids(&self) -> Result<Vec<(String, String)>> {
        let mut query = self.db.prepare_cached(
            "SELECT DISTINCT id, host FROM batch WHERE body IS NOT NULL OR status IS NOT NULL ORDER BY n",
        )?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<_>>().context("could not read ledger")
    }

    /// The lines of the spool that are no events, as far as they are kept: why, and how each begins.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn strangers(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut query = self.db.prepare_cached("SELECT reason, line FROM stranger ORDER BY n")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<_>>().context("could not read ledger")
    }

    /// How many events wait.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn waiting(&self) -> Result<u64> {
        let count = "SELECT COUNT(*) FROM event WHERE state = 'waiting'";
        let waiting = self.db.query_row(count, [], |row| row.get::<_, i64>(0)).context("could not read ledger")?;
        Ok(waiting.unsigned_abs())
    }

    /// The sums.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn totals(&self) -> Result<Totals> {
        let mut totals = Totals::default();
        let one = |sql: &str| self.db.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|n| n as u64);
        let sum = "FROM event WHERE state = 'waiting'";
        totals.waiting.0 = one(&format!("SELECT COUNT(*) {sum}"))?;
        totals.waiting.1 = one(&format!("SELECT COALESCE(SUM(LENGTH(line)), 0) {sum}"))?;
        totals.own = one("SELECT COUNT(*) FROM event WHERE state = 'own'")?;
        totals.sent = one("SELECT COALESCE(SUM(events), 0) FROM tally WHERE name = 'sent'")?;
        totals.dropped = one("SELECT COALESCE(SUM(events), 0) FROM tally WHERE name = 'dropped'")?;
        let reasons = "SELECT COALESCE(reason, ''), COUNT(*) FROM event WHERE state = 'aside' GROUP BY 1
                       UNION ALL SELECT ? || reason, COUNT(*) FROM stranger GROUP BY 1";
        let mut query = self.db.prepare_cached(reasons)?;
        let mut rows = query.query([words::aside::LINE])?;
        while let Some(row) = rows.next()? {
            totals.aside.insert(row.get(0)?, row.get::<_, i64>(1)? as u64);
        }
        Ok(totals)
    }
}

/// The question for the events in these states. Of one state the index has them in their order; of more, SQLite would look
/// up each in the table and then sort all of them, in a file in `/var/tmp`: hence the `+`, which leaves the index aside.
fn events(states: &[State]) -> String {
    let words: Vec<_> = states.iter().map(|s| format!("'{}'", s.word())).collect();
    let index = if states.len() == 1 { "" } else { "+" };
    format!(
        "SELECT n, state, day, batch, reason, line FROM event WHERE {index}state IN ({}) ORDER BY n",
        words.join(",")
    )
}

fn recorded(row: &Row<'_>) -> rusqlite::Result<Recorded> {
    Ok(Recorded {
        n: row.get(0)?,
        state: State::named(&row.get::<_, String>(1)?).unwrap_or(State::Aside),
        day: row.get(2)?,
        batch: row.get(3)?,
        reason: row.get(4)?,
        line: row.get(5)?,
    })
}

fn batch(row: &Row<'_>) -> rusqlite::Result<Batch> {
    Ok(Batch {
        n: row.get(0)?,
        at: row.get(1)?,
        host: row.get(2)?,
        id: row.get(3)?,
        events: row.get(4)?,
        bytes: row.get(5)?,
        status: row.get(6)?,
        answer: row.get(7)?,
        body: row.get(8)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tables;

    #[test]
    fn events_are_read_in_their_order_and_never_sorted() {
        let mut db = rusqlite::Connection::open_in_memory().unwrap();
        tables::make(&mut db).unwrap();
        for states in [&State::ALL[..], &State::ALL[..2], &State::ALL[..1]] {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {}", events(states))).unwrap();
            let steps = plan.query_map([], |row| row.get::<_, String>(3)).unwrap();
            let steps: Vec<_> = steps.collect::<rusqlite::Result<_>>().unwrap();
            assert!(steps.len() == 1 && steps[0].contains("event"), "{steps:?}");
        }
    }
}
