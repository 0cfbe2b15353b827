//! `explain`, by the real binary: the exact answers that programs rely on, and what a person reads.

use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// Runs `explain` with nothing but these variables in the environment.
fn explain(arguments: &[&str], variables: &[(&str, &str)], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_onramp-analytics"))
        .arg("explain")
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    let writer = std::thread::spawn(move || drop(input.write_all(&stdin)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn text(arguments: &[&str]) -> String {
    let output = explain(arguments, &[], b"");
    assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_answer_for_a_program_is_the_documented_one() {
    let why = "shows which services people choose, so that these are kept working first";
    let answer = text(&["--json", "--", "/usr/bin/make", "-C", "a", "--dir=b", "FOO=1", "./enable-service", "plex"]);
    let expected = format!(
        "{{\"tool\":\"make\",\"recorded\":true,\"reason\":\"{why}\",\"command\":\"enable-service\",\"make\":{{\
         \"goals\":[\"enable-service\",\"plex\"],\"directory\":\"a/b\",\"makefiles\":[],\"variables\":[\"FOO\"],\
         \"dry_run\":false,\"question\":false,\"touch\":false}}}}\n"
    );
    assert_eq!(answer, expected);
    let answer = text(&["--json", "--", "docker", "compose", "-f", "a.yml", "up", "-d", "web"]);
    let expected = "{\"tool\":\"docker compose\",\"recorded\":true,\"reason\":\"shows how many people drive compose by \
        hand beside make, and whether that works\",\"command\":\"compose up\",\"compose\":{\"subcommand\":\"up\",\
        \"services\":[\"web\"],\"files\":[\"a.yml\"],\"env_files\":[],\"project_name\":null,\"project_directory\":null,\
        \"profiles\":[],\"dry_run\":false,\"inner_command\":[]}}\n";
    assert_eq!(answer, expected);
    let answer = text(&["--json", "--", "docker", "run", "compose", "up"]);
    assert_eq!(
        answer,
        "{\"tool\":\"docker\",\"recorded\":false,\"reason\":\"not a compose command\",\"command\":null}\n"
    );
}

#[test]
fn lines_are_answered_in_order_and_a_bad_one_in_its_place() {
    let lines = [
        json!({"argv": ["make", "up"], "env": {"MAKEFLAGS": "n"}}).to_string(),
        "not JSON".to_owned(),
        json!({"argv": ["docker-compose", "stop", "web"], "id": "more than is asked for"}).to_string(),
        json!({"argv": ["make", "~/a", "-f./b.mk", "-f", "~/c.mk", "A?=1", "B?=1"], "env": {"A": "0"}}).to_string(),
        json!({"argv": ["make", "~/a"], "env": {"HOME": "/home/v"}}).to_string(),
        json!({"argv": ["ls"], "env": null}).to_string(),
        json!({"argv": []}).to_string(),
    ];
    let own = [("MAKEFLAGS", "q"), ("HOME", "/home/u")];
    let output = explain(&["--json", "--stdin"], &own, lines.join("\n").as_bytes());
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), lines.len(), "{text}");
    assert_eq!((&answers[0]["recorded"], &answers[0]["make"]["dry_run"]), (&json!(false), &json!(true)));
    assert_eq!(answers[0]["make"]["question"], json!(false), "of the process's own environment only the home counts");
    assert!(answers[1]["error"].as_str().unwrap().starts_with("could not parse line: "), "{}", answers[1]);
    assert_eq!((&answers[2]["tool"], &answers[2]["command"]), (&json!("docker-compose"), &json!("compose stop")));
    let make = &answers[3]["make"];
    assert_eq!((&make["goals"], &make["variables"]), (&json!(["/home/u/a"]), &json!(["B"])), "A is set already");
    assert_eq!(make["makefiles"], json!(["b.mk", "/home/u/c.mk"]));
    assert_eq!(answers[4]["make"]["goals"], json!(["/home/v/a"]));
    for answer in &answers[5..] {
        let reason = "no rule knows this command: it is not wrapped";
        assert_eq!(*answer, json!({"tool": null, "recorded": false, "reason": reason, "command": null}));
    }
}

/// The same lines as in the shim crate's `argv.rs`, here for their form.
#[test]
fn every_known_command_line_has_an_answer() {
    let data =
        [include_str!("../shims/tests/data/argv_make.jsonl"), include_str!("../shims/tests/data/argv_compose.jsonl")]
            .concat();
    let output = explain(&["--json", "--stdin"], &[], data.as_bytes());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), data.lines().count());
    for (line, answer) in data.lines().zip(text.lines()) {
        let (line, answer): (Value, Value) =
            (serde_json::from_str(line).unwrap(), serde_json::from_str(answer).unwrap());
        let form = |part: &str| answer.get(part).map(|p| p.as_object().unwrap().keys().cloned().collect::<Vec<_>>());
        let is_make = line["argv"][0] == "make";
        let make = ["goals", "directory", "makefiles", "variables", "dry_run", "question", "touch"];
        assert_eq!(form("make"), is_make.then(|| make.map(str::to_owned).to_vec()), "{line}");
        let dry = line["dry_run"] == json!(true) || line["question"] == json!(true);
        assert!(!dry || answer["recorded"] == json!(false), "{line}");
        assert_eq!(answer["recorded"] == json!(true), answer["command"].is_string(), "{answer}");
    }
}

