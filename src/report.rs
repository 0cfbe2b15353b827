//! Owns the person's own figures: commands by use, failures by type, durations, services over time. From everything that
//! was recorded here, sent or not, whatever the state is now.
//!
//! Decides without I/O once the events are read; drawing them is `cli/stats.rs` and the page.

use crate::days::monday;
use crate::ledger::{Ledger, Line, State};
use crate::paths::Place;
use crate::spool::{self, Spool};
use anyhow::Result;
use onramp_shim::rules::is_attached;
use onramp_shim::schema::Event;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many events there are.
    pub events: usize,
    /// The first and the last day of which there are events: days since 1970-01-01.
    pub days: Option<(i64, i64)>,
    /// The commands, most used first.
    pub commands: Vec<Use>,
    /// The types of failures, most frequent first.
    pub failures: Vec<Failure>,
    /// The services that were enabled or disabled, latest first.
    pub services: Vec<Service>,
    /// Every week from the first event to today, oldest first; the last one is not over.
    pub weeks: Vec<Week>,
}

/// How a command was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The command.
    pub command: String,
    /// How often it was run.
    pub runs: u64,
    /// How many of these failed.
    pub failed: u64,
    /// How long it takes; nothing for a command that waits for Ctrl-C.
    pub took: Option<Took>,
    /// How often it was run in each week of [`Report::weeks`].
    pub weeks: Vec<u64>,
}

/// How long a command takes, in milliseconds, by the nearest rank: each is a time that was really taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Took {
    /// In the middle.
    pub median: u64,
    /// 95 of 100 take no longer.
    pub p95: u64,
}

/// A type of failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The type.
    pub error: String,
    /// How often.
    pub times: u64,
    /// The commands that failed that way, most frequent first, and how often.
    pub commands: Vec<(String, u64)>,
}

/// What became of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The service.
    pub service: String,
    /// How often it was enabled.
    pub enabled: u64,
    /// How often it was disabled.
    pub disabled: u64,
    /// The day of the last change: days since 1970-01-01.
    pub changed: i64,
    /// Whether the last change enabled it.
    pub is_on: bool,
}

/// A week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Week {
    /// Its Monday: days since 1970-01-01.
    pub monday: i64,
    /// How many commands were run.
    pub commands: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many services more than before the first week are enabled at its end.
    pub services: i64,
}

/// The figures of a place, from a day on.
///
/// # Errors
/// When the ledger can't be read.
pub fn of(place: &Place, since: i64, today: i64) -> Result<Report> {
    let recorded = Ledger::read(place)?.map(|ledger| ledger.events(&State::ALL)).transpose()?.unwrap_or_default();
    // What runs appended since; an intake that is under way may show an event twice.
    let appended = [Spool::Outgoing.glance(place), Spool::Local.glance(place)];
    let kept = recorded.iter().filter(|event| event.day >= since).map(|event| &event.line[..]);
    let lines = kept.chain(appended.iter().flat_map(|text| spool::lines(text)));
    let mut seen = HashSet::new();
    let lines = lines.filter_map(|bytes| Line::read(bytes).ok()).filter(|line| seen.insert(line.uuid.clone()));
    Ok(from(lines.filter(|line| line.day >= since).map(|line| (line.day, line.event)), today))
}

/// The figures of these events, each with its day, in the order in which they were recorded.
pub fn from(events: impl Iterator<Item = (i64, Event)>, today: i64) -> Report {
    let mut heap = Heap::default();
    events.for_each(|(day, event)| heap.add(day, event));
    heap.sorted(today)
}

/// The events while they are sorted.
#[derive(Default)]
struct Heap {
    events: usize,
    days: Option<(i64, i64)>,
    commands: HashMap<String, Runs>,
    failures: HashMap<String, HashMap<String, u64>>,
    services: HashMap<String, Service>,
    weeks: BTreeMap<i64, Week>,
}

#[derive(Default)]
struct Runs {
    failed: u64,
    millis: Vec<u64>,
    weeks: HashMap<i64, u64>,
}

impl Heap {
    fn add(&mut self, day: i64, event: Event) {
        self.events += 1;
        self.days = Some(self.days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
        let week = self.weeks.entry(monday(day)).or_default();
        match event {
            Event::CommandExecuted { command, success, duration } => {
                week.commands += 1;
                week.failed += u64::from(!success);
                let runs = self.commands.entry(command.to_string()).or_default();
                runs.failed += u64::from(!success);
                runs.millis.push(duration.millis());
                *runs.weeks.entry(monday(day)).or_default() += 1;
            }
            Event::ErrorOccurred { command, error } => {
                let commands = self.failures.entry(error.word().to_owned()).or_default();
                *commands.entry(command.to_string()).or_default() += 1;
            }
            Event::ServiceEnabled { service, .. } => {
                week.services += 1;
                self.service(service.word()).turn(day, true);
            }
            Event::ServiceDisabled { service } => {
                week.services -= 1;
                self.service(service.word()).turn(day, false);
            }
            Event::OverrideEnabled { .. } | Event::OverrideDisabled { .. } => {}
        }
    }

    fn service(&mut self, word: &str) -> &mut Service {
        let new = || Service { service: word.to_owned(), enabled: 0, disabled: 0, changed: i64::MIN, is_on: false };
        self.services.entry(word.to_owned()).or_insert_with(new)
    }

    fn sorted(self, today: i64) -> Report {
        let weeks = weeks(&self.weeks, self.days, today);
        let mut commands: Vec<_> =
            self.commands.into_iter().map(|(command, runs)| runs.summed(command, &weeks)).collect();
        commands.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.command.cmp(&b.command)));
        let mut failures: Vec<_> = self.failures.into_iter().map(failure).collect();
        failures.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.error.cmp(&b.error)));
        let mut services: Vec<_> = self.services.into_values().collect();
        services.sort_by(|a, b| b.changed.cmp(&a.changed).then_with(|| a.service.cmp(&b.service)));
        Report { events: self.events, days: self.days, commands, failures, services, weeks }
    }
}

