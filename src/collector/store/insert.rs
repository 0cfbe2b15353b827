//! Owns one transaction's inserts and deletes: events, the words and installs they name, and the roll-ups.

use crate::collector::admission::{Admitted, Reason};
use crate::collector::calendar::{self, DAY, Day};
use crate::collector::rollup::{self, ANYTHING, Count, Tally, Word};
use crate::collector::store::{Batch, age};
use onramp_shim::catalog::Command;
use onramp_shim::schema::Event;
use rusqlite::{OptionalExtension as _, Result, Transaction, params};
use std::collections::HashMap;
use uuid::Uuid;

/// What one transaction has found out and counted so far.
pub struct Insert<'a> {
    tx: &'a Transaction<'a>,
    tally: Tally,
    words: HashMap<String, Word>,
    names: Names,
    installs: HashMap<Uuid, i64>,
    refused: HashMap<Reason, u64>,
    events: i64,
    first_day: Day,
    last_seen: (i64, Day),
}

/// An event's row, beside install and uuid.
struct Row {
    name: Word,
    subject: Word,
    outcome: Option<i64>,
    duration: Option<i64>,
}

impl<'a> Insert<'a> {
    /// Begins.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn of(tx: &'a Transaction<'a>) -> Result<Self> {
        let mut words = HashMap::new();
        let mut query = tx.prepare_cached("SELECT text, number FROM word")?;
        for row in query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (text, number) = row?;
            words.insert(text, number);
        }
        let first_day = first_day(tx)?;
        let mut insert = Self {
            tx,
            tally: Tally::default(),
            words,
            names: Names::default(),
            installs: HashMap::new(),
            refused: HashMap::new(),
            events: 0,
            first_day,
            last_seen: (-1, -1),
        };
        insert.names = Names::of(&mut insert)?;
        Ok(insert)
    }

    /// Stores a batch; the answer is how many events were new.
    pub fn batch(&mut self, batch: &Batch) -> Result<u64> {
        let mut new = 0;
        for event in &batch.events {
            new += u64::from(self.event(event)?);
        }
        for (reason, events) in &batch.refused {
            *self.refused.entry(*reason).or_default() += events;
        }
        Ok(new)
    }

    /// Stores an event, unless it is already there or has aged out while it waited.
    fn event(&mut self, event: &Admitted) -> Result<bool> {
        let day = event.day();
        if day < self.first_day {
            *self.refused.entry(Reason::Clock).or_default() += 1;
            return Ok(false);
        }
        let install = self.install(event.install)?;
        let row = self.row(event.event)?;
        let sql = "INSERT OR IGNORE INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values = params![
            install,
            event.uuid.as_bytes().as_slice(),
            row.name,
            event.at,
            event.version.number(),
            row.subject,
            row.outcome,
            row.duration
        ];
        if self.tx.prepare_cached(sql)?.execute(values)? == 0 {
            return Ok(false);
        }
        self.events += 1;
        if let Some(count) = self.names.count(&row) {
            self.tally.add(day, count, 1);
        }
        if self.last_seen != (install, day) {
            rollup::see(self.tx, install, ANYTHING, day)?;
            self.last_seen = (install, day);
        }
        if let Event::ServiceEnabled { .. } = event.event {
            rollup::see(self.tx, install, row.subject, day)?;
        }
        Ok(true)
    }

    /// Deletes everything of an install; the answer is how many events that were.
    pub fn forget(&mut self, id: Uuid) -> Result<u64> {
        let sql = "SELECT number FROM install WHERE id = ?1";
        let number = self.tx.prepare_cached(sql)?.query_row([id.as_bytes().as_slice()], |row| row.get(0)).optional()?;
        let Some(install): Option<i64> = number else { return Ok(0) };
        let sql = "SELECT name, at, subject, outcome, duration FROM event WHERE install = ?1";
        let mut query = self.tx.prepare_cached(sql)?;
        let mut rows = query.query([install])?;
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(1)?;
            let row = Row { name: row.get(0)?, subject: row.get(2)?, outcome: row.get(3)?, duration: row.get(4)? };
            if let Some(count) = self.names.count(&row) {
                self.tally.add(at.div_euclid(DAY), count, -1);
            }
        }
        rollup::unsee(self.tx, install)?;
        let deleted = self.tx.execute("DELETE FROM event WHERE install = ?1", [install])?;
        self.tx.execute("DELETE FROM install WHERE number = ?1", [install])?;
        self.installs.remove(&id);
        self.last_seen = (-1, -1);
        self.events -= deleted as i64;
        Ok(deleted as u64)
    }

    /// Deletes what is older than `keep_days` today; the answer is how many events that were.
    pub fn age(&mut self, today: Day, keep_days: i64) -> Result<u64> {
        // What was counted so far may be of days that go now.
        std::mem::take(&mut self.tally).write(self.tx)?;
        let deleted = age::by_clock(self.tx, today, keep_days)?;
        self.first_day = first_day(self.tx)?;
        self.installs.clear();
        self.last_seen = (-1, -1);
        Ok(deleted)
    }

    /// Writes what was counted.
    pub fn finish(self) -> Result<()> {
        self.tally.write(self.tx)?;
        let sql = "INSERT INTO refused VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET events = events + excluded.events";
        for (reason, events) in &self.refused {
            self.tx.prepare_cached(sql)?.execute(params![calendar::today(), reason.word(), *events as i64])?;
        }
        self.tx.prepare_cached("UPDATE fact SET value = value + ?1 WHERE name = 'events'")?.execute([self.events])?;
        Ok(())
    }

    fn install(&mut self, id: Uuid) -> Result<i64> {
        if let Some(number) = self.installs.get(&id) {
            return Ok(*number);
        }
        let blob = id.as_bytes().as_slice();
        let found = "SELECT number FROM install WHERE id = ?1";
        let number = match self.tx.prepare_cached(found)?.query_row([blob], |row| row.get(0)).optional()? {
            Some(number) => number,
            None => {
                self.tx.prepare_cached("INSERT INTO install (id) VALUES (?1)")?.execute([blob])?;
                self.tx.last_insert_rowid()
            }
        };
        self.installs.insert(id, number);
        Ok(number)
    }

    fn word(&mut self, text: &str) -> Result<Word> {
        if let Some(number) = self.words.get(text) {
            return Ok(*number);
        }
        self.tx.prepare_cached("INSERT INTO word (text) VALUES (?1)")?.execute([text])?;
        let number = self.tx.last_insert_rowid();
        self.words.insert(text.to_owned(), number);
        Ok(number)
    }

    fn command(&mut self, command: Command) -> Result<Word> {
        match command.word() {
            ("", word) => self.word(word),
            (head, tail) => self.word(&[head, tail].concat()),
        }
    }

    fn row(&mut self, event: Event) -> Result<Row> {
        let name = self.word(event.name())?;
        let (subject, outcome, duration) = match event {
            Event::ServiceEnabled { service, has_scaffold } => {
                (self.word(service.word())?, Some(i64::from(has_scaffold)), None)
            }
            Event::ServiceDisabled { service } => (self.word(service.word())?, None, None),
            Event::OverrideEnabled { override_ } | Event::OverrideDisabled { override_ } => {
                (self.word(override_.word())?, None, None)
            }
            Event::CommandExecuted { command, success, duration } => {
                (self.command(command)?, Some(i64::from(success)), Some(duration.millis() as i64))
            }
            Event::ErrorOccurred { command, error } => (self.command(command)?, Some(self.word(error.word())?), None),
        };
        Ok(Row { name, subject, outcome, duration })
    }
}

