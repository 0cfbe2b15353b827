//! Owns what a reader may ask for: a range of days, one command, one service, a number of users.

use crate::collector::admission;
use crate::collector::calendar::{self, Day, Range};
use onramp_shim::catalog::Service;
use serde::Deserialize;

/// The five questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// How many installs a week?
    Adoption,
    /// Which services?
    Services,
    /// Which commands?
    Commands,
    /// What fails?
    Errors,
    /// How long does it take?
    Durations,
}

impl Question {
    /// Every question with its name in an address.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Adoption, "adoption"),
        (Self::Services, "services"),
        (Self::Commands, "commands"),
        (Self::Errors, "errors"),
        (Self::Durations, "durations"),
    ];

    /// The question of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, n)| *n == name).map(|(question, _)| question)
    }
}

/// What a reader asks for, as it stands in an address. An empty value is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// The first day; else the first that is kept.
    pub from: String,
    /// The last day; else today.
    pub to: String,
    /// Only this command.
    pub command: String,
    /// Only this service.
    pub service: String,
    /// How many people use OnRamp.
    pub users: String,
}

/// What is asked, after the words were understood.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The days.
    pub range: Range,
    /// Only this command.
    pub command: Option<String>,
    /// Only this service.
    pub service: Option<String>,
    /// How many people use OnRamp.
    pub users: Option<u64>,
    /// Services of fewer installs are shown together.
    pub smallest_group: u64,
}

impl Ask {
    /// Understands a filter: without dates it is for all days from `first` to `today`.
    ///
    /// # Errors
    /// What can't be understood.
    pub fn of(filter: &Filter, first: Day, today: Day, smallest_group: u64) -> Result<Self, &'static str> {
        let day = |text: &str, otherwise: Day, why| match text {
            "" => Ok(otherwise),
            text => calendar::parse(text).ok_or(why),
        };
        let word = |text: &str, known: bool, why| match text {
            "" => Ok(None),
            text => known.then(|| Some(text.to_owned())).ok_or(why),
        };
        let is_service = Service::named(filter.service.as_bytes()).word() == filter.service;
        let from = day(&filter.from, first, "from is not a date like 2026-11-21")?.max(first);
        let to = day(&filter.to, today, "to is not a date like 2026-11-21")?.min(today + 1);
        let users = match filter.users.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| "users is not a number")?),
        };
        Ok(Self {
            range: Range { from, to },
            command: word(&filter.command, admission::command(&filter.command).is_some(), "there is no such command")?,
            service: word(&filter.service, is_service, "there is no such service")?,
            users,
            smallest_group,
        })
    }
}
