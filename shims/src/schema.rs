//! Owns the six events: what they are called, what they carry, which values are possible, and their JSON.
//!
//! Made from `schema.toml`. An [`Event`] can't hold free text: every value is a boolean, a rounded duration or a word
//! compiled into the release, so its JSON needs no escaping.

use crate::bytes::hex;
use crate::catalog::{Command, Override, Service};

include!(concat!(env!("OUT_DIR"), "/schema.rs"));

/// An event as schema.toml describes it.
#[derive(Debug)]
#[expect(missing_docs, reason = "schema.toml explains every field, and is what people read")]
pub struct Described {
    pub name: &'static str,
    pub when: &'static str,
    pub why: &'static str,
    pub properties: &'static [Property],
}

/// A property as schema.toml describes it.
#[derive(Debug)]
#[expect(missing_docs, reason = "schema.toml explains every field, and is what people read")]
pub struct Property {
    pub name: &'static str,
    pub values: Values,
    pub means: &'static str,
}

/// Which values a property can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// A word of [`crate::catalog::SERVICES`], or `custom`.
    Service,
    /// A word of [`crate::catalog::OVERRIDES`], or `custom`.
    Override,
    /// A word of [`crate::catalog::TARGETS`], `compose` and a subcommand, or `other`.
    Command,
    /// A word of [`ERROR_TYPES`].
    ErrorType,
    /// `true` or `false`.
    Boolean,
    /// Milliseconds, rounded to two significant digits.
    Duration,
}

impl ErrorType {
    /// The word that is recorded.
    #[must_use]
    pub const fn word(self) -> &'static str {
        ERROR_NAMES[self as usize]
    }

    /// The error type of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        ALL_ERROR_TYPES.into_iter().find(|e| e.word() == word)
    }
}

/// A duration in milliseconds, rounded to two significant digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration(u64);

impl Duration {
    /// Rounds half up: 1,249 becomes 1,200 and 1,250 becomes 1,300.
    #[must_use]
    pub const fn of_millis(millis: u64) -> Self {
        let mut unit = 1;
        while millis / unit >= 100 {
            unit *= 10;
        }
        Self((millis / unit + if millis % unit * 2 >= unit && unit > 1 { 1 } else { 0 }) * unit)
    }

    /// Milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }
}

/// One thing that happened, in words of this release only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "schema.toml explains every field, and is what people read")]
pub enum Event {
    ServiceEnabled { service: Service, has_scaffold: bool },
    ServiceDisabled { service: Service },
    OverrideEnabled { override_: Override },
    OverrideDisabled { override_: Override },
    CommandExecuted { command: Command, success: bool, duration: Duration },
    ErrorOccurred { command: Command, error: ErrorType },
}

impl Event {
    /// Its name, as in schema.toml.
    #[must_use]
    pub const fn name(self) -> &'static str {
        let place = match self {
            Self::ServiceEnabled { .. } => 0,
            Self::ServiceDisabled { .. } => 1,
            Self::OverrideEnabled { .. } => 2,
            Self::OverrideDisabled { .. } => 3,
            Self::CommandExecuted { .. } => 4,
            Self::ErrorOccurred { .. } => 5,
        };
        EVENT_NAMES[place]
    }
}

/// When and by whom an event is said to have happened: everything about it that is not the event itself.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// Sixteen random bytes; made a version 4 UUID when written.
    pub uuid: [u8; 16],
    /// The anonymous id, 36 characters; none in local mode.
    pub id: Option<&'a [u8; 36]>,
    /// Days since 1970-01-01, UTC. The date is true.
    pub day: u64,
    /// Microseconds into the day: random, up to [`Stamp::LATEST`]. The time of day is not the real one.
    pub micros: u64,
}

impl Stamp<'_> {
    /// The first microsecond that is too late: 23:00, since PostHog moves what is more than 23 hours ahead to now.
    pub const LATEST: u64 = 23 * 3_600_000_000;
}

