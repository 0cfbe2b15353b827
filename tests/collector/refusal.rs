//! Bad input: a clear status, nothing stored, nothing else disturbed.

use crate::events::*;
use crate::server::Collector;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn good() -> String {
    line(&install(1), 0, enabled("plex"))
}

fn refused(collector: &Collector, reason: &str) -> u64 {
    collector.query(&format!("SELECT coalesce(sum(events), 0) FROM refused WHERE reason = '{reason}'"))
}

/// After whatever was tried, a good batch still arrives, and it is all there is.
fn still_works(collector: &Collector) {
    assert_eq!(collector.stored(), 0);
    assert_eq!(collector.post("/batch/", batch(&[good()])).status, 200);
    assert_eq!(collector.stored(), 1);
    let words: u64 = collector.query(
        "SELECT count(*) FROM word WHERE text NOT IN ('service_enabled', 'service_disabled', 'command_executed',
         'error_occurred', 'plex')",
    );
    assert_eq!(words, 0);
}

#[test]
fn one_bad_event_refuses_the_whole_batch() {
    let collector = Collector::start();
    let (good, long) = (good(), "x".repeat(1_100_000));
    let with = |bad: &str| batch(&[good.clone(), bad.to_owned(), good.clone()]).into_bytes();
    let table: Vec<(Vec<u8>, u16)> = vec![
        (b"".to_vec(), 400),
        (b"{".to_vec(), 400),
        (b"null".to_vec(), 400),
        (b"\xff\xfe".to_vec(), 400),
        (b"[]".to_vec(), 400),
        (br#"{"api_key":"k","batch":[]}"#.to_vec(), 400),
        (br#"{"api_key":"k","batch":"x"}"#.to_vec(), 400),
        (with("7"), 400),
        (with("null"), 400),
        (with(r#"{"event":"x"}"#), 400),
        (with(r#"{"event":"","distinct_id":"d"}"#), 400),
        (with(r#"{"distinct_id":"d"}"#), 400),
        (with(r#"{"event":["x"],"distinct_id":"d"}"#), 400),
        (with(r#"{"event":"x","distinct_id":"d","uuid":"not one"}"#), 400),
        (with(r#"{"event":"x","distinct_id":"d","properties":"x"}"#), 400),
        (with(r#"{"event":"x","distinct_id":"d","properties":{"a":}}"#), 400),
        (with("{\"event\":\"\u{0}\",\"distinct_id\":\"d\"}"), 400),
        (with(&format!(r#"{{"event":"{long}","distinct_id":"d"}}"#)), 413),
        (with(&good).into_iter().rev().skip(1).rev().collect(), 400),
        ([with(&good), b"x".to_vec()].concat(), 400),
        (format!(r#"{{"batch":[{good}]}}"#).into_bytes(), 401),
        (format!(r#"{{"api_key":"phx_secret","batch":[{good}]}}"#).into_bytes(), 401),
        (format!(r#"{{"api_key":"","batch":[{good}]}}"#).into_bytes(), 401),
        (gzip(&with("7")), 400),
        (gzip(&with(&good))[..40].to_vec(), 400),
        ([0x1f, 0x8b, 8].to_vec(), 400),
        ("[".repeat(1_000_000).into_bytes(), 400),
    ];
    let count = table.len() as u64;
    for (body, status) in table {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let answer = collector.post("/batch/", &body);
        assert_eq!(answer.status, status, "{shown}");
        assert!(!answer.text().contains("not one") && answer.text().len() < 100, "{shown}: {answer:?}");
    }
    assert_eq!(refused(&collector, "malformed"), count);
    still_works(&collector);
}

#[test]
fn a_body_that_says_gzip_is_unpacked_and_must_be() {
    let collector = Collector::start();
    let body = batch(&[good()]);
    let with = |headers: &str, body: &[u8]| collector.post_with("/batch/", headers, body).unwrap().status;
    assert_eq!(with("Content-Encoding: gzip\r\n", body.as_bytes()), 400);
    assert_eq!(collector.post("/batch/?compression=gzip-js", &body).status, 400);
    assert_eq!(collector.stored(), 0);
    assert_eq!(with("Content-Encoding: gzip\r\nContent-Type: application/json\r\n", &gzip(body.as_bytes())), 200);
    assert_eq!(collector.stored(), 1);
    // PostHog looks at the first bytes, whatever the request says of itself.
    let other = batch(&[line(&install(2), 0, enabled("plex"))]);
    assert_eq!(with("Content-Type: text/plain\r\n", &gzip(other.as_bytes())), 200);
    assert_eq!(collector.stored(), 2);
}

#[test]
fn bombs_and_bodies_beyond_the_limit_are_413_and_cost_little() {
    let collector = Collector::start();
    let mega = 1024 * 1024;
    let bomb = gzip(&vec![b' '; 400 * mega]);
    assert!(bomb.len() < mega);
    for _ in 0..4 {
        assert_eq!(collector.post("/batch/", &bomb).status, 413);
    }
    let twice = gzip(&gzip(&vec![b' '; 100 * mega]));
    assert_eq!(collector.post("/batch/", &twice).status, 400);
    assert_eq!(collector.post("/batch/", vec![b' '; 20 * mega + 1]).status, 413);
    let chunked = "POST /batch/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut body = Vec::new();
    for _ in 0..21 {
        write!(body, "{mega:x}\r\n").unwrap();
        body.extend(std::iter::repeat_n(b' ', mega));
        body.extend(b"\r\n");
    }
    assert_eq!(collector.send(chunked, &body).unwrap().status, 413);
    // Twenty megabytes of tiny values must not become a gigabyte of values in memory.
    let nested = format!(r#"{{"api_key":"k","x":[{}1],"batch":[]}}"#, "[],".repeat(6_900_000));
    assert_eq!(collector.post("/batch/", nested).status, 400);
    let tiny = r#"{"event":"x","distinct_id":"d"},"#.repeat(600_000);
    assert_eq!(collector.post("/batch/", format!(r#"{{"api_key":"k","batch":[{tiny}{}]}}"#, good())).status, 200);
    assert_eq!(refused(&collector, "no_uuid"), 600_000);
    let peak = std::fs::read_to_string(format!("/proc/{}/status", collector.pid())).unwrap();
    let peak = peak.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap().trim().trim_end_matches(" kB");
    assert!(peak.parse::<u64>().unwrap() < 200 * 1024, "{peak} kB");
    assert_eq!(collector.stored(), 1);
}

#[test]
fn what_is_no_event_of_ours_is_answered_like_posthog_counted_and_forgotten() {
    let collector = Collector::start();
    let secret = "a-secret-that-must-not-be-kept";
    let id = install(1);
    let edits: [(&str, String, String); 10] = [
        ("unknown_event", "\"service_enabled\"".into(), format!("\"{secret}\"")),
        ("unknown_event", "\"service_enabled\"".into(), "\"$pageview\"".into()),
        ("unknown_word", "\"plex\"".into(), format!("\"{secret}\"")),
        ("unknown_word", "\"plex\"".into(), format!("\"{}\"", secret.repeat(10_000))),
        ("foreign_id", id.clone(), secret.into()),
        ("other_properties", "\"0.0.0.0\"".into(), "\"203.0.113.7\"".into()),
        ("other_properties", "\"has_scaffold\"".into(), format!("\"{secret}\":\"{secret}\",\"has_scaffold\"")),
        ("other_properties", "\"properties\"".into(), format!("\"$set\":{{\"email\":\"{secret}\"}},\"properties\"")),
        ("clock", format!("\"{}T", ago(0)), format!("\"{}T", ago(-2))),
        ("clock", format!("\"{}T", ago(0)), format!("\"{}T", ago(366))),
    ];
    for (reason, from, to) in &edits {
        let before = refused(&collector, reason);
        let event = good().replace(from.as_str(), to);
        assert!(event.contains(to.as_str()));
        let answer = collector.post("/batch/", batch(&[event]));
        assert_eq!((answer.status, answer.json()), (200, json!({"status": 1})), "{reason}: {to:.100}");
        assert_eq!(refused(&collector, reason), before + 1, "{reason}: {to:.100}");
    }
    // What stands beside it in the batch is stored all the same: it is well formed, so the batch is.
    let mixed = [good().replace("\"plex\"", &format!("\"{secret}\"")), line(&id, 0, ran("start", true, 1200))];
    assert_eq!(collector.post("/batch/", batch(&mixed)).status, 200);
    assert_eq!(collector.stored(), 1);
    let data = collector.data.clone();
    let mut collector = collector;
    let folder = collector.take_folder();
    collector.stop();
    for file in std::fs::read_dir(data).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{}", path.display());
    }
    drop(folder);
}

/// Every byte of a folder's files.
fn bytes_of(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn nothing_about_the_sender_is_kept_or_printed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let script = format!("exec \"$0\" \"$@\" --rate 8 --behind-proxy 2>'{}'", log.display());
    let collector = Collector::by(&script, data.clone());
    let headers = "User-Agent: planted-agent\r\nX-Forwarded-For: 198.51.100.77\r\nCookie: planted-cookie\r\n\
                   X-Real-IP: 198.51.100.77\r\nForwarded: for=198.51.100.77\r\nReferer: http://planted/\r\n\
                   Authorization: Bearer planted-token\r\nContent-Type: application/json\r\n";
    let good = batch(&[good()]).replace("phc_test", "phc_planted");
    let post = |path: &str, body: &str| collector.post_with(path, headers, body).unwrap().status;
    assert_eq!(post("/batch/?planted=query", &good), 200);
    // Neither is anything kept of what goes wrong.
    for (path, body, status) in [
        ("/batch/planted", good.as_str(), 404),
        ("/batch/", "{planted", 400),
        ("/batch/", &good.replace("phc_", "phx_"), 401),
        ("/batch/", &good.replace("\"plex\"", "\"planted\""), 200),
        ("/batch/", &good.replace("\"0.0.0.0\"", "\"198.51.100.77\""), 200),
        ("/api/forget", r#"{"distinct_id":"planted"}"#, 400),
        ("/api/forget", r#"{"planted":"planted"}"#, 422),
        ("/batch/", &good, 200),
        ("/batch/", &good, 429),
    ] {
        assert_eq!(post(path, body), status, "{path} {body:.100}");
    }
    let planted = ["planted", "198.51.100.77", "127.0.0.1"];
    let is_clean = |files: Vec<(PathBuf, Vec<u8>)>| {
        for (path, bytes) in files {
            let found = |words: &&&str| bytes.windows(words.len()).any(|w| w == words.as_bytes());
            assert_eq!(planted.iter().find(found), None, "{}", path.display());
        }
    };
    // With the journal that it writes ahead, and after the stop, and what it said.
    assert!(bytes_of(&data).len() > 1);
    is_clean(bytes_of(&data));
    collector.stop();
    is_clean(bytes_of(&data));
    is_clean(vec![(log.clone(), std::fs::read(log).unwrap())]);
}

#[test]
fn slow_and_broken_clients_hold_nobody_up() {
    let collector = Collector::start();
    let head = "POST /batch/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{\"api_key\"";
    let mut slow = Vec::new();
    for number in 0..200 {
        let mut stream = TcpStream::connect(collector.address).unwrap();
        let bytes = if number % 2 == 0 { head.as_bytes() } else { &head.as_bytes()[..20] };
        stream.write_all(bytes).unwrap();
        slow.push(stream);
    }
    let body = batch(&[good()]);
    assert_eq!(collector.post("/batch/", &body[..body.len()]).status, 200);
    for mut stream in slow.drain(..100) {
        // Half of a body, then gone: nothing of it counts.
        let _ = stream.write_all(body.as_bytes());
    }
    for garbage in ["\0\0\0\0\r\n\r\n", "GET / HTTP/9\r\n\r\n", "POST /batch/ HTTP/1.1\r\nContent-Length: x\r\n\r\n"] {
        let answer = collector.send(garbage, &[]);
        assert!(answer.is_err() || answer.unwrap().status == 400, "{garbage:?}");
    }
    assert_eq!(collector.stored(), 1);
    // It is told to stop while clients still hang on, and does not wait for them for ever.
    assert_eq!(collector.stop(), Some(0));
    let mut rest = Vec::new();
    slow[0].set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let _ = slow[0].read_to_end(&mut rest);
}

#[test]
fn who_begins_a_body_and_never_goes_on_is_told_so() {
    let collector = Collector::start();
    let head = "POST /batch/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n{\"api_key\"";
    assert_eq!(collector.send(head, &[]).unwrap().status, 408);
    still_works(&collector);
}

#[test]
fn a_client_that_writes_too_often_is_told_to_wait() {
    let collector = Collector::with(&["--rate", "3", "--behind-proxy"]);
    let from = |address: &str| {
        let headers = format!("X-Forwarded-For: {address}\r\n");
        collector.post_with("/batch/", &headers, batch(&[good()])).unwrap()
    };
    for _ in 0..3 {
        assert_eq!(from("203.0.113.1").status, 200);
    }
    let answer = from("203.0.113.1");
    assert_eq!(answer.status, 429);
    let wait = answer.headers.split_once("retry-after: ").unwrap().1.lines().next().unwrap().parse::<u32>().unwrap();
    assert!((1..=20).contains(&wait), "{answer:?}");
    assert_eq!(from("203.0.113.2").status, 200);
    assert_eq!(collector.get("/api/answers").status, 200);
}

#[test]
fn with_a_token_only_who_knows_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "correct horse\n").unwrap();
    let collector = Collector::with(&["--read-token", file.to_str().unwrap()]);
    let get = |path: &str, header: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n");
        collector.send(&head, &[]).unwrap()
    };
    // "any:correct horse" and "any:wrong", as a browser sends them.
    let (right, wrong) = ("Basic YW55OmNvcnJlY3QgaG9yc2U=", "Basic YW55Ondyb25n");
    for path in ["/", "/api/answers", "/api/answers/services", "/api/answers/services.csv"] {
        for (header, status) in [
            (String::new(), 401),
            ("Authorization: Bearer wrong\r\n".into(), 401),
            ("Authorization: Bearer\r\n".into(), 401),
            (format!("Authorization: {wrong}\r\n"), 401),
            ("Authorization: Bearer correct horse\r\n".into(), 200),
            (format!("Authorization: {right}\r\n"), 200),
        ] {
            let answer = get(path, &header);
            assert_eq!(answer.status, status, "{path} {header}");
            assert_eq!(answer.headers.contains("www-authenticate: basic"), status == 401);
        }
    }
    assert_eq!(get("/api/health", "").json(), json!({"status": "ok"}));
    assert_eq!(collector.post("/batch/", batch(&[good()])).status, 200);
    std::fs::write(&file, "\n").unwrap();
    let mut empty = crate::server::command();
    empty.args(["collector", "--data"]).arg(folder.path()).arg("--read-token").arg(&file);
    assert_eq!(empty.output().unwrap().status.code(), Some(1));
}
