//! Owns reading a request's body the way PostHog's capture service reads it (v0): gzip, the forms of a batch, the key.
//!
//! Refuses to know the schema: what is well formed but none of our business is [`crate::collector::admission`]'s to
//! refuse. Nothing that a body holds is kept but what an event of ours can have, so a large body stays small in memory.

mod event;
pub mod form;
mod request;
mod value;

pub use event::Incoming;
pub use value::Scalar;

use axum::http::StatusCode;
use flate2::read::MultiGzDecoder;
use std::borrow::Cow;
use std::io::Read as _;

/// The largest body, before and after decompression.
pub const LARGEST_BODY: usize = 20 * 1024 * 1024;
/// The largest event.
pub const LARGEST_EVENT: usize = 1_000_000;

/// Why a body was not taken; nothing of it is stored. The words are PostHog's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The gzip data is broken.
    Gzip,
    /// It is no JSON, or not of a form that PostHog takes.
    Json,
    /// It holds no event.
    Empty,
    /// An event has no name.
    NoName,
    /// An event has no distinct id.
    NoDistinctId,
    /// There is no key.
    NoKey,
    /// Two events name different keys.
    TwoKeys,
    /// The key can't be one, or is a personal one.
    BadKey,
    /// The body or an event is too large.
    TooLarge,
}

impl Malformed {
    /// The status that PostHog answers with.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoKey | Self::TwoKeys | Self::BadKey => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// What the answer says; never a piece of the body.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Gzip => "failed to decode request: invalid gzip data",
            Self::Json => "failed to parse request",
            Self::Empty => "request holds no event",
            Self::NoName => "event submitted with an empty event name",
            Self::NoDistinctId => "event submitted without a distinct_id",
            Self::NoKey => "event submitted without an api_key",
            Self::TwoKeys => "batch submitted with inconsistent api_key values",
            Self::BadKey => "API key is not valid",
            Self::TooLarge => "maximum event size exceeded",
        }
    }
}

/// The body as it was before compression: gzip is told by its first bytes, or because the request says so.
///
/// # Errors
/// When the gzip data is broken, or larger than [`LARGEST_BODY`] once unpacked.
pub fn unpack(body: &[u8], said_gzip: bool) -> Result<Cow<'_, [u8]>, Malformed> {
    const MAGIC: &[u8] = &[0x1f, 0x8b, 8];
    if body.len() > LARGEST_BODY {
        return Err(Malformed::TooLarge);
    }
    if !said_gzip && !body.starts_with(MAGIC) {
        return Ok(Cow::Borrowed(body));
    }
    let mut plain = Vec::new();
    let limit = LARGEST_BODY as u64 + 1;
    MultiGzDecoder::new(body).take(limit).read_to_end(&mut plain).map_err(|_| Malformed::Gzip)?;
    if plain.len() > LARGEST_BODY { Err(Malformed::TooLarge) } else { Ok(Cow::Owned(plain)) }
}

