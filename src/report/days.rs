//! Owns days as the events have them, counted since 1970-01-01: reading what a person asks for, and writing them down.

use crate::words::{error, fill};
use anyhow::{Context as _, Result, bail};
use jiff::civil::{Date, date};
use jiff::{Span, ToSpan as _};

const EPOCH: Date = date(1970, 1, 1);

/// The Monday of a day's week; 1970-01-01 was a Thursday.
#[must_use]
pub const fn monday(day: i64) -> i64 {
    day - (day + 3).rem_euclid(7)
}

/// A day as `2026-11-21`.
#[must_use]
pub fn text(day: i64) -> String {
    EPOCH.checked_add(day.days()).map_or_else(|_| "?".to_owned(), |date| date.to_string())
}

/// The day from which on figures are asked for: `30d`, `12w`, `6m`, `1y` before today, or `2026-01-01`.
///
/// # Errors
/// When it is neither.
pub fn read(text: &str, today: i64) -> Result<i64> {
    let failed = || fill(error::NO_TIME, &[("text", text)]);
    let date = match text.parse::<Date>() {
        Ok(date) => date,
        Err(_) => {
            let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).with_context(failed)?;
            let number: i32 = number.parse().ok().filter(|n| *n >= 0).with_context(failed)?;
            let span = match unit {
                "d" => Span::new().try_days(number),
                "w" => Span::new().try_weeks(number),
                "m" => Span::new().try_months(number),
                "y" => Span::new().try_years(number),
                _ => bail!(failed()),
            };
            let today = EPOCH.checked_add(today.days()).with_context(failed)?;
            today.checked_sub(span.with_context(failed)?).with_context(failed)?
        }
    };
    Ok(EPOCH.until(date).with_context(failed)?.get_days().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: i64 = 20_778; // 2026-11-21, a Saturday

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
            assert_eq!(read(time, TODAY).unwrap(), day, "{time}");
        }
        for time in ["", "d", "-1d", "30", "30x", "1.5d", "99999999y", "2026-13-01", "\u{e9}"] {
            assert!(read(time, TODAY).is_err(), "{time}");
        }
        assert_eq!(text(TODAY), "2026-11-21");
    }
}
