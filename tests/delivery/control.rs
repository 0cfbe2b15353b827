//! What a person can look at and take away: preview, view, ledger, export, drop, purge, forget, flush --dry-run.

use crate::house::{House, ID, append, command, line, service, uuids};
use crate::server::{Reply, Server};
use onramp_analytics::ledger::State;
use onramp_analytics::paths::place;
use onramp_analytics::sender::EXAMPLE_ID;
use onramp_shim::schema::Event;
use std::time::{Duration, SystemTime};

#[test]
fn preview_is_byte_equal_to_what_a_server_then_receives() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    house.record(3);
    house.run(&["view"]).ends(0);
    house.record(2);
    let before = listing(&house);
    let ran = house.run(&["preview"]).ends(0);
    assert!(
        ran.err.starts_with(&format!("the next request, POST {}/batch/ with 5 events", server.host())),
        "{}",
        ran.err
    );
    assert_eq!(listing(&house), before, "a look changes nothing");
    house.run(&["flush"]).ends(0);
    assert_eq!(String::from_utf8_lossy(&server.requests()[0].body), ran.out, "to the byte: not even a newline follows");
}

#[test]
fn preview_has_the_order_of_the_request_whatever_file_a_run_had_to_take() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    house.record(1);
    // Files of runs that met a locked spool, and have ended since; as old as nothing else tells.
    for (pid, minutes) in [(4_199_001, 9), (4_199_007, 2), (4_199_003, 30), (4_199_005, 4), (4_199_002, 17)] {
        let name = format!("{}{pid}", place::STRAY);
        append(&house.place, &name, pid, &[service(ID), service(ID)].join(&b"\n"[..]));
        let file = std::fs::File::options().append(true).open(house.place.file(&name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(minutes * 60)).unwrap();
    }
    let ran = house.run(&["preview"]).ends(0);
    house.run(&["flush"]).ends(0);
    assert_eq!(server.uuids().len(), 11);
    assert_eq!(String::from_utf8_lossy(&server.requests()[0].body), ran.out);
}

fn listing(house: &House) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(&house.place.folder).unwrap().flatten();
    let mut files: Vec<_> =
        files.map(|f| (f.file_name().to_string_lossy().into_owned(), std::fs::read(f.path()).unwrap())).collect();
    files.sort();
    files
}

#[test]
fn preview_works_before_any_consent_and_writes_nothing() {
    let house = House::on("http://127.0.0.1:9");
    std::fs::remove_file(house.lock_path()).unwrap();
    std::fs::remove_dir_all(&house.homes.state).unwrap();
    let ran = house.run(&["preview"]).ends(0);
    let body: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let events = body["batch"].as_array().unwrap();
    assert!(!events.is_empty() && events.iter().all(|e| e["distinct_id"] == EXAMPLE_ID));
    assert!(ran.err.contains("an example") && ran.err.contains("nothing would be sent now"), "{}", ran.err);
    assert!(!house.homes.state.exists());
}

#[test]
fn preview_without_a_key_shows_what_waits() {
    let mut house = House::on("http://127.0.0.1:9");
    house.set("POSTHOG_API_KEY", "");
    let lines = house.record(2);
    let ran = house.run(&["preview"]).ends(0);
    assert_eq!(ran.out.into_bytes(), onramp_analytics::posthog::body("phc_the_project_key", &lines));
    assert!(ran.err.contains("nothing would be sent now: no PostHog project key"), "{}", ran.err);
    assert!(ran.err.contains("POST http://127.0.0.1:9/batch/"), "where the yes was given to: {}", ran.err);
}

#[test]
fn the_examples_are_events_like_any_other() {
    let house = House::on("http://127.0.0.1:9");
    let ran = house.run(&["preview"]).ends(0);
    let body: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    for event in body["batch"].as_array().unwrap() {
        let line = onramp_analytics::ledger::Line::read(event.to_string().as_bytes()).unwrap();
        assert_eq!(line.id.as_deref(), Some(ID));
    }
}

