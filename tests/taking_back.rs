//! Taking a yes back while things are under way, with the real programs: from the moment that `disable` has returned no
//! byte is added, `uninstall` leaves nothing whoever is at work, and `forget` reaches what an embedded collector has.

#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, skipped, until};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_onramp-analytics");

fn tools(case: Case) -> Case {
    case.tool("make", "exit 0").tool("docker", "exit 0").tool("docker-compose", "exit 0")
}

/// What every file below a folder holds.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for path in folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()) {
        match path.is_dir() {
            true => all.extend(contents(&path)),
            false => drop(all.insert(path.display().to_string(), std::fs::read(path).unwrap_or_default())),
        }
    }
    all
}

// ---- disable ----------------------------------------------------------------------------------------------------

/// How a person chose.
type Consent = fn(Case) -> Case;

/// The shim's own system calls from the end of the command on, each with how often its name came so far.
fn last_calls(case: &Case) -> Vec<(String, usize)> {
    let log = case.root().join("trace");
    let shown = log.display().to_string();
    case.run(&["strace", "-qq", "-o", &shown, "make", "start"]).exits(0);
    let text = std::fs::read_to_string(log).unwrap();
    let (mut counts, mut calls, mut has_ended) = (BTreeMap::new(), Vec::new(), false);
    for (name, rest) in text.lines().filter_map(|line| line.split_once('(')).filter(|(n, _)| !n.starts_with(['-', '+']))
    {
        let count = counts.entry(name.to_owned()).or_insert(0);
        *count += 1;
        if has_ended && !name.starts_with("exit") {
            calls.push((name.to_owned(), *count));
        }
        has_ended |= name.starts_with("wait") && !rest.contains("ECHILD");
    }
    calls
}

/// Stops a run after its `count`th call of this name, disables, lets the run go on; answers with whether it was stopped.
fn disabled_after(call: &str, count: usize, consent: Consent, disable: &[&str]) -> bool {
    let case = consent(tools(Case::new()));
    case.run(&["make", "restart"]).exits(0);
    let log = case.root().join("trace");
    let (shown, inject) = (log.display().to_string(), format!("inject={call}:signal=STOP:when={count}"));
    let trace = format!("trace={call}");
    let run = case.start(&["strace", "-qq", "-o", &shown, "-e", &trace, "-e", &inject, "make", "start"]);
    let tracer = run.pid().as_raw_nonzero();
    let shim = || std::fs::read_to_string(format!("/proc/{tracer}/task/{tracer}/children")).unwrap_or_default();
    let is_stopped = || std::fs::read_to_string(&log).is_ok_and(|log| log.contains("stopped by SIGSTOP"));
    let has_ended = || std::fs::read_to_string(format!("/proc/{tracer}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    until("the run is stopped or ends", || is_stopped() || has_ended());
    if !is_stopped() {
        run.wait();
        return false;
    }
    let pid = shim().trim().parse().unwrap();
    case.cli(disable).exits(0);
    let before = contents(&case.state());
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    run.wait().exits(0);
    let mut after = contents(&case.state());
    // A file that was made for the line, and stayed empty, holds nothing.
    after.retain(|path, holds| before.contains_key(path) || !holds.is_empty());
    let what = format!("{call} {count}, {disable:?}");
    assert!(
        after.iter().all(|(path, holds)| before.get(path) == Some(holds)),
        "{what}: {after:#?}, before {before:#?}"
    );
    true
}

#[test]
fn once_disable_has_returned_no_run_adds_a_byte_wherever_it_stands() {
    if which::which("strace").is_err() {
        return skipped("there is no strace");
    }
    let ways: [(Consent, &[&str]); 3] =
        [(Case::consented, &["disable"]), (Case::consented, &["disable", "--keep-local"]), (Case::local, &["disable"])];
    let mut points = Vec::new();
    for (consent, disable) in ways {
        let case = consent(tools(Case::new()));
        case.run(&["make", "restart"]).exits(0);
        points.extend(last_calls(&case).into_iter().map(|(call, count)| (call, count, consent, disable)));
    }
    assert!(points.iter().any(|(call, ..)| call == "flock"), "{points:?}");
    let work = std::sync::Mutex::new(points.iter());
    let stopped = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some((call, count, consent, disable)) = work.lock().unwrap().next() else { return };
                    let hit = disabled_after(call, *count, *consent, disable);
                    stopped.fetch_add(usize::from(hit), std::sync::atomic::Ordering::Relaxed);
                }
            });
        }
    });
    let stopped = stopped.into_inner();
    println!("disabled at {stopped} of {} points", points.len());
    assert!(stopped * 10 > points.len() * 8, "stopped at {stopped} of {}", points.len());
}

// ---- local mode -------------------------------------------------------------------------------------------------

#[test]
fn a_run_in_local_mode_wakes_the_keeper_and_never_opens_a_socket() {
    if which::which("strace").is_err() {
        return skipped("there is no strace");
    }
    let case = tools(Case::new()).local();
    std::fs::hard_link(PROGRAM, case.root().join("lib/onramp-analytics")).unwrap();
    std::fs::remove_file(case.place().file("next")).unwrap();
    let log = case.root().join("trace");
    case.run(&["strace", "-f", "-qq", "-o", &log.display().to_string(), "make", "start"]).exits(0);
    until("the keeper has put it away", || !case.place().file("local").exists());
    let ran = case.cli(&["view"]).exits(0);
    assert!(ran.out.contains("command start") && ran.out.trim_end().ends_with("local"), "{ran}");
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("\"keep\"") && !text.contains("socket("), "{text}");
    // And not again at the next command.
    case.run(&["make", "start"]).exits(0);
    assert!(case.place().file("local").exists());
}

