//! Owns the scratch folder of the demonstration: a small OnRamp, a home of its own, and the commands that run in it.
//!
//! Nothing outside the folder is written, and nothing of the person's own settings is read: the environment is made anew.

use super::interrupt::{Interrupt, stopped};
use crate::collector::answers::{self, Ask};
use crate::collector::calendar::{self, Range};
use crate::collector::store::Readers;
use crate::env::{Environment, Variable};
use crate::paths::collector::DATABASE;
use crate::paths::{Homes, PROGRAM, Place, data, place, shim};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

const MAKEFILE: &str = include_str!("Makefile");

/// A makefile that does nothing.
const IDLE: &str = "idle.mk";

/// A key in PostHog's form, for a collector that takes any.
const KEY: &str = "phc_demonstration";

/// How many runs of each kind the cost is measured with.
const RUNS: usize = 200;

/// How long the folder is taken away again where a sender may still write into it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The scratch folder and the environment of everything that runs in it.
pub struct Scene {
    folder: TempDir,
    interrupt: Interrupt,
    variables: Vec<(String, OsString)>,
    program: PathBuf,
    has_engine: bool,
    is_kept: bool,
}

impl Scene {
    /// Builds the folder: a checkout, a home, and what the environment shall hold.
    pub fn build(collector: &str, interrupt: Interrupt) -> Result<Self> {
        let path = Environment::of_process().path(Variable::Path).unwrap_or_default();
        if which::which_in("make", Some(&path), "/").is_err() {
            bail!("could not find make: it is not on PATH\nhelp: install it (Debian: apt-get install make)");
        }
        let folder = tempfile::Builder::new().prefix("onramp-demo-").tempdir().with_context(|| {
            let at = std::env::temp_dir();
            format!("could not make scratch folder: {}\nhelp: name one that can be written in TMPDIR", at.display())
        })?;
        let root = folder.path().canonicalize().context("could not find scratch folder")?;
        let paths = std::iter::once(shims(&root)).chain(std::env::split_paths(&path));
        let variables = vec![
            (Variable::Home.name().to_owned(), root.join("home").into()),
            (Variable::Path.name().to_owned(), std::env::join_paths(paths).context("could not set PATH")?),
            (Variable::OnrampAnalyticsApiKey.name().to_owned(), KEY.into()),
            (Variable::OnrampAnalyticsHost.name().to_owned(), collector.into()),
        ];
        let program = std::env::current_exe().context("could not find own program")?;
        let mut this = Self { folder, interrupt, variables, program, has_engine: false, is_kept: false };
        this.lay_out(&root).with_context(|| format!("could not make checkout: {}", root.display()))?;
        this.has_engine = this.command("docker", &["compose", "ls"]).status().is_ok_and(|status| status.success());
        Ok(this)
    }

    fn lay_out(&self, root: &Path) -> std::io::Result<()> {
        let checkout = root.join("onramp");
        for folder in ["services-enabled", "overrides-enabled", "services-available", "overrides-available", "make.d"] {
            fs::create_dir_all(checkout.join(folder))?;
        }
        fs::create_dir_all(root.join("home"))?;
        fs::write(checkout.join("Makefile"), MAKEFILE.to_owned() + "\n-include make.d/*.mk\n")?;
        fs::write(checkout.join(IDLE), "build:\n\t@:\n")?;
        fs::write(checkout.join("docker-compose.yml"), "services:\n  traefik:\n    image: traefik\n")?;
        for service in ["plex", "sonarr", "whoami", "my-own-app"] {
            fs::write(checkout.join(format!("services-available/{service}.yml")), "services: {}\n")?;
        }
        fs::write(checkout.join("overrides-available/plex-nfs.yml"), "services: {}\n")?;
        fs::create_dir_all(checkout.join("services-scaffold/plex"))?;
        fs::write(checkout.join("services-scaffold/plex/env.template"), "PLEX_CLAIM=\n")
    }

    /// The small OnRamp.
    pub fn checkout(&self) -> PathBuf {
        self.folder.path().join("onramp")
    }

    /// Where the collector keeps its database.
    pub fn collector_data(&self) -> PathBuf {
        self.folder.path().join("collector")
    }