/// Where the bytes of an event go.
pub trait Sink {
    /// Takes some bytes; what does not fit is the sink's to remember.
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for crate::paths::Path<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.add(bytes);
    }
}

/// Writes an event as PostHog's `/batch/` takes it (posthog.md), one object without a newline. These very bytes are
/// stored, shown and sent.
pub fn write(event: Event, stamp: &Stamp<'_>, sink: &mut dyn Sink) {
    sink.put(b"{\"uuid\":\"");
    uuid(stamp.uuid, sink);
    sink.put(b"\",\"event\":\"");
    sink.put(event.name().as_bytes());
    if let Some(id) = stamp.id {
        sink.put(b"\",\"distinct_id\":\"");
        sink.put(id);
    }
    sink.put(b"\",\"timestamp\":\"");
    timestamp(stamp.day, stamp.micros, sink);
    sink.put(b"\",\"properties\":{");
    properties(event, sink);
    sink.put(END.as_bytes());
}

/// The fixed properties, which stand at the end of every event.
const END: &str = concat!(
    "\"$process_person_profile\":false,\"$geoip_disable\":true,\"$ip\":\"0.0.0.0\",",
    "\"$lib\":\"onramp-analytics\",\"$lib_version\":\"",
    env!("CARGO_PKG_VERSION"),
    "\"}}"
);

fn properties(event: Event, sink: &mut dyn Sink) {
    match event {
        Event::ServiceEnabled { service, has_scaffold } => {
            word("\"service_name\":\"", service.word(), sink);
            flag("\"has_scaffold\":", has_scaffold, sink);
        }
        Event::ServiceDisabled { service } => word("\"service_name\":\"", service.word(), sink),
        Event::OverrideEnabled { override_ } | Event::OverrideDisabled { override_ } => {
            word("\"override_name\":\"", override_.word(), sink);
        }
        Event::CommandExecuted { command, success, duration } => {
            command_word(command, sink);
            flag("\"success\":", success, sink);
            sink.put(b"\"duration_ms\":");
            number(duration.millis(), sink);
            sink.put(b",");
        }
        Event::ErrorOccurred { command, error } => {
            command_word(command, sink);
            word("\"error_type\":\"", error.word(), sink);
        }
    }
}

fn command_word(command: Command, sink: &mut dyn Sink) {
    let (head, tail) = command.word();
    sink.put(b"\"command\":\"");
    word(head, tail, sink);
}

/// Writes a word behind what opens it.
fn word(opening: &str, word: &str, sink: &mut dyn Sink) {
    sink.put(opening.as_bytes());
    sink.put(word.as_bytes());
    sink.put(b"\",");
}

fn flag(opening: &str, value: bool, sink: &mut dyn Sink) {
    sink.put(opening.as_bytes());
    sink.put(if value { b"true," } else { b"false," });
}

/// Writes a number in decimal.
pub fn number(value: u64, sink: &mut dyn Sink) {
    let mut text = [0; 20];
    let length = value.checked_ilog10().unwrap_or_default() as usize + 1;
    digits(&mut text[..length], value);
    sink.put(&text[..length]);
}

