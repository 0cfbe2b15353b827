//! Owns the tables of the ledger and their version.

use anyhow::{Result, bail};
use rusqlite::{Connection, TransactionBehavior};

/// The version of these tables.
pub const VERSION: i64 = 1;

const TABLES: &str = "
    -- Every event that left the spool, by the state it is in. line: its bytes as recorded. command: only of
    -- command_executed. batch: the one that brought it there or that it was refused in.
    CREATE TABLE event (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        uuid TEXT NOT NULL UNIQUE,
        id TEXT,
        day INTEGER NOT NULL,
        command TEXT,
        state TEXT NOT NULL,
        batch INTEGER,
        reason TEXT,
        line BLOB NOT NULL
    ) STRICT;
    CREATE INDEX event_by_state ON event (state, n);
    -- Every request, written down before it is made. answer is null while it is under way, and stays so if the sender
    -- was killed. body: as it went over the wire.
    CREATE TABLE batch (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        host TEXT NOT NULL,
        id TEXT NOT NULL,
        events INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        status INTEGER,
        answer TEXT,
        body BLOB
    ) STRICT;
    -- What stood in the spool and is no event: kept to be looked at, never sent.
    CREATE TABLE stranger (n INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, reason TEXT NOT NULL, line BLOB NOT NULL) STRICT;
    -- How many events of a day left, for the daily limit. command: empty for all but command_executed.
    CREATE TABLE departed (day INTEGER NOT NULL, command TEXT NOT NULL, events INTEGER NOT NULL, PRIMARY KEY (day, command)) STRICT;
    -- Counts that outlive the rows that they count.
    CREATE TABLE tally (name TEXT PRIMARY KEY, events INTEGER NOT NULL) STRICT;
    -- Back-off and the like.
    CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
";

/// Makes the tables of a new ledger.
///
/// # Errors
/// When it can't be written, or when a newer release made it.
pub fn make(db: &mut Connection) -> Result<()> {
    if version(db)? < VERSION {
        let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Somebody else may have made them while we waited.
        if version(&change)? < VERSION {
            change.execute_batch(TABLES)?;
            change.pragma_update(None, "user_version", VERSION)?;
        }
        change.commit()?;
    }
    match version(db)? {
        VERSION => Ok(()),
        newer => bail!("a newer release made it (version {newer})"),
    }
}

/// The version of the tables that a ledger has; 0 if it has none yet.
///
/// # Errors
/// When it can't be read.
pub fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}
