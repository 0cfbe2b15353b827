//! Owns the ledger's side of sending: what is to leave, a batch before its request and after its answer.

use super::daily::{Candidate, Left, divide};
use super::intake::count;
use super::{Ledger, State, seconds};
use crate::posthog::Answer;
use anyhow::{Context as _, Result};
use rusqlite::{TransactionBehavior, params};
use std::time::SystemTime;

/// The events of one request, and their bytes as they were recorded.
#[derive(Clone, Debug, Default)]
pub struct Parcel {
    /// Their numbers in the ledger.
    pub numbers: Vec<i64>,
    /// Their lines.
    pub lines: Vec<Vec<u8>>,
}

/// What became of the events of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They arrived.
    Sent,
    /// They wait on.
    Kept,
    /// Refused by themselves: never sent again.
    Aside,
}

impl Ledger {
    /// What may leave under this id, oldest first, and what the daily limit keeps here. With `all` the limit does not
    /// count, and what it kept here earlier leaves too. Changes nothing.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn candidates(&self, id: &str, all: bool) -> Result<(Vec<Candidate>, Vec<Candidate>)> {
        let of_state = if all { "state IN ('waiting', 'own')" } else { "state = 'waiting'" };
        let sql = format!("SELECT n, day, command, LENGTH(line) FROM event WHERE {of_state} AND id = ? ORDER BY n");
        let mut query = self.db.prepare_cached(&sql)?;
        let candidates = query.query_map([id], |row| {
            let length = row.get::<_, i64>(3)? as usize;
            Ok(Candidate { n: row.get(0)?, day: row.get(1)?, command: row.get(2)?, length })
        })?;
        let candidates = candidates.collect::<rusqlite::Result<Vec<_>>>().context("could not read ledger")?;
        if all { Ok((candidates, Vec::new())) } else { Ok(divide(candidates, self.left()?)) }
    }

    fn left(&self) -> Result<Left> {
        let mut left = Left::default();
        let mut query = self.db.prepare_cached("SELECT day, command, events FROM departed")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            left.add(row.get(0)?, &row.get::<_, String>(1)?, row.get::<_, i64>(2)? as u64);
        }
        Ok(left)
    }

    /// Keeps here what the daily limit does not let leave: it stays for the own figures, and for `flush --all`.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn keep_here(&mut self, stay: &[Candidate]) -> Result<()> {
        self.each(stay.iter().map(|c| c.n), "UPDATE event SET state = 'own' WHERE n = ? AND state = 'waiting'")
    }

    /// Lets go of what waits under another id than this one: no two ids ever share a request, and an id that was reset
    /// is never sent again. What the limit kept here stays for the own figures.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn part_with_other_ids(&mut self, id: &str) -> Result<()> {
        let change = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        change.execute("DELETE FROM event WHERE state = 'waiting' AND id IS NOT ?", [id])?;
        change.execute("UPDATE event SET state = 'local' WHERE state = 'own' AND id IS NOT ?", [id])?;
        change.commit().context("could not write ledger")
    }

    /// The bytes of these events, as far as they still wait under this id: a purge or a reset may have been faster.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn parcel(&self, numbers: &[i64], id: &str) -> Result<Parcel> {
        let sql = "SELECT line FROM event WHERE n = ? AND id = ? AND state IN ('waiting', 'own')";
        let mut query = self.db.prepare_cached(sql)?;
        let mut parcel = Parcel::default();
        for n in numbers {
            let mut rows = query.query(params![n, id])?;
            if let Some(row) = rows.next().context("could not read ledger")? {
                parcel.numbers.push(*n);
                parcel.lines.push(row.get(0)?);
            }
        }
        Ok(parcel)
    }

    /// Writes a request down before it is made, so that even a killed sender leaves a trace of what may have left.
    ///
    /// # Errors
    /// When the ledger can't be written; then nothing may be sent.
    pub fn begin(&mut self, host: &str, id: &str, parcel: &Parcel, wire: &[u8], now: SystemTime) -> Result<i64> {
        let sql = "INSERT INTO batch (at, host, id, events, bytes, body) VALUES (?, ?, ?, ?, ?, ?)";
        let values = params![seconds(now), host, id, parcel.numbers.len() as i64, wire.len() as i64, wire];
        self.db.prepare_cached(sql)?.execute(values).context("could not write ledger")?;
        Ok(self.db.last_insert_rowid())
    }

    /// Writes the answer down, and what became of the events, in one transaction.
    ///
    /// # Errors
    /// When the ledger can't be written; then the events wait on, and are sent again with the same bytes.
    pub fn finish(&mut self, batch: i64, parcel: &Parcel, answer: &Answer, outcome: Outcome) -> Result<()> {
        let change = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let words = answer.words();
        let sql = "UPDATE batch SET status = ?, answer = ? WHERE n = ?";
        change.execute(sql, params![answer.status(), words, batch])?;
        if matches!(answer, Answer::Nothing { left: false, .. }) {
            change.execute("UPDATE batch SET body = NULL WHERE n = ?", [batch])?;
        }
        let (state, reason) = match outcome {
            Outcome::Kept => return change.commit().context("could not write ledger"),
            Outcome::Sent => (State::Sent, None),
            Outcome::Aside => (State::Aside, Some(words)),
        };
        for n in &parcel.numbers {
            if outcome == Outcome::Sent {
                let sql = "INSERT INTO departed SELECT day, COALESCE(command, ''), 1 FROM event WHERE n = ?
                           ON CONFLICT (day, command) DO UPDATE SET events = events + 1";
                change.prepare_cached(sql)?.execute([n])?;
            }
            let sql = "UPDATE event SET state = ?, reason = ?, batch = ? WHERE n = ?";
            change.prepare_cached(sql)?.execute(params![state.word(), reason, batch, n])?;
        }
        count(&change, state.word(), parcel.numbers.len())?;
        change.commit().context("could not write ledger")
    }

    fn each(&mut self, numbers: impl Iterator<Item = i64>, sql: &str) -> Result<()> {
        let change = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for n in numbers {
            change.prepare_cached(sql)?.execute([n])?;
        }
        change.commit().context("could not write ledger")
    }
}
