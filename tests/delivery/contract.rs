//! The contract with PostHog: what a request is, and what each answer does.

use crate::house::{House, NEW_ID, command, line_of_day, service, uuid, uuids};
use crate::server::{Reply, Server};
use onramp_analytics::ledger::State;
use onramp_analytics::posthog::LONGEST_BODY;
use std::collections::BTreeSet;

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
fn a_request_says_nothing_about_the_machine() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    house.record(1);
    house.run(&["flush"]).ends(0);
    let request = &server.requests()[0];
    let names: BTreeSet<_> = request.headers.keys().map(String::as_str).collect();
    assert_eq!(names, ["accept", "content-length", "content-type", "host", "user-agent"].into());
    assert_eq!(request.headers["user-agent"], format!("onramp-analytics/{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(request.headers["content-type"], "application/json");
    assert!(!String::from_utf8_lossy(&request.body).contains("sent_at"));
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
fn a_path_prefix_is_kept() {
    let server = Server::accepting();
    let house = House::on(&format!("{}/ingest/ph/", server.host()));
    house.record(1);
    house.run(&["flush"]).ends(0);
    assert_eq!(server.requests()[0].path, "/ingest/ph/batch/");
}

#[test]
fn both_forms_of_posthogs_yes_count() {
    for body in ["{\"status\":1}", "{\"status\":\"Ok\"}", "[]"] {
        let server = Server::scripted(move |_, _| Reply::With(200, "Content-Type: application/json\r\n", body));
        let house = House::on(&server.host());
        house.record(1);
        house.run(&["flush"]).ends(0);
    }
}

#[test]
fn a_portals_page_is_no_acknowledgement() {
    let server =
        Server::scripted(|_, _| Reply::With(200, "Content-Type: text/html\r\n", "<html>Please sign in</html>"));
    let house = House::on(&server.host());
    house.record(1);
    let ran = house.run(&["flush"]).ends(1);
    assert!(ran.err.contains("not from PostHog") && ran.err.contains("nothing is lost"), "{}", ran.err);
    assert_eq!(house.events(&[State::Waiting]).len(), 1);
    assert!(!house.health().last.unwrap().accepted);
}

#[test]
fn a_redirect_is_never_followed() {
    let other = Server::accepting();
    let head: &'static str = Box::leak(format!("Location: {}/batch/\r\n", other.host()).into_boxed_str());
    for code in [301, 302, 303, 307, 308] {
        let server = Server::scripted(move |_, _| Reply::With(code, head, ""));
        let house = House::on(&server.host());
        house.record(1);
        let ran = house.run(&["flush"]).ends(1);
        assert!(ran.err.contains("a redirect, which is never followed"), "{}", ran.err);
        assert_eq!(house.events(&[State::Waiting]).len(), 1);
    }
    assert_eq!(other.requests().len(), 0);
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
    let small = Server::scripted(|_, _| Reply::Json(413));
    let house = House::on(&small.host());
    house.record(1);
    assert!(house.run(&["flush"]).ends(0).out.contains("set aside 1 event"));
    assert_eq!(house.events(&[State::Aside])[0].reason.as_deref(), Some("413, too large"));
}

#[test]
fn a_400_is_bisected_and_only_the_wrong_event_is_set_aside() {
    let server = Server::scripted(|_, r| {
        let wrong = r.events().iter().any(|e| e["properties"]["command"] == "down");
        Reply::Json(if wrong { 400 } else { 200 })
    });
    let house = House::on(&server.host());
    house.record(3);
    let wrong = command(crate::house::ID, "down");
    house.append(&wrong);
    house.record(4);
    house.run(&["flush"]).ends(0);
    assert_eq!(house.events(&[State::Sent]).len(), 7);
    let aside = house.events(&[State::Aside]);
    assert_eq!((aside.len(), uuid(&aside[0].line)), (1, uuid(&wrong)));
    assert_eq!(house.health().totals.aside["400, not understood"], 1);
    let before = server.requests().len();
    house.run(&["flush", "--all"]).ends(0);
    assert_eq!(server.requests().len(), before, "never sent again");
}

#[test]
fn a_server_that_refuses_every_event_is_at_fault_itself() {
    let server = Server::scripted(|_, _| Reply::Json(400));
    let house = House::on(&server.host());
    house.record(100);
    house.run(&["flush"]).ends(1);
    assert!(server.requests().len() < 30, "{}", server.requests().len());
    assert_eq!(house.events(&[State::Aside]).len(), 8);
    assert_eq!(house.events(&[State::Waiting]).len(), 92);
}

#[test]
fn answers_that_cannot_work_keep_everything_and_say_what_to_fix() {
    for (code, word) in [(401, "key"), (402, "quota"), (403, "key"), (404, "no PostHog"), (415, "form"), (418, "418")] {
        let server = Server::scripted(move |_, _| Reply::Json(code));
        let house = House::on(&server.host());
        house.record(2);
        let ran = house.run(&["flush"]).ends(1);
        assert!(ran.err.contains(word) && ran.err.contains("nothing is lost"), "{code}: {}", ran.err);
        assert_eq!(server.requests().len(), 1);
        assert_eq!(house.events(&[State::Waiting]).len(), 2);
        assert_eq!(house.health().last.unwrap().status, Some(code));
    }
}

#[test]
fn bodies_are_compressed_above_a_kibibyte_and_stay_below_512() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let lines: Vec<_> = (0..1_700).map(|_| service(crate::house::ID)).collect();
    house.append(&lines.join(&b"\n"[..]));
    house.run(&["flush", "--all"]).ends(0);
    let requests = server.requests();
    assert!(requests.len() > 1 && requests.iter().all(|r| r.body.len() <= LONGEST_BODY));
    assert!(requests.iter().all(|r| r.headers.get("content-encoding").is_some_and(|e| e == "gzip")));
    assert_eq!(server.uuids(), uuids(&lines));
}

#[test]
fn two_hundred_events_of_a_date_leave_and_twenty_runs_of_a_command() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let id = crate::house::ID;
    let commands = ["start", "stop", "down", "pull", "build"];
    let runs: Vec<_> = commands.iter().flat_map(|goal| (0..30).map(|_| command(id, goal))).collect();
    house.append(&runs.join(&b"\n"[..]));
    house.record(150);
    let out = house.run(&["flush"]).ends(0).out;
    assert!(out.contains("sent 200 events") && out.contains("100 events over the daily limit"), "{out}");
    let sent = server.requests()[0].events();
    assert_eq!(sent.iter().filter(|e| e["event"] == "service_enabled").count(), 150);
    assert_eq!(house.health().totals.own, 100);
    house.record(1);
    assert!(house.run(&["flush"]).ends(0).out.contains("nothing to send"), "the date has had its share");
    assert!(house.run(&["flush", "--all"]).ends(0).out.contains("sent 101 events"));
    assert_eq!(server.uuids().len(), 301);
}

#[test]
fn each_date_has_a_share_of_its_own() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let today = onramp_analytics::days::today();
    for day in [today - 2, today - 1, today] {
        let event = onramp_shim::schema::Event::CommandExecuted {
            command: onramp_shim::catalog::Command::make(b"start"),
            success: true,
            duration: onramp_shim::schema::Duration::of_millis(1),
        };
        let lines: Vec<_> = (0..25).map(|_| line_of_day(Some(crate::house::ID), event, day)).collect();
        house.append(&lines.join(&b"\n"[..]));
    }
    assert!(house.run(&["flush"]).ends(0).out.contains("sent 60 events"));
}

#[test]
fn no_request_ever_holds_two_ids() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    house.record(2);
    let new = house.record_as(NEW_ID, 2);
    house.consent("1", NEW_ID);
    house.run(&["flush", "--all"]).ends(0);
    assert_eq!(server.uuids(), uuids(&new));
    assert_eq!(house.events(&State::ALL).len(), 2, "what waited under the old id is gone");
}
