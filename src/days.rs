//! Owns days: whole days since 1970-01-01 in UTC, since only the date of an event is true. Telling them from times, reading
//! them, writing them down, and the Mondays with which weeks begin.

mod believed;

pub use believed::{Last, STRIDE, believed};

use crate::words::{error, fill};
use anyhow::{Context as _, Result, bail};
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use std::time::{SystemTime, UNIX_EPOCH};

/// Days since 1970-01-01.
pub type Day = i64;

/// Seconds of a day.
const SECONDS: u64 = 86_400;
const EPOCH: Date = jiff::civil::date(1970, 1, 1);
/// Days that a calendar has dates for: up to 9999-12-31.
const DATED: std::ops::RangeInclusive<Day> = -700_000..=2_932_896;

/// Today.
#[must_use]
pub fn today() -> Day {
    of(SystemTime::now())
}

/// The day of a time.
#[must_use]
pub fn of(time: SystemTime) -> Day {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| (since.as_secs() / SECONDS).cast_signed())
}

/// The Monday of a day's week; 1970-01-01 was a Thursday.
#[must_use]
pub const fn monday(day: Day) -> Day {
    day - (day + 3).rem_euclid(7)
}

/// The date of a day.
#[must_use]
pub fn date(day: Day) -> Date {
    EPOCH.saturating_add(day.clamp(*DATED.start(), *DATED.end()).days())
}

/// The day of a date.
#[must_use]
pub fn of_date(date: Date) -> Day {
    EPOCH.until(date).map_or(0, |span| span.get_days().into())
}

/// A day as `2026-11-21`.
#[must_use]
pub fn text(day: Day) -> String {
    date(day).to_string()
}

/// The day that `2026-11-21` names.
#[must_use]
pub fn parse(text: &str) -> Option<Day> {
    text.parse().ok().map(of_date)
}

/// The day from which on figures are asked for: `30d`, `12w`, `6m`, `1y` before today, or `2026-01-01`.
///
/// # Errors
/// When it is neither.
pub fn since(text: &str, today: Day) -> Result<Day> {
    if let Some(day) = parse(text) {
        return Ok(day);
    }
    let failed = || fill(error::NO_TIME, &[("text", text)]);
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).with_context(failed)?;
    let number: i32 = number.parse().ok().filter(|n| *n >= 0).with_context(failed)?;
    let span = match unit {
        "d" => Span::new().try_days(number),
        "w" => Span::new().try_weeks(number),
        "m" => Span::new().try_months(number),
        "y" => Span::new().try_years(number),
        _ => bail!(failed()),
    };
    Ok(of_date(date(today).checked_sub(span.with_context(failed)?).with_context(failed)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Day = 20_778; // 2026-11-21, a Saturday

    #[test]
    fn days_and_dates_name_each_other() {
        assert_eq!((parse("1970-01-01"), parse("2026-11-21"), parse("2026-02-30")), (Some(0), Some(TODAY), None));
        assert_eq!(text(TODAY), "2026-11-21");
        assert_eq!(parse("9999-12-31").map(text).as_deref(), Some("9999-12-31"));
        assert_eq!(text(monday(TODAY)), "2026-11-16");
        assert_eq!((monday(monday(TODAY)), monday(0)), (monday(TODAY), -3));
        assert_eq!(of(UNIX_EPOCH + std::time::Duration::from_secs(TODAY.unsigned_abs() * SECONDS + 61_471)), TODAY);
    }

    #[test]
    fn a_time_is_read_back_from_today_or_as_a_date() {
        for (time, day) in [
            ("30d", TODAY - 30),
            ("2w", TODAY - 14),
            ("1m", TODAY - 31),
            ("1y", TODAY - 365),
            ("0d", TODAY),
            ("2026-11-01", TODAY - 20),
            ("1970-01-01", 0),
        ] {
            assert_eq!(since(time, TODAY).unwrap(), day, "{time}");
        }
        for time in ["", "d", "-1d", "30", "30x", "1.5d", "99999999y", "2026-13-01", "\u{e9}"] {
            assert!(since(time, TODAY).is_err(), "{time}");
        }
    }
}
