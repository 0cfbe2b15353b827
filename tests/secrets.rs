//! Planted secrets: in argv, environment, file names, settings, compose files, output and paths. None of them is ever
//! found in a byte that is written, sent, or shown: not in the person's homes, not on the wire, not in what the shim says
//! when it is asked why, and not in what any subcommand prints.

#[expect(unused, reason = "each test file uses its part of the harness")]
mod harness;

use harness::Case;
use onramp_shim::words::DEBUG;
use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// How many secrets are planted, each in several places. 100 runs with 100 each.
const RUNS: usize = 100;
const EACH: usize = 100;

/// A random word in the form of something that must not get out.
fn secret(form: usize) -> String {
    let word = uuid::Uuid::new_v4().simple().to_string();
    match form % 6 {
        0 => format!("ghp_{word}"),
        1 => format!("{}.home.example", &word[..20]),
        2 => format!("{}@mail.example", &word[..20]),
        3 => format!("my-{}-app", &word[..20]),
        4 => format!("/srv/{}", &word[..20]),
        _ => format!("hunter2-{word}"),
    }
}

/// How much of a secret is enough to know it again, in bytes.
const NEEDLE: usize = 20;

/// A secret's own random part, wherever it may have been cut or joined.
fn needle(secret: &str) -> &[u8] {
    let random = secret.rsplit(['_', '/']).next().unwrap_or(secret);
    &random.as_bytes()[..NEEDLE]
}

/// Every file below a folder, as bytes.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        all.extend(path.as_os_str().as_encoded_bytes());
        if path.is_dir() {
            all.extend(bytes_below(&path));
        } else if path.file_name().is_some_and(|name| name != "key") {
            all.extend(std::fs::read(&path).unwrap_or_default());
        }
    }
    all
}

/// A server that takes everything and keeps every byte of it.
fn server() -> (u16, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&taken);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut part = [0; 65536];
            while !is_whole(&request) {
                match stream.read(&mut part) {
                    Ok(count @ 1..) => request.extend(&part[..count]),
                    _ => break,
                }
            }
            let body = request.windows(4).position(|w| w == b"\r\n\r\n").map_or(0, |end| end + 4);
            let mut plain = Vec::new();
            let zipped = flate2::read::GzDecoder::new(&request[body..]).read_to_end(&mut plain).is_ok();
            let mut taken = keep.lock().unwrap();
            taken.extend(&request[..body]);
            taken.extend(if zipped { &plain } else { &request[body..] });
            drop(taken);
            let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\
                Connection: close\r\n\r\n{\"status\":1}";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, taken)
}

fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|w| w == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let length = head.lines().find_map(|l| l.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    request.len() >= end + 4 + length.unwrap_or(0)
}

