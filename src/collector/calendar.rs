//! Owns the stretches of days that the collector counts by: days, months, weeks, and ranges of them.

pub use crate::days::{Day, monday, parse, text, today};

use crate::days::{date, of_date};
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::ops::RangeInclusive;

/// Microseconds in a day.
pub const DAY: i64 = 86_400_000_000;

/// A stretch of time that is counted as one: a day, or a whole month. As a number it is the day itself, or
/// [`Period::MONTHS`] and the months since year 0, so that both kinds stand in one table.
pub struct Period;

impl Period {
    /// Where months begin; no day that an event can have comes near it.
    pub const MONTHS: i64 = 1_000_000;

    /// The period of that day's month.
    #[must_use]
    pub fn month(day: Day) -> i64 {
        let date = date(day);
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
        let first = date(self.from);
        let whole_from = if first.day() == 1 { self.from } else { of_date(next_month(first)) };
        let after = self.to + 1;
        let whole_to = of_date(date(after).first_of_month());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Day {
        parse(text).unwrap()
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
