//! Owns telling a person who waits how far a long job is: one line on stderr, from its second second on, if that is a
//! terminal. The line goes away with the job.

use super::Session;
use std::io::{IsTerminal as _, Stderr, Write};
use std::time::{Duration, Instant};

/// How often the line is renewed; who waits less needs no word.
pub const EACH: Duration = Duration::from_secs(1);

/// How far a job is.
pub struct Progress<W: Write = Stderr> {
    out: W,
    shown: bool,
    next: Instant,
    any: bool,
}

impl Progress {
    /// A job that begins now.
    pub fn begin(session: &Session) -> Self {
        let out = std::io::stderr();
        let shown = !session.quiet && out.is_terminal();
        Self::of(out, shown, Instant::now())
    }
}

impl<W: Write> Progress<W> {
    fn of(out: W, shown: bool, now: Instant) -> Self {
        Self { out, shown, next: now + EACH, any: false }
    }

    /// Whether anybody gets to see it.
    pub fn is_shown(&self) -> bool {
        self.shown
    }

    /// Says how far it is, at most once a second. A terminal that is gone wants to know nothing.
    pub fn tell(&mut self, far: impl FnOnce() -> String) {
        self.tell_at(Instant::now(), far);
    }

    fn tell_at(&mut self, now: Instant, far: impl FnOnce() -> String) {
        if self.shown && now >= self.next {
            let _ = write!(self.out, "\r\x1b[K{}", far());
            let _ = self.out.flush();
            self.next = now + EACH;
            self.any = true;
        }
    }
}

impl<W: Write> Drop for Progress<W> {
    fn drop(&mut self) {
        if self.any {
            let _ = write!(self.out, "\r\x1b[K");
            let _ = self.out.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is on the terminal after looks at these milliseconds.
    fn told(shown: bool, looks: &[u64]) -> String {
        let mut out = Vec::new();
        let begin = Instant::now();
        let mut progress = Progress::of(&mut out, shown, begin);
        for millis in looks {
            progress.tell_at(begin + Duration::from_millis(*millis), || format!("at {millis}"));
        }
        drop(progress);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_short_job_says_nothing_and_a_long_one_once_a_second() {
        assert_eq!(told(true, &[0, 500, 999]), "");
        assert_eq!(told(true, &[0, 1100, 1500, 2099, 2100]), "\r\x1b[Kat 1100\r\x1b[Kat 2100\r\x1b[K");
        assert_eq!(told(false, &[0, 1100, 5000]), "");
    }
}
