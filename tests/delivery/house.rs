//! A person's home with one OnRamp checkout in it, and a writer that appends as the shim does.

use onramp_analytics::env::Environment;
use onramp_analytics::ledger::{Ledger, Recorded, State, written};
use onramp_analytics::paths::{Homes, Place, checkout, place};
use onramp_analytics::sender::{Health, health};
use onramp_shim::catalog::{Command as Word, Service};
use onramp_shim::schema::{Duration as Took, Event, Stamp, VERSION};
use rustix::fs::{FlockOperation, Mode, OFlags};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

/// The id of the person who said yes.
pub const ID: &str = "01234567-89ab-4cde-8f01-23456789abcd";
/// The id after a reset.
pub const NEW_ID: &str = "11234567-89ab-4cde-8f01-23456789abcd";

pub struct House {
    pub root: tempfile::TempDir,
    pub homes: Homes,
    pub place: Place,
    pub host: String,
    variables: Vec<(String, String)>,
}

impl House {
    /// A person who said yes to sending to this host.
    pub fn on(host: &str) -> Self {
        Self::in_folder(tempfile::tempdir().expect("a folder"), host)
    }

    pub fn in_folder(root: tempfile::TempDir, host: &str) -> Self {
        let folder = root.path().join("onramp");
        std::fs::create_dir_all(folder.join(checkout::MARK_FOLDER)).expect("a folder");
        std::fs::create_dir_all(folder.join(checkout::SERVICES)).expect("a folder");
        std::fs::write(folder.join(checkout::MARK_FILE), "").expect("a file");
        let home = format!("HOME={}", root.path().display()).into_bytes();
        let homes = Homes::of(&Environment::of_entries(vec![home])).expect("homes");
        let place = Place::make(&homes, &folder).expect("a place");
        let mut house = Self { root, homes, place, host: host.to_owned(), variables: Vec::new() };
        house.set("POSTHOG_API_KEY", "phc_test");
        house.set("POSTHOG_HOST", host);
        house.consent("1", ID);
        house
    }

    /// Sets a variable for the commands that follow; empty takes it away.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(n, _)| n != name);
        if !value.is_empty() {
            self.variables.push((name.to_owned(), value.to_owned()));
        }
    }

    pub fn lock_path(&self) -> PathBuf {
        self.place.checkout.join(checkout::CHOICE)
    }

    /// Writes `onramp.lock` as `enable` and the rest do.
    pub fn consent(&self, enabled: &str, id: &str) {
        let text = format!(
            "ANALYTICS_ENABLED={enabled}\nANALYTICS_ID={id}\nANALYTICS_NOTICE_SHOWN=1\nANALYTICS_HOST={}\n\
             ANALYTICS_SCHEMA={VERSION}\nANALYTICS_DECIDED_ON=2026-11-21\nANALYTICS_CHECKOUT={}\n",
            self.host, self.place.digits
        );
        std::fs::write(self.lock_path(), text).expect("a lock");
    }

    /// The environment as the library takes it.
    pub fn env(&self) -> Environment {
        let home = [("HOME".to_owned(), self.root.path().display().to_string())];
        let all = home.iter().chain(&self.variables);
        Environment::of_entries(all.map(|(n, v)| format!("{n}={v}").into_bytes()).collect())
    }

    /// The command with these arguments, in the checkout, with nothing of the test's environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.through(Path::new(env!("CARGO_BIN_EXE_onramp-analytics")), arguments)
    }

    /// The same by way of another program, which is given the command's path and arguments last.
    pub fn through(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().env("HOME", self.root.path()).current_dir(&self.place.checkout);
        command.envs(self.variables.iter().map(|(n, v)| (n, v)));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().expect("the command runs"))
    }

    /// What a woken sender does, in the foreground of the test.
    pub fn send(&self) -> Ran {
        let project = self.place.checkout.display().to_string();
        self.run(&["--project", &project, "send"])
    }

    /// As if the time of the next sender had come.
    pub fn due(&self) {
        let next = self.place.file(place::NEXT);
        let file = File::options().create(true).truncate(false).write(true).open(next).expect("a file");
        file.set_modified(SystemTime::now() - Duration::from_secs(1)).expect("a time");
    }

    pub fn health(&self) -> Health {
        health(&self.place)
    }

    pub fn events(&self, states: &[State]) -> Vec<Recorded> {
        Ledger::read(&self.place).expect("a ledger").map_or(Vec::new(), |l| l.events(states).expect("events"))
    }

    /// Appends a line, or several.
    pub fn append(&self, line: &[u8]) {
        append(&self.place, place::SPOOL, std::process::id(), line);
    }

    /// OnRamp's own settings.
    pub fn env_file(&self, text: &str) {
        std::fs::write(self.place.checkout.join(checkout::ENV_FILE), text).expect("a file");
    }

    /// Records some runs, each its own append; answers with their lines.
    pub fn record(&self, runs: usize) -> Vec<Vec<u8>> {
        self.record_as(ID, runs)
    }

    pub fn record_as(&self, id: &str, runs: usize) -> Vec<Vec<u8>> {
        let lines: Vec<_> = (0..runs).map(|_| service(id)).collect();
        for line in &lines {
            append(&self.place, place::SPOOL, std::process::id(), line);
        }
        lines
    }
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}

