//! How the page is reached: ports, other machines, ssh, a browser, a socket.

use super::{Case, Served, until};
use crate::served::{Answer, ask_socket, request};
use onramp_analytics::paths::checkout::CHOICE;
use rustix::process::Signal;
use std::os::unix::fs::PermissionsExt as _;

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
fn any_loopback_address_that_it_listens_at_is_its_own() {
    let case = Case::new();
    for address in ["127.0.0.2:0", "[::1]:0"] {
        let served = Served::with(&case, &["--listen", address]);
        let (name, _) = address.rsplit_once(':').unwrap();
        assert!(served.out.contains(&format!("http://{name}:{}/?token=", served.port)), "{}", served.out);
        let host = format!("{name}:{}", served.port);
        let request = request("GET", "/api/view", &host, &[("Authorization", &served.bearer())], "");
        let mut stream = std::net::TcpStream::connect(&host).unwrap();
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        assert_eq!(crate::served::read(stream).status, 200, "{address}");
    }
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
    let script = "echo \"$1\" >\"$HOME/opened.new\"; mv \"$HOME/opened.new\" \"$HOME/opened\"";
    let case = Case::new().tool("browse", script).env("BROWSER", "browse");
    let words = [env!("CARGO_BIN_EXE_onramp-analytics"), "ui", "--listen", "127.0.0.1:0"];
    let served = Served::by(&case, &words);
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
