//! Owns the decision whether an event is stored: it is one of the schema, word for word, and carries nothing else.
//!
//! Decides without I/O. What is not admitted is counted by its [`Reason`] and forgotten; its content is kept nowhere.

mod properties;
mod reason;
mod version;

pub use reason::Reason;
pub use version::Version;

use crate::collector::calendar::{DAY, Day};
use crate::collector::wire::Incoming;
use onramp_shim::catalog::Command;
use onramp_shim::schema::Event;
use properties::Properties;
use uuid::Uuid;

/// An event that may be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Its own random id.
    pub uuid: Uuid,
    /// The anonymous id of the install.
    pub install: Uuid,
    /// Microseconds since 1970-01-01, UTC. Only the date is true.
    pub at: i64,
    /// The release that made it.
    pub version: Version,
    /// What happened.
    pub event: Event,
}

impl Admitted {
    /// The day that it happened on.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.at.div_euclid(DAY)
    }
}

/// The days that an event can have happened on.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The first day that is kept.
    pub first: Day,
    /// The last day: tomorrow, since clocks differ.
    pub last: Day,
}

impl Window {
    /// The window of a collector that keeps `keep_days` days.
    #[must_use]
    pub const fn of(today: Day, keep_days: i64) -> Self {
        Self { first: today - keep_days + 1, ..Self::until(today) }
    }

    /// The window of a collector that is running: which days are kept its database knows better than the clock.
    #[must_use]
    pub const fn until(today: Day) -> Self {
        Self { first: Day::MIN, last: today + 1 }
    }
}

/// Judges one event.
///
/// # Errors
/// Why it is not stored.
pub fn judge(incoming: &Incoming<'_>, window: Window) -> Result<Admitted, Reason> {
    let uuid = incoming.uuid.ok_or(Reason::NoUuid)?;
    let install = incoming.distinct_id.as_deref().and_then(own_id).ok_or(Reason::ForeignId)?;
    let at = incoming.timestamp.as_deref().and_then(|t| t.parse::<jiff::Timestamp>().ok()).ok_or(Reason::Clock)?;
    let at = at.as_microsecond();
    let day = at.div_euclid(DAY);
    if day < window.first || day > window.last {
        return Err(Reason::Clock);
    }
    let mut properties = Properties::of(incoming);
    let version = properties.fixed()?;
    let event = properties.event(&incoming.name)?;
    properties.nothing_else()?;
    Ok(Admitted { uuid, install, at, version, event })
}

/// An id in the one form that `enable` writes it in.
fn own_id(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then_some(id)
}