impl Service {
    /// A change. The order within a day is the order in which it was recorded.
    fn turn(&mut self, day: i64, is_on: bool) {
        *(if is_on { &mut self.enabled } else { &mut self.disabled }) += 1;
        if day >= self.changed {
            (self.changed, self.is_on) = (day, is_on);
        }
    }
}

impl Runs {
    fn summed(mut self, command: String, weeks: &[Week]) -> Use {
        self.millis.sort_unstable();
        let rank = |percent: usize| self.millis[(self.millis.len() * percent).div_ceil(100).saturating_sub(1)];
        let took = (!is_attached(&command)).then(|| Took { median: rank(50), p95: rank(95) });
        let weeks = weeks.iter().map(|week| self.weeks.get(&week.monday).copied().unwrap_or_default()).collect();
        Use { runs: self.millis.len() as u64, failed: self.failed, took, weeks, command }
    }
}

fn failure((error, commands): (String, HashMap<String, u64>)) -> Failure {
    let mut commands: Vec<_> = commands.into_iter().collect();
    commands.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    Failure { error, times: commands.iter().map(|(_, n)| n).sum(), commands }
}

/// Every week from the first event's to today's, those without events too, with the services summed up.
fn weeks(found: &BTreeMap<i64, Week>, days: Option<(i64, i64)>, today: i64) -> Vec<Week> {
    let Some((first, last)) = days else { return Vec::new() };
    let mut services = 0;
    let mondays = (monday(first)..=monday(last.max(today))).step_by(7);
    let whole = mondays.map(|monday| {
        let week = found.get(&monday).copied().unwrap_or_default();
        services += week.services;
        Week { monday, services, ..week }
    });
    whole.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use onramp_shim::catalog::{Command, Service as Named};
    use onramp_shim::schema::{Duration, ErrorType};

    const TODAY: i64 = 20_778; // 2026-11-21, a Saturday

    fn ran(command: Command, success: bool, millis: u64) -> Event {
        Event::CommandExecuted { command, success, duration: Duration::of_millis(millis) }
    }

    #[test]
    fn events_become_figures() {
        let (start, up) = (Command::make(b"start"), Command::compose(b"up"));
        let plex = Named::named(b"plex");
        let mut events: Vec<(i64, Event)> = (1..=20).map(|n| (TODAY, ran(start, n != 7, n))).collect();
        events.push((TODAY - 8, ran(up, true, 90)));
        events.push((TODAY, Event::ErrorOccurred { command: start, error: ErrorType::ImageUnavailable }));
        events.push((TODAY - 8, Event::ServiceEnabled { service: plex, has_scaffold: true }));
        events.push((TODAY, Event::ServiceDisabled { service: plex }));
        events.push((TODAY, Event::ServiceEnabled { service: plex, has_scaffold: true }));
        let report = from(events.into_iter(), TODAY);
        assert_eq!((report.events, report.days), (25, Some((TODAY - 8, TODAY))));
        let took = Some(Took { median: 10, p95: 19 });
        assert_eq!(
            report.commands,
            [
                Use { command: "start".into(), runs: 20, failed: 1, took, weeks: vec![0, 20] },
                Use { command: "compose up".into(), runs: 1, failed: 0, took: None, weeks: vec![1, 0] },
            ]
        );
        assert_eq!(
            report.failures,
            [Failure { error: "image_unavailable".into(), times: 1, commands: vec![("start".into(), 1)] }]
        );
        assert_eq!(
            report.services,
            [Service { service: "plex".into(), enabled: 2, disabled: 1, changed: TODAY, is_on: true }]
        );
        assert_eq!(
            report.weeks,
            [
                Week { monday: TODAY - 12, commands: 1, failed: 0, services: 1 },
                Week { monday: TODAY - 5, commands: 20, failed: 1, services: 1 },
            ]
        );
        assert_eq!(from(std::iter::empty(), TODAY), Report::default());
    }

    #[test]
    fn weeks_without_events_are_there_too() {
        let events = [(TODAY - 30, ran(Command::make(b"start"), true, 1))];
        assert_eq!(from(events.into_iter(), TODAY).weeks.len(), 5);
    }
}