#[test]
fn a_person_reads_what_is_looked_at_and_what_may_follow() {
    insta::assert_snapshot!(text(&["--", "make", "-C", "onramp", "disable-service", "transmission"]), @r#"
    make -C onramp disable-service transmission

    Read as:   make disable-service, for the name transmission, in the folder onramp
    Recorded:  yes, in an OnRamp folder where you said yes, as the command "disable-service".
    Why:       it shows which services people give up.
    Looked at: services-enabled/transmission.yml, before and after
               every overrides-enabled/transmission-*.yml, before and after
               if it fails: how it ended, whether the names in it exist, whether the docker engine answers
               never: what it prints, the values of settings, anything else that you typed

    Events that can follow:
      service_disabled   if a link is gone
                         service_name "transmission"
      override_disabled  if a link is gone
                         override_name as OnRamp publishes it, "custom" for any other override
      command_executed   always
                         command "disable-service", success true or false, duration_ms with two digits
      error_occurred     if it fails
                         command "disable-service", error_type out of a fixed list
    "#);
}

#[test]
fn a_person_reads_that_a_private_name_stays_here() {
    let answer = text(&["--", "make", "enable-service", "my-secret-app"]);
    assert!(answer.contains("service_name \"custom\", since OnRamp publishes no service my-secret-app"), "{answer}");
    let answer = text(&["--", "make", "deploy-my-company-thing"]);
    assert!(answer.contains("as the command \"other\"") && !answer.contains("service_name"), "{answer}");
}

#[test]
fn a_person_reads_why_nothing_is_recorded() {
    for (words, reason) in [
        (&["make", "-n", "up"][..], "a dry run: it shows what would be done and does not do it"),
        (&["make", "-q", "up"], "it only asks whether there is something to do"),
        (&["make", "analytics-disable"], "it is about these analytics themselves"),
        (&["make", "--version"], "it only shows the version"),
        (&["docker", "compose"], "compose only shows its help without a command"),
        (&["docker", "compose", "up", "--help"], "it only shows help"),
        (&["docker", "ps"], "not a compose command"),
        (&["ls"], "no rule knows this command: it is not wrapped"),
    ] {
        let answer = text(&[&["--"], words].concat());
        assert!(answer.ends_with(&format!("\nRecorded:  no: {reason}.\n")), "{words:?}: {answer}");
    }
}

#[test]
fn ctrl_c_a_question_and_a_missing_name_are_spoken_of() {
    for (line, says) in [
        ("docker compose up", "ending it with Ctrl-C is no failure"),
        ("make nuke-service whoami", "answering its question with no is no error"),
        ("make nuke-service", "as it will: it needs a name"),
        ("docker compose exec web sh", "a program that fails in the container is no error of it"),
        ("make -t enable-service plex", "nothing beforehand, as -t runs nothing"),
        ("docker-compose stop web -t 5", "docker-compose 1.29 takes every word behind the first service for a service"),
        ("docker compose up --nosuch", "it is refused: there is an option or a word that does not belong there"),
    ] {
        let words: Vec<&str> = ["--"].into_iter().chain(line.split(' ')).collect();
        assert!(text(&words).contains(says), "{line}: {}", text(&words));
    }
    assert!(!text(&["--", "docker", "compose", "up", "-d"]).contains("Ctrl-C"));
    assert!(!text(&["--", "docker", "compose", "stop", "web", "-t", "5"]).contains("1.29"));
    assert!(text(&["--", "docker-compose", "stop", "web", "-t", "5"]).contains("compose stop, for web\n"));
}

#[test]
fn a_command_line_may_stand_there_without_two_dashes() {
    for line in [&["make", "-n", "start"][..], &["docker", "--debug", "compose", "up", "--dry-run", "-d"], &["ls"]] {
        assert_eq!(text(line), text(&[&["--"], line].concat()));
        assert_eq!(text(&[&["--json"], line].concat()), text(&[&["--json", "--"], line].concat()));
    }
    // What stands behind belongs to it, two dashes too.
    assert!(text(&["--json", "--", "make", "--", "start"]).contains(r#""goals":["start"]"#));
    assert_eq!(text(&["make", "start", "--json"]), text(&["--", "make", "start", "--json"]));
    // A mistyped option is still one.
    assert_eq!(explain(&["--jsn", "make", "start"], &[], b"").status.code(), Some(2));
}

#[test]
fn without_a_command_it_is_a_usage_error() {
    for arguments in [&[][..], &["--stdin"], &["--json"]] {
        assert_eq!(explain(arguments, &[], b"").status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn what_a_later_goal_changes_is_told() {
    let told = text(&["--", "make", "stop-service", "plex", "disable-service", "plex"]);
    assert!(told.contains("of 4 goals the first is recorded"), "{told}");
    assert!(told.contains("services-enabled/plex.yml, before and after"), "{told}");
    assert!(told.contains("service_disabled") && !told.contains("service_enabled "), "{told}");
    assert!(!text(&["--", "make", "stop-service", "plex"]).contains("service_disabled"));
}
