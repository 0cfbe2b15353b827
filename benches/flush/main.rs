//! What a flush costs beside posthog-python: ten thousand waiting events to an embedded collector on loopback, the same
//! events in batches from PostHog's own SDK to another such collector. Prints time, memory and their ratios.
//!
//! `cargo bench --bench flush`; with `-- --gate` it fails unless ours is faster and smaller. Takes posthog-python from
//! PyPI into a virtual environment below `target/`; without it, only our side is measured.

use onramp_analytics::env::Environment;
use onramp_analytics::paths::{Homes, Place, checkout, place};
use onramp_shim::catalog::{Command as Word, TARGETS};
use onramp_shim::schema::{Duration as Took, Event, Stamp, VERSION};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

const EVENTS: usize = 10_000;
const ROUNDS: usize = 5;
const ID: &str = "01234567-89ab-4cde-8f01-23456789abcd";
const OURS: &str = env!("CARGO_BIN_EXE_onramp-analytics");
const THEIRS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/flush/send.py");

fn main() -> ExitCode {
    let gate = std::env::args().any(|argument| argument == "--gate");
    let python = python();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(flush());
        if let Some(python) = &python {
            theirs.push(sdk(python));
        }
    }
    let ours = median(ours);
    println!("{EVENTS} events to an embedded collector on loopback, medians of {ROUNDS} rounds, whole processes");
    println!("  onramp-analytics flush --all   {ours}");
    if python.is_none() {
        println!("SKIPPED posthog-python: it can't be had from PyPI here");
        return ExitCode::SUCCESS;
    }
    let theirs = median(theirs);
    let (time, memory) = (theirs.seconds / ours.seconds, theirs.kilobytes / ours.kilobytes);
    println!("  posthog-python, batches of 100 {theirs}");
    println!("  ratio                          {time:.1} times the time, {memory:.1} times the memory");
    ExitCode::from(u8::from(gate && (time <= 1.0 || memory <= 1.0)))
}

/// What a process took, as time(1) tells it.
#[derive(Clone, Copy)]
struct Cost {
    seconds: f64,
    kilobytes: f64,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:6.2} s  {:6.1} MB", self.seconds, self.kilobytes / 1024.0)
    }
}

fn median(mut costs: Vec<Cost>) -> Cost {
    let mut of = |value: fn(&Cost) -> f64| {
        costs.sort_by(|a, b| value(a).total_cmp(&value(b)));
        value(&costs[costs.len() / 2])
    };
    Cost { seconds: of(|c| c.seconds), kilobytes: of(|c| c.kilobytes) }
}

/// An embedded collector with a folder of its own.
struct Collector {
    process: Child,
    host: String,
    data: tempfile::TempDir,
}

impl Collector {
    fn start() -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(OURS);
        command.args(["collector", "--listen", "127.0.0.1:0", "--data"]).arg(data.path()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the collector starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("its address");
        Self { process, host: line.trim().trim_end_matches('/').to_owned(), data }
    }

    /// Ends it; answers with how many events reached it. The SDK adds properties of its own, so the collector does not
    /// keep what comes from there; that is less work, not more.
    fn events(mut self) -> usize {
        self.process.kill().expect("it ends");
        self.process.wait().expect("its end");
        let db = rusqlite::Connection::open(self.data.path().join("events.sqlite")).expect("its database");
        let sum = "SELECT (SELECT COUNT(*) FROM event) + (SELECT COALESCE(SUM(events), 0) FROM refused)";
        db.query_row(sum, [], |row| row.get(0)).expect("a number")
    }
}

/// A person with ten thousand waiting events.
fn person(host: &str) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("onramp");
    std::fs::create_dir_all(folder.join(checkout::MARK_FOLDER)).expect("a folder");
    std::fs::write(folder.join(checkout::MARK_FILE), "").expect("a file");
    let env = Environment::of_entries(vec![format!("HOME={}", home.path().display()).into_bytes()]);
    let place = Place::make(&Homes::of(&env).expect("homes"), &folder).expect("a place");
    let lock = format!(
        "ANALYTICS_ENABLED=1\nANALYTICS_ID={ID}\nANALYTICS_NOTICE_SHOWN=1\nANALYTICS_HOST={host}\n\
         ANALYTICS_SCHEMA={VERSION}\nANALYTICS_CHECKOUT={}\n",
        place.digits
    );
    std::fs::write(folder.join(checkout::CHOICE), lock).expect("a lock");
    let lines: Vec<u8> = (0..EVENTS).flat_map(|n| [b"\n".to_vec(), line(n), b"\n".to_vec()].concat()).collect();
    std::fs::write(place.file(place::SPOOL), lines).expect("a spool");
    (home, folder)
}

fn line(n: usize) -> Vec<u8> {
    let command = Word::make(TARGETS[n % TARGETS.len()].as_bytes());
    let event =
        Event::CommandExecuted { command, success: !n.is_multiple_of(7), duration: Took::of_millis(n as u64 * 3) };
    let day = onramp_analytics::days::today().unsigned_abs();
    let id = ID.as_bytes().try_into().ok();
    onramp_analytics::ledger::written(
        event,
        &Stamp { uuid: *uuid::Uuid::new_v4().as_bytes(), id, day, micros: n as u64 * 8_000_000 },
    )
}

/// Runs a command under time(1); fails if the collector does not have every event afterwards.
fn cost(collector: Collector, program: &Path, prepare: impl FnOnce(&mut Command)) -> Cost {
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%e %M"]).arg(program).env_clear();
    prepare(&mut command);
    let output = command.output().expect("/usr/bin/time runs (Debian: time)");
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut figures = told.lines().last().unwrap_or_default().split(' ').map(|f| f.parse().expect("a figure"));
    let cost = Cost { seconds: figures.next().expect("seconds"), kilobytes: figures.next().expect("kilobytes") };
    assert_eq!(collector.events(), EVENTS);
    cost
}

fn flush() -> Cost {
    let collector = Collector::start();
    let host = collector.host.clone();
    let (home, folder) = person(&host);
    cost(collector, Path::new(OURS), |command| {
        command.args(["flush", "--all"]).current_dir(&folder);
        command.env("HOME", home.path()).env("POSTHOG_API_KEY", "phc_bench").env("POSTHOG_HOST", host);
    })
}

fn sdk(python: &Path) -> Cost {
    let collector = Collector::start();
    let host = collector.host.clone();
    let folder = tempfile::tempdir().expect("a folder");
    let events = folder.path().join("events");
    let lines: Vec<Vec<u8>> = (0..EVENTS).map(line).collect();
    std::fs::write(&events, lines.join(&b"\n"[..])).expect("a file");
    cost(collector, python, |command| {
        command.arg(THEIRS).arg(host).arg(events).env("PATH", "/usr/bin:/bin");
    })
}

/// A Python that has posthog-python.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("posthog-python");
    let python = folder.join("bin/python");
    let has_it = || Command::new(&python).args(["-c", "import posthog"]).output().is_ok_and(|o| o.status.success());
    if !has_it() {
        Command::new("python3").args(["-m", "venv"]).arg(&folder).output().ok()?;
        Command::new(&python).args(["-m", "pip", "install", "-q", "posthog"]).output().ok()?;
    }
    has_it().then_some(python)
}
