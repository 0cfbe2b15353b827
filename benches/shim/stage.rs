//! Owns the situations in which the shim is measured: a case of the tests' harness each, and a command line.

use crate::floor;
use crate::harness::Case;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Recording, by make.
pub const START: &str = "shim: recording, make start";
/// Recording, by compose.
pub const UP: &str = "shim: recording, docker compose up -d";
/// Recording with a look before and after.
pub const LOOK: &str = "shim: recording with a look, make enable-service x, 300 enabled services";
/// Switched off.
pub const OFF: &str = "shim: stepping aside, switched off";
/// Not in a checkout.
pub const OUTSIDE: &str = "shim: stepping aside, outside OnRamp";
/// Started by another shim.
pub const NESTED: &str = "shim: stepping aside, nested";

/// A command line in a case.
pub struct Stage {
    /// What is measured.
    pub name: &'static str,
    /// The case; its tools do nothing.
    pub case: Case,
    /// The command line.
    pub words: &'static [&'static str],
}

impl Stage {
    /// The command line as a process to be, with its streams closed to the world.
    pub fn command(&self) -> Command {
        let mut command = self.case.command(self.words);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// The shim's own path, under the name of its tool.
    pub fn shim(&self) -> PathBuf {
        self.case.root().join("shims").join(self.words[0])
    }

    /// Empties what waits: a full spool would wake the sender.
    pub fn tidy(&self) {
        let _ = std::fs::remove_file(self.case.place().file(onramp_analytics::paths::place::SPOOL));
    }
}

/// All of them.
pub fn all() -> Vec<Stage> {
    let tools = || ["make", "docker"].iter().fold(Case::new(), |case, tool| case.program(tool, &floor::done()));
    let many = || (0..300).fold(tools(), |case, n| case.enabled(&format!("service-{n}"))).service("plex");
    let own = std::process::id().to_string();
    let stage = |name, case, words| Stage { name, case, words };
    vec![
        stage(START, tools().consented(), &["make", "start"]),
        stage(UP, tools().consented(), &["docker", "compose", "up", "-d"]),
        stage(LOOK, many().consented(), &["make", "enable-service", "plex"]),
        stage(OFF, tools().consented().env("ONRAMP_ANALYTICS_ENABLED", "0"), &["make", "start"]),
        stage("shim: stepping aside, switched off by the lock", tools().declined(), &["make", "start"]),
        stage(OUTSIDE, tools().consented().at("elsewhere"), &["make", "start"]),
        stage(NESTED, tools().consented().env("ONRAMP_ANALYTICS_RUN", &own), &["make", "start"]),
    ]
}
