//! The thirty cases that PostHog's own harness tries on a server SDK (PostHog/posthog-sdk-test-harness,
//! contracts/capture_tests.yaml), under their names there.
//!
//! Where an SDK retries within one process, we retry by a later sender: time is the test's own.

use crate::house::{House, ID, command, uuids};
use crate::rhythm::Time;
use crate::server::{Reply, Request, Server};
use onramp_analytics::ledger::State;
use serde_json::Value;
use std::time::Duration;

/// Answers with these codes in turn, then with 200.
fn answering(codes: &'static [u16]) -> Server {
    Server::scripted(move |n, _| Reply::Json(codes.get(n).copied().unwrap_or(200)))
}

/// The first event of what arrived after one flush of this many events.
fn flushed(runs: usize) -> (Vec<Request>, Vec<Vec<u8>>) {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let lines = house.record(runs);
    house.run(&["flush"]).ends(0);
    (server.requests(), lines)
}

fn first_event() -> Value {
    flushed(1).0[0].events()[0].clone()
}

/// Lets days pass, with a run each half hour that wakes the sender if it is time.
fn retried(codes: &'static [u16], runs: usize, hours: u64) -> (House, Vec<Request>, Vec<Duration>) {
    let server = answering(codes);
    let house = House::on(&server.host());
    let time = Time::begin(&house);
    house.record(runs);
    let mut at = Vec::new();
    for _ in 0..hours * 120 {
        let before = server.requests().len();
        time.wake_if_due(&house);
        at.extend(std::iter::repeat_n(time.passed(), server.requests().len() - before));
        time.pass(Duration::from_secs(30));
    }
    (house, server.requests(), at)
}

fn is_sent_in_the_end(codes: &'static [u16], requests: usize) {
    let (house, seen, _) = retried(codes, 1, 3);
    assert_eq!(seen.len(), requests);
    assert_eq!(house.events(&[State::Sent]).len(), 1);
}

fn is_not_retried(code: &'static [u16]) {
    let (_, seen, _) = retried(code, 1, 12);
    assert_eq!(seen.len(), 1);
}

// ---- format_validation ----

#[test]
fn event_has_required_fields() {
    let event = first_event();
    assert_eq!((&event["event"], &event["distinct_id"]), (&"service_enabled".into(), &ID.into()));
}

#[test]
fn event_has_uuid() {
    let uuid = uuid::Uuid::parse_str(first_event()["uuid"].as_str().unwrap()).unwrap();
    assert_eq!(uuid.get_version_num(), 4);
}