/// Fills the places of a number with its last digits.
fn digits(places: &mut [u8], mut value: u64) {
    for place in places.iter_mut().rev() {
        *place = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// Writes random bytes as a version 4 UUID (RFC 9562, section 5.4).
pub fn uuid(mut bytes: [u8; 16], sink: &mut dyn Sink) {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let number = u128::from_be_bytes(bytes);
    let [a, b, c, d] = [96, 64, 32, 0].map(|low| hex((number >> low) as u32));
    let mut text = [b'-'; 36];
    text[..8].copy_from_slice(&a);
    text[9..13].copy_from_slice(&b[..4]);
    text[14..18].copy_from_slice(&b[4..]);
    text[19..23].copy_from_slice(&c[..4]);
    text[24..28].copy_from_slice(&c[4..]);
    text[28..].copy_from_slice(&d);
    sink.put(&text);
}

/// Writes `2026-11-21T17:04:31.123456Z`.
fn timestamp(day: u64, micros: u64, sink: &mut dyn Sink) {
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let (year, month, of_month) = date(day);
    let seconds = micros / 1_000_000;
    for (places, value) in [
        (0..4, year),
        (5..7, month),
        (8..10, of_month),
        (11..13, seconds / 3600),
        (14..16, seconds / 60 % 60),
        (17..19, seconds % 60),
        (20..26, micros % 1_000_000),
    ] {
        digits(&mut text[places], value);
    }
    sink.put(&text);
}

/// Year, month and day of a day since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
const fn date(day: u64) -> (u64, u64, u64) {
    let shifted = day + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + (month <= 2) as u64, month, of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Sink for Vec<u8> {
        fn put(&mut self, bytes: &[u8]) {
            self.extend_from_slice(bytes);
        }
    }

    fn json(event: Event) -> String {
        let stamp = Stamp {
            uuid: [0xff; 16],
            id: Some(b"01234567-89ab-4cde-8f01-23456789abcd"),
            day: 20_778,
            micros: 61_471_123_456,
        };
        let mut bytes = Vec::new();
        write(event, &stamp, &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_event_is_written_as_posthog_takes_it() {
        let event = Event::ServiceEnabled { service: Service::named(b"plex"), has_scaffold: true };
        assert_eq!(
            json(event),
            concat!(
                r#"{"uuid":"ffffffff-ffff-4fff-bfff-ffffffffffff","event":"service_enabled","#,
                r#""distinct_id":"01234567-89ab-4cde-8f01-23456789abcd","timestamp":"2026-11-21T17:04:31.123456Z","#,
                r#""properties":{"service_name":"plex","has_scaffold":true,"$process_person_profile":false,"#,
                r#""$geoip_disable":true,"$ip":"0.0.0.0","$lib":"onramp-analytics","$lib_version":"0.1.0"}}"#
            )
        );
    }

    #[test]
    fn every_event_is_json_and_carries_what_schema_toml_lists() {
        let command = Command::compose(b"up");
        let all = [
            Event::ServiceEnabled { service: Service::named(b"x"), has_scaffold: false },
            Event::ServiceDisabled { service: Service::named(b"plex") },
            Event::OverrideEnabled { override_: Override::named(b"plex-nfs") },
            Event::OverrideDisabled { override_: Override::named(b"x") },
            Event::CommandExecuted { command, success: true, duration: Duration::of_millis(2517) },
            Event::ErrorOccurred { command, error: ErrorType::ImageUnavailable },
        ];
        for (event, described) in all.into_iter().zip(&EVENTS) {
            let value: serde_json::Value = serde_json::from_str(&json(event)).unwrap();
            assert_eq!(value["event"], described.name);
            let names: Vec<_> = value["properties"].as_object().unwrap().keys().cloned().collect();
            let mut expected: Vec<_> = described.properties.iter().map(|p| p.name.to_owned()).collect();
            expected.extend(FIXED.iter().map(|(name, _, _)| (*name).to_owned()));
            expected.sort();
            let mut names = names;
            names.sort();
            assert_eq!(names, expected);
        }
    }

    #[test]
    fn durations_keep_two_significant_digits() {
        for (millis, rounded) in
            [(0, 0), (7, 7), (99, 99), (100, 100), (104, 100), (105, 110), (1249, 1200), (1250, 1300), (9999, 10000)]
        {
            assert_eq!(Duration::of_millis(millis).millis(), rounded, "{millis}");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (day, expected) in
            [(0, (1970, 1, 1)), (11_016, (2000, 2, 29)), (19_722, (2023, 12, 31)), (20_778, (2026, 11, 21))]
        {
            assert_eq!(date(day), expected);
        }
    }
}
