//! Owns the command line: which subcommands there are, and how an error reads.
//!
//! Each subcommand is one file below; `run` of that file does it.

pub mod docs;
pub mod drop;
pub mod explain;
pub mod export;
pub mod flush;
pub mod forget;
pub mod ledger;
pub mod preview;
pub mod purge;
pub mod collector;
pub mod schema;
pub mod send;
pub mod view;

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
    /// Render the parts of the docs that are made from data
    #[command(hide = true)]
    Docs(docs::Args),
    /// Say what a command line would record, and why; runs nothing
    Explain(explain::Args),
    /// Show the exact bytes of the next request
    Preview,
    /// List the recorded events
    View(view::Args),
    /// List every request that was made, and how it was answered
    Ledger(ledger::Args),
    /// Print everything that was recorded
    Export(export::Args),
    /// Delete one waiting event
    Drop(drop::Args),
    /// Delete everything that waits
    Purge(purge::Args),
    /// Delete everything that was recorded, here and at the server
    Forget,
    /// Send now, and say what happened
    Flush(flush::Args),
    /// The detached sender
    #[command(hide = true)]
    Send,
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
        Command::Docs(args) => docs::run(&session, &args),
        Command::Explain(args) => explain::run(&session, &args),
        Command::Preview => preview::run(&session),
        Command::View(args) => view::run(&session, &args),
        Command::Ledger(args) => ledger::run(&session, &args),
        Command::Export(args) => export::run(&session, &args),
        Command::Drop(args) => drop::run(&session, &args),
        Command::Purge(args) => purge::run(&session, &args),
        Command::Forget => forget::run(&session),
        Command::Flush(args) => flush::run(&session, &args),
        Command::Send => send::run(&session),
        Command::Collector(args) => collector::run(&session, &args),
    };
    result.unwrap_or_else(|error| {
        report(&error);
        ExitCode::FAILURE
    })
}

/// Prints a result on stdout. A reader that has gone (`| head`) ends the command quietly instead of with a panic.
pub fn print(text: &str) {
    print_bytes(text.as_bytes());
}

/// The same for what need not be text.
pub fn print_bytes(bytes: &[u8]) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
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
