//! Owns days as the collector counts them: whole days since 1970-01-01 in UTC, weeks from Monday, months.
//!
//! Only the date of an event is true, so nothing here is finer than a day.

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan as _};
use std::ops::RangeInclusive;

/// Microseconds in a day.
pub const DAY: i64 = 86_400_000_000;

/// Days since 1970-01-01.
pub type Day = i64;

const EPOCH: Date = date(1970, 1, 1);

/// Today in UTC.
#[must_use]
pub fn today() -> Day {
    Timestamp::now().as_microsecond().div_euclid(DAY)
}

/// The day that `2026-11-21` names.
#[must_use]
pub fn parse(text: &str) -> Option<Day> {
    text.parse().ok().map(day)
}

/// `2026-11-21`.
#[must_use]
pub fn text(day: Day) -> String {
    civil(day).to_string()
}

/// The Monday of that day's week.
#[must_use]
pub const fn monday(day: Day) -> Day {
    // 1970-01-01 was a Thursday.
    day - (day + 3).rem_euclid(7)
}

/// A stretch of time that is counted as one: a day, or a whole month. As a number it is the day itself, or
/// [`Period::MONTHS`] and the months since year 0, so that both kinds stand in one table.
pub struct Period;

impl Period {
    /// Where months begin; no day that an event can have comes near it.
    pub const MONTHS: i64 = 1_000_000;

    /// The period of that day's month.
    #[must_use]
    pub fn month(day: Day) -> i64 {
        let date = civil(day);
        Self::MONTHS + i64::from(date.year()) * 12 + i64::from(date.month()) - 1
    }

    /// Whether it is a month.
    #[must_use]
    pub const fn is_month(period: i64) -> bool {
        period >= Self::MONTHS
    }
}

/// From one day to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

impl Range {
    /// The same range as periods: single days at its ends, whole months between them, so that a year is some 70
    /// periods instead of 365.
    #[must_use]
    pub fn periods(self) -> Vec<RangeInclusive<i64>> {
        let first = civil(self.from);
        let whole_from = if first.day() == 1 { self.from } else { day(next_month(first)) };
        let after = self.to + 1;
        let whole_to = day(civil(after).first_of_month());
        if whole_from >= whole_to {
            return vec![self.from..=self.to];
        }
        let months = Period::month(whole_from)..=Period::month(whole_to) - 1;
        vec![self.from..=whole_from - 1, months, whole_to..=self.to]
    }

    /// The Mondays of its weeks, oldest first.
    pub fn weeks(self) -> impl Iterator<Item = Day> {
        (monday(self.from)..=self.to).step_by(7)
    }

    /// Whether there is a day in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.from > self.to
    }
}

fn next_month(of: Date) -> Date {
    of.first_of_month().saturating_add(1.month())
}

fn day(of: Date) -> Day {
    i64::from((of - EPOCH).get_days())
}

fn civil(day: Day) -> Date {
    EPOCH.saturating_add(day.clamp(-700_000, 2_932_896).days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Day {
        parse(text).unwrap()
    }

    #[test]
    fn days_and_dates_name_each_other() {
        assert_eq!(at("1970-01-01"), 0);
        assert_eq!(at("2026-11-21"), 20_778);
        assert_eq!(text(20_778), "2026-11-21");
        assert_eq!((at("9999-12-31"), text(at("9999-12-31"))), (2_932_896, "9999-12-31".to_owned()));
        assert_eq!(parse("2026-02-30"), None);
        assert_eq!(text(monday(20_778)), "2026-11-16");
        assert_eq!(monday(at("2026-11-16")), at("2026-11-16"));
        assert_eq!(monday(0), -3);
    }

    #[test]
    fn a_range_covers_each_of_its_days_exactly_once() {
        let (first, last) = (at("2025-12-25"), at("2026-04-05"));
        for from in first..=last {
            for to in from..=last {
                let mut days: Vec<Day> = Vec::new();
                for period in (Range { from, to }).periods().into_iter().flatten() {
                    if Period::is_month(period) {
                        days.extend((first - 60..last + 60).filter(|d| Period::month(*d) == period));
                    } else {
                        days.push(period);
                    }
                }
                assert!(days.iter().copied().eq(from..=to), "{} to {}: {days:?}", text(from), text(to));
            }
        }
    }

    #[test]
    fn a_year_is_few_periods() {
        let year = Range { from: at("2025-11-22"), to: at("2026-11-21") };
        let count: i64 = year.periods().iter().map(|p| (p.end() - p.start() + 1).max(0)).sum();
        assert!(count <= 72, "{count}");
        assert_eq!(year.weeks().count(), 53);
    }
}
