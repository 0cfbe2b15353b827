//! Owns the command line: which subcommands there are, and how an error reads.
//!
//! Each subcommand is one file below; `run` of that file does it.

pub mod collector;
pub mod schema;

use crate::env::Environment;
use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// What every subcommand may need of the process.
#[derive(Debug)]
pub struct Session {
    /// The environment at the start.
    pub env: Environment,
    /// `--project DIR`.
    pub project: Option<PathBuf>,
}

/// Opt-in, anonymous analytics for OnRamp
#[derive(Debug, Parser)]
#[command(name = "onramp-analytics", version, max_term_width = 100)]
struct Cli {
    /// The OnRamp checkout, if not the one around the current folder
    #[arg(long, global = true, value_name = "DIR")]
    project: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// One variant a subcommand, in the order of the help text.
#[derive(Debug, Subcommand)]
enum Command {
    /// Show all that can ever be recorded, and why
    Schema(schema::Args),
    /// Collect the events of many installs on one machine, and answer the maintainer's questions
    Collector(collector::Args),
}

/// Runs the command line and answers with its exit code: 0 ok, 1 failed, 2 usage, others as the subcommand documents.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let session = Session { env: Environment::of_process(), project: cli.project };
    let result: Result<ExitCode> = match cli.command {
        Command::Schema(args) => schema::run(&session, &args),
        Command::Collector(args) => collector::run(&session, &args),
    };
    result.unwrap_or_else(|error| {
        report(&error);
        ExitCode::FAILURE
    })
}

/// Prints a result on stdout. A reader that has gone (`| head`) ends the command quietly instead of with a panic.
pub fn print(text: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Prints `onramp-analytics: could not <verb> <noun>: <path>`, the causes, and the `help:` lines that the error carries.
fn report(error: &anyhow::Error) {
    let text = format!("{error:#}");
    let (main, help) = text.split_once("\nhelp: ").map_or((text.as_str(), None), |(m, h)| (m, Some(h)));
    eprintln!("onramp-analytics: {main}");
    if let Some(help) = help {
        eprintln!("help: {help}");
    }
}
