//! What the tests run of others, if `tests/collector/tools` has made it: PostHog's clients, its parser, and ClickHouse.

#[path = "../harness/skipped.rs"]
pub mod skipped;

use onramp_analytics::collector::dashboard::TILES;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn found(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(path);
    if !path.exists() {
        skipped::skipped(&format!("{} is not there; tests/collector/tools makes it", path.display()));
        return None;
    }
    Some(path)
}

/// A script of `tests/collector/python` with the packages that it needs.
pub fn python(script: &str) -> Option<Command> {
    let mut command = Command::new(found("venv/bin/python")?);
    command.env_clear().env("NO_PROXY", "127.0.0.1");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/collector/python").join(script));
    Some(command)
}

/// PostHog's client for Rust.
pub fn posthog_rs() -> Option<Command> {
    let mut command = Command::new(found("posthog-rs/debug/deliver-by-posthog-rs")?);
    command.env_clear().env("NO_PROXY", "127.0.0.1");
    Some(command)
}

/// Runs a command that has to succeed.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

/// The dashboard's rows, by insight, are the collector's answers.
pub fn assert_same_answers(theirs: &Value, ours: &Value) {
    let [adoption, services, commands, errors, durations] = TILES.map(|tile| theirs[tile.name].clone());
    let mut rows = services.as_array().unwrap().clone();
    let rare = rows.iter().position(|row| row["installs"].is_null()).map(|place| rows.remove(place));
    let (rare, mine) = (rare.unwrap_or_default(), &ours["services"]["rare"]);
    for name in ["services", "enabled", "disabled"] {
        assert_eq!(rare[name].as_u64().unwrap_or(0), mine[name], "rare services: {name}");
    }
    let pairs = [
        (&json!(rows), &ours["services"]["top"]),
        (&adoption, &ours["adoption"]["weeks"]),
        (&commands, &ours["commands"]),
        (&errors, &ours["errors"]["top"]),
        (&durations, &ours["durations"]),
    ];
    for (theirs, ours) in pairs {
        let (theirs, ours) = (same(theirs), same(ours));
        // The first that differs says enough.
        theirs.iter().zip(&ours).for_each(|(theirs, ours)| assert_eq!(theirs, ours));
        assert_eq!(theirs.len(), ours.len());
    }
}

/// Rows with sorted names, without the count of services that only the rare ones have; 2 and 2.0 are the same number.
fn same(rows: &Value) -> Vec<Vec<String>> {
    let text = |value: &Value| value.as_f64().map_or(value.to_string(), |number| format!("{number:.9}"));
    let row = |row: &Value| {
        let cells = row.as_object().unwrap().iter().filter(|(name, _)| *name != "services");
        let mut cells: Vec<_> = cells.map(|(name, value)| format!("{name}={}", text(value))).collect();
        cells.sort();
        cells
    };
    rows.as_array().unwrap().iter().map(row).collect()
}
