//! Owns what a server's answer means for the events of a request; docs/delivery.md has the table.
//!
//! Refuses to wait or to send: it only judges.

use crate::words::{answer as say, fill};
use std::time::{Duration, SystemTime};

/// The longest that a `Retry-After` is followed.
pub const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// What came back for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A whole HTTP response.
    Response {
        /// The status code.
        status: u16,
        /// Whether the content type is JSON's: what is not JSON is not PostHog.
        json: bool,
        /// How long the server asked to wait.
        retry_after: Option<Duration>,
    },
    /// No whole response: refused, reset, timed out, cut off, not trusted.
    Nothing {
        /// In words for a person.
        why: String,
        /// Whether some of the request may have left this machine.
        left: bool,
    },
}

/// What to do with the events of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They arrived.
    Acknowledged,
    /// Keep them and try later, not before this time has passed.
    Later(Duration),
    /// Too many at once: halve the batch; a single one is set aside.
    TooLarge,
    /// One of them is wrong: bisect; a single one is set aside.
    Rejected,
    /// This configuration can't work: keep them until it changes or a day has passed.
    Hopeless,
}

impl Answer {
    /// What this answer asks for.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let Self::Response { status, json, retry_after } = *self else { return Verdict::Later(Duration::ZERO) };
        match status {
            200..=299 if json => Verdict::Acknowledged,
            // A captive portal, or a web server that is not PostHog.
            200..=299 => Verdict::Later(Duration::ZERO),
            408 | 429 | 500 | 502 | 503 | 504 => Verdict::Later(retry_after.unwrap_or_default().min(LONGEST_WAIT)),
            413 => Verdict::TooLarge,
            400 => Verdict::Rejected,
            _ if is_hopeless(status) => Verdict::Hopeless,
            _ => Verdict::Later(Duration::ZERO),
        }
    }

    /// The status code, if a whole response came.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Response { status, .. } => Some(*status),
            Self::Nothing { .. } => None,
        }
    }

    /// The answer in words for a person.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Nothing { why, .. } => why.clone(),
            Self::Response { status, json: false, .. } if (200..300).contains(status) => {
                fill(say::NOT_POSTHOG, &[("status", &status.to_string())])
            }
            Self::Response { status, .. } => match meaning(*status) {
                "" => status.to_string(),
                meaning => format!("{status}, {meaning}"),
            },
        }
    }
}

const fn meaning(status: u16) -> &'static str {
    match status {
        200..=299 => say::ACCEPTED,
        300..=399 => say::REDIRECT,
        400 => say::NOT_UNDERSTOOD,
        401 | 403 => say::KEY,
        402 => say::QUOTA,
        404 | 405 => say::NO_POSTHOG,
        408 | 504 => say::TOO_LONG,
        413 => say::TOO_LARGE,
        415 => say::FORM,
        429 => say::WAIT,
        500..=599 => say::TROUBLE,
        _ => "",
    }
}

/// Whether a status says that this configuration can't work.
#[must_use]
pub const fn is_hopeless(status: u16) -> bool {
    matches!(status, 300..=499) && !matches!(status, 400 | 408 | 413 | 429)
}

/// What a person can do about an answer with which this configuration can't work.
#[must_use]
pub const fn remedy(status: u16) -> &'static str {
    match status {
        300..=399 => say::REDIRECT_HELP,
        400 => say::NOT_UNDERSTOOD_HELP,
        401 | 403 => say::KEY_HELP,
        402 => say::QUOTA_HELP,
        404 | 405 => say::NO_POSTHOG_HELP,
        _ => say::OTHER_HELP,
    }
}

/// `Retry-After` as seconds or as an HTTP date (RFC 9110, section 10.2.3); nothing if it is neither.
#[must_use]
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Duration::MAX);
    }
    httpdate::parse_http_date(value).ok().map(|date| date.duration_since(now).unwrap_or_default())
}

/// Whether a content type is JSON's.
#[must_use]
pub fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Answer {
        Answer::Response { status, json: true, retry_after: None }
    }

    #[test]
    fn every_row_of_the_table() {
        for status in [200, 201, 204] {
            assert_eq!(answer(status).verdict(), Verdict::Acknowledged, "{status}");
        }
        for status in [408, 429, 500, 502, 503, 504, 507, 599] {
            assert_eq!(answer(status).verdict(), Verdict::Later(Duration::ZERO), "{status}");
        }
        assert_eq!(answer(413).verdict(), Verdict::TooLarge);
        assert_eq!(answer(400).verdict(), Verdict::Rejected);
        for status in [301, 302, 307, 308, 401, 402, 403, 404, 405, 410, 415, 418, 422, 451] {
            assert_eq!(answer(status).verdict(), Verdict::Hopeless, "{status}");
        }
        assert_eq!(Answer::Nothing { why: "reset".into(), left: true }.verdict(), Verdict::Later(Duration::ZERO));
        let portal = Answer::Response { status: 200, json: false, retry_after: None };
        assert_eq!(portal.verdict(), Verdict::Later(Duration::ZERO));
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_has_a_ceiling() {
        let now = httpdate::parse_http_date("Sat, 21 Nov 2026 17:00:00 GMT").unwrap();
        assert_eq!(retry_after(" 120 ", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sat, 21 Nov 2026 17:02:00 GMT", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sat, 21 Nov 2026 16:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
        let long = retry_after("99999999999999999999999", now);
        assert_eq!(
            Answer::Response { status: 429, json: true, retry_after: long }.verdict(),
            Verdict::Later(LONGEST_WAIT)
        );
    }

    #[test]
    fn json_is_told_from_a_portal() {
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"] {
            assert!(is_json(kind), "{kind}");
        }
        for kind in ["text/html", "", "text/json-ish", "application/jsonp"] {
            assert!(!is_json(kind), "{kind}");
        }
    }
}
