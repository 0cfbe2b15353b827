//! What the tests run of others, if `tests/collector/tools` has made it: PostHog's clients, its parser, and ClickHouse.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn found(test: &str, path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(path);
    if !path.exists() {
        eprintln!("SKIPPED {test}: {} is not there; tests/collector/tools makes it", path.display());
        return None;
    }
    Some(path)
}

/// A script of `tests/collector/python` with the packages that it needs.
pub fn python(test: &str, script: &str) -> Option<Command> {
    let mut command = Command::new(found(test, "venv/bin/python")?);
    command.env_clear().env("NO_PROXY", "127.0.0.1");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/collector/python").join(script));
    Some(command)
}

/// PostHog's client for Rust.
pub fn posthog_rs(test: &str) -> Option<Command> {
    let mut command = Command::new(found(test, "posthog-rs/debug/deliver-by-posthog-rs")?);
    command.env_clear().env("NO_PROXY", "127.0.0.1");
    Some(command)
}

/// Runs a command that has to succeed.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}