    /// The tools that have a shim here.
    pub fn shimmed(&self) -> Vec<&'static str> {
        shim::TOOLS.into_iter().filter(|tool| self.shim(tool).exists()).collect()
    }

    /// Whether a Docker engine answers.
    pub fn has_engine(&self) -> bool {
        self.has_engine
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(words).env_clear().envs(self.variables.iter().cloned()).current_dir(self.checkout());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// # Errors
    /// When the person wants no more of it.
    pub fn go_on(&self) -> Result<()> {
        self.interrupt.check()
    }

    /// Runs our own command as a person would; what it printed.
    pub fn ours(&self, words: &[&str]) -> Result<String> {
        self.go_on()?;
        let output = self.command(&self.program, words).output().context("could not run onramp-analytics")?;
        if !output.status.success() {
            self.goes_on(output.status)?;
            bail!("could not {}: {}", words[0], String::from_utf8_lossy(&output.stderr).trim_end());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs a command line through the shims; its exit code.
    pub fn type_in(&self, words: &[&str]) -> Result<i32> {
        let shim = self.shim(words[0]);
        let shown = words.join(" ");
        self.go_on()?;
        let output =
            self.command(shim, &words[1..]).output().with_context(|| format!("could not run command: {shown}"))?;
        self.goes_on(output.status)?;
        Ok(output.status.code().unwrap_or(-1))
    }

    /// After a command: a Ctrl-C is told by what it did to that one, maybe before we hear of it ourselves.
    fn goes_on(&self, ended: std::process::ExitStatus) -> Result<()> {
        use std::os::unix::process::ExitStatusExt as _;
        if ended.signal() == Some(rustix::process::Signal::INT.as_raw()) { stopped() } else { self.go_on() }
    }

    fn shim(&self, tool: &str) -> PathBuf {
        shims(self.folder.path()).join(tool)
    }

    /// Sets the time of the next sending to a minute ago.
    pub fn let_the_sender_be_due(&self) -> Result<()> {
        let next = self.place()?.file(place::NEXT);
        let past = SystemTime::now() - Duration::from_secs(60);
        let file = fs::File::create(&next).with_context(|| format!("could not write time: {}", next.display()))?;
        file.set_modified(past).with_context(|| format!("could not write time: {}", next.display()))
    }

    fn place(&self) -> Result<Place> {
        let entries = self.variables.iter().map(|(n, v)| [n.as_bytes(), v.as_encoded_bytes()].join(&b'=')).collect();
        let homes = Homes::of(&Environment::of_entries(entries))?;
        Place::find(&homes, &self.checkout())?.context("could not find state folder")
    }

    /// What the shim adds to a command, measured now: pairs of runs of a make that does next to nothing.
    pub fn cost(&self) -> Result<String> {
        let real = which::which_in("make", self.path(), self.checkout()).context("could not find make")?;
        let mut added: Vec<f64> = Vec::new();
        for _ in 0..RUNS {
            let direct = self.time(&real)?;
            let through = self.time(&self.shim("make"))?;
            added.push(through.as_secs_f64() - direct.as_secs_f64());
        }
        added.sort_by(f64::total_cmp);
        let micros = added[added.len() / 2] * 1e6;
        let cost =
            if micros < 1.0 { "less than could be measured".into() } else { format!("{micros:.0} microseconds") };
        Ok(format!("The shim added {cost} to a command here (median of {RUNS} pairs of a make with nothing to do)."))
    }

    fn path(&self) -> Option<OsString> {
        let own = self.shim("");
        let all = self.variables.iter().find(|(name, _)| name == Variable::Path.name()).map(|(_, v)| v.clone())?;
        std::env::join_paths(std::env::split_paths(&all).filter(|p| !own.starts_with(p))).ok()
    }

    /// One make with nothing to do. It is recorded like any other; what it appends waits for a sender that never comes.
    fn time(&self, make: &Path) -> Result<Duration> {
        self.go_on()?;
        let mut command = self.command(make, &["-f", IDLE, "build"]);
        let began = Instant::now();
        command.output().context("could not run make")?;
        Ok(began.elapsed())
    }

    /// Keeps the folder, serves the local page and waits for Ctrl-C.
    pub async fn stay(&self, collector: &str, tell: &dyn Fn(&str)) -> Result<()> {
        tell(&format!("\nThe maintainer's page: {collector}/\nThe folder stays: {}\n", self.folder.path().display()));
        let mut page = self.command(&self.program, &["ui", "--no-open"]);
        page.stdout(Stdio::inherit()).stderr(Stdio::inherit());
        let mut page = page.spawn().context("could not serve page")?;
        tell("Ctrl-C ends it.\n");
        self.interrupt.comes().await;
        let _ = page.kill();
        page.wait().map(drop).context("could not stop page")
    }

    /// Lets the folder stay when the demonstration is over.
    pub fn keep(&mut self) {
        self.is_kept = true;
    }

    /// Takes the folder away again, unless it is to stay. A sender that was woken may write into it a little longer.
    ///
    /// # Errors
    /// When it stays.
    pub fn leave(mut self) -> Result<()> {
        self.folder.disable_cleanup(true);
        if self.is_kept {
            return Ok(());
        }
        let (folder, began) = (self.folder.path(), Instant::now());
        loop {
            match fs::remove_dir_all(folder) {
                Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
                Err(e) if began.elapsed() > PATIENCE => {
                    return Err(e).with_context(|| format!("could not remove scratch folder: {}", folder.display()));
                }
                _ => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}

/// Where the shims are of the person whose home is in this folder.
fn shims(root: &Path) -> PathBuf {
    root.join("home/.local/share").join(PROGRAM).join(data::SHIMS)
}

/// What the collector has stored: each event in the words of the commands' table, counted.
///
/// # Errors
/// When the collector's database can't be read.
pub fn stored(data: &Path) -> Result<BTreeMap<String, usize>> {
    let database = data.join(DATABASE);
    let read = Readers::of(&database).read(|db| {
        let mut counts = BTreeMap::new();
        let mut events = db.prepare("SELECT event, properties FROM stored")?;
        let mut rows = events.query([])?;
        while let Some(row) = rows.next()? {
            *counts.entry(in_words(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?)).or_default() += 1;
        }
        Ok(counts)
    });
    read.with_context(|| format!("could not read database: {}", database.display()))
}

/// `service_enabled plex with scaffold`, `command_executed start success`.
fn in_words(event: &str, properties: &str) -> String {
    let properties: serde_json::Value = serde_json::from_str(properties).unwrap_or_default();
    let text = |name: &str| properties[name].as_str().unwrap_or_default().to_owned();
    match event {
        "service_enabled" if properties["has_scaffold"] == true => {
            format!("{event} {} with scaffold", text("service_name"))
        }
        "service_enabled" | "service_disabled" => format!("{event} {}", text("service_name")),
        "override_enabled" | "override_disabled" => format!("{event} {}", text("override_name")),
        "error_occurred" => format!("{event} {} {}", text("command"), text("error_type")),
        _ if properties["success"] == true => format!("{event} {} success", text("command")),
        _ => format!("{event} {} failure", text("command")),
    }
}

/// The five answers in a few lines.
///
/// # Errors
/// When the collector's database can't be read.
pub fn answers(data: &Path) -> Result<String> {
    let database = data.join(DATABASE);
    let today = calendar::today();
    let ask =
        Ask { range: Range { from: today, to: today }, command: None, service: None, users: None, smallest_group: 1 };
    let a = Readers::of(&database)
        .read(|db| answers::answers(db, &ask))
        .with_context(|| format!("could not read database: {}", database.display()))?;
    let listed = |items: Vec<String>| items.into_iter().take(4).collect::<Vec<_>>().join(", ");
    let services = listed(a.services.top.iter().map(|s| format!("{} ({})", s.service, s.enabled)).collect());
    let commands = listed(a.commands.iter().map(|c| format!("{} ({})", c.command, c.runs)).collect());
    let errors =
        listed(a.errors.top.iter().map(|e| format!("{} of {} ({})", e.error_type, e.command, e.errors)).collect());
    let longest = listed(a.durations.iter().map(|d| format!("{} {} ms", d.command, d.median_ms)).collect());
    Ok(format!(
        "adoption    {} install this week\nservices    {services}\ncommands    {commands}\n\
         errors      {} in {} runs: {errors}\ndurations   {longest} (median)\n",
        a.adoption.installs, a.errors.errors, a.errors.runs
    ))
}
