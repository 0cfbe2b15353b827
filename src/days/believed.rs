//! Owns by which day events age, for the collector and for a person's own history, since a clock can be years ahead.

use super::Day;

/// How many days the clock is believed to go from one day to the next, either way. What is deleted is gone for good: a
/// clock that leaps ahead, by a dead battery or a slip of the hand, costs the oldest month and not the whole year, and
/// another one each day. Who was off for long catches up within as many days as it was off months.
pub const STRIDE: i64 = 30;

/// What the clock said, and what was believed of it, when something aged last.
#[derive(Clone, Copy, Debug)]
pub struct Last {
    /// Which day it was by the clock.
    pub clock: Day,
    /// Which day it was believed to be.
    pub believed: Day,
}

/// Which day events age by, where the clock says `today`. A clock that went on by no more than `leap` days is believed at
/// once.
#[must_use]
pub fn believed(today: Day, last: Option<Last>, leap: i64) -> Day {
    match last {
        // However often it is started on one day.
        Some(last) if today == last.clock => last.believed,
        Some(last) if (0..=leap).contains(&(today - last.believed)) => today,
        Some(last) => today.clamp(last.believed - STRIDE, last.believed + STRIDE),
        None => today,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Day = 20_000;

    #[test]
    fn a_clock_that_leaps_ahead_is_believed_a_month_a_day() {
        let mut last = None;
        let mut at = |today: Day| {
            let believed = believed(today, last, STRIDE);
            last = Some(Last { clock: today, believed });
            believed - TODAY
        };
        assert_eq!([0, 1, 2, 7, 36].map(|day| at(TODAY + day)), [0, 1, 2, 7, 36], "off for a month is nothing");
        assert_eq!([4_000, 4_000, 4_001, 4_002].map(|day| at(TODAY + day)), [66, 66, 96, 126]);
        assert_eq!([37, 38, 39, 40].map(|day| at(TODAY + day)), [96, 66, 39, 40], "set right again");
        assert_eq!([130, 131, 132, 133].map(|day| at(TODAY + day)), [70, 100, 130, 133], "off for three months");
        assert_eq!([-TODAY, 134, 135].map(|day| at(TODAY + day)), [103, 133, 135], "not set yet when it was started");
    }

    #[test]
    fn a_leap_that_may_be_a_rest_is_believed_at_once() {
        let last = Some(Last { clock: TODAY, believed: TODAY });
        assert_eq!([0, 91, 500, 501].map(|day| believed(TODAY + day, last, 500) - TODAY), [0, 91, 500, 30]);
        assert_eq!(believed(TODAY - 91, last, 500), TODAY - 30);
    }
}
