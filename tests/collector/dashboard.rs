//! PostHog's dashboard: its shapes, its requests, and that its queries answer as the collector does.

use crate::events::*;
use crate::server::{Collector, command};
use crate::tools;
use onramp_analytics::collector::dashboard::{TILES, template};
use onramp_shim::catalog::SERVICES;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

fn shipped(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/posthog").join(name)
}

#[test]
fn the_shipped_template_is_what_the_program_makes() {
    let text = std::fs::read_to_string(shipped("dashboard.json")).unwrap();
    let again = "onramp-analytics collector dashboard template > docs/posthog/dashboard.json";
    assert_eq!(text, format!("{:#}\n", template()), "the words have changed: {again}");
    let printed = command().args(["collector", "dashboard", "template"]).output().unwrap();
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), text);
}

#[test]
fn the_template_has_the_shapes_of_posthogs() {
    let Some(mut command) = tools::python("shapes.py") else { return };
    tools::run(command.arg(shipped("dashboard.schema.json")).arg(shipped("dashboard.json")));
    let broken = tempfile::NamedTempFile::new().unwrap();
    let text = std::fs::read_to_string(shipped("dashboard.json")).unwrap();
    std::fs::write(broken.path(), text.replacen("HogQLQuery", "SQLQuery", 1)).unwrap();
    let mut command = tools::python("shapes.py").unwrap();
    assert!(!command.arg(shipped("dashboard.schema.json")).arg(broken.path()).output().unwrap().status.success());
}

/// Answers one request after another as the script says; the answer is what was asked.
fn scripted(answers: Vec<(u16, String)>) -> (String, std::thread::JoinHandle<Vec<(String, Value)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for (status, body) in answers {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            while reader.read_line(&mut head).unwrap() > 2 {
                let line = head.lines().last().unwrap().to_lowercase();
                length = line.strip_prefix("content-length: ").map_or(length, |l| l.parse().unwrap());
            }
            let mut sent = vec![0; length];
            reader.read_exact(&mut sent).unwrap();
            let location = if status == 302 { "Location: http://example.org/\r\n" } else { "" };
            let head_back =
                format!("HTTP/1.1 {status} x\r\nConnection: close\r\n{location}Content-Length: {}\r\n\r\n", body.len());
            reader.get_mut().write_all((head_back + &body).as_bytes()).unwrap();
            asked.push((head, serde_json::from_slice(&sent).unwrap_or(Value::Null)));
        }
        asked
    });
    (host, server)
}

fn push(host: &str, key: Option<&str>, more: &[&str]) -> Output {
    let mut command: Command = command();
    if let Some(key) = key {
        command.env("ONRAMP_ANALYTICS_PERSONAL_API_KEY", key);
    }
    command.args(["collector", "dashboard", "push", "--host", host]).args(more).output().unwrap()
}

/// What PostHog answers to a whole push: insights 11 to 15 lie in tiles 25 to 21.
fn whole() -> Vec<(u16, String)> {
    let mut answers = vec![(201, json!({"id": 7}).to_string())];
    answers.extend((11..=15).map(|id| (201, json!({"id": id}).to_string())));
    let tiles: Vec<_> = (11..=15).map(|id| json!({"id": 36 - id, "insight": {"id": id}})).collect();
    answers.push((200, json!({"tiles": tiles}).to_string()));
    answers.push((200, "{}".into()));
    answers
}

