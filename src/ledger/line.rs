//! Owns the check of a recorded line: whether it is an event of this program, in words of this release, and nothing
//! else. Made airtight by writing the event anew from what was understood and comparing the bytes.

use crate::words::aside as say;
use onramp_shim::catalog::{Command, Override, Service};
use onramp_shim::schema::{Duration, ErrorType, Event, Sink, Stamp, write};
use serde::Deserialize;

/// What the ledger has to know of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The event's own id.
    pub uuid: String,
    /// The anonymous id; none in local mode.
    pub id: Option<String>,
    /// Which of the six events.
    pub event: Event,
    /// The day, UTC: days since 1970-01-01.
    pub day: i64,
}

impl Line {
    /// Reads a line.
    ///
    /// # Errors
    /// Why it is not ours, in a few words.
    pub fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        if bytes.len() > crate::posthog::LONGEST_EVENT {
            return Err(say::LONG);
        }
        let recorded: Recorded<'_> =
            serde_json::from_slice(bytes).map_err(|e| if e.is_data() { say::FOREIGN } else { say::TORN })?;
        let line = Self::understand(&recorded).ok_or(say::FOREIGN)?;
        if line.again(&recorded).is_some_and(|again| again == bytes) { Ok(line) } else { Err(say::MORE) }
    }

    /// Whether it is a `command_executed`, and the word that it is about: service, override or command.
    #[must_use]
    pub fn subject(&self) -> (bool, String) {
        match self.event {
            Event::ServiceEnabled { service, .. } | Event::ServiceDisabled { service } => {
                (false, service.word().into())
            }
            Event::OverrideEnabled { override_ } | Event::OverrideDisabled { override_ } => {
                (false, override_.word().into())
            }
            Event::CommandExecuted { command, .. } => (true, command.to_string()),
            Event::ErrorOccurred { command, .. } => (false, command.to_string()),
        }
    }

    fn understand(recorded: &Recorded<'_>) -> Option<Self> {
        Some(Self {
            uuid: Some(recorded.uuid).filter(|u| u.len() == 36)?.to_owned(),
            id: recorded.distinct_id.map(str::to_owned),
            event: event(recorded.event, &recorded.properties)?,
            day: timestamp(recorded.timestamp)?.0,
        })
    }

    /// The line as this release would have written it; only the version may be that of another release.
    fn again(&self, recorded: &Recorded<'_>) -> Option<Vec<u8>> {
        let (_, micros) = timestamp(recorded.timestamp)?;
        let stamp = Stamp {
            uuid: *uuid::Uuid::parse_str(&self.uuid).ok()?.as_bytes(),
            id: self.id.as_deref().map(|id| id.as_bytes().try_into()).transpose().ok()?,
            day: self.day.try_into().ok()?,
            micros,
        };
        if let Some(id) = &self.id {
            uuid::Uuid::parse_str(id).ok()?;
        }
        let mut bytes = written(self.event, &stamp);
        let version = recorded.properties.version;
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+');
        let tail = format!("\"{}\"}}}}", env!("CARGO_PKG_VERSION"));
        bytes.truncate(bytes.strip_suffix(tail.as_bytes())?.len());
        bytes.extend_from_slice(format!("\"{version}\"}}}}").as_bytes());
        (version.len() <= 32 && version.bytes().all(plain)).then_some(bytes)
    }
}

/// A line, as far as it is looked at. None of our words needs an escape in JSON, so each is lent from the line; what else
/// there is shows when the line is written anew.
#[derive(Deserialize)]
struct Recorded<'a> {
    uuid: &'a str,
    event: &'a str,
    distinct_id: Option<&'a str>,
    timestamp: &'a str,
    #[serde(borrow)]
    properties: Properties<'a>,
}

#[derive(Deserialize)]
struct Properties<'a> {
    service_name: Option<&'a str>,
    override_name: Option<&'a str>,
    command: Option<&'a str>,
    error_type: Option<&'a str>,
    has_scaffold: Option<bool>,
    success: Option<bool>,
    duration_ms: Option<u64>,
    #[serde(rename = "$lib_version")]
    version: &'a str,
}

