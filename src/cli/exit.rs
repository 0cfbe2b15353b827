//! Owns the exit codes, their table in docs/exit-codes.md and the test that the two are the same.

/// Every code that a command may end with.
pub const TABLE: [(u8, &str); 6] = [
    (OK, "it worked; for `status`: on"),
    (FAILED, "it did not work; stderr says why, and what to do"),
    (USAGE, "the command line was wrong; nothing was done"),
    (LOCAL, "`status`: local, for own figures only; `flush`: the same, nothing is sent"),
    (OFF, "`status`: off or undecided, nothing is recorded; `flush`: the same, nothing is sent"),
    (FINDINGS, "`doctor`: something has to be set right"),
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