#[test]
fn view_shows_what_waits_and_what_was_sent_as_on_the_wire() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    assert_eq!(house.run(&["view"]).ends(0).out, "no events\n");
    let text =
        |lines: &[Vec<u8>]| lines.iter().map(|l| String::from_utf8_lossy(l).into_owned() + "\n").collect::<String>();
    let sent = house.record(2);
    house.run(&["flush"]).ends(0);
    let waiting = house.record(1);
    assert_eq!(house.run(&["view", "--pending", "--json"]).ends(0).out, text(&waiting));
    assert_eq!(house.run(&["view", "--sent", "--json"]).ends(0).out, text(&sent));
    assert_eq!(house.run(&["view", "--json"]).ends(0).out, text(&[sent, waiting].concat()));
    let shown = house.run(&["view"]).ends(0).out;
    assert_eq!(shown.lines().count(), 3);
    assert!(shown.contains("service_enabled    service_name plex, has_scaffold true"), "{shown}");
    assert!(shown.lines().next().unwrap().ends_with("  sent") && shown.lines().last().unwrap().ends_with("  waiting"));
    house.run(&["view", "--sent", "--pending"]).ends(2);
}

#[test]
fn drop_takes_out_the_event_of_that_number() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let mut lines = house.record(2);
    lines.insert(1, command(ID, "start"));
    house.append(&lines[1]);
    // The order is that of recording: plex, plex, start.
    let order: Vec<_> = [0, 2, 1].iter().map(|i| lines[*i].clone()).collect();
    assert!(house.run(&["drop", "3"]).ends(0).out.contains("command start"));
    for (number, word) in [("3", "2 wait"), ("0", "2 wait"), ("99", "2 wait")] {
        let ran = house.run(&["drop", number]).ends(1);
        assert!(ran.err.contains(word) && ran.err.contains("help:"), "{}", ran.err);
    }
    house.run(&["drop", "x"]).ends(2);
    house.run(&["flush"]).ends(0);
    assert_eq!(server.uuids(), uuids(&order[..2]));
}

#[test]
fn purge_deletes_what_waits_and_history_on_request() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    house.record(2);
    house.run(&["flush"]).ends(0);
    house.record(3);
    assert_eq!(house.run(&["purge"]).ends(0).out, "deleted 3 waiting events\n");
    house.record(1);
    assert_eq!(house.run(&["purge"]).ends(0).out, "deleted 1 waiting event\n");
    assert_eq!(house.run(&["flush"]).ends(0).out, "nothing to send\n");
    assert_eq!(house.run(&["view"]).ends(0).out.lines().count(), 2);
    assert!(house.run(&["purge", "--history"]).ends(0).out.contains("deleted 2 events of the history"));
    assert_eq!(house.run(&["view"]).ends(0).out, "no events\n");
    assert_eq!(house.run(&["ledger"]).ends(0).out.lines().count(), 1, "what was sent stays told");
    let bytes = std::fs::read(house.place.file(place::SPOOL)).unwrap_or_default();
    assert!(bytes.is_empty());
}

#[test]
fn the_ledger_tells_every_request_with_its_answer_and_body() {
    let server = Server::scripted(|n, _| Reply::Json(if n == 0 { 503 } else { 200 }));
    let house = House::on(&server.host());
    assert_eq!(house.run(&["ledger"]).ends(0).out, "nothing was ever sent\n");
    house.record(4);
    house.run(&["flush"]).ends(1);
    house.run(&["flush"]).ends(0);
    let shown = house.run(&["ledger"]).ends(0).out;
    assert!(shown.contains("503, the server is in trouble") && shown.contains("200, accepted"), "{shown}");
    let json = house.run(&["ledger", "--json"]).ends(0).out;
    for (line, request) in json.lines().zip(server.requests()) {
        let batch: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(batch["body"], request.json());
        assert_eq!((&batch["host"], &batch["distinct_id"]), (&server.host().into(), &ID.into()));
        assert_eq!((batch["events"].as_u64(), batch["bytes"].as_u64()), (Some(4), Some(request.wire.len() as u64)));
    }
    let time = serde_json::from_str::<serde_json::Value>(json.lines().next().unwrap()).unwrap()["time"].clone();
    assert!(time.as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
}

#[test]
fn export_gives_everything_in_both_forms() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let lines = [service(ID), command(ID, "start")];
    house.append(&lines[0]);
    house.run(&["flush"]).ends(0);
    house.append(&lines[1]);
    let ndjson = house.run(&["export"]).ends(0).out;
    for (row, (line, state)) in ndjson.lines().zip(lines.iter().zip(["sent", "waiting"])) {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        assert_eq!((row["event"].to_string(), &row["state"]), (String::from_utf8_lossy(line).into(), &state.into()));
    }
    let csv = house.run(&["export", "--format", "csv"]).ends(0).out;
    let rows: Vec<Vec<&str>> = csv.split_terminator("\r\n").map(|r| r.split(',').collect()).collect();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    let at = |row: usize, name: &str| rows[row][rows[0].iter().position(|head| *head == name).unwrap()];
    assert_eq!((at(1, "event"), at(1, "service_name"), at(1, "command")), ("service_enabled", "plex", ""));
    assert_eq!((at(2, "command"), at(2, "success"), at(2, "duration_ms")), ("start", "true", "1200"));
}

