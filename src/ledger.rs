//! Owns what is remembered of events once they are out of the spool: what waits, what was sent and answered, what was
//! set aside, and the history for the person's own figures. One SQLite file a checkout.
//!
//! Every change is one transaction, so a process that is killed anywhere leaves the state before or after it. An event
//! is known by its uuid: reading a sealed file twice adds nothing. Refuses to send.

mod batches;
mod daily;
mod erase;
mod intake;
mod line;
mod queries;
mod tables;

pub use batches::{Outcome, Parcel};
pub use daily::{Candidate, EVENTS_A_DATE, RUNS_A_COMMAND};
pub use erase::{close_local, forget_waiting, remove_all};
pub use intake::{Intake, MOST_BYTES, MOST_DAYS, MOST_EVENTS};
pub use line::{Line, written};
pub use queries::{Batch, Recorded, Totals};

use crate::paths::{Place, place as name};
use crate::words;
use anyhow::{Context as _, Result, anyhow, bail};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It will be sent.
    Waiting,
    /// Over the daily limit: it stays, and only `flush --all` sends it.
    Own,
    /// Recorded in local mode: never sent.
    Local,
    /// It arrived.
    Sent,
    /// The server refused it by itself: never sent again.
    Aside,
    /// Too many or too old to wait any longer: never sent.
    Dropped,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Waiting, Self::Own, Self::Local, Self::Sent, Self::Aside, Self::Dropped];

    /// The word for it, in the ledger and for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Own => "own",
            Self::Local => "local",
            Self::Sent => "sent",
            Self::Aside => "aside",
            Self::Dropped => "dropped",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}

/// The ledger of one checkout, open.
#[derive(Debug)]
pub struct Ledger {
    db: Connection,
    place: Place,
}

impl Ledger {
    /// Opens the ledger for writing; makes it if it is not there. One that is damaged, or no file at all, is put aside.
    ///
    /// # Errors
    /// When it can't be opened or made, or when a newer release made it.
    pub fn open(place: &Place) -> Result<Self> {
        let path = place.file(name::LEDGER);
        let failed = || format!("could not open ledger: {}", path.display());
        if is_no_file(&path) {
            crate::spool::put_aside(&place.folder, &path)?;
        }
        match Self::try_open(place).and_then(Self::sound) {
            Err(e) if is_damaged(&e) => {
                std::fs::rename(&path, place.file(name::LEDGER_DAMAGED)).with_context(failed)?;
                Self::try_open(place).with_context(failed)
            }
            other => other.with_context(failed),
        }
    }

    fn try_open(place: &Place) -> Result<Self> {
        let path = place.file(name::LEDGER);
        // Made here and not by SQLite: 0600, and the folder owner's under root. SQLite's journals follow it.
        drop(crate::files::make(&path)?);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(&path, flags)?;
        db.busy_timeout(PATIENCE)?;
        // The spool's file goes away once its events are in here: they have to be on the disk by then.
        db.execute_batch("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;")?;
        tables::make(&mut db)?;
        Ok(Self { db, place: place.clone() })
    }

    /// The ledger, if its pages hang together. One that opens and breaks further in would fail each sender, and whoever
    /// wants to take something away: for ever, since nobody would begin a new one.
    fn sound(self) -> Result<Self> {
        let found: String = self.db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found != "ok" {
            let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(corrupt, Some(found)).into());
        }
        Ok(self)
    }

    /// Opens the ledger for reading; nothing if there is none.
    ///
    /// # Errors
    /// When it is there and can't be read, or is damaged.
    pub fn read(place: &Place) -> Result<Option<Self>> {
        let path = place.file(name::LEDGER);
        let broken = || anyhow!(words::fill(words::health::BROKEN, &[("path", &path.display().to_string())]));
        if is_no_file(&path) {
            return Err(broken());
        }
        Self::try_read(place).map_err(|e| if is_damaged(&e) { broken() } else { e })
    }

    fn try_read(place: &Place) -> Result<Option<Self>> {
        let path = place.file(name::LEDGER);
        if !path.try_exists().is_ok_and(|there| there) {
            return Ok(None);
        }
        let failed = || format!("could not read ledger: {}", path.display());
        // What a killed writer began has to be taken back first, and only who may write can do that.
        let begun = place.file(name::LEDGER_JOURNAL).exists();
        let may_write = rustix::fs::access(&place.folder, rustix::fs::Access::WRITE_OK).is_ok();
        let mode = match begun && may_write {
            true => OpenFlags::SQLITE_OPEN_READ_WRITE,
            false => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let db = Connection::open_with_flags(&path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX).with_context(failed)?;
        db.busy_timeout(PATIENCE).with_context(failed)?;
        let version = tables::version(&db).with_context(failed)?;
        if version == 0 {
            return Ok(None);
        }
        if version > tables::VERSION {
            bail!("could not read ledger: a newer release made it: {}", path.display());
        }
        Self { db, place: place.clone() }.sound().with_context(failed).map(Some)
    }

    /// A copy in memory, to try things on; empty if there is no ledger.
    ///
    /// # Errors
    /// When the ledger is there and can't be read.
    pub fn copy(place: &Place) -> Result<Self> {
        let mut db = Connection::open_in_memory().context("could not copy ledger")?;
        match Self::read(place)? {
            Some(original) => rusqlite::backup::Backup::new(&original.db, &mut db)
                .and_then(|backup| backup.run_to_completion(1_000, Duration::ZERO, None))
                .context("could not copy ledger")?,
            None => tables::make(&mut db)?,
        }
        Ok(Self { db, place: place.clone() })
    }

    /// A note that outlives the process: back-off and the like.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn note(&self, name: &str) -> Result<Option<String>> {
        note(&self.db, name)
    }

    /// Sets notes, all or none; nothing removes one.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set_notes(&mut self, notes: &[(&str, Option<String>)]) -> Result<()> {
        let change = self.db.transaction()?;
        for (name, value) in notes {
            set_note(&change, name, value.as_deref())?;
        }
        Ok(change.commit()?)
    }
}

fn note(db: &Connection, name: &str) -> Result<Option<String>> {
    let mut query = db.prepare_cached("SELECT value FROM note WHERE name = ?")?;
    let mut rows = query.query([name])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

fn set_note(db: &Connection, name: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", [name, value])?,
        None => db.execute("DELETE FROM note WHERE name = ?", [name])?,
    };
    Ok(())
}

/// Seconds since 1970-01-01, as the ledger writes times.
#[must_use]
pub fn seconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs().try_into().unwrap_or(i64::MAX))
}

/// Whether a link, a folder or a pipe stands there: a pipe would be waited for, and a link is somebody else's file.
fn is_no_file(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|is| !is.is_file())
}

fn is_damaged(error: &anyhow::Error) -> bool {
    let codes = [Some(ErrorCode::NotADatabase), Some(ErrorCode::DatabaseCorrupt)];
    error.downcast_ref::<rusqlite::Error>().is_some_and(|e| codes.contains(&e.sqlite_error_code()))
}