/// The first day that is kept.
fn first_day(tx: &Transaction<'_>) -> Result<Day> {
    tx.query_row("SELECT value FROM fact WHERE name = 'first_day'", [], |row| row.get(0))
}

/// The words of the events that are counted.
#[derive(Default)]
struct Names {
    enabled: Word,
    disabled: Word,
    run: Word,
    failure: Word,
}

impl Names {
    fn of(insert: &mut Insert<'_>) -> Result<Self> {
        Ok(Self {
            enabled: insert.word("service_enabled")?,
            disabled: insert.word("service_disabled")?,
            run: insert.word("command_executed")?,
            failure: insert.word("error_occurred")?,
        })
    }

    /// What an event adds to the counts, if it is one that is counted.
    fn count(&self, row: &Row) -> Option<Count> {
        let Row { name, subject, .. } = *row;
        let outcome = row.outcome.unwrap_or(0);
        match name {
            n if n == self.enabled => Some(Count::Enabled { service: subject, scaffold: outcome != 0 }),
            n if n == self.disabled => Some(Count::Disabled { service: subject }),
            n if n == self.run => {
                let duration = row.duration.unwrap_or(0).cast_unsigned();
                Some(Count::Run { command: subject, success: outcome != 0, duration })
            }
            n if n == self.failure => Some(Count::Failure { command: subject, error_type: outcome }),
            _ => None,
        }
    }
}
