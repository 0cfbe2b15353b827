//! Owns PostHog's wire format (v0, `/batch/`): the body of a request, its limits, and what its answers mean.
//!
//! Where requests go and with which key is `endpoint`; what an answer asks for is `answer`. Refuses to open a socket.

pub mod answer;
pub mod endpoint;
pub mod host;

pub use answer::{Answer, Verdict};
pub use endpoint::{Endpoint, Level, Trouble};

use std::io::Write as _;

/// The longest event that is sent, in bytes. PostHog takes about 1 MB; ours have some 400 bytes.
pub const LONGEST_EVENT: usize = 32 * 1024;
/// The longest body that is sent, in bytes before compression. PostHog takes 20 MiB.
pub const LONGEST_BODY: usize = 512 * 1024;
/// Bodies longer than this are compressed, in bytes.
pub const COMPRESSED_ABOVE: usize = 1024;

/// The body of a request: the very bytes of the events, between brackets. There is no `sent_at`: it would move the
/// stored timestamp at each attempt and break deduplication.
#[must_use]
pub fn body(key: &str, lines: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut body = head(key);
    for (i, line) in lines.iter().enumerate() {
        if i > 0 {
            body.push(b',');
        }
        body.extend_from_slice(line.as_ref());
    }
    body.extend_from_slice(b"]}");
    body
}

/// How many of these events, given their lengths in bytes, fit into one body; at least one.
#[must_use]
pub fn fitting(key: &str, lengths: impl IntoIterator<Item = usize>) -> usize {
    let mut room = LONGEST_BODY.saturating_sub(head(key).len() + 2);
    let fits = |length: usize| {
        let left = room.checked_sub(length + 1);
        room = left.unwrap_or(0);
        left.is_some()
    };
    lengths.into_iter().map(fits).take_while(|fits| *fits).count().max(1)
}

/// The body as it goes over the wire, and whether that is gzip.
#[must_use]
pub fn packed(body: &[u8]) -> (Vec<u8>, bool) {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let small = body.len() <= COMPRESSED_ABOVE;
    match (small, gzip.write_all(body).and_then(|()| gzip.finish())) {
        (false, Ok(packed)) => (packed, true),
        _ => (body.to_vec(), false),
    }
}

/// The body again, from what went over the wire.
#[must_use]
pub fn unpacked(wire: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut gzip = flate2::read::GzDecoder::new(wire);
    if wire.starts_with(&[0x1f, 0x8b]) && std::io::Read::read_to_end(&mut gzip, &mut body).is_ok() {
        return body;
    }
    wire.to_vec()
}

fn head(key: &str) -> Vec<u8> {
    format!("{{\"api_key\":{},\"batch\":[", serde_json::Value::from(key)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_events_bytes_between_brackets() {
        let body = body("phc_x", &["{\"a\": 1}", "{}"]);
        assert_eq!(String::from_utf8(body).unwrap(), "{\"api_key\":\"phc_x\",\"batch\":[{\"a\": 1},{}]}");
    }

    #[test]
    fn a_body_stays_within_its_limit() {
        let line = vec![b'x'; 1000];
        let n = fitting("phc_x", std::iter::repeat_n(line.len(), 10_000));
        let whole = body("phc_x", &vec![&line; n]);
        assert!(whole.len() <= LONGEST_BODY && whole.len() + line.len() + 1 > LONGEST_BODY, "{n}: {}", whole.len());
        assert_eq!(fitting("phc_x", [LONGEST_BODY * 2, 1]), 1);
    }

    #[test]
    fn what_is_packed_can_be_unpacked_and_small_bodies_stay_plain() {
        let (wire, gzip) = packed(&[b'x'; 1024]);
        assert!(!gzip && unpacked(&wire) == [b'x'; 1024]);
        let (wire, gzip) = packed(&[b'x'; 1025]);
        assert!(gzip && wire.len() < 100 && unpacked(&wire) == [b'x'; 1025]);
    }
}