#[test]
fn forget_leaves_nothing_and_tells_how_the_rest_goes() {
    let server = Server::scripted(|_, r| match r.path.as_str() {
        "/batch/" => Reply::Json(200),
        _ => Reply::Json(404),
    });
    let house = House::on(&server.host());
    house.record(2);
    house.run(&["flush"]).ends(0);
    house.record(1);
    let ran = house.run(&["forget"]).ends(0);
    assert!(ran.out.contains(ID) && ran.out.contains("ask the maintainer"), "{}", ran.out);
    assert!(!house.place.folder.exists());
    assert_eq!(house.run(&["forget"]).ends(0).out, "nothing was recorded here\n");
}

#[test]
fn forget_has_an_embedded_collector_delete_by_id() {
    let server = Server::scripted(|_, r| match r.path.as_str() {
        "/batch/" => Reply::Json(200),
        _ => Reply::With(200, "Content-Type: application/json\r\n", "{\"deleted\":2}"),
    });
    let house = House::on(&server.host());
    house.record(2);
    house.run(&["flush"]).ends(0);
    let ran = house.run(&["forget"]).ends(0);
    assert!(ran.out.contains(&format!("{} deleted 2 events of {ID}", server.host())), "{}", ran.out);
    let asked = &server.requests()[1];
    assert_eq!((asked.path.as_str(), asked.json()["distinct_id"].as_str()), ("/api/forget", Some(ID)));
}

#[test]
fn a_dry_run_sends_nothing_and_changes_nothing() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    house.append(&(0..30).map(|_| command(ID, "start")).collect::<Vec<_>>().join(&b"\n"[..]));
    let before = listing(&house);
    let out = house.run(&["flush", "--dry-run"]).ends(0).out;
    assert!(out.starts_with(&format!("would send 20 events in 1 request to {}\n10 events", server.host())), "{out}");
    assert!(house.run(&["flush", "--all", "--dry-run"]).ends(0).out.starts_with("would send 30 events"));
    assert_eq!((server.requests().len(), listing(&house)), (0, before));
}

#[test]
fn local_events_are_for_the_own_figures_only() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    house.consent("local", ID);
    let own = line(None, Event::ServiceDisabled { service: onramp_shim::catalog::Service::named(b"plex") });
    crate::house::append(&house.place, place::LOCAL, 1, &own);
    let shown = house.run(&["view"]).ends(0).out;
    assert!(shown.contains("service_disabled") && shown.trim_end().ends_with("local"), "{shown}");
    assert_eq!(house.run(&["view", "--pending"]).ends(0).out, "no events\n");
    house.run(&["flush"]).ends(3);
    assert_eq!(house.events(&[State::Local]).len(), 1);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn keeping_local_never_sends_what_waited() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    house.record(2);
    assert_eq!(onramp_analytics::ledger::forget_waiting(&house.place, true).unwrap(), 2);
    house.run(&["flush", "--all"]).ends(0);
    assert_eq!((server.requests().len(), house.events(&[State::Local]).len()), (0, 2));
}

#[test]
fn nothing_recorded_is_no_fault() {
    let house = House::on("http://127.0.0.1:9");
    std::fs::remove_dir_all(&house.homes.state).unwrap();
    for command in [&["view"][..], &["ledger"], &["export"], &["purge"], &["forget"], &["preview"]] {
        house.run(command).ends(0);
    }
    house.run(&["flush"]).ends(4);
    house.run(&["drop", "1"]).ends(1);
    assert!(!house.homes.state.exists());
}

