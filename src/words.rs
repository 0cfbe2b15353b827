//! Owns filling in what a person reads; the words themselves stand together in `shims/src/words.rs`, since the shim says
//! some of them.

use onramp_shim::consent::Choice;
pub use onramp_shim::words::*;

/// Puts values in the place of their `{names}`.
#[must_use]
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(name, tail)| {
            let (_, value) = values.iter().find(|(n, _)| *n == name)?;
            Some((*value, tail))
        });
        match known {
            Some((value, tail)) => {
                filled.push_str(value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

/// A number of things: `1 event`, `3 events`.
#[must_use]
pub fn count(n: usize, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

/// The notice, for a destination; for own figures only without one.
#[must_use]
pub fn notice(host: Option<&str>) -> String {
    match host {
        Some(host) => fill(NOTICE, &[("host", host), ("docs", DOCS)]),
        None => fill(NOTICE_LOCAL, &[("docs", DOCS)]),
    }
}

/// The state in one word, as `status --json` says it.
#[must_use]
pub const fn state_word(choice: Option<Choice>) -> &'static str {
    match choice {
        Some(Choice::On) => "on",
        Some(Choice::Local) => "local",
        Some(Choice::Off) => "off",
        None => "undecided",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_filled_in_again() {
        assert_eq!(fill("{a}-{b}-{c}", &[("a", "{b}"), ("b", "2")]), "{b}-2-{c}");
        assert_eq!(fill("{", &[("a", "")]), "{");
    }

    #[test]
    fn the_notice_says_all_four_things_and_leaves_no_gap() {
        for text in [notice(Some("https://us.i.posthog.com")), notice(None)] {
            for part in ["What is collected", "Where it goes", "How to stop", "Where to read more"] {
                assert!(text.contains(part), "{part}");
            }
            assert!(!text.contains('{'), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        }
    }
}
