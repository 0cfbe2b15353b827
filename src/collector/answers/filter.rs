//! Owns what a reader may ask for: a range of days, one command, one service, a number of users.

use crate::collector::calendar::{self, Day, Range};
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

impl Filter {
    /// The range of days.
    ///
    /// # Errors
    /// The part that is no date.
    pub fn range(&self, first: Day, today: Day) -> Result<Range, &'static str> {
        let day = |text: &str, otherwise: Day, name| match text {
            "" => Ok(otherwise),
            text => calendar::parse(text).ok_or(name),
        };
        let from = day(&self.from, first, "from is not a date like 2026-11-21")?.max(first);
        let to = day(&self.to, today, "to is not a date like 2026-11-21")?.min(today + 1);
        Ok(Range { from, to })
    }

    /// The number of users.
    ///
    /// # Errors
    /// When it is no number.
    pub fn users(&self) -> Result<Option<u64>, &'static str> {
        match self.users.as_str() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| "users is not a number"),
        }
    }
}
