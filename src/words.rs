//! Owns how words are put together: filling them in, counting, telling a time. The words themselves stand in
//! `shims/words.toml`, all of them, to be tried and changed; each is a constant here.
//!
//! `{name}` is filled in where it is said, by [`fill`].

pub mod examples;

pub use onramp_shim::words::*;

use onramp_shim::consent::Choice;
use std::time::SystemTime;

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
                debug_assert!(!begins_with_name(after), "nothing to fill in: {text}");
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

/// Whether this goes on as `name}`.
fn begins_with_name(text: &str) -> bool {
    let name = text.split_once('}').map_or("", |(name, _)| name);
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// A message and, where it has one, what stands on its `help:` line.
#[must_use]
pub fn parted(message: &str) -> (&str, Option<&str>) {
    message.split_once("\nhelp: ").map_or((message, None), |(what, help)| (what, Some(help)))
}

/// A number of things: `1 event`, `3 events`.
#[must_use]
pub fn count(n: impl TryInto<u64>, thing: &str) -> String {
    match n.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {thing}"),
        n => format!("{n} {thing}s"),
    }
}

/// A time for a person, in the time zone of this machine: `2026-11-21 18:04:31 CET`.
#[must_use]
pub fn time(at: SystemTime) -> String {
    local(at, "%Y-%m-%d %H:%M:%S %Z")
}

/// The same without seconds.
#[must_use]
pub fn minute(at: SystemTime) -> String {
    local(at, "%Y-%m-%d %H:%M %Z")
}

fn local(at: SystemTime, form: &str) -> String {
    let at = jiff::Timestamp::try_from(at).map(|at| at.to_zoned(jiff::tz::TimeZone::system()));
    at.map_or_else(|_| "?".into(), |at| at.strftime(form).to_string())
}

/// A duration in milliseconds for a person: `250 ms`, `2.5 s`, `12 min`, `1.5 h`. Two digits are all that was recorded.
#[must_use]
pub fn duration(millis: u64) -> String {
    let of = |unit: u64, name: &str| match (millis * 10 + unit / 2) / unit {
        tenths if tenths < 100 && !tenths.is_multiple_of(10) => format!("{}.{} {name}", tenths / 10, tenths % 10),
        _ => format!("{} {name}", (millis + unit / 2) / unit),
    };
    match millis {
        0..1_000 => format!("{millis} ms"),
        // What would be 60 of one is 1 of the next.
        1_000..59_500 => of(1_000, "s"),
        59_500..3_570_000 => of(60_000, "min"),
        _ => of(3_600_000, "h"),
    }
}

/// A time for a program: `2026-11-21T17:04:31Z`.
#[must_use]
pub fn stamp(at: SystemTime) -> String {
    jiff::Timestamp::try_from(at).map_or_else(|_| "?".into(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The notice, for a destination; for own figures only without one.
#[must_use]
pub fn notice(host: Option<&str>) -> String {
    match host {
        Some(host) => fill(notice::TEXT, &[("host", host), ("docs", links::DOCS)]),
        None => fill(notice::LOCAL, &[("docs", links::DOCS)]),
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
        assert_eq!(fill("{a}-{b}-{}", &[("a", "{b}"), ("b", "2")]), "{b}-2-{}");
        assert_eq!(fill("{", &[("a", "")]), "{");
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        for (millis, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (2_500, "2.5 s"),
            (9_949, "9.9 s"),
            (9_950, "10 s"),
            (10_450, "10 s"),
            (59_499, "59 s"),
            (59_999, "1 min"),
            (90_000, "1.5 min"),
            (720_000, "12 min"),
            (3_599_000, "1 h"),
            (5_400_000, "1.5 h"),
            (250_000_000, "69 h"),
        ] {
            assert_eq!(duration(millis), text, "{millis}");
        }
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
