//! Owns what came of a run, and comparing it: exact on both streams, on the exit code or the signal, and on the events.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;

/// A run that has ended.
pub struct Ran {
    /// The command line.
    pub line: String,
    /// Where it ran.
    pub folder: PathBuf,
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote, with the case's folder as `{CASE}`.
    pub out: String,
    /// What it wrote to stderr, likewise.
    pub err: String,
    /// All events that waited when it had ended, in the words of [`super::events_in`].
    pub events: Vec<String>,
}

impl Ran {
    /// Compares all of stdout.
    #[track_caller]
    pub fn stdout(self, expected: &str) -> Self {
        self.compare("stdout", &self.out, expected);
        self
    }

    /// Compares all of stderr.
    #[track_caller]
    pub fn stderr(self, expected: &str) -> Self {
        self.compare("stderr", &self.err, expected);
        self
    }

    /// Compares the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        self.compare("status", &self.ending(), &format!("exit {code}"));
        self
    }

    /// Compares the signal that ended it.
    #[track_caller]
    pub fn dies_by(self, signal: i32) -> Self {
        self.compare("status", &self.ending(), &format!("signal {signal}"));
        self
    }

    /// Compares all events that waited when it had ended.
    #[track_caller]
    pub fn records(self, expected: &[&str]) -> Self {
        self.compare("events", &self.events.join("\n"), &expected.join("\n"));
        self
    }

    /// `exit 3` or `signal 15`.
    pub fn ending(&self) -> String {
        match self.status.signal() {
            Some(signal) => format!("signal {signal}"),
            None => format!("exit {}", self.status.code().unwrap_or(-1)),
        }
    }

    #[track_caller]
    fn compare(&self, what: &str, actual: &str, expected: &str) {
        assert!(
            actual == expected,
            "another {what} than expected\n---- expected\n{expected}\n---- but got\n{actual}\n{self}"
        );
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "---- {}", self.line)
            .and_then(|()| writeln!(f, "in {}\n{}", self.folder.display(), self.ending()))
            .and_then(|()| writeln!(f, "---- stdout\n{}---- stderr\n{}----", self.out, self.err))
    }
}
