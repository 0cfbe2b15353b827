//! Owns the words that a person reads. They stand in `words.toml`, one constant a word, and the command says most of
//! them; what is not used costs the shim nothing.

include!(concat!(env!("OUT_DIR"), "/words.rs"));

pub use nudge::LINE as NUDGE;
pub use shim::{ABOUT, DEBUG, NOT_EXECUTABLE, NOT_FOUND};

/// The notice, before and behind the destination: once, when a variable alone said yes.
pub const NOTICE: (&str, &str) = around(notice::BY_VARIABLE);

/// What stands before the first `{name}` of a text, and what behind it.
const fn around(text: &'static str) -> (&'static str, &'static str) {
    let (mut open, mut close) = (0, 0);
    while text.as_bytes()[open] != b'{' {
        open += 1;
    }
    while text.as_bytes()[close] != b'}' {
        close += 1;
    }
    (text.split_at(open).0, text.split_at(close + 1).1)
}
