//! The page over HTTP, through the real binary: what is let in and what is refused, choices saved and not saved, what
//! follows, and how it is reached.

#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;
mod served;

use harness::Case;
use onramp_analytics::paths::{checkout::CHOICE, place};
use rustix::process::Signal;
use served::{Answer, Served, ask_socket, request};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn state(served: &Served) -> String {
    served.get("/api/view").json()["state"].as_str().unwrap().to_owned()
}

/// Every file below a folder with its length and the time of its last change.
fn files(folder: &Path) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is = entry.path().symlink_metadata().unwrap();
        if is.is_dir() {
            all.extend(files(&entry.path()));
        } else {
            all.push((entry.path(), is.len(), is.modified().unwrap()));
        }
    }
    all.sort();
    all
}

fn lock(case: &Case) -> String {
    std::fs::read_to_string(case.checkout().join(CHOICE)).unwrap_or_default()
}

// ---- the door -----------------------------------------------------------------------------------------------------

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

/// What is refused: its name, the whole request, the status, and a part of what the log says.
fn attacks(served: &Served) -> Vec<(&'static str, String, u16, &'static str)> {
    let here = format!("127.0.0.1:{}", served.port);
    let (bearer, cookie, base) = (served.bearer(), served.cookie(), served.base());
    let json = ("Content-Type", "application/json");
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let known = ("Authorization", &*bearer);
    let own = ("Cookie", &*cookie);
    let origin = ("Origin", &*base);
    let (yes, on) = ("{\"opt\":\"opt-in\"}", "choice=on");
    let opt =
        |host: &str, headers: &[(&str, &str)], body: &str| request("POST", "/api/analytics_opt", host, headers, body);
    let choose = |headers: &[(&str, &str)], body: &str| request("POST", "/choice", &here, headers, body);
    let long = format!("{{\"opt\":\"opt-in\"{}}}", " ".repeat(5000));
    let wrong = format!("Bearer {}{}", &served.token[..63], if served.token.ends_with('0') { "1" } else { "0" });
    let stale = format!("onramp-analytics-{}=0123", served.port);
    let foreign = format!("onramp-analytics-1={}", served.token);
    let elsewhere = "Origin header is";
    vec![
        ("a name made to resolve here", opt("evil.example", &[known, json], yes), 403, "no name of this machine"),
        ("a name that begins like ours", opt("127.0.0.1.evil.example", &[known, json], yes), 403, "no name of this"),
        ("a name that ends like ours", opt("evil-localhost", &[known, json], yes), 403, "no name of this machine"),
        ("another address", opt("192.0.2.1:4247", &[known, json], yes), 403, "no name of this machine"),
        ("a name with a user", opt("localhost@evil.example", &[known, json], yes), 403, "no name of this machine"),
        ("two Hosts", opt(&here, &[("Host", "evil.example"), known, json], yes), 403, "no single Host"),
        (
            "no Host",
            format!(
                "POST /api/analytics_opt HTTP/1.0\r\nAuthorization: {bearer}\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{yes}"
            ),
            403,
            "no single Host",
        ),
        (
            "a proxy's request line",
            request("POST", "http://evil.example/api/analytics_opt", &here, &[known, json], yes),
            403,
            "no single Host",
        ),
        ("another site", opt(&here, &[own, json, ("Origin", "https://evil.example")], yes), 403, elsewhere),
        (
            "another port of this machine",
            opt(&here, &[own, json, ("Origin", "http://127.0.0.1:8080")], yes),
            403,
            elsewhere,
        ),
        (
            "another name of this machine",
            opt(&here, &[own, json, ("Origin", &format!("http://localhost:{}", served.port))], yes),
            403,
            elsewhere,
        ),
        ("a page without an origin", opt(&here, &[own, json, ("Origin", "null")], yes), 403, elsewhere),
        ("two Origins", opt(&here, &[own, json, origin, ("Origin", "https://evil.example")], yes), 403, elsewhere),
        (
            "another site, by a token it knows",
            opt(&here, &[known, json, ("Origin", "https://evil.example")], yes),
            403,
            elsewhere,
        ),
        ("a browser that hides its origin", opt(&here, &[own, json], yes), 403, "needs an Origin"),
        (
            "another site's fetch",
            opt(&here, &[own, json, origin, ("Sec-Fetch-Site", "cross-site")], yes),
            403,
            "another site",
        ),
        (
            "another port's fetch",
            choose(&[own, form, origin, ("Sec-Fetch-Site", "same-site")], on),
            403,
            "another site",
        ),
        (
            "a script tag elsewhere",
            request(
                "GET",
                "/api/view",
                &here,
                &[own, ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "script")],
                "",
            ),
            403,
            "another site",
        ),
        (
            "an image elsewhere",
            request(
                "GET",
                "/choice?choice=on",
                &here,
                &[own, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")],
                "",
            ),
            403,
            "another site",
        ),
        (
            "a frame elsewhere",
            request(
                "GET",
                "/",
                &here,
                &[own, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")],
                "",
            ),
            403,
            "another site",
        ),
        ("no token", opt(&here, &[json], yes), 401, "token"),
        ("no token, by form", choose(&[form, origin], on), 401, "token"),
        ("a token that differs in one place", opt(&here, &[("Authorization", &wrong), json], yes), 401, "token"),
        ("half a token", opt(&here, &[("Authorization", &bearer[..40]), json], yes), 401, "token"),
        ("an empty token", opt(&here, &[("Authorization", "Bearer "), json], yes), 401, "token"),
        ("two tokens", opt(&here, &[("Authorization", "Bearer 0"), known, json], yes), 401, "token"),
        ("a wrong cookie", opt(&here, &[("Cookie", &stale), origin, json], yes), 401, "token"),
        ("another port's cookie", opt(&here, &[("Cookie", &foreign), origin, json], yes), 401, "token"),
        (
            "the token in the address of a change",
            request("POST", &format!("/api/analytics_opt?token={}", served.token), &here, &[json], yes),
            401,
            "token",
        ),
        ("no token, reading", request("GET", "/api/view", &here, &[], ""), 401, "token"),
        ("no token, following", request("GET", "/events", &here, &[], ""), 401, "token"),
        ("no token, the bytes", request("GET", "/api/preview", &here, &[], ""), 401, "token"),
        ("JSON that says it is text", opt(&here, &[known, ("Content-Type", "text/plain")], yes), 415, "Content-Type"),
        ("JSON that says nothing", opt(&here, &[known], yes), 415, "Content-Type"),
        ("a form where JSON is wanted", opt(&here, &[known, form], on), 415, "Content-Type"),
        ("JSON where a form is wanted", choose(&[own, origin, json], yes), 415, "form"),
        (
            "a form with files",
            choose(&[own, origin, ("Content-Type", "multipart/form-data; boundary=b")], "--b--"),
            415,
            "form",
        ),
        ("a long body", opt(&here, &[known, json], &long), 413, "limit"),
        ("a long form", choose(&[own, origin, form], &format!("choice=on&x={}", "x".repeat(5000))), 413, "limit"),
        (
            "a GET that would change something",
            request("GET", "/api/analytics_opt?opt=opt-in", &here, &[known], ""),
            405,
            "does not take that method",
        ),
        (
            "a preflight",
            request(
                "OPTIONS",
                "/api/analytics_opt",
                &here,
                &[("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST")],
                "",
            ),
            405,
            "only GET",
        ),
        ("a PUT", request("PUT", "/api/analytics_opt", &here, &[known, json], yes), 405, "only GET"),
        ("a DELETE", request("DELETE", "/", &here, &[known], ""), 405, "only GET"),
        ("a PATCH", request("PATCH", "/choice", &here, &[known, form], on), 405, "only GET"),
        ("an unknown choice", opt(&here, &[known, json], "{\"opt\":\"maybe\"}"), 400, "unknown choice: maybe"),
        ("a choice in capitals", opt(&here, &[known, json], "{\"opt\":\"OPT-IN\"}"), 400, "unknown choice: OPT-IN"),
        ("an empty choice", opt(&here, &[known, json], "{\"opt\":\"\"}"), 400, "unknown choice"),
        (
            "a choice and more",
            opt(&here, &[known, json], "{\"opt\":\"opt-in\",\"host\":\"https://evil.example\"}"),
            400,
            "unknown field",
        ),
        ("a choice that is no text", opt(&here, &[known, json], "{\"opt\":true}"), 400, "expected a string"),
        ("two choices", opt(&here, &[known, json], "{\"opt\":\"opt-in\",\"opt\":\"opt-out\"}"), 400, "duplicate"),
        ("no choice", opt(&here, &[known, json], "{}"), 400, "missing field"),
        ("half of JSON", opt(&here, &[known, json], "{\"opt\":"), 400, "JSON"),
        ("an unknown choice by form", choose(&[own, origin, form], "choice=opt-in"), 400, "unknown choice: opt-in"),
        ("two choices by form", choose(&[own, origin, form], "choice=on&choice=off"), 400, "duplicate"),
        (
            "a line break for the log",
            choose(&[own, origin, form], "choice=%0Aonramp%1b[2J"),
            400,
            "unknown choice: \\nonramp\\x1b[2J",
        ),
    ]
}

#[test]
fn refused_requests_change_nothing_and_the_log_says_why() {
    let case = Case::new();
    let served = Served::start(&case);
    let before = files(&case.root());
    let attacks = attacks(&served);
    assert!(attacks.len() >= 50);
    for (name, request, status, why) in attacks {
        let logged = served.log().len();
        let answer = served.send(request.as_bytes());
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        let log = served.log().split_off(logged);
        assert!(log.contains(why) && log.starts_with("onramp-analytics: refused "), "{name}: {log:?}");
        assert!(log.lines().count() <= 1 && !log.contains(&served.token), "{name}: {log:?}");
        assert!(answer.header("set-cookie").is_none() && !answer.body.contains(&served.token), "{name}: {answer:?}");
        assert_eq!(state(&served), "undecided", "{name}");
    }
    let mut after = files(&case.root());
    after.retain(|(path, ..)| !path.to_string_lossy().contains("/log."));
    assert_eq!(after, before.into_iter().filter(|(p, ..)| !p.to_string_lossy().contains("/log.")).collect::<Vec<_>>());
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
    let but_log = |all: Vec<(PathBuf, u64, _)>| -> Vec<_> {
        all.into_iter().filter(|(path, ..)| !path.to_string_lossy().contains("/log.")).collect()
    };
    assert_eq!(but_log(files(&case.root())), but_log(before));
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

// ---- a choice -----------------------------------------------------------------------------------------------------

#[test]
fn a_choice_by_json_is_on_the_disk_when_it_is_answered() {
    let case = Case::new();
    let served = Served::start(&case);
    let view = served.get("/api/view").json();
    assert_eq!((&view["needs_nudge"], &view["nudge_due"], &view["id"]), (&true.into(), &false.into(), &().into()));

    let answer = served.opt("{\"opt\":\"opt-in\"}");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!((&answer.json()["state"], &answer.json()["needs_nudge"]), (&"on".into(), &false.into()));
    let id = |case: &Case| lock(case).lines().find_map(|l| l.strip_prefix("ANALYTICS_ID=").map(str::to_owned)).unwrap();
    let first = id(&case);
    assert_eq!(served.get("/api/view").json()["id"], first);
    assert_eq!(served.opt("{\"opt\":\"opt-in\",\"with_current\":true}").status, 200);
    assert_eq!(id(&case), first, "a second yes keeps the id");

    assert_eq!(served.opt("{\"opt\":\"opt-out\"}").json()["state"], "off");
    assert!(lock(&case).contains("ANALYTICS_ENABLED=0") && !lock(&case).contains("ANALYTICS_ID"));
    assert_eq!(served.get("/api/view").json()["needs_nudge"], false);
}

#[test]
fn a_choice_by_form_leads_back_to_the_page_that_thanks() {
    let case = Case::new();
    let served = Served::start(&case);
    for (form, back, thanks, word) in [
        ("choice=on", "./?after=on", "Thank you!", "ANALYTICS_ENABLED=1"),
        ("choice=local", "./?after=local", "For you only", "ANALYTICS_ENABLED=local"),
        ("choice=off", "./?after=off", "Understood", "ANALYTICS_ENABLED=0"),
    ] {
        let answer = served.form(form);
        assert_eq!((answer.status, answer.header("location")), (303, Some(back)), "{answer:?}");
        assert!(lock(&case).contains(word));
        let page = served.get(&back[1..]).body;
        assert!(page.contains(thanks) && page.contains("content=\"15; url=./\""), "{form}");
        assert!(
            served.get("/").body.contains("<section id=\"panel\"></section>"),
            "the page itself asks and thanks no more"
        );
    }
    assert!(!served.get("/?after=on").body.contains("Thank you!"), "an old address thanks for nothing");
}

#[test]
fn what_is_enabled_now_is_told_only_when_asked_for() {
    let case = Case::new().enabled("plex");
    let served = Served::start(&case);
    served.form("choice=on");
    assert_eq!(case.events(), [] as [&str; 0]);
    served.form("choice=on&with_current=1");
    assert_eq!(case.events(), ["service_enabled plex"]);
}

#[test]
fn a_yes_that_a_variable_overrules_is_saved_and_says_so() {
    let case = Case::new().env("DO_NOT_TRACK", "1");
    let served = Served::start(&case);
    let answer = served.opt("{\"opt\":\"opt-in\"}").json();
    assert_eq!(answer["state"], "off");
    assert!(answer["said"][0].as_str().unwrap().contains("stays off: DO_NOT_TRACK"), "{answer}");
    assert!(lock(&case).contains("ANALYTICS_ENABLED=1"));
}

#[test]
fn a_choice_that_can_not_be_saved_says_why_and_what_to_do() {
    let case = Case::new();
    let served = Served::start(&case);
    std::fs::create_dir(case.checkout().join(CHOICE)).unwrap();
    let answer = served.opt("{\"opt\":\"opt-in\"}");
    assert_eq!(answer.status, 500);
    assert!(answer.json()["error"].as_str().unwrap().contains("onramp.lock"), "{answer:?}");
    assert!(answer.json()["help"].as_str().unwrap().contains("move that file away"), "{answer:?}");
    assert!(served.log().contains("could not save choice on: ") && served.log().contains("onramp.lock"));
    let page = served.form("choice=on");
    assert_eq!(page.status, 500);
    let panel = page.body.split("<section id=\"panel\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(panel.contains("could not be saved") && panel.contains("Try again") && !panel.contains("No, thank you"));
    std::fs::remove_dir(case.checkout().join(CHOICE)).unwrap();
    assert_eq!(state(&served), "undecided");
    assert_eq!(served.opt("{\"opt\":\"opt-in\"}").status, 200);
}

#[test]
fn a_choice_under_way_is_saved_before_it_ends() {
    let case = Case::new();
    let mut served = Served::start(&case);
    let held = std::fs::File::create(case.place().file(place::CHOICE_LOCK)).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let mut stream = served.connect();
    let (bearer, host) = (served.bearer(), format!("127.0.0.1:{}", served.port));
    let headers = [("Authorization", &*bearer), ("Content-Type", "application/json")];
    stream
        .write_all(request("POST", "/api/analytics_opt", &host, &headers, "{\"opt\":\"opt-in\"}").as_bytes())
        .unwrap();
    // Whether it has come as far as the lock shows from outside: the file is open in that process.
    let waits = || {
        let folder = format!("/proc/{}/fd", served.pid().as_raw_nonzero());
        let mut open = std::fs::read_dir(folder).unwrap().flatten().filter_map(|fd| std::fs::read_link(fd.path()).ok());
        open.any(|path| path.ends_with(place::CHOICE_LOCK))
    };
    until("the choice waits for its turn", waits);
    rustix::process::kill_process(served.pid(), Signal::TERM).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    drop(held);
    assert!(served.end(Signal::TERM).success());
    assert!(lock(&case).contains("ANALYTICS_ENABLED=1"));
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "did not come about: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

// ---- following ----------------------------------------------------------------------------------------------------

#[test]
fn a_change_by_anybody_is_told_to_open_pages() {
    let case = Case::new();
    let served = Served::start(&case);
    let stamp_of = |page: &str| page.split("data-stamp=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let first = stamp_of(&served.get("/").body);
    let mut stream = served.connect();
    let bearer = served.bearer();
    let host = format!("127.0.0.1:{}", served.port);
    stream.write_all(request("GET", "/events", &host, &[("Authorization", &bearer)], "").as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let mut next = || lines.find_map(|line| line.strip_prefix("data: ").map(str::to_owned)).unwrap();
    assert_eq!(next(), first, "a page that is up to date is told nothing new");
    for (words, state) in [(&["enable"][..], "on"), (&["disable"], "off"), (&["enable", "--local"], "local")] {
        case.cli(words).exits(0);
        // One command may be seen in several steps.
        while next() != stamp_of(&served.get("/").body) {}
        assert_eq!(served.get("/api/view").json()["state"], state);
    }
}

// ---- how it is reached --------------------------------------------------------------------------------------------

#[test]
fn the_usual_port_or_the_next_free_one() {
    let case = Case::new();
    let (one, two) = (Served::with(&case, &[]), Served::with(&case, &[]));
    assert!(one.port >= 4247 && two.port > one.port && two.port < 4247 + 21, "{} {}", one.port, two.port);
    assert!(one.token != two.token && one.token.len() == 64);
    assert_eq!(one.out, format!("The page is at\n\n    {}/?token={}\n\nCtrl-C ends it.\n", one.base(), one.token));
}

#[test]
fn other_machines_reach_it_only_when_that_is_said_and_only_with_the_token() {
    let case = Case::new();
    let ran = case.cli(&["ui", "--listen", "0.0.0.0:0", "--no-open"]).exits(1).stdout("");
    assert!(ran.err.contains("is reached by other machines\nhelp: add --remote"), "{ran}");
    let served = Served::with(&case, &["--listen", "0.0.0.0:0", "--remote"]);
    let known = served.bearer();
    let ask = |host: &str, headers: &[(&str, &str)]| {
        served.send(request("GET", "/api/view", host, headers, "").as_bytes()).status
    };
    assert_eq!(ask("192.0.2.7:80", &[("Authorization", &known)]), 200);
    assert_eq!(ask("[2001:db8::7]", &[("Authorization", &known)]), 200);
    assert_eq!(ask("192.0.2.7:80", &[]), 401);
    assert_eq!(ask("evil.example", &[("Authorization", &known)]), 403);
}

#[test]
fn over_ssh_it_prints_the_whole_line() {
    let case = Case::new().env("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.7 2222");
    let served = Served::start(&case);
    let line = served.out.lines().find(|line| line.contains("ssh -N")).unwrap_or_else(|| panic!("{}", served.out));
    let port = served.port;
    assert!(line.starts_with(&format!("    ssh -N -L {port}:127.0.0.1:{port} -p 2222 ")), "{line}");
    assert!(line.ends_with("@192.0.2.7"), "{line}");
}

#[test]
fn the_browser_gets_a_token_that_opens_once() {
    let case =
        Case::new().tool("browse", "echo \"$1\" >\"$HOME/opened.new\"; mv \"$HOME/opened.new\" \"$HOME/opened\"");
    let case = case.env("BROWSER", "browse");
    let words = [env!("CARGO_BIN_EXE_onramp-analytics"), "ui", "--listen", "127.0.0.1:0"];
    let root = rustix::process::geteuid().is_root();
    if !root {
        return opens_once(&case, &Served::by(&case, &words));
    }
    // Root's session is nobody's desktop: the same as nobody, who has to be able to get here.
    for path in [case.root(), case.checkout(), case.root().join("home"), case.root().join("bin")] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    }
    let far = case.command(&["setpriv", "--reuid=65534", "--clear-groups", words[0], "--version"]).output();
    if !far.is_ok_and(|output| output.status.success()) {
        return harness::skipped("the_browser_gets_a_token_that_opens_once", "user nobody can't run the program");
    }
    let as_nobody = [&["setpriv", "--reuid=65534", "--clear-groups"], &words[..]].concat();
    opens_once(&case, &Served::by(&case, &as_nobody));
}

fn opens_once(case: &Case, served: &Served) {
    let opened = case.root().join("home/opened");
    until("the browser is opened", || opened.exists());
    let address = std::fs::read_to_string(opened).unwrap();
    let path = address.trim().strip_prefix(&served.base()).unwrap_or_else(|| panic!("{address}"));
    assert!(!path.contains(&served.token));
    assert_eq!(served.ask("GET", path, &[], "").status, 303);
    assert_eq!(served.ask("GET", path, &[], "").status, 401);
}

#[test]
fn at_a_socket_it_needs_no_token_but_a_page_of_its_own() {
    let case = Case::new();
    let path = case.root().join("page.sock");
    let shown = path.display().to_string();
    let mut served = Served::with(&case, &["--unix", &shown, "--host", "onramp.lan"]);
    assert_eq!(served.out, format!("The page is at the socket {shown}\n"));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let ask = |method: &str, at: &str, host: &str, headers: &[(&str, &str)], body: &str| -> Answer {
        ask_socket(&path, &request(method, at, host, headers, body))
    };
    let json = ("Content-Type", "application/json");
    let (opt, yes) = ("/api/analytics_opt", "{\"opt\":\"opt-in\"}");
    assert_eq!(ask("GET", "/api/view", "localhost", &[], "").json()["needs_nudge"], true);
    assert_eq!(ask("GET", "/", "onramp.lan", &[], "").status, 200);
    let other = [json, ("Origin", "https://evil.example")];
    assert_eq!(ask("POST", opt, "onramp.lan", &other, yes).status, 403);
    assert_eq!(ask("POST", opt, "evil.example", &[json], yes).status, 403);
    assert_eq!(ask("POST", opt, "onramp.lan", &[json, ("Sec-Fetch-Site", "same-origin")], yes).status, 403);
    assert_eq!(ask("POST", opt, "onramp.lan", &[("Content-Type", "text/plain")], yes).status, 415);
    assert!(!case.checkout().join(CHOICE).exists());
    assert_eq!(ask("POST", opt, "onramp.lan", &[json, ("Origin", "https://onramp.lan")], yes).status, 200);
    assert_eq!(ask("POST", opt, "localhost", &[json], "{\"opt\":\"opt-out\"}").json()["state"], "off");

    let second = case.cli(&["ui", "--unix", &shown]).exits(1);
    assert!(second.err.contains("another page is there"), "{second}");
    assert!(served.end(Signal::TERM).success() && !path.exists());
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let again = Served::with(&case, &["--unix", &shown]);
    assert_eq!(ask("GET", "/api/view", "localhost", &[], "").status, 200, "a socket left behind is taken over");
    drop(again);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "mine").unwrap();
    let refused = case.cli(&["ui", "--unix", &shown]).exits(1);
    assert!(refused.err.contains("something else stands there"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn outside_a_checkout_it_says_so() {
    let ran = Case::new().at("elsewhere").cli(&["ui", "--no-open"]).exits(1).stdout("");
    assert!(ran.err.contains("could not find OnRamp checkout"), "{ran}");
}
