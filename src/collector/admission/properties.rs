//! Owns reading an event's properties into words of this release.

use super::{Reason, Version, command};
use crate::collector::wire::{Incoming, Scalar};
use onramp_shim::catalog::{Command, Override, Service};
use onramp_shim::schema::{Duration, ErrorType, Event, FIXED};

/// The properties of an event, with a count of those that were asked for.
pub struct Properties<'a> {
    of: &'a Incoming<'a>,
    taken: usize,
}

impl<'a> Properties<'a> {
    /// Those of an event; none was asked for yet.
    pub fn of(incoming: &'a Incoming<'a>) -> Self {
        Self { of: incoming, taken: 0 }
    }

    /// Checks that the event carries what was asked for and nothing beside it.
    pub fn nothing_else(&self) -> Result<(), Reason> {
        let else_ = self.of.more || self.taken != self.of.properties.len();
        if else_ { Err(Reason::OtherProperties) } else { Ok(()) }
    }

    fn take(&mut self, name: &str) -> Result<&'a Scalar<'a>, Reason> {
        let found = self.of.properties.iter().find(|(n, _)| n == name).ok_or(Reason::OtherProperties)?;
        self.taken += 1;
        Ok(&found.1)
    }

    fn text(&mut self, name: &str) -> Result<&'a str, Reason> {
        match self.take(name)? {
            Scalar::Text(text) => Ok(text),
            _ => Err(Reason::UnknownWord),
        }
    }

    fn flag(&mut self, name: &str) -> Result<bool, Reason> {
        match self.take(name)? {
            Scalar::Boolean(value) => Ok(*value),
            _ => Err(Reason::UnknownWord),
        }
    }

    /// Checks what every event carries; the answer is the release.
    pub fn fixed(&mut self) -> Result<Version, Reason> {
        let mut version = None;
        for (name, value, _) in &FIXED {
            let right = match (self.take(name)?, *value) {
                (Scalar::Text(text), "the release's version") => {
                    version = Version::parse(text);
                    version.is_some()
                }
                (Scalar::Text(text), value) => value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) == Some(text),
                (Scalar::Boolean(flag), value) => value == if *flag { "true" } else { "false" },
                _ => false,
            };
            if !right {
                return Err(Reason::OtherProperties);
            }
        }
        version.ok_or(Reason::OtherProperties)
    }

    /// The event itself, made of words that this release knows.
    pub fn event(&mut self, name: &str) -> Result<Event, Reason> {
        Ok(match name {
            "service_enabled" => {
                Event::ServiceEnabled { service: self.service()?, has_scaffold: self.flag("has_scaffold")? }
            }
            "service_disabled" => Event::ServiceDisabled { service: self.service()? },
            "override_enabled" => Event::OverrideEnabled { override_: self.override_()? },
            "override_disabled" => Event::OverrideDisabled { override_: self.override_()? },
            "command_executed" => Event::CommandExecuted {
                command: self.command()?,
                success: self.flag("success")?,
                duration: self.duration()?,
            },
            "error_occurred" => {
                let command = self.command()?;
                let error = ErrorType::named(self.text("error_type")?).ok_or(Reason::UnknownWord)?;
                Event::ErrorOccurred { command, error }
            }
            _ => return Err(Reason::UnknownEvent),
        })
    }

    fn service(&mut self) -> Result<Service, Reason> {
        let text = self.text("service_name")?;
        Some(Service::named(text.as_bytes())).filter(|s| s.word() == text).ok_or(Reason::UnknownWord)
    }

    fn override_(&mut self) -> Result<Override, Reason> {
        let text = self.text("override_name")?;
        Some(Override::named(text.as_bytes())).filter(|o| o.word() == text).ok_or(Reason::UnknownWord)
    }

    fn command(&mut self) -> Result<Command, Reason> {
        command(self.text("command")?).ok_or(Reason::UnknownWord)
    }

    fn duration(&mut self) -> Result<Duration, Reason> {
        /// A month; longer is no duration of a command.
        const LONGEST: u64 = 31 * 86_400_000;
        match self.take("duration_ms")? {
            Scalar::Number(millis) => {
                let rounded = Duration::of_millis(*millis);
                let right = rounded.millis() == *millis && *millis <= LONGEST;
                if right { Ok(rounded) } else { Err(Reason::UnknownWord) }
            }
            _ => Err(Reason::UnknownWord),
        }
    }
}
