//! Owns the command line: which subcommands there are, and what a run of one ends with.
//!
//! Each subcommand is one file below; `run` of that file does it.

pub mod catalog;
pub mod collector;
pub mod completions;
pub mod demo;
pub mod disable;
pub mod docs;
pub mod doctor;
pub mod drop;
pub mod enable;
pub mod exit;
pub mod explain;
pub mod export;
pub mod flush;
pub mod forget;
pub mod init;
pub mod install;
pub mod keep;
pub mod ledger;
pub mod man;
pub mod next_words;
mod output;
pub mod preview;
mod progress;
pub mod purge;
pub mod reset_id;
pub mod schema;
pub mod send;
mod session;
pub mod show_id;
pub mod stats;
pub mod status;
pub mod ui;
pub mod uninstall;
pub mod view;
mod waiting;

pub use output::{print, print_bytes};
pub use session::Session;

use crate::env::Environment;
use crate::words::{examples, help};
use anyhow::Result;
use clap::{Parser, Subcommand};
use output::{complain, ended, is_heard, report, tell};
use std::path::PathBuf;
use std::process::ExitCode;

/// Where the options of every command stand in its help: below its own.
const LAST: usize = 900;

#[derive(Debug, Parser)]
#[command(name = "onramp-analytics", version, about = help::PROGRAM, after_help = help::AFTER, max_term_width = 100)]
struct Cli {
    #[arg(long, global = true, display_order = LAST, value_name = "DIR", value_hint = clap::ValueHint::DirPath, help = help::PROJECT)]
    project: Option<PathBuf>,
    #[arg(long, short, global = true, display_order = LAST, help = help::QUIET, conflicts_with = "verbose")]
    quiet: bool,
    #[arg(long, short, global = true, display_order = LAST, help = help::VERBOSE)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

/// One variant a subcommand, in the order of the help text; what is hidden comes last.
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
    #[command(about = help::EXPLAIN)]
    Explain(explain::Args),
    #[command(about = help::PREVIEW)]
    Preview,
    #[command(about = help::VIEW)]
    View(view::Args),
    #[command(about = help::LEDGER)]
    Ledger(ledger::Args),
    #[command(about = help::EXPORT)]
    Export(export::Args),
    #[command(about = help::DROP)]
    Drop(drop::Args),
    #[command(about = help::PURGE)]
    Purge(purge::Args),
    #[command(about = help::FORGET)]
    Forget,
    #[command(about = help::FLUSH)]
    Flush(flush::Args),
    #[command(about = crate::words::page::ui::HELP)]
    Ui(ui::Args),
    #[command(about = help::STATS)]
    Stats(stats::Args),
    #[command(about = help::INSTALL)]
    Install(install::Args),
    #[command(about = help::UNINSTALL)]
    Uninstall(uninstall::Args),
    #[command(about = help::INIT)]
    Init(init::Args),
    #[command(about = help::DOCTOR)]
    Doctor(doctor::Args),
    #[command(about = help::COLLECTOR)]
    Collector(collector::Args),
    #[command(about = help::DEMO)]
    Demo(demo::Args),
    #[command(about = help::COMPLETIONS)]
    Completions(completions::Args),
    #[command(about = help::MAN)]
    Man(man::Args),
    #[command(about = help::CATALOG, hide = true)]
    Catalog(catalog::Args),
    #[command(about = help::DOCS, hide = true)]
    Docs(docs::Args),
    #[command(about = help::NEXT_WORDS, hide = true)]
    NextWords(next_words::Args),
    #[command(about = help::SEND, hide = true)]
    Send,
    #[command(about = help::KEEP, hide = true)]
    Keep,
}

impl Command {
    fn run(&self, session: &Session) -> Result<ExitCode> {
        match self {
            Self::Status(args) => status::run(session, args),
            Self::Enable(args) => enable::run(session, args),
            Self::Disable(args) => disable::run(session, args),
            Self::ShowId => show_id::run(session),
            Self::ResetId => reset_id::run(session),
            Self::Schema(args) => schema::run(session, args),
            Self::Explain(args) => explain::run(session, args),
            Self::Preview => preview::run(session),
            Self::View(args) => view::run(session, args),
            Self::Ledger(args) => ledger::run(session, args),
            Self::Export(args) => export::run(session, args),
            Self::Drop(args) => drop::run(session, args),
            Self::Purge(args) => purge::run(session, args),
            Self::Forget => forget::run(session),
            Self::Flush(args) => flush::run(session, args),
            Self::Ui(args) => ui::run(session, args),
            Self::Stats(args) => stats::run(session, args),
            Self::Install(args) => install::run(session, args),
            Self::Uninstall(args) => uninstall::run(session, args),
            Self::Init(args) => init::run(session, args),
            Self::Doctor(args) => doctor::run(session, args),
            Self::Collector(args) => collector::run(session, args),
            Self::Demo(args) => demo::run(session, args),
            Self::Completions(args) => completions::run(session, args),
            Self::Man(args) => man::run(session, args),
            Self::Catalog(args) => catalog::run(session, args),
            Self::Docs(args) => docs::run(session, args),
            Self::NextWords(args) => next_words::run(session, args),
            Self::Send => send::run(session),
            Self::Keep => keep::run(session),
        }
    }
}

/// The name under which the command is called.
pub const NAME: &str = crate::paths::PROGRAM;

/// The command line as data, for completions and man pages.
#[must_use]
pub fn definition() -> clap::Command {
    with_examples(<Cli as clap::CommandFactory>::command(), "")
}

/// The same with the examples of each command under its help.
fn with_examples(command: clap::Command, above: &str) -> clap::Command {
    command.mut_subcommands(|below| {
        let name = format!("{above}{}", below.get_name());
        let below = match examples::of(&name) {
            Some(text) => below.after_help(text),
            None => below,
        };
        with_examples(below, &format!("{name} "))
    })
}

/// Runs the command line and answers with its exit code; [`exit`] has them all.
#[must_use]
pub fn main() -> ExitCode {
    let matches = definition().get_matches();
    let parsed = <Cli as clap::FromArgMatches>::from_arg_matches(&matches);
    let Cli { project, quiet, verbose, command } = parsed.unwrap_or_else(|error| error.exit());
    let session = Session { env: Environment::of_process(), project, quiet, verbose };
    command.run(&session).map_or_else(
        |error| {
            report(&error);
            let is_usage = error.is::<exit::Usage>();
            ExitCode::from(if is_usage { exit::USAGE } else { exit::FAILED })
        },
        ended,
    )
}
