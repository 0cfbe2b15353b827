//! Owns the database: opening it, and the one thread that writes it.
//!
//! Batches that arrive together are one transaction, since its cost is the wait for the disk; each is answered only
//! after that wait. Whatever goes wrong leaves the database as it was before the transaction.

mod age;
mod insert;

use crate::collector::admission::{Admitted, Reason};
use crate::collector::calendar::Day;
use crate::paths::collector::DATABASE;
use anyhow::{Context as _, Result};
use insert::Insert;
use rusqlite::{Connection, OpenFlags};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
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
    let open = || -> rusqlite::Result<i64> {
        let mut connection = Connection::open(&path)?;
        prepare(&connection)?;
        let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let found = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let empty: bool = tx.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
        if found == 0 && empty {
            tx.execute_batch(include_str!("tables.sql"))?;
            tx.pragma_update(None, "user_version", LAYOUT)?;
            tx.commit()?;
            return Ok(LAYOUT);
        }
        Ok(found)
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

/// Opens the database for writing.
///
/// # Errors
/// When it can't be opened.
pub fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    prepare(&connection)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(30))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // In WAL mode only `full` waits for the disk at each commit: what was acknowledged survives a power cut.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    // What is deleted is overwritten: a wish to be forgotten, and age, mean the bytes too.
    connection.pragma_update(None, "secure_delete", "on")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Connections that only read; each request borrows one.
pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// How many connections stay open for the next request; each has a cache of its own.
    const KEPT: usize = 4;

    /// Readers of that database.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::default() }
    }

    /// Reads in one snapshot.
    ///
    /// # Errors
    /// Those of `read`, or when the database can't be opened.
    pub fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let connection = Connection::open_with_flags(&self.path, flags)?;
                connection.busy_timeout(Duration::from_secs(30))?;
                connection
            }
        };
        let snapshot = connection.transaction()?;
        let answer = read(&snapshot)?;
        snapshot.finish()?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < Self::KEPT {
            idle.push(connection);
        }
        Ok(answer)
    }
}

/// What a request brings: events to store, and how many were refused for which reason.
#[derive(Debug, Default)]
pub struct Batch {
    /// To be stored.
    pub events: Vec<Admitted>,
    /// Counted, not stored.
    pub refused: Vec<(Reason, u64)>,
}

/// Why a write did not happen: the disk is full, the database is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

/// The way to the thread that writes.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
    works: Arc<AtomicBool>,
}

struct Job {
    work: Work,
    done: oneshot::Sender<std::result::Result<u64, Unavailable>>,
}

enum Work {
    Store(Batch),
    Forget(Uuid),
    Age(Day),
    Stop,
}

impl Writer {
    /// How many jobs may wait; beyond that, requests wait to hand theirs over.
    const WAITING: usize = 256;
    /// How many events one transaction takes.
    const EVENTS: usize = 20_000;

    /// Starts the thread; it ends after [`Writer::stop`].
    ///
    /// # Errors
    /// When the database can't be opened.
    pub fn start(path: &Path) -> Result<(Self, JoinHandle<()>)> {
        let mut connection = open(path).with_context(|| format!("could not open database: {}", path.display()))?;
        let (jobs, mut waiting) = mpsc::channel(Self::WAITING);
        let works = Arc::new(AtomicBool::new(true));
        let worked = Arc::clone(&works);
        let thread = std::thread::Builder::new().name("collector-writer".into());
        let thread = thread.spawn(move || {
            while let Some(group) = next_group(&mut waiting) {
                let last = group.iter().any(|job| matches!(job.work, Work::Stop));
                write(&mut connection, group, &worked);
                if last {
                    break;
                }
            }
        });
        Ok((Self { jobs, works }, thread.context("could not start writer")?))
    }

    /// Stores a batch; the answer is how many of its events were new.
    ///
    /// # Errors
    /// When it could not be stored; nothing of it is.
    pub async fn store(&self, batch: Batch) -> std::result::Result<u64, Unavailable> {
        self.hand_over(Work::Store(batch)).await
    }

    /// Deletes everything of an install; the answer is how many events that were.
    ///
    /// # Errors
    /// When it could not be deleted; all of it is still there.
    pub async fn forget(&self, install: Uuid) -> std::result::Result<u64, Unavailable> {
        self.hand_over(Work::Forget(install)).await
    }

    /// Deletes everything before that day; the answer is how many events that were.
    ///
    /// # Errors
    /// When it could not be deleted; all of it is still there.
    pub async fn age(&self, first: Day) -> std::result::Result<u64, Unavailable> {
        self.hand_over(Work::Age(first)).await
    }

    /// Whether the last write succeeded.
    #[must_use]
    pub fn works(&self) -> bool {
        self.works.load(Ordering::Relaxed) && !self.jobs.is_closed()
    }

    /// Ends the thread after what was handed over before.
    pub async fn stop(&self) {
        // If it is gone already, so much the better.
        let _ = self.hand_over(Work::Stop).await;
    }

    async fn hand_over(&self, work: Work) -> std::result::Result<u64, Unavailable> {
        let (done, answer) = oneshot::channel();
        self.jobs.send(Job { work, done }).await.map_err(|_| Unavailable)?;
        answer.await.map_err(|_| Unavailable)?
    }
}

/// What waits, up to the size of a transaction; nothing once every `Writer` is gone.
fn next_group(waiting: &mut mpsc::Receiver<Job>) -> Option<Vec<Job>> {
    let size = |job: &Job| match &job.work {
        Work::Store(batch) => batch.events.len(),
        _ => 0,
    };
    let mut group = vec![waiting.blocking_recv()?];
    let mut events = size(&group[0]);
    while events < Writer::EVENTS
        && let Ok(job) = waiting.try_recv()
    {
        events += size(&job);
        group.push(job);
    }
    Some(group)
}

/// Does all of the group or nothing of it, then answers each.
fn write(connection: &mut Connection, group: Vec<Job>, worked: &AtomicBool) {
    let (works, answers): (Vec<_>, Vec<_>) = group.into_iter().map(|job| (job.work, job.done)).unzip();
    let result = transact(connection, works);
    worked.store(result.is_ok(), Ordering::Relaxed);
    if let Err(error) = &result {
        eprintln!("onramp-analytics: could not write database: {error}");
    }
    for (place, done) in answers.into_iter().enumerate() {
        let answer = result.as_ref().map(|counts| counts[place]).map_err(|_| Unavailable);
        // Whoever asked may have hung up.
        let _ = done.send(answer);
    }
}

fn transact(connection: &mut Connection, works: Vec<Work>) -> rusqlite::Result<Vec<u64>> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut insert = Insert::of(&tx)?;
    let mut counts = Vec::with_capacity(works.len());
    for work in works {
        counts.push(match work {
            Work::Store(batch) => insert.batch(&batch)?,
            Work::Forget(install) => insert.forget(install)?,
            Work::Age(first) => insert.age(first)?,
            Work::Stop => 0,
        });
    }
    insert.finish()?;
    tx.commit()?;
    Ok(counts)
}

/// Stores a batch at once, in a transaction of its own; the answer is how many of its events were new.
///
/// # Errors
/// When the database can't be written; nothing of the batch is stored.
pub fn add(connection: &mut Connection, batch: Batch) -> rusqlite::Result<u64> {
    transact(connection, vec![Work::Store(batch)]).map(|counts| counts[0])
}
