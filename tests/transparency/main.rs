//! Invisible: the same case, run directly and through the shim, is the same to the command, to the caller and on the
//! screen. Each case is run in every [`alike::Mode`]; what differs on purpose stands in docs/differences.md.

#[path = "../harness/mod.rs"]
#[expect(unused, reason = "each test file uses its part of the harness")]
mod harness;

mod alike;
mod callers;
mod differences;
mod endings;
mod faults;
mod lookup;
mod signals;
mod streams;
mod terminals;
mod words;