/// An event of today.
pub fn line(id: Option<&str>, event: Event) -> Vec<u8> {
    line_of_day(id, event, onramp_analytics::days::today())
}

pub fn line_of_day(id: Option<&str>, event: Event, day: i64) -> Vec<u8> {
    let random = uuid::Uuid::new_v4();
    let micros = (random.as_u128() & 0xffff_ffff) as u64 % Stamp::LATEST;
    let id = id.map(|id| id.as_bytes().try_into().expect("36 characters"));
    written(event, &Stamp { uuid: *random.as_bytes(), id, day: day.unsigned_abs(), micros })
}

pub fn service(id: &str) -> Vec<u8> {
    line(Some(id), Event::ServiceEnabled { service: Service::named(b"plex"), has_scaffold: true })
}

pub fn command(id: &str, goal: &str) -> Vec<u8> {
    let duration = Took::of_millis(1200);
    line(Some(id), Event::CommandExecuted { command: Word::make(goal.as_bytes()), success: true, duration })
}

pub fn uuid(line: &[u8]) -> String {
    let value: serde_json::Value = serde_json::from_slice(line).expect("an event is JSON");
    value["uuid"].as_str().expect("an event has a uuid").to_owned()
}

pub fn uuids(lines: &[Vec<u8>]) -> Vec<String> {
    lines.iter().map(|l| uuid(l)).collect()
}

/// The steps of a writer, one by one (docs/races.md, shim).
pub struct Writer(File);

impl Writer {
    pub fn open(place: &Place, name: &str) -> Self {
        Self::try_open(place, name).expect("a spool")
    }

    fn try_open(place: &Place, name: &str) -> Option<Self> {
        let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        rustix::fs::open(place.file(name), flags, Mode::RUSR | Mode::WUSR).ok().map(|file| Self(File::from(file)))
    }

    fn lock(&self) -> bool {
        rustix::fs::flock(&self.0, FlockOperation::NonBlockingLockShared).is_ok()
    }

    fn look(&self) -> bool {
        let is = self.0.metadata().expect("a file's state");
        is.mode() & 0o222 != 0 && is.nlink() > 0
    }

    /// Whether it may append.
    pub fn lock_and_look(&self) -> bool {
        self.lock() && self.look()
    }

    pub fn write(&self, line: &[u8]) {
        self.write_raw(&[b"\n", line, b"\n"].concat());
    }

    pub fn write_raw(&self, bytes: &[u8]) {
        (&self.0).write_all(bytes).expect("an append");
    }
}

/// Appends as the shim does (design.md, "Spool"): never waits, and goes to a file of its own if the spool is locked.
pub fn append(place: &Place, live: &str, pid: u32, line: &[u8]) {
    let mut name = live.to_owned();
    loop {
        // Sealed between its look and its name: the name is about to be free.
        let Some(writer) = Writer::try_open(place, &name) else { continue };
        if !writer.lock() {
            name = format!("{live}.{pid}");
        } else if writer.look() {
            return writer.write(line);
        }
    }
}
