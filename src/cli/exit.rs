//! Owns the exit codes, their table in docs/exit-codes.md and the test that the two are the same.

use crate::words::exit as say;

/// Every code that a command may end with.
pub const TABLE: [(u8, &str); 6] = [
    (OK, say::OK),
    (FAILED, say::FAILED),
    (USAGE, say::USAGE),
    (LOCAL, say::LOCAL),
    (OFF, say::OFF),
    (FINDINGS, say::FINDINGS),
];

/// It worked.
pub const OK: u8 = 0;
/// It did not.
pub const FAILED: u8 = 1;
/// The command line was wrong (clap's own code).
pub const USAGE: u8 = 2;
/// `status`: local.
pub const LOCAL: u8 = 3;
/// `status`: off or undecided.
pub const OFF: u8 = 4;
/// `doctor`: something is wrong.
pub const FINDINGS: u8 = 5;

/// An option holds what can't be used: the command line was wrong, though only we could tell.
#[derive(Debug)]
pub struct Usage(String);

impl Usage {
    /// The same error, as one of the command line.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> anyhow::Error {
        Self(format!("{error:#}")).into()
    }
}

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}
