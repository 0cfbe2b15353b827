//! What is let in and what is refused, and what every answer carries.

use super::{Case, Served, files};
use crate::served::request;
use onramp_analytics::paths::{checkout::CHOICE, place};
use rustix::process::Signal;
use std::io::{Read, Write as _};
use std::time::Duration;

#[test]
fn the_address_becomes_a_cookie_and_every_answer_is_fenced_in() {
    let case = Case::new();
    let served = Served::start(&case);
    let answer = served.ask("GET", &format!("/?token={}", served.token), &[], "");
    assert_eq!((answer.status, answer.header("location")), (303, Some("./")), "{answer:?}");
    let cookie = answer.header("set-cookie").unwrap();
    assert_eq!(cookie, format!("{}; Path=/; HttpOnly; SameSite=Strict", served.cookie()));

    let page = served.ask("GET", "/", &[("Cookie", &format!("a=b; {}", served.cookie()))], "");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("May we count what you use?") && !page.body.contains(&served.token));
    let locked = served.ask("GET", "/", &[("Accept", "text/html")], "");
    assert!(locked.status == 401 && locked.body.contains("This page is locked"), "{locked:?}");
    let others = ["/api/view", "/api/preview", "/nothing"].map(|path| served.get(path));
    for answer in [&answer, &page, &locked].into_iter().chain(&others) {
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}: {answer:?}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert!(answer.headers.iter().all(|(name, _)| !name.starts_with("access-control")), "{answer:?}");
    }
}

#[test]
fn the_page_loads_nothing_from_anywhere() {
    let case = Case::new();
    let page = Served::start(&case).get("/").body;
    for mark in ["src=", "@import", "url(", "<link", "<iframe", "<object", "style=\""] {
        let found: Vec<_> = page.match_indices(mark).map(|(at, _)| &page[at..(at + 60).min(page.len())]).collect();
        let own = |text: &&str| text.starts_with("<link rel=\"icon\" href=\"data:");
        assert!(found.iter().all(own), "{mark}: {found:?}");
    }
    for (at, _) in page.match_indices("href=\"http") {
        assert!(page[at..].starts_with("href=\"https://github.com/traefikturkey/"), "{}", &page[at..at + 80]);
    }
}

#[test]
fn behind_a_tunnel_with_another_port_it_is_the_same_page() {
    let case = Case::new();
    let served = Served::start(&case);
    for host in ["localhost:9999", "127.0.0.1:1", "[::1]:8080", "LOCALHOST", "localhost"] {
        let origin = format!("http://{host}");
        let cookie = served.cookie();
        let headers = [("Cookie", &*cookie), ("Origin", &*origin), ("Content-Type", "application/json")];
        let request = request("POST", "/api/analytics_opt", host, &headers, "{\"opt\":\"opt-in\"}");
        assert_eq!(served.send(request.as_bytes()).status, 200, "{host}");
    }
}

#[test]
fn a_get_changes_nothing() {
    let case = Case::new().consented();
    let event = concat!(
        r#"{"uuid":"ffffffff-ffff-4fff-bfff-ffffffffffff","event":"service_enabled","#,
        r#""distinct_id":"01234567-89ab-4cde-8f01-23456789abcd","timestamp":"2026-11-21T17:04:31.123456Z","#,
        r#""properties":{"service_name":"plex","has_scaffold":true,"$process_person_profile":false,"#,
        r#""$geoip_disable":true,"$ip":"0.0.0.0","$lib":"onramp-analytics","$lib_version":"0.1.0"}}"#
    );
    std::fs::write(case.place().file(place::SPOOL), format!("\n{event}\n")).unwrap();
    let served = Served::start(&case);
    let before = files(&case.root());
    for path in ["/", "/?after=on", "/choice", "/api/view", "/api/preview", "/api/sent/1", "/nothing"] {
        served.get(path);
        served.ask("HEAD", path, &[("Authorization", &served.bearer())], "");
    }
    assert!(served.get("/").body.contains("Services you enabled most"));
    assert_eq!(files(&case.root()), before);
}

#[test]
fn an_undecided_person_who_only_looks_leaves_no_trace() {
    let case = Case::new();
    let mut served = Served::start(&case);
    assert_eq!(served.get("/").status, 200);
    assert_eq!(served.get("/api/preview").json()["batch"][0]["event"], "service_enabled");
    assert!(served.end(Signal::TERM).success());
    assert!(!case.state().exists() && !case.checkout().join(CHOICE).exists());
}

#[test]
fn a_client_that_never_ends_its_headers_is_let_go_at_the_port_and_at_the_socket() {
    let case = Case::new();
    let path = case.root().join("page.sock");
    let (served, _at_socket) = (Served::start(&case), Served::with(&case, &["--unix", &path.display().to_string()]));
    let half = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
    let mut slow = std::net::TcpStream::connect(("127.0.0.1", served.port)).unwrap();
    let mut socket = std::os::unix::net::UnixStream::connect(&path).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    slow.write_all(half).unwrap();
    socket.write_all(half).unwrap();
    // Meanwhile everybody else is answered.
    assert_eq!(served.get("/api/view").status, 200);
    for stream in [&mut slow as &mut dyn Read, &mut socket] {
        let mut rest = Vec::new();
        // Closed, perhaps with a word of farewell (408); a limit of the test's own would be an error.
        stream.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&rest));
    }
    assert_eq!(served.get("/api/view").status, 200);
}
