//! Owns saying that a server, or another process, lets a person wait: a [`Progress`] that goes on by itself.

use super::Session;
use super::progress::{EACH, Progress};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;

/// Says so until it is dropped.
#[derive(Debug)]
pub struct Waiting {
    /// Dropped to end the thread.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Waiting {
    /// Begins.
    #[must_use]
    pub fn start(session: &Session, what: &str) -> Self {
        let mut progress = Progress::begin(session);
        if !progress.is_shown() {
            return Self { end: None, thread: None };
        }
        let (end, ended) = channel::<()>();
        let (what, began) = (what.to_owned(), Instant::now());
        let thread = std::thread::spawn(move || {
            while ended.recv_timeout(EACH) == Err(RecvTimeoutError::Timeout) {
                progress.tell(|| format!("{what} ... {} s", began.elapsed().as_secs()));
            }
        });
        Self { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
