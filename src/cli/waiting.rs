//! Owns saying that a server, or another process, lets a person wait: on a terminal only, after a second, on one line of
//! stderr that goes away again. How far a job is that goes on, `collector/progress.rs` says.

use super::Session;
use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Who waits less needs no word; and how often the line is renewed.
const EACH: Duration = Duration::from_secs(1);

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
        if session.quiet || !std::io::stderr().is_terminal() {
            return Self { end: None, thread: None };
        }
        let (end, ended) = channel::<()>();
        let (what, began) = (what.to_owned(), Instant::now());
        let thread = std::thread::spawn(move || {
            let mut told = false;
            while ended.recv_timeout(EACH) == Err(RecvTimeoutError::Timeout) {
                told = true;
                say(&format!("\r{what} ... {} s\x1b[K", began.elapsed().as_secs()));
            }
            if told {
                say("\r\x1b[K");
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

fn say(text: &str) {
    let mut err = std::io::stderr();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}
