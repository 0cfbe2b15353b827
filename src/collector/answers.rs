//! Owns the five answers: adoption, services, commands, errors, durations. Read from the roll-ups only.
//!
//! Decides nothing about how they look; the page, JSON, CSV and the report all show these.

pub mod csv;
mod filter;
mod read;

pub use filter::{Ask, Filter, Question};
pub use read::answers;

use serde::Serialize;
use std::collections::BTreeMap;

/// All five answers, for one range of days.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answers {
    /// The first day, `2026-11-21`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// How many installs there are.
    pub adoption: Adoption,
    /// Which services people choose.
    pub services: Services,
    /// Which commands people run, most first.
    pub commands: Vec<Command>,
    /// What fails, most first.
    pub errors: Errors,
    /// How long people wait, longest wait in all first.
    pub durations: Vec<Duration>,
    /// What arrived and was not stored, by reason.
    pub refused: BTreeMap<String, u64>,
}

/// Installs that sent anything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Adoption {
    /// In the whole range.
    pub installs: u64,
    /// In each week, oldest first; weeks begin on Monday, and the first and last end where the range does.
    pub weeks: Vec<Week>,
    /// How many people use OnRamp, if the maintainer said so.
    pub users: Option<u64>,
    /// Installs of the last whole week by users.
    pub rate: Option<f64>,
}

/// One week of adoption.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Week {
    /// Its Monday.
    pub week: String,
    /// How many installs sent anything.
    pub installs: u64,
}

/// Services, by the installs that enabled them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Services {
    /// Most installs first.
    pub top: Vec<Service>,
    /// Those of few installs, together.
    pub rare: Rare,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Service {
    /// Its name.
    pub service: String,
    /// How many installs enabled it.
    pub installs: u64,
    /// How often it was enabled.
    pub enabled: u64,
    /// How often it brought a scaffold along.
    pub with_scaffold: u64,
    /// How often it was disabled.
    pub disabled: u64,
}

/// Services that so few installs enabled that they could single one out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rare {
    /// Fewer installs than this have enabled each.
    pub fewer_than: u64,
    /// How many services these are.
    pub services: u64,
    /// How often they were enabled.
    pub enabled: u64,
    /// How often they were disabled.
    pub disabled: u64,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Command {
    /// Its name.
    pub command: String,
    /// How often it ran.
    pub runs: u64,
    /// How often it did not reach what it is for, a person's Ctrl-C among it.
    pub failed: u64,
}

/// What fails.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Errors {
    /// Runs of all commands.
    pub runs: u64,
    /// Errors of all commands.
    pub errors: u64,
    /// Errors by runs.
    pub rate: Option<f64>,
    /// By command and type, most first.
    pub top: Vec<Failure>,
}

/// One command's errors of one type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// The command.
    pub command: String,
    /// Why it failed.
    pub error_type: String,
    /// How often.
    pub errors: u64,
    /// By the command's runs.
    pub rate: Option<f64>,
}

/// How long one command takes; those that wait for Ctrl-C are left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Duration {
    /// The command.
    pub command: String,
    /// How often it ran.
    pub runs: u64,
    /// Milliseconds, of the rounded durations.
    pub mean_ms: f64,
    /// Milliseconds: the run in the middle; of an even number the later of the two.
    pub median_ms: u64,
    /// Milliseconds: 95 of 100 runs took at most about that.
    pub p95_ms: u64,
}
