//! Owns the database: opening it, and what one transaction does.
//!
//! Whatever goes wrong leaves the database as it was before the transaction. The one thread that writes is [`Writer`],
//! those who read are [`Readers`].

mod age;
mod insert;
mod readers;
mod writer;

pub use readers::Readers;
pub use writer::{Unavailable, Writer};

use crate::collector::admission::{Admitted, Reason};
use crate::collector::calendar::Day;
use crate::paths::collector::DATABASE;
use anyhow::{Context as _, Result};
use insert::Insert;
use rusqlite::Connection;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

/// What the tables mean; another number is another program's database.
const LAYOUT: i64 = 1;

/// Makes the folder and the database in it, if they are not there; the answer is the database's path.
///
/// # Errors
/// When it can't be made, or is not a database of this layout.
pub fn make(data: &Path) -> Result<PathBuf> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .with_context(|| format!("could not make folder: {}", data.display()))?;
    let path = data.join(DATABASE);
    let open = || -> Result<i64> {
        // Its owner's alone from the first moment; SQLite gives the files beside it the same mode.
        std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
        let mut connection = Connection::open(&path)?;
        if !matches!(layout(&connection)?, None | Some(LAYOUT)) {
            // Another program's: not even its journal is changed.
            return Ok(layout(&connection)?.unwrap_or_default());
        }
        prepare(&connection)?;
        let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        // Another collector may have been as early.
        if layout(&tx)?.is_none() {
            tx.execute_batch(include_str!("tables.sql"))?;
            tx.pragma_update(None, "user_version", LAYOUT)?;
            tx.commit()?;
        }
        Ok(LAYOUT)
    };
    let found = open().with_context(|| format!("could not open database: {}", path.display()))?;
    anyhow::ensure!(
        found == LAYOUT,
        "could not open database: {} has layout {found}, this release reads {LAYOUT}\n\
         help: use the release that made it, or another --data folder",
        path.display()
    );
    Ok(path)
}

/// Which layout the database has; none if it is empty.
fn layout(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.busy_timeout(PATIENCE)?;
    let empty: bool = connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    if empty { Ok(None) } else { connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map(Some) }
}

/// Opens the database for writing.
///
/// # Errors
/// When it can't be opened.
pub fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    prepare(&connection)?;
    Ok(connection)
}

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(30);

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // In WAL mode only `full` waits for the disk at each commit: what was acknowledged survives a power cut.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    // What is deleted is overwritten: a wish to be forgotten, and age, mean the bytes too.
    connection.pragma_update(None, "secure_delete", "on")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// What a request brings: events to store, and how many were refused for which reason.
#[derive(Debug, Default)]
pub struct Batch {
    /// To be stored.
    pub events: Vec<Admitted>,
    /// Counted, not stored.
    pub refused: Vec<(Reason, u64)>,
}

/// What a transaction can do.
enum Work {
    Store(Batch),
    Forget(Uuid),
    Age { today: Day, keep_days: i64 },
    Stop,
}

/// Does all of it or nothing; the answers are how many events each stored or deleted.
fn transact(connection: &mut Connection, works: Vec<Work>) -> rusqlite::Result<Vec<u64>> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut insert = Insert::of(&tx)?;
    let mut counts = Vec::with_capacity(works.len());
    for work in works {
        counts.push(match work {
            Work::Store(batch) => insert.batch(&batch)?,
            Work::Forget(install) => insert.forget(install)?,
            Work::Age { today, keep_days } => insert.age(today, keep_days)?,
            Work::Stop => 0,
        });
    }
    insert.finish()?;
    tx.commit()?;
    Ok(counts)
}

/// What was deleted stands in the log until that begins anew. A reader may keep it from that; it is not waited for long.
fn begin_log_anew(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(1))?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.busy_timeout(PATIENCE)
}

/// Stores a batch at once, in a transaction of its own; the answer is how many of its events were new.
///
/// # Errors
/// When the database can't be written; nothing of the batch is stored.
pub fn add(connection: &mut Connection, batch: Batch) -> rusqlite::Result<u64> {
    transact(connection, vec![Work::Store(batch)]).map(|counts| counts[0])
}
