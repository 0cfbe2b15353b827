//! Owns saying that a test can't run here.

use std::io::Write;

/// One loud line for a test that can't run here. Written to the descriptor itself: what `eprintln!` says of a test that
/// passes is kept back by the test runner.
pub fn skipped(test: &str, why: &str) {
    let _ = std::io::stderr().write_all(format!("SKIPPED {test}: {why}\n").as_bytes());
}
