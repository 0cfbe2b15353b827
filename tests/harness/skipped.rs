//! Owns saying that a test can't run here.

use std::io::Write;

/// One loud line for the test of this thread, which can't run here. Written to the descriptor itself: what `eprintln!`
/// says of a test that passes is kept back by the test runner.
pub fn skipped(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a thread of a test");
    let _ = std::io::stderr().write_all(format!("SKIPPED {test}: {why}\n").as_bytes());
}
