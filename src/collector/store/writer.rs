//! Owns the one thread that writes.
//!
//! Batches that arrive together are one transaction, since its cost is the wait for the disk; each is answered only
//! after that wait.

use super::{Batch, Work, open, transact};
use crate::collector::calendar::Day;
use anyhow::{Context as _, Result};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

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

    /// Deletes what is older than `keep_days` today, as far as the clock is believed; the answer is how many events that
    /// were.
    ///
    /// # Errors
    /// When it could not be deleted; all of it is still there.
    pub async fn age(&self, today: Day, keep_days: i64) -> std::result::Result<u64, Unavailable> {
        self.hand_over(Work::Age { today, keep_days }).await
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
    let takes_away = works.iter().any(|work| matches!(work, Work::Forget(_) | Work::Age { .. }));
    let result = transact(connection, works);
    if takes_away {
        let _ = super::begin_log_anew(connection);
    }
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