/// The command of that word, if the schema has it.
#[must_use]
pub fn command(word: &str) -> Option<Command> {
    let command = Command::named(word);
    let (head, tail) = command.word();
    (word.strip_prefix(head) == Some(tail)).then_some(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::{calendar, wire};
    use onramp_shim::catalog::{Override, Service};
    use onramp_shim::schema::{Duration, ErrorType, Stamp};

    const FIXED_JSON: &str = concat!(
        r#""$process_person_profile":false,"$geoip_disable":true,"$ip":"0.0.0.0","$lib":"onramp-analytics","#,
        r#""$lib_version":"1.2.3""#
    );

    fn window() -> Window {
        Window::of(calendar::parse("2026-11-21").unwrap(), 365)
    }

    /// The event `name` with these properties beside the fixed ones, after `edit`.
    fn judged(name: &str, properties: &str, edit: impl Fn(String) -> String) -> Result<Admitted, Reason> {
        let event = format!(
            concat!(
                r#"{{"api_key":"k","uuid":"11111111-1111-4111-8111-111111111111","event":"{}","#,
                r#""distinct_id":"01234567-89ab-4cde-8f01-23456789abcd","timestamp":"2026-11-21T17:04:31.123456Z","#,
                r#""properties":{{{}{}}}}}"#
            ),
            name, properties, FIXED_JSON
        );
        let text = edit(event);
        let mut judged = None;
        wire::read(text.as_bytes(), |event| judged = Some(judge(&event, window())))
            .unwrap_or_else(|e| panic!("{e:?}: {text}"));
        judged.unwrap()
    }

    #[test]
    fn every_event_that_the_shim_writes_is_admitted_as_it_is() {
        let command = Command::compose(b"up");
        let all = [
            Event::ServiceEnabled { service: Service::named(b"plex"), has_scaffold: false },
            Event::ServiceDisabled { service: Service::named(b"of nobody's business") },
            Event::OverrideEnabled { override_: Override::named(b"plex-nfs") },
            Event::OverrideDisabled { override_: Override::named(b"x") },
            Event::CommandExecuted { command, success: true, duration: Duration::of_millis(2517) },
            Event::ErrorOccurred { command: Command::make(b"x"), error: ErrorType::ImageUnavailable },
        ];
        for event in all {
            let id = b"01234567-89ab-4cde-8f01-23456789abcd";
            let stamp = Stamp { uuid: [7; 16], id: Some(id), day: 20_778, micros: 61_471_123_456 };
            let body = [&b"{\"api_key\":\"k\",\"batch\":["[..], &crate::ledger::written(event, &stamp), b"]}"].concat();
            let mut admitted = None;
            wire::read(&body, |event| admitted = judge(&event, window()).ok()).unwrap();
            let admitted = admitted.unwrap();
            assert_eq!(admitted.event, event);
            assert_eq!((admitted.day(), admitted.at % DAY), (20_778, 61_471_123_456));
            assert_eq!(admitted.version.to_string(), env!("CARGO_PKG_VERSION"));
            assert_eq!(admitted.install.to_string().as_bytes(), id);
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        use Reason::*;
        let plex = r#""service_name":"plex","has_scaffold":true,"#;
        let run = r#""command":"start","success":true,"duration_ms":1200,"#;
        let edits: [(&str, &str, &str, &str, Reason); 26] = [
            ("service_enabled", plex, r#""uuid":"11111111-1111-4111-8111-111111111111","#, "", NoUuid),
            ("service_enabled", plex, "01234567-89ab-4cde-8f01-23456789abcd", "me@example.org", ForeignId),
            ("service_enabled", plex, "01234567-89ab-4cde-8f01-23456789abcd", &"A".repeat(36), ForeignId),
            ("service_enabled", plex, "89ab-4cde", "89AB-4CDE", ForeignId),
            ("service_enabled", plex, "2026-11-21T", "2026-11-23T", Clock),
            ("service_enabled", plex, "2026-11-21T", "2025-11-21T", Clock),
            ("service_enabled", plex, "2026-11-21T", "0026-11-21T", Clock),
            ("service_enabled", plex, "2026-11-21T17:04:31.123456Z", "yesterday", Clock),
            ("service_enabled", plex, "service_enabled", "Service_Enabled", UnknownEvent),
            ("service_enabled", plex, "service_enabled", "$pageview", UnknownEvent),
            ("service_enabled", plex, "\"properties\"", "\"extra\":1,\"properties\"", OtherProperties),
            ("service_enabled", plex, "\"properties\"", "\"$set\":{},\"properties\"", OtherProperties),
            ("service_enabled", plex, r#""$ip":"0.0.0.0""#, r#""$ip":"203.0.113.7""#, OtherProperties),
            ("service_enabled", plex, r#""$ip":"0.0.0.0","#, "", OtherProperties),
            ("service_enabled", plex, ":false", ":\"false\"", OtherProperties),
            ("service_enabled", plex, "1.2.3", "my secret", OtherProperties),
            ("service_enabled", plex, "1.2.3", "01.2.3", OtherProperties),
            ("service_enabled", plex, "onramp-analytics", "posthog-python", OtherProperties),
            ("service_enabled", plex, "\"has_scaffold\":true", "\"has_scaffold\":true,\"os\":\"x\"", OtherProperties),
            ("service_enabled", plex, ",\"has_scaffold\":true", "", OtherProperties),
            ("service_enabled", plex, "\"plex\"", "\"my-secret-app\"", UnknownWord),
            ("service_enabled", plex, "\"plex\"", "7", UnknownWord),
            ("command_executed", run, "1200", "1234", UnknownWord),
            ("command_executed", run, "1200", "-1", UnknownWord),
            ("command_executed", run, "1200", "99000000000", UnknownWord),
            ("command_executed", run, "\"start\"", "\"compose frobnicate\"", UnknownWord),
        ];
        for (name, properties, from, to, reason) in edits {
            assert!(judged(name, properties, |e| e).is_ok(), "{name} as it is");
            assert_eq!(judged(name, properties, |e| e.replace(from, to)), Err(reason), "{from} -> {to}");
        }
        let twice = r#""service_name":"plex","service_name":"my-secret-app","has_scaffold":true,"#;
        assert_eq!(judged("service_enabled", twice, |e| e), Err(OtherProperties));
    }

    #[test]
    fn a_timestamp_counts_by_its_day_in_utc() {
        let plex = r#""service_name":"plex","has_scaffold":true,"#;
        let at = |text: &str| {
            judged("service_enabled", plex, |e| e.replace("2026-11-21T17:04:31.123456Z", text))
                .map(|admitted| calendar::text(admitted.day()))
        };
        assert_eq!(at("2026-11-21T23:30:00-05:00").as_deref(), Ok("2026-11-22"));
        assert_eq!(at("2026-11-21T00:00:00+00:00").as_deref(), Ok("2026-11-21"));
        assert_eq!(at("2025-11-22T00:00:00Z").as_deref(), Ok("2025-11-22"));
    }
}