#[test]
fn event_has_lib_properties() {
    let event = first_event();
    assert_eq!(event["properties"]["$lib"], "onramp-analytics");
    assert_eq!(event["properties"]["$lib_version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn distinct_id_is_string() {
    assert!(first_event()["distinct_id"].is_string());
}

#[test]
fn token_is_present() {
    assert_eq!(flushed(1).0[0].json()["api_key"], "phc_test");
}

#[test]
fn custom_properties_preserved() {
    let (requests, lines) = flushed(1);
    let recorded: Value = serde_json::from_slice(&lines[0]).unwrap();
    assert_eq!(requests[0].events()[0]["properties"], recorded["properties"]);
    assert_eq!(recorded["properties"]["has_scaffold"], true);
}

#[test]
fn event_has_timestamp() {
    assert!(first_event()["timestamp"].is_string());
}

#[test]
fn non_utc_event_timestamp_is_converted_to_utc() {
    let event = first_event();
    let text = event["timestamp"].as_str().unwrap();
    assert!(text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok(), "{text}");
}

// ---- retry_behavior ----

#[test]
fn retries_on_503() {
    is_sent_in_the_end(&[503, 503], 3);
}

#[test]
fn does_not_retry_on_400() {
    is_not_retried(&[400; 9]);
}

#[test]
fn does_not_retry_on_401() {
    is_not_retried(&[401; 9]);
}

#[test]
fn respects_retry_after_header() {
    let server = Server::scripted(|n, _| match n {
        0 => Reply::With(429, "Content-Type: application/json\r\nRetry-After: 3000\r\n", "{}"),
        _ => Reply::Json(200),
    });
    let house = House::on(&server.host());
    let time = Time::begin(&house);
    house.record(1);
    time.wake(&house);
    time.pass(Duration::from_secs(2_990));
    time.wake(&house);
    assert_eq!(server.requests().len(), 1);
    time.pass(Duration::from_secs(20));
    time.wake(&house);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn implements_backoff() {
    let (_, seen, at) = retried(&[503; 4], 1, 4);
    assert_eq!(seen.len(), 5);
    let waits: Vec<_> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits[0] >= Duration::from_millis(100), "{waits:?}");
    // Each wait is at most half chance, so the second next is always longer.
    assert!(waits[2] > waits[0] && waits[3] > waits[1], "{waits:?}");
}

#[test]
fn retries_on_500() {
    is_sent_in_the_end(&[500], 2);
}

#[test]
fn retries_on_502() {
    is_sent_in_the_end(&[502], 2);
}

#[test]
fn retries_on_504() {
    is_sent_in_the_end(&[504], 2);
}

#[test]
fn max_retries_respected() {
    // There is no last try, since nothing is ever lost; but a dead server is asked ever less: 11 doublings to a day.
    let (house, seen, _) = retried(&[503; 1_000], 1, 48);
    assert!((9..=14).contains(&seen.len()), "{}", seen.len());
    assert_eq!(house.events(&[State::Waiting]).len(), 1);
}

// ---- deduplication ----

#[test]
fn generates_unique_uuids() {
    let mut uuids = flushed(5).0[0].uuids();
    uuids.sort();
    uuids.dedup();
    assert_eq!(uuids.len(), 5);
}

#[test]
fn preserves_uuid_on_retry() {
    let (_, seen, _) = retried(&[503], 1, 1);
    assert_eq!(seen[0].uuids(), seen[1].uuids());
}

#[test]
fn preserves_uuid_and_timestamp_on_retry() {
    let (_, seen, _) = retried(&[503, 503], 1, 2);
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|request| request.body == seen[0].body));
}

#[test]
fn preserves_uuid_and_timestamp_on_batch_retry() {
    let (_, seen, _) = retried(&[503], 3, 1);
    assert_eq!((seen.len(), seen[0].uuids().len()), (2, 3));
    assert_eq!(seen[0].body, seen[1].body);
}

#[test]
fn no_duplicate_events_in_batch() {
    let (requests, lines) = flushed(5);
    assert_eq!(requests[0].uuids(), uuids(&lines));
}

#[test]
fn different_events_have_different_uuids() {
    let (a, b) = (command(ID, "start"), command(ID, "start"));
    assert_ne!(uuids(&[a]), uuids(&[b]));
}

// ---- compression ----

#[test]
fn sends_gzip_when_enabled() {
    let (requests, _) = flushed(5);
    assert_eq!(requests[0].headers["content-encoding"], "gzip");
    assert!(requests[0].wire.starts_with(&[0x1f, 0x8b]) && requests[0].wire.len() < requests[0].body.len());
}

// ---- batch_format ----

#[test]
fn uses_proper_batch_structure() {
    let body = flushed(1).0[0].json();
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["api_key", "batch"]);
    assert!(body["batch"].is_array());
}

#[test]
fn flush_with_no_events_sends_nothing() {
    assert_eq!(flushed(0).0.len(), 0);
}

#[test]
fn multiple_events_batched_together() {
    let (requests, _) = flushed(5);
    assert_eq!((requests.len(), requests[0].events().len()), (1, 5));
}

// ---- error_handling ----

#[test]
fn does_not_retry_on_403() {
    is_not_retried(&[403; 9]);
}

#[test]
fn does_not_retry_on_413() {
    is_not_retried(&[413; 9]);
}

#[test]
fn retries_on_408() {
    is_sent_in_the_end(&[408], 2);
}
