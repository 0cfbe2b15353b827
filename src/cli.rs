//! Owns the command line: which subcommands there are, and how an error reads.
//!
//! Each subcommand is one file below; `run` of that file does it.

pub mod collector;
pub mod disable;
pub mod docs;
pub mod drop;
pub mod enable;
pub mod exit;
pub mod export;
pub mod flush;
pub mod forget;
pub mod ledger;
pub mod preview;
pub mod purge;
pub mod reset_id;
pub mod schema;
pub mod send;
pub mod show_id;
pub mod status;
pub mod ui;
pub mod view;

use crate::checkout;
use crate::consent::{self, Consent};
use crate::env::Environment;
use crate::paths::Homes;
use crate::words::help;
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
    /// `--quiet`: nothing but errors and results that were asked for.
    pub quiet: bool,
    /// `--verbose`: also what is read and written.
    pub verbose: bool,
}

impl Session {
    /// The checkout that is meant.
    ///
    /// # Errors
    /// When there is none.
    pub fn checkout(&self) -> Result<PathBuf> {
        checkout::find(self.project.as_deref())
    }

    /// The person's folders.
    ///
    /// # Errors
    /// When there is no home.
    pub fn homes(&self) -> Result<Homes> {
        Homes::of(&self.env)
    }

    /// What was agreed to in the checkout; where there is no home that is off.
    ///
    /// # Errors
    /// When there is no checkout.
    pub fn consent(&self) -> Result<Consent> {
        consent::read_at(&self.env, self.homes().ok().as_ref(), &self.checkout()?)
    }

    /// Says on stderr what went wrong beside the result, with its `help:` line.
    pub fn warn(&self, warning: &str) {
        if !self.quiet {
            complain(&format!("warning: {warning}"));
        }
    }

    /// Says on stderr what is done, where that was asked for.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            complain(text);
        }
    }
}

#[derive(Debug, Parser)]
#[command(name = "onramp-analytics", version, about = help::PROGRAM, after_help = help::AFTER, max_term_width = 100)]
struct Cli {
    #[arg(long, global = true, value_name = "DIR", help = help::PROJECT)]
    project: Option<PathBuf>,
    #[arg(long, short, global = true, help = help::QUIET, conflicts_with = "verbose")]
    quiet: bool,
    #[arg(long, short, global = true, help = help::VERBOSE)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

/// One variant a subcommand, in the order of the help text.
#[derive(Debug, Subcommand)]
enum Command {
    #[command(about = help::STATUS)]
    Status(status::Args),
    #[command(about = help::ENABLE)]
    Enable(enable::Args),
    #[command(about = help::DISABLE)]
    Disable(disable::Args),
    #[command(about = help::SHOW_ID)]
    ShowId,
    #[command(about = help::RESET_ID)]
    ResetId,
    #[command(about = help::SCHEMA)]
    Schema(schema::Args),
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
    #[command(about = crate::words::page::ui::HELP)]
    Ui(ui::Args),
    /// The detached sender
    #[command(hide = true)]
    Send,
    /// Render the parts of the docs that are made from data
    #[command(hide = true)]
    Docs(docs::Args),
    /// Collect the events of many installs on one machine, and answer the maintainer's questions
    Collector(collector::Args),
}

/// Runs the command line and answers with its exit code: 0 ok, 1 failed, 2 usage, others as the subcommand documents.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let Cli { project, quiet, verbose, command } = cli;
    let session = Session { env: Environment::of_process(), project, quiet, verbose };
    let result: Result<ExitCode> = match command {
        Command::Status(args) => status::run(&session, &args),
        Command::Enable(args) => enable::run(&session, &args),
        Command::Disable(args) => disable::run(&session, &args),
        Command::ShowId => show_id::run(&session),
        Command::ResetId => reset_id::run(&session),
        Command::Schema(args) => schema::run(&session, &args),
        Command::Preview => preview::run(&session),
        Command::View(args) => view::run(&session, &args),
        Command::Ledger(args) => ledger::run(&session, &args),
        Command::Export(args) => export::run(&session, &args),
        Command::Drop(args) => drop::run(&session, &args),
        Command::Purge(args) => purge::run(&session, &args),
        Command::Forget => forget::run(&session),
        Command::Flush(args) => flush::run(&session, &args),
        Command::Ui(args) => ui::run(&session, &args),
        Command::Send => send::run(&session),
        Command::Docs(args) => docs::run(&session, &args),
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
    complain(&format!("{error:#}"));
}

/// One message on stderr, under our name; its `help:` lines begin a line. A closed stderr changes nothing.
fn complain(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "onramp-analytics: {text}");
}