#[test]
fn what_is_recorded_in_local_mode_keeps_to_its_bounds_though_nobody_looks() {
    let house = House::on("http://127.0.0.1:9");
    house.consent("local", ID);
    let event = Event::ServiceDisabled { service: onramp_shim::catalog::Service::named(b"plex") };
    let today = onramp_analytics::days::today();
    let old = crate::house::line_of_day(None, event, today - 401);
    let aged = crate::house::line_of_day(None, event, today - 399);
    let mut text = Vec::new();
    for n in 0..64_000 {
        let new = line(None, event);
        text.extend([&b"\n"[..], if n == 0 { &old } else { &new }, b"\n"].concat());
    }
    text.extend([&aged[..], b"\n"].concat());
    assert!(text.len() > 16 << 20, "{}", text.len());
    std::fs::write(house.place.file(place::LOCAL), &text).unwrap();
    let project = house.place.checkout.display().to_string();
    house.run(&["--project", &project, "keep"]).ends(0);
    assert!(!house.place.file(place::LOCAL).exists());
    let kept = house.events(&[State::Local]);
    let bytes: usize = kept.iter().map(|e| e.line.len()).sum();
    assert!((15 << 20..=16 << 20).contains(&bytes), "{bytes}");
    assert!(kept.iter().any(|e| e.line == aged) && kept.iter().all(|e| e.line != old));
    let next = onramp_analytics::sender::next(&house.place).unwrap();
    assert!(next > std::time::SystemTime::now() + std::time::Duration::from_secs(23 * 3600), "{next:?}");
    // Whoever is woken in another state leaves everything alone.
    house.consent("1", ID);
    std::fs::write(house.place.file(place::LOCAL), line(None, event)).unwrap();
    house.run(&["--project", &project, "keep"]).ends(0);
    assert!(house.place.file(place::LOCAL).exists());
}

#[test]
fn status_and_doctor_say_what_to_do_about_what_was_set_aside() {
    let server = Server::scripted(|_, r| {
        let wrong = r.events().iter().any(|e| e["properties"]["command"] == "down");
        Reply::Json(if wrong { 400 } else { 200 })
    });
    let house = House::on(&server.host());
    house.record(2);
    house.append(&command(ID, "down"));
    house.append(b"{\"half\": \x1b[31m");
    house.run(&["flush"]).ends(0);
    let json: serde_json::Value = serde_json::from_str(&house.run(&["status", "--json"]).ends(0).out).unwrap();
    let aside = json["set_aside"].as_array().unwrap();
    assert_eq!(aside.len(), 2, "{json:#}");
    assert!(aside.iter().all(|a| a["events"] == 1 && a["help"].as_str().unwrap().contains("purge --history")));
    for command in ["status", "doctor"] {
        let shown = house.run(&[command]).out;
        for words in ["400, not understood", "torn or not JSON", "help: nothing to do"] {
            assert!(shown.contains(words), "{command}: {words}\n{shown}");
        }
    }
    // What the advice names: both are shown, nothing of them reaches the terminal raw, and both can be let go of.
    let shown = house.run(&["view"]).ends(0).out;
    assert!(shown.contains("command down") && shown.contains("{\\\"half\\\": \\u{1b}[31m"), "{shown}");
    house.run(&["purge", "--history"]).ends(0);
    let json: serde_json::Value = serde_json::from_str(&house.run(&["status", "--json"]).ends(0).out).unwrap();
    assert_eq!(json["set_aside"], serde_json::json!([]));
}

#[test]
fn a_person_reads_times_in_their_zone_and_a_program_in_utc() {
    let server = Server::accepting();
    let mut house = House::on(&server.host());
    house.set("TZ", "IST-5:30");
    house.record(1);
    house.run(&["flush"]).ends(0);
    for command in ["status", "ledger"] {
        let shown = house.run(&[command]).ends(0).out;
        assert!(shown.contains(" IST"), "{command}: {shown}");
    }
    let json: serde_json::Value = serde_json::from_str(&house.run(&["status", "--json"]).ends(0).out).unwrap();
    let at: jiff::Timestamp = json["last_attempt"]["at"].as_str().unwrap().parse().unwrap();
    assert!(json["last_attempt"]["at"].as_str().unwrap().ends_with('Z') && at <= jiff::Timestamp::now());
    // An unknown zone is no reason to say nothing.
    house.set("TZ", "Nowhere/Atall");
    let shown = house.run(&["status"]).ends(0).out;
    let line = shown.lines().find(|line| line.starts_with("last attempt")).unwrap();
    assert!(line.contains(" UTC,"), "{line}");
}
