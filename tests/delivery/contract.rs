//! The contract with PostHog: what a request is, and what each answer does.

use crate::house::{House, uuids};
use crate::server::{Reply, Server};
use onramp_analytics::ledger::State;

#[test]
fn what_is_recorded_arrives_to_the_byte() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let lines = house.record(3);
    let ran = house.run(&["flush"]).ends(0);
    assert_eq!(ran.out, format!("sent 3 events in 1 request to {}\n", server.host()));
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, "/batch/");
    assert_eq!(requests[0].body, onramp_analytics::posthog::body("phc_test", &lines));
    assert_eq!(house.events(&[State::Sent]).into_iter().map(|e| e.line).collect::<Vec<_>>(), lines);
    assert_eq!(house.run(&["flush"]).ends(0).out, "nothing to send\n");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_woken_sender_sends_what_is_due_and_says_nothing() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let lines = house.record(2);
    let ran = house.send().ends(0);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    assert_eq!(server.requests().len(), 0, "the first batch leaves an hour after the yes");
    house.due();
    house.send().ends(0);
    assert_eq!(server.uuids(), uuids(&lines));
    house.record(1);
    house.send().ends(0);
    assert_eq!(server.requests().len(), 1, "once a day");
}

#[test]
fn a_413_is_halved_and_a_single_event_is_set_aside() {
    let server = Server::scripted(|_, r| Reply::Json(if r.events().len() > 2 { 413 } else { 200 }));
    let house = House::on(&server.host());
    let lines = house.record(7);
    house.run(&["flush"]).ends(0);
    let sizes: Vec<_> = server.requests().iter().map(|r| r.events().len()).collect();
    assert_eq!(sizes, [7, 3, 1, 2, 4, 2, 2]);
    assert_eq!(house.events(&[State::Sent]).len(), lines.len());
}