/// Hands over the events of an unpacked body: a batch, an array, or a single event. What was handed over counts only
/// if all of it is well formed.
///
/// # Errors
/// When any of it is malformed: one bad event refuses the whole batch.
pub fn read<'a>(body: &'a [u8], mut take: impl FnMut(Incoming<'a>)) -> Result<(), Malformed> {
    let envelope = request::read(body, &mut take).map_err(|_| Malformed::Json)?;
    if envelope.events == 0 {
        return Err(Malformed::Empty);
    }
    if body.len() > LARGEST_EVENT && request::largest(body) > LARGEST_EVENT {
        return Err(Malformed::TooLarge);
    }
    let key = match (&envelope.key, &envelope.event_key) {
        (Some(key), _) => key,
        (None, None) => return Err(Malformed::NoKey),
        (None, Some(_)) if envelope.two_keys => return Err(Malformed::TwoKeys),
        (None, Some(key)) => key,
    };
    let key = key.trim();
    let possible =
        !key.is_empty() && key.len() <= 64 && key.is_ascii() && !key.starts_with("phx_") && !key.contains('\0');
    if !possible {
        Err(Malformed::BadKey)
    } else if envelope.no_name {
        Err(Malformed::NoName)
    } else if envelope.no_distinct_id {
        Err(Malformed::NoDistinctId)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const EVENT: &str = r#"{"event":"e","distinct_id":"d"}"#;

    fn count(body: &str) -> Result<usize, Malformed> {
        let mut events = 0;
        read(body.as_bytes(), |_| events += 1).map(|()| events)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_form_of_a_batch_is_read() {
        assert_eq!(count(&format!(r#"{{"api_key":"k","batch":[{EVENT},{EVENT}]}}"#)), Ok(2));
        assert_eq!(count(&format!(r#"{{"batch":[{EVENT}],"token":"k","sent_at":"x"}}"#)), Ok(1));
        assert_eq!(count(r#"{"event":"e","distinct_id":"d","api_key":"k"}"#), Ok(1));
        assert_eq!(count(r#"{"event":"e","properties":{"distinct_id":"d","token":"k"}}"#), Ok(1));
        assert_eq!(count(r#"[{"event":"e","$distinct_id":7,"$token":"k"},{"event":"f","distinct_id":"d"}]"#), Ok(2));
    }

    #[test]
    fn what_posthog_refuses_is_refused_with_its_status() {
        use Malformed::*;
        let one = |event: &str| format!(r#"{{"api_key":"k","batch":[{EVENT},{event}]}}"#);
        let cases = [
            (String::new(), Json, 400),
            ("{".into(), Json, 400),
            ("7".into(), Json, 400),
            ("{}".into(), Json, 400),
            ("[]".into(), Empty, 400),
            (r#"{"api_key":"k","batch":[]}"#.into(), Empty, 400),
            (r#"{"api_key":"k","batch":{}}"#.into(), Json, 400),
            (one("7"), Json, 400),
            (one(r#"{"distinct_id":"d"}"#), Json, 400),
            (one(r#"{"event":7,"distinct_id":"d"}"#), Json, 400),
            (one(r#"{"event":"","distinct_id":"d"}"#), NoName, 400),
            (one(r#"{"event":"e"}"#), NoDistinctId, 400),
            (one(r#"{"event":"e","distinct_id":""}"#), NoDistinctId, 400),
            (one(r#"{"event":"e","distinct_id":null}"#), NoDistinctId, 400),
            (one(r#"{"event":"e","distinct_id":"d","uuid":"x"}"#), Json, 400),
            (one(r#"{"event":"e","distinct_id":"d","properties":[]}"#), Json, 400),
            (one(r#"{"event":"e","distinct_id":"d","timestamp":7}"#), Json, 400),
            (one(r#"{"event":"e","event":"e","distinct_id":"d"}"#), Json, 400),
            (format!(r#"{{"batch":[{EVENT}]}}"#), NoKey, 401),
            (r#"[{"event":"e","distinct_id":"d","token":"k"},{"event":"e","token":"l"}]"#.into(), TwoKeys, 401),
            (format!(r#"{{"api_key":"phx_1","batch":[{EVENT}]}}"#), BadKey, 401),
            (format!(r#"{{"api_key":" ","batch":[{EVENT}]}}"#), BadKey, 401),
            (format!(r#"{{"api_key":"{}","batch":[{EVENT}]}}"#, "k".repeat(65)), BadKey, 401),
            (format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000)), Json, 400),
            (one(&format!(r#"{{"event":"e","distinct_id":"d","x":"{}"}}"#, "x".repeat(LARGEST_EVENT))), TooLarge, 413),
        ];
        for (body, expected, status) in cases {
            let shown = &body[..body.len().min(100)];
            assert_eq!(count(&body), Err(expected), "{shown}");
            assert_eq!(expected.status().as_u16(), status, "{shown}");
        }
    }

    #[test]
    fn gzip_is_told_by_its_first_bytes_and_never_unpacked_beyond_the_limit() {
        assert_eq!(unpack(&gzip(b"{}"), false).unwrap().as_ref(), b"{}");
        assert_eq!(unpack(b"{}", false).unwrap().as_ref(), b"{}");
        assert_eq!(unpack(b"{}", true), Err(Malformed::Gzip));
        assert_eq!(unpack(&gzip(b"{}")[..12], false), Err(Malformed::Gzip));
        assert_eq!(unpack(&gzip(&vec![b' '; LARGEST_BODY]), false).unwrap().len(), LARGEST_BODY);
        assert_eq!(unpack(&gzip(&vec![b' '; LARGEST_BODY + 1]), false), Err(Malformed::TooLarge));
        assert_eq!(unpack(&vec![b' '; LARGEST_BODY + 1], false), Err(Malformed::TooLarge));
    }
}