#[test]
fn a_push_makes_the_dashboard_then_its_insights_then_the_layout() {
    let (host, server) = scripted(whole());
    let output = push(&host, Some("phx_secret"), &["--posthog-project", "42"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{host}/project/42/dashboard/7\n"), "{output:?}");
    let asked = server.join().unwrap();
    let lines: Vec<_> = asked.iter().map(|(head, _)| head.lines().next().unwrap().to_owned()).collect();
    let mut expected = vec!["POST /api/projects/42/dashboards/ HTTP/1.1"];
    expected.extend(["POST /api/projects/42/insights/ HTTP/1.1"; 5]);
    expected.extend(["GET /api/projects/42/dashboards/7/ HTTP/1.1", "PATCH /api/projects/42/dashboards/7/ HTTP/1.1"]);
    assert_eq!(lines, expected);
    for (head, _) in &asked {
        assert!(head.to_lowercase().contains("authorization: bearer phx_secret\r\n"), "{head}");
    }
    for (tile, (_, body)) in TILES.iter().zip(&asked[1..]) {
        assert_eq!((&body["name"], &body["dashboards"]), (&json!(tile.name), &json!([7])));
        assert_eq!(body["query"]["source"]["kind"], "HogQLQuery");
    }
    let laid: Vec<_> =
        TILES.iter().zip([25, 24, 23, 22, 21]).map(|(t, id)| json!({"id": id, "layouts": t.layouts()})).collect();
    assert_eq!(asked[7].1, json!({ "tiles": laid }));
}

#[test]
fn a_rehearsal_prints_the_same_requests_and_needs_neither_key_nor_server() {
    let output = push("https://us.i.posthog.com", None, &["--dry-run"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("POST https://us.posthog.com/api/projects/@current/dashboards/\n{"), "{text:.300}");
    assert_eq!(text.matches("POST https://us.posthog.com/api/projects/@current/insights/\n").count(), 5);
    assert!(text.contains("\nPATCH https://us.posthog.com/api/projects/@current/dashboards/<dashboard>/\n"));
}

#[test]
fn a_push_that_fails_says_what_and_what_to_do() {
    let fails = |answers: Vec<(u16, String)>, key: Option<&str>, says: &[&str]| {
        let (host, server) = scripted(answers);
        let output = push(&host, key, &[]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{error}");
        assert!(says.iter().all(|part| error.contains(part)), "{error}");
        assert!(!error.contains("phx_secret"), "{error}");
        drop(server);
    };
    let key = Some("phx_secret");
    fails(vec![], None, &["ONRAMP_ANALYTICS_PERSONAL_API_KEY is not set", "\nhelp: "]);
    fails(vec![], Some("phc_public"), &["it is not a personal key", "\nhelp: "]);
    fails(vec![(401, "{}".into())], key, &["401", "\nhelp: the personal key is wrong"]);
    fails(vec![(403, r#"{"detail":"scope"}"#.into())], key, &["403", "scope", "dashboard:write"]);
    fails(vec![(404, "<html>".into())], key, &["404", "--posthog-project"]);
    fails(vec![(302, String::new())], key, &["302"]);
    fails(vec![(200, "<html>a portal</html>".into())], key, &["could not POST"]);
    let mut halfway = whole();
    halfway[3] = (500, "x".into());
    halfway.truncate(4);
    fails(
        halfway,
        key,
        &["could not fill dashboard", "/dashboard/7", "500", "\nhelp: delete it there, and push again"],
    );
    let mut lost = whole();
    lost[6] = (200, r#"{"tiles":[]}"#.into());
    lost.truncate(7);
    fails(lost, key, &["could not fill dashboard", "could not find tile"]);
    for host in ["http://posthog.example.org", "posthog.example.org"] {
        assert_eq!(push(host, key, &[]).status.code(), Some(1), "{host}");
    }
    assert_eq!(push("https://example.org", key, &["--posthog-project", "a/b"]).status.code(), Some(1));
}

/// Some thousand events of 40 installs in 100 days, and for the queries alone what the collector would refuse.
fn events() -> (Vec<String>, Vec<String>) {
    let mut random = 7_u64;
    let mut next = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let commands = ["start", "restart", "up", "compose up", "compose ps", "enable-service", "compose logs", "other"];
    let mut lines = Vec::new();
    for _ in 0..20_000 {
        let install = install(next(40));
        let days = next(100) as i64;
        // The lower the number the likelier, so that some services are rare.
        let (a, b) = (next(60), next(60));
        let service = if next(50) == 0 { "a private one" } else { SERVICES[(a * b / 60) as usize] };
        let command = commands[next(8) as usize];
        let event = match next(10) {
            0 => enabled(service),
            1 => disabled(service),
            2 => override_enabled("plex-nfs"),
            3 => failed(command, ["usage", "failed", "docker_unavailable"][next(3) as usize]),
            _ => ran(command, next(8) > 0, next(10) * next(1000) * next(100)),
        };
        lines.push(line(&install, days, event));
    }
    let foreign = install(99);
    let strange = [("onramp-analytics", "posthog-js"), ("\"start\"", "\"rm -rf\""), (foreign.as_str(), "somebody")];
    let refused = strange.map(|(from, to)| line(&foreign, 5, ran("start", true, 1)).replace(from, to));
    (lines.clone(), lines.iter().take(500).cloned().chain(refused).collect())
}

#[test]
fn the_queries_answer_in_clickhouse_as_the_collector_does() {
    let Some(mut queries) = tools::python("queries.py") else { return };
    let (lines, more) = events();
    let file = tempfile::NamedTempFile::with_suffix(".ndjson").unwrap();
    std::fs::write(file.path(), lines.iter().chain(&more).cloned().collect::<Vec<_>>().join("\n")).unwrap();
    let collector = Collector::start();
    for some in lines.chunks(1000) {
        assert_eq!(collector.post("/batch/", batch(some)).status, 200);
    }
    let (from, to) = (ago(80), ago(3));
    let output = tools::run(queries.arg(shipped("dashboard.json")).arg(file.path()).arg(&from).arg(&to));
    let theirs: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ours = collector.answers(&format!("?from={from}&to={to}"));
    tools::assert_same_answers(&theirs, &ours);
    assert!(ours["durations"].as_array().unwrap().len() >= 4);
    assert!(ours["services"]["rare"]["services"].as_u64().unwrap() > 1);
}