#[test]
fn no_planted_secret_is_ever_written_or_sent() {
    let (port, taken) = server();
    let case = Case::new()
        .env("ONRAMP_ANALYTICS_HOST", &format!("http://127.0.0.1:{port}"))
        .env("ONRAMP_ANALYTICS_API_KEY", "phc_test")
        .tool("docker", "cat services-enabled/*.yml 2>/dev/null; exit 1");
    case.cli(&["enable"]).exits(0);
    let (mut planted, mut said) = (Vec::new(), Vec::<u8>::new());
    for run in 0..RUNS {
        let secrets: Vec<String> = (0..EACH).map(|i| secret(i + run)).collect();
        let name = secrets[0].trim_start_matches('/').replace('/', "-");
        // The real command prints its secrets, enables a private service, and fails now and then.
        let script = format!(
            "echo {0}; echo {1} >&2; printenv; ln -sf ../services-available/{name}.yml services-enabled/{name}.yml\n\
             docker compose -f services-enabled/{name}.yml -p {2} ps; exit {3}",
            secrets[1],
            secrets[2],
            secrets[3].trim_start_matches('/').replace('/', "-"),
            run % 3
        );
        let mut plant = case_with(&case, &script, &secrets, &name);
        let goal = ["enable-service", "start-service", "restore-backup", secrets[4].as_str(), "start"][run % 5];
        let mut words = vec!["make".to_owned(), goal.to_owned(), name.clone()];
        words.extend(secrets[5..40].iter().map(|s| format!("SECRET={s}")));
        words.extend(secrets[40..60].iter().cloned());
        plant.args(&words[1..]);
        let output = plant.output().unwrap();
        assert!(output.status.code().is_some_and(|code| code == i32::try_from(run % 3).unwrap()));
        // A run that the shim steps aside for: of what it says why, the command's own output left out.
        let aside = case_with(&case, &script, &secrets, &name).arg("-n").args(&words[1..]).output().unwrap();
        let lines = aside.stderr.split(|byte| *byte == b'\n');
        lines.filter(|line| line.starts_with(DEBUG.as_bytes())).for_each(|line| said.extend(line));
        planted.push(name);
        planted.extend(secrets);
    }
    assert!(planted.len() >= RUNS * EACH);
    let mut bytes = shown(&case);
    case.cli(&["flush", "--all"]).exits(0);
    bytes.extend(shown(&case));
    assert!(!said.is_empty(), "the shim never said why");
    bytes.extend(said);
    for home in ["state", "home", "config", "data", "elsewhere"] {
        bytes.extend(bytes_below(&case.root().join(home)));
    }
    bytes.extend(std::fs::read(case.checkout().join("onramp.lock")).unwrap());
    bytes.extend(std::fs::read(case.checkout().join(".git/info/exclude")).unwrap_or_default());
    let sent = taken.lock().unwrap().clone();
    let count = String::from_utf8_lossy(&sent).matches("command_executed").count();
    assert!(count >= RUNS, "{count} of {RUNS} runs were sent");
    bytes.extend(sent);
    let needles: HashSet<&[u8]> = planted.iter().map(|secret| needle(secret)).collect();
    let offered = bytes_below(&case.checkout().join("services-available"));
    assert!(offered.windows(NEEDLE).any(|window| needles.contains(window)), "secrets are not known again");
    let found: HashSet<&[u8]> = bytes.windows(NEEDLE).filter(|window| needles.contains(window)).collect();
    let found: Vec<_> = found.into_iter().map(String::from_utf8_lossy).collect();
    assert!(found.is_empty(), "{} of {} secrets got out: {found:?}", found.len(), planted.len());
}

/// Everything that the subcommands which show something print.
fn shown(case: &Case) -> Vec<u8> {
    let lines = [
        "status",
        "status --json",
        "view",
        "view --json",
        "view --pending --json",
        "view --sent --json",
        "ledger",
        "ledger --json",
        "export",
        "stats",
        "stats --json",
        "preview",
        "doctor",
        "doctor --json",
        "show-id",
    ];
    let mut bytes = Vec::new();
    for line in lines {
        let ran = case.cli(&line.split(' ').collect::<Vec<_>>());
        bytes.extend(ran.out.into_bytes());
        bytes.extend(ran.err.into_bytes());
    }
    assert!(memchr::memmem::find(&bytes, b"command_executed").is_some(), "nothing was shown");
    bytes
}

/// The case's make, with secrets in its environment, in OnRamp's settings and in compose files.
fn case_with(case: &Case, script: &str, secrets: &[String], name: &str) -> std::process::Command {
    std::fs::write(case.root().join("bin/make"), format!("#!/bin/sh\n{script}\n")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(case.root().join("bin/make"), mode).unwrap();
    let settings: String = secrets[60..80].iter().enumerate().map(|(i, s)| format!("TOKEN_{i}={s}\n")).collect();
    std::fs::write(case.checkout().join("services-enabled/.env"), settings).unwrap();
    let compose = format!("services:\n  {}:\n    image: {}\n", secrets[80].replace('/', "-"), secrets[81]);
    std::fs::write(case.checkout().join(format!("services-available/{name}.yml")), compose).unwrap();
    let mut command = case.command(&["make"]);
    command.env("ONRAMP_ANALYTICS_DEBUG", "1").env("HOST_DOMAIN", &secrets[5]).env("TERM", &secrets[6]);
    command.envs(secrets[82..100].iter().enumerate().map(|(i, s)| (format!("SECRET_{i}"), s)));
    command
}
