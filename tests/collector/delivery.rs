//! What arrives is kept once, as it is, and nothing about who sent it.

use crate::events::*;
use crate::server::Collector;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};

#[test]
fn an_event_is_kept_word_for_word_and_nothing_else() {
    let collector = Collector::start();
    let install = install(1);
    let lines = [
        line(&install, 0, enabled("plex")),
        line(&install, 0, disabled("plex")),
        line(&install, 0, override_enabled("plex-nfs")),
        line(&install, 1, ran("compose up", true, 2517)),
        line(&install, 1, failed("start", "docker_unavailable")),
    ];
    let answer = collector.post("/batch/", batch(&lines));
    assert_eq!((answer.status, answer.json()), (200, json!({"status": 1})));
    assert!(answer.headers.contains("content-type: application/json"), "{answer:?}");
    assert_eq!(collector.stored(), 5);
    for line in &lines {
        let sent: Value = serde_json::from_str(line).unwrap();
        let sql = format!(
            "SELECT json_object('uuid', uuid, 'event', event, 'distinct_id', distinct_id, 'timestamp', timestamp,
             'properties', json(properties)) FROM stored WHERE uuid = {}",
            sent["uuid"].to_string().replace('"', "'")
        );
        let kept: String = collector.query(&sql);
        assert_eq!(&kept, line);
    }
}

#[test]
fn every_address_of_posthog_takes_events_and_a_second_delivery_changes_nothing() {
    let collector = Collector::start();
    let event = line(&install(1), 0, ran("start", true, 1200));
    for path in ["/batch/", "/batch", "/i/v0/e/", "/i/v0/e", "/capture/", "/capture", "/e/?ip=0&_=1700000000000"] {
        let answer = collector.post(path, batch(std::slice::from_ref(&event)));
        assert_eq!((answer.status, answer.json()), (200, json!({"status": 1})), "{path}");
    }
    let single = event.replacen('{', r#"{"api_key":"phc_test","#, 1);
    assert_eq!(collector.post("/i/v0/e/", &single).status, 200);
    assert_eq!(collector.post("/e/", format!("[{single}]")).status, 200);
    assert_eq!(collector.stored(), 1);
    assert_eq!(collector.answers("")["commands"], json!([{"command": "start", "runs": 1, "failed": 0}]));
}

#[test]
fn the_oldest_forms_are_taken_too() {
    let collector = Collector::start();
    let single = |n| line(&install(n), 0, ran("start", true, 1200)).replacen('{', r#"{"api_key":"phc_test","#, 1);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let plain = single(1).replace('"', "%22").replace('{', "%7B").replace('+', "%2B");
    assert_eq!(collector.post_with("/e/", form, format!("data={plain}")).unwrap().status, 200);
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, single(2)).replace('=', "%3D");
    assert_eq!(collector.post_with("/e/?compression=base64", form, format!("x=1&data={base64}")).unwrap().status, 200);
    assert_eq!(collector.get(&format!("/e/?data={}", base64.replace('+', "%2B"))).status, 200);
    assert_eq!(collector.get("/e/?data=nothing").status, 400);
    assert_eq!(collector.get("/batch/").status, 400);
    assert_eq!(collector.stored(), 2);
}

#[test]
fn forgetting_an_install_takes_back_all_that_it_added() {
    let collector = Collector::start();
    let (one, two) = (install(1), install(2));
    let of = |install: &str| {
        let mut lines = Vec::new();
        for days in [40, 9, 3, 9, 0] {
            lines.push(line(install, days, enabled("plex")));
            lines.push(line(install, days, ran("start", days > 5, 1200)));
        }
        lines.push(line(install, 2, failed("start", "failed")));
        batch(&lines)
    };
    collector.post("/batch/", of(&one));
    let before = collector.answers("?service=plex");
    let tables = "SELECT group_concat(t) FROM (SELECT json_array(subject, day, previous, installs) AS t FROM presence)";
    let presence: String = collector.query(tables);
    collector.post("/batch/", of(&two));
    assert_ne!(collector.answers("?service=plex"), before);
    let answer = collector.post("/api/forget", json!({"distinct_id": two}).to_string());
    assert_eq!((answer.status, answer.json()), (200, json!({"deleted": 11})));
    assert_eq!(collector.answers("?service=plex"), before);
    assert_eq!(collector.query::<String>(tables), presence);
    assert_eq!(collector.stored(), 11);
    let digits = two.replace('-', "");
    assert_eq!(collector.query::<u64>(&format!("SELECT count(*) FROM install WHERE hex(id) = upper('{digits}')")), 0);
    let again = collector.post("/api/forget", json!({"distinct_id": two}).to_string());
    assert_eq!((again.status, again.json()), (200, json!({"deleted": 0})));
}

#[test]
fn it_stops_when_asked_and_finds_everything_again() {
    let mut collector = Collector::start();
    let folder = collector.take_folder();
    collector.post("/batch/", batch(&[line(&install(1), 0, ran("start", true, 1200))]));
    let (data, before) = (collector.data.clone(), collector.answers(""));
    assert_eq!(collector.stop(), Some(0));
    let collector = Collector::on(data, &[]);
    assert_eq!(collector.answers(""), before);
    drop(folder);
}

#[test]
fn a_hundred_clients_flush_at_once() {
    let collector = Collector::start();
    let bodies: Vec<String> = (0..100)
        .map(|number| {
            let install = install(number);
            let lines: Vec<_> = (0..50).map(|_| line(&install, 1, ran("start", true, 1200))).collect();
            batch(&lines)
        })
        .collect();
    let start = std::sync::Barrier::new(100);
    std::thread::scope(|scope| {
        for body in &bodies {
            let (collector, start) = (&collector, &start);
            scope.spawn(move || {
                start.wait();
                assert_eq!(collector.post("/batch/", body).status, 200);
            });
        }
    });
    assert_eq!(collector.stored(), 5000);
    assert_eq!(collector.answers("")["adoption"]["installs"], 100);
}

#[test]
fn a_request_under_way_is_answered_before_it_stops() {
    let mut collector = Collector::start();
    let folder = collector.take_folder();
    let data = collector.data.clone();
    let body = batch(&[line(&install(1), 0, ran("start", true, 1200))]);
    let (early, late) = body.split_at(body.len() / 2);
    let mut stream = std::net::TcpStream::connect(collector.address).unwrap();
    write!(stream, "POST /batch/ HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{early}", body.len()).unwrap();
    // Once another request was answered, this one has arrived too.
    assert_eq!(collector.get("/api/health").status, 200);
    let stopping = std::thread::spawn(move || collector.stop());
    std::thread::sleep(std::time::Duration::from_millis(300));
    stream.write_all(late.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("{\"status\":1}"), "{answer}");
    assert_eq!(stopping.join().unwrap(), Some(0));
    assert_eq!(Collector::on(data, &[]).stored(), 1);
    drop(folder);
}