// ---- uninstall --------------------------------------------------------------------------------------------------

/// Uninstalls in the middle of runs, a sender and a flush, whose server never answers.
fn uninstalled_in_the_middle(after: std::time::Duration) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("http://{}", silent.local_addr().unwrap());
    let case = tools(Case::new()).env("ONRAMP_ANALYTICS_HOST", &host).env("ONRAMP_ANALYTICS_API_KEY", "phc_test");
    std::fs::hard_link(PROGRAM, case.root().join("lib/onramp-analytics")).unwrap();
    case.cli(&["enable"]).exits(0);
    let case = case.path(&["bin", "/usr/bin", "/bin"]);
    case.cli(&["install"]).exits(0);
    let case = case.path(&["data/onramp-analytics/shims", "bin", "/usr/bin", "/bin"]);
    assert_eq!(case.run(&["make", "start"]).exits(0).events.len(), 1);
    let due = || {
        let next = std::fs::File::options().write(true).open(case.place().file("next")).unwrap();
        next.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(60)).unwrap();
    };
    due();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..12).for_each(|_| drop(case.run(&["sh", "-c", "make start"]).exits(0).stdout(""))));
        }
        let checkout = case.checkout().display().to_string();
        let (case, mut words) = (&case, vec![PROGRAM.to_owned(), "--project".to_owned(), checkout]);
        words.push("send".to_owned());
        scope.spawn(move || case.run(&words));
        scope.spawn(|| case.cli(&["flush"]));
        scope.spawn(|| case.cli(&["view"]));
        std::thread::sleep(after);
        let ran = case.cli(&["uninstall"]).exits(0).stderr("");
        assert!(ran.out.contains("removed: your choice in {CASE}/onramp/onramp.lock"), "{ran}");
    });
    for gone in ["state/onramp-analytics", "data/onramp-analytics", "onramp/onramp.lock", "config/onramp-analytics"] {
        let mut left = contents(&case.root().join(gone));
        // A run that was started before its shim was gone and looked after the choice was (docs/races.md, 22).
        left.retain(|path, _| !path.ends_with("/nudge.due"));
        assert!(left.is_empty(), "after {after:?} {gone} is there again: {left:#?}");
    }
}

#[test]
fn uninstall_in_the_middle_of_runs_a_sender_and_a_flush_leaves_nothing() {
    for millis in [0, 30, 60, 100, 150, 220] {
        uninstalled_in_the_middle(std::time::Duration::from_millis(millis));
    }
}

// ---- forget -----------------------------------------------------------------------------------------------------

/// An embedded collector that ends with the test.
struct Collector(Child, String);

impl Collector {
    fn start(case: &Case) -> Self {
        let data = case.root().join("collected");
        let mut process = Command::new(PROGRAM)
            .env_clear()
            .args(["collector", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(process, line.trim().trim_end_matches('/').to_owned())
    }

    /// Every byte of its database and answers in which an id or a count could stand.
    fn knows(&self, case: &Case, id: &str) -> (i64, bool) {
        let folder = case.root().join("collected");
        let db = rusqlite::Connection::open(folder.join("events.sqlite")).unwrap();
        let rows = db.query_row("SELECT count(*) FROM stored", [], |row| row.get(0)).unwrap();
        let plain = id.as_bytes();
        let raw = uuid::Uuid::parse_str(id).unwrap().into_bytes();
        let is_in = |holds: &Vec<u8>, what: &[u8]| holds.windows(what.len()).any(|at| at == what);
        (rows, contents(&folder).values().any(|holds| is_in(holds, plain) || is_in(holds, &raw)))
    }

    fn answers(&self) -> serde_json::Value {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(self.1.trim_start_matches("http://")).unwrap();
        write!(stream, "GET /api/answers HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn forget_reaches_what_the_embedded_collector_has() {
    let case = tools(Case::new()).service("plex");
    let collector = Collector::start(&case);
    let case = case.env("ONRAMP_ANALYTICS_HOST", &collector.1).env("ONRAMP_ANALYTICS_API_KEY", "phc_test");
    case.cli(&["enable"]).exits(0);
    let id = case.cli(&["show-id"]).exits(0).out.trim().to_owned();
    let nothing = collector.answers();
    for _ in 0..3 {
        case.run(&["make", "start"]).exits(0);
    }
    case.run(&["docker", "compose", "up", "-d"]).exits(0);
    case.cli(&["flush"]).exits(0);
    assert_eq!(collector.knows(&case, &id), (4, true));
    assert_ne!(collector.answers(), nothing);
    // Another install's events stay.
    let other = "11234567-89ab-4cde-8f01-23456789abcd";
    let lock = case.checkout().join("onramp.lock");
    let own = std::fs::read_to_string(&lock).unwrap();
    std::fs::write(&lock, own.replace(&id, other)).unwrap();
    case.run(&["make", "restart"]).exits(0);
    case.cli(&["flush"]).exits(0);
    std::fs::write(&lock, own).unwrap();
    case.cli(&["forget"]).exits(0);
    assert_eq!(collector.knows(&case, &id), (0, false));
    assert_eq!(collector.knows(&case, other), (0, false), "what this checkout sent under an older id is forgotten too");
    assert_eq!(collector.answers(), nothing);
    drop(collector);
}