/// The line of an event, byte for byte as the shim writes it.
#[must_use]
pub fn written(event: Event, stamp: &Stamp<'_>) -> Vec<u8> {
    let mut bytes = Bytes(Vec::new());
    write(event, stamp, &mut bytes);
    bytes.0
}

struct Bytes(Vec<u8>);

impl Sink for Bytes {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

fn event(name: &str, properties: &Properties<'_>) -> Option<Event> {
    let service = || properties.service_name.map(|s| Service::named(s.as_bytes()));
    let override_ = || properties.override_name.map(|s| Override::named(s.as_bytes()));
    let command = || properties.command.map(Command::named);
    Some(match name {
        "service_enabled" => Event::ServiceEnabled { service: service()?, has_scaffold: properties.has_scaffold? },
        "service_disabled" => Event::ServiceDisabled { service: service()? },
        "override_enabled" => Event::OverrideEnabled { override_: override_()? },
        "override_disabled" => Event::OverrideDisabled { override_: override_()? },
        "command_executed" => Event::CommandExecuted {
            command: command()?,
            success: properties.success?,
            duration: Duration::of_millis(properties.duration_ms?),
        },
        "error_occurred" => {
            Event::ErrorOccurred { command: command()?, error: ErrorType::named(properties.error_type?)? }
        }
        _ => return None,
    })
}

/// Days since 1970-01-01 and microseconds into the day.
fn timestamp(text: &str) -> Option<(i64, u64)> {
    let time: jiff::Timestamp = text.parse().ok()?;
    let micros = time.as_microsecond();
    Some((micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000).try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLEX: &str = concat!(
        r#"{"uuid":"ffffffff-ffff-4fff-bfff-ffffffffffff","event":"service_enabled","#,
        r#""distinct_id":"01234567-89ab-4cde-8f01-23456789abcd","timestamp":"2026-11-21T17:04:31.123456Z","#,
        r#""properties":{"service_name":"plex","has_scaffold":true,"$process_person_profile":false,"#,
        r#""$geoip_disable":true,"$ip":"0.0.0.0","$lib":"onramp-analytics","$lib_version":"0.1.0"}}"#
    );

    #[test]
    fn an_event_is_understood() {
        let line = Line::read(PLEX.as_bytes()).unwrap();
        assert_eq!((line.day, line.subject()), (20_778, (false, "plex".into())));
        assert_eq!(line.id.as_deref(), Some("01234567-89ab-4cde-8f01-23456789abcd"));
    }

    #[test]
    fn another_releases_version_is_understood() {
        assert!(Line::read(PLEX.replace("0.1.0", "1.2.3-rc.1").as_bytes()).is_ok());
        assert!(Line::read(PLEX.replace("0.1.0", "secret/path").as_bytes()).is_err());
    }

    #[test]
    fn whatever_is_not_exactly_an_event_is_refused() {
        for (from, to) in [
            ("plex", "my-private-service"),
            ("true,\"$p", "true,\"host\":\"nas\",\"$p"),
            ("false", "\"false\""),
            ("0.0.0.0", "192.168.1.2"),
            ("service_enabled", "service_used"),
            ("\"properties\":", "\"properties\":{},\"properties\":"),
            ("17:04:31.123456Z", "17:04:31.123456+01:00"),
            ("01234567-89ab", "01234567x89ab"),
            ("01234567-89ab-4cde-8f01-23456789abcd", "my-host"),
            ("{\"uuid", " {\"uuid"),
            ("ffffffff-ffff-4", "ffffffff-ffff-1"),
            ("}}", "}"),
        ] {
            let line = PLEX.replacen(from, to, 1);
            assert_ne!(line, PLEX);
            assert!(Line::read(line.as_bytes()).is_err(), "{line}");
        }
        assert!(Line::read(&PLEX.as_bytes()[..200]).is_err());
        assert!(Line::read(b"\xff\xfe").is_err());
        assert!(Line::read(&[b'['; 40_000]).is_err());
    }
}
