//! Owns the daily limit: which events of one date leave, and which stay for the person's own figures.
//!
//! Refuses I/O: it is given what waits and what left already.

use std::collections::HashMap;

/// How many events of one date leave an install at most.
pub const EVENTS_A_DATE: u64 = 200;
/// How many `command_executed` of one date and one command leave at most.
pub const RUNS_A_COMMAND: u64 = 20;

/// An event that waits, as far as the limit goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its number in the ledger.
    pub n: i64,
    /// Its day.
    pub day: i64,
    /// The command, if it is a `command_executed`.
    pub command: Option<String>,
    /// The bytes of its line.
    pub length: usize,
}

/// What left already, by day.
#[derive(Clone, Debug, Default)]
pub struct Left {
    days: HashMap<i64, u64>,
    runs: HashMap<(i64, String), u64>,
}

impl Left {
    /// Adds what the ledger counted: `command` is empty for events that are no `command_executed`.
    pub fn add(&mut self, day: i64, command: &str, n: u64) {
        *self.days.entry(day).or_default() += n;
        if !command.is_empty() {
            *self.runs.entry((day, command.to_owned())).or_default() += n;
        }
    }
}

/// Those that leave, oldest first, and those that stay. Services, overrides and errors have the first claim on a date.
#[must_use]
pub fn divide(waiting: Vec<Candidate>, mut left: Left) -> (Vec<Candidate>, Vec<Candidate>) {
    let (commands, first): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|c| c.command.is_some());
    let (mut leave, mut stay) = (Vec::new(), Vec::new());
    for candidate in first.into_iter().chain(commands) {
        let date = left.days.entry(candidate.day).or_default();
        let run = candidate.command.clone().map(|c| left.runs.entry((candidate.day, c)).or_default());
        let free = *date < EVENTS_A_DATE && run.as_ref().is_none_or(|runs| **runs < RUNS_A_COMMAND);
        if free {
            *date += 1;
            run.into_iter().for_each(|runs| *runs += 1);
        }
        if free { &mut leave } else { &mut stay }.push(candidate);
    }
    leave.sort_by_key(|c| c.n);
    stay.sort_by_key(|c| c.n);
    (leave, stay)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(n: usize, day: i64, command: Option<&str>) -> Vec<Candidate> {
        vec![Candidate { n: 0, day, command: command.map(Into::into), length: 1 }; n]
    }

    fn numbered(parts: Vec<Vec<Candidate>>) -> Vec<Candidate> {
        (1..).zip(parts.into_iter().flatten()).map(|(n, c)| Candidate { n, ..c }).collect()
    }

    #[test]
    fn twenty_runs_of_a_command_leave() {
        let (leave, stay) =
            divide(numbered(vec![some(25, 1, Some("start")), some(3, 1, Some("down"))]), Left::default());
        assert_eq!((leave.len(), stay.len()), (23, 5));
        assert!(stay.iter().all(|c| (21..=25).contains(&c.n)));
    }

    #[test]
    fn services_overrides_and_errors_go_first() {
        let commands = (0..20).map(|i| some(15, 1, Some(&format!("c{i}")))).collect::<Vec<_>>();
        let mut parts = commands;
        parts.push(some(30, 1, None));
        let (leave, stay) = divide(numbered(parts), Left::default());
        assert_eq!((leave.len(), stay.len()), (200, 130));
        assert_eq!(leave.iter().filter(|c| c.command.is_none()).count(), 30);
        assert!(leave.is_sorted_by_key(|c| c.n));
    }

    #[test]
    fn what_left_before_counts_and_each_date_for_itself() {
        let mut left = Left::default();
        left.add(1, "", 190);
        left.add(1, "start", 5);
        left.add(2, "start", 20);
        let (leave, stay) =
            divide(numbered(vec![some(10, 1, Some("start")), some(10, 2, Some("start")), some(1, 2, None)]), left);
        assert_eq!(leave.iter().map(|c| c.day).collect::<Vec<_>>(), [1, 1, 1, 1, 1, 2]);
        assert_eq!(stay.len(), 15);
    }
}
