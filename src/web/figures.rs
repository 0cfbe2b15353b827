//! Owns the person's own figures as the page draws them: commands a week, services, failures, durations.
//!
//! From everything that was recorded here, sent or not. Decides without I/O once the events are read.

use crate::ledger::{self, Ledger, Line, State};
use crate::paths::Place;
use crate::spool::{self, Spool};
use anyhow::Result;
use onramp_shim::schema::Event;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::SystemTime;

/// How many weeks are drawn.
pub const WEEKS: i64 = 12;
/// How many rows a list has.
const ROWS: usize = 8;

/// What the page draws.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many events there are.
    pub events: usize,
    /// The first day of which there are events: days since 1970-01-01.
    pub since: Option<i64>,
    /// The last weeks, oldest first; the last one is not over.
    pub weeks: Vec<Week>,
    /// The services that were enabled most often, and how often.
    pub services: Vec<(String, u64)>,
    /// The types of failures, most frequent first.
    pub failures: Vec<(String, u64)>,
    /// The commands that were run most often, and how long they take.
    pub durations: Vec<Duration>,
}

/// The commands of a week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Week {
    /// Its Monday: days since 1970-01-01.
    pub monday: i64,
    /// How many commands were run.
    pub commands: u64,
    /// How many of them failed.
    pub failed: u64,
}

/// How long a command takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration {
    /// The command.
    pub command: String,
    /// In the middle, in milliseconds.
    pub median: u64,
    /// 95 of 100 take no longer, in milliseconds.
    pub p95: u64,
}

/// The figures of a place.
///
/// # Errors
/// When the ledger can't be read.
pub fn of(place: &Place, now: SystemTime) -> Result<Figures> {
    let recorded = Ledger::read(place)?.map(|ledger| ledger.events(&State::ALL)).transpose()?.unwrap_or_default();
    let waiting = [Spool::Outgoing.glance(place), Spool::Local.glance(place)];
    let lines = recorded.iter().map(|r| &r.line[..]).chain(waiting.iter().flat_map(|text| spool::lines(text)));
    let mut seen = HashSet::new();
    let lines = lines.filter_map(|bytes| Line::read(bytes).ok()).filter(|line| seen.insert(line.uuid.clone()));
    Ok(from(lines.map(|line| (line.day, line.event)), ledger::day(now)))
}

/// The figures of these events, each with its day.
fn from(events: impl Iterator<Item = (i64, Event)>, today: i64) -> Figures {
    let mut figures = Figures::default();
    let mut weeks: BTreeMap<i64, Week> = (0..WEEKS).map(|n| monday(today) - 7 * n).map(new_week).collect();
    let (mut services, mut failures) = (HashMap::new(), HashMap::new());
    let mut durations: HashMap<String, Vec<u64>> = HashMap::new();
    for (day, event) in events {
        figures.events += 1;
        figures.since = Some(figures.since.map_or(day, |since| since.min(day)));
        match event {
            Event::ServiceEnabled { service, .. } => *services.entry(service.word().to_owned()).or_default() += 1,
            Event::ErrorOccurred { error, .. } => *failures.entry(error.word().to_owned()).or_default() += 1,
            Event::CommandExecuted { command, success, duration } => {
                if let Some(week) = weeks.get_mut(&monday(day)) {
                    week.commands += 1;
                    week.failed += u64::from(!success);
                }
                let (head, tail) = command.word();
                durations.entry(format!("{head}{tail}")).or_default().push(duration.millis());
            }
            _ => {}
        }
    }
    figures.weeks = weeks.into_values().collect();
    figures.services = most(services);
    figures.failures = most(failures);
    let mut durations: Vec<_> = durations.into_iter().collect();
    durations.sort_by(|(a, x), (b, y)| y.len().cmp(&x.len()).then(a.cmp(b)));
    durations.truncate(ROWS);
    figures.durations = durations.into_iter().map(|(command, times)| duration(command, times)).collect();
    figures
}

fn new_week(monday: i64) -> (i64, Week) {
    (monday, Week { monday, ..Week::default() })
}

/// The Monday of a day's week; 1970-01-01 was a Thursday.
const fn monday(day: i64) -> i64 {
    day - (day + 3).rem_euclid(7)
}

fn most(counts: HashMap<String, u64>) -> Vec<(String, u64)> {
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    rows.truncate(ROWS);
    rows
}

/// Median and 95th percentile by the nearest rank: each is a time that was really taken.
fn duration(command: String, mut times: Vec<u64>) -> Duration {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent).div_ceil(100).saturating_sub(1)];
    Duration { command, median: at(50), p95: at(95) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use onramp_shim::catalog::{Command, Service};
    use onramp_shim::schema::{Duration as Millis, ErrorType};

    #[test]
    fn events_become_weeks_lists_and_durations() {
        let today = 20_778; // 2026-11-21, a Saturday
        let ran = |day, success, millis| {
            let duration = Millis::of_millis(millis);
            (day, Event::CommandExecuted { command: Command::make(b"start"), success, duration })
        };
        let mut events: Vec<_> = (1..=20).map(|n| ran(today, true, n)).collect();
        events.push(ran(today - 7, false, 90));
        events.push(ran(today - 400, true, 99));
        let plex = Event::ServiceEnabled { service: Service::named(b"plex"), has_scaffold: false };
        events.push((today, plex));
        let error = ErrorType::ImageUnavailable;
        events.push((today, Event::ErrorOccurred { command: Command::make(b"start"), error }));
        let figures = from(events.into_iter(), today);
        assert_eq!((figures.events, figures.since), (24, Some(today - 400)));
        assert_eq!(figures.weeks.len(), 12);
        assert_eq!(figures.weeks[11], Week { monday: today - 5, commands: 20, failed: 0 });
        assert_eq!(figures.weeks[10], Week { monday: today - 12, commands: 1, failed: 1 });
        assert_eq!(figures.services, [("plex".to_owned(), 1)]);
        assert_eq!(figures.failures, [("image_unavailable".to_owned(), 1)]);
        assert_eq!(figures.durations, [Duration { command: "start".into(), median: 11, p95: 90 }]);
    }
}
