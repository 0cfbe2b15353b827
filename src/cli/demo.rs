//! `demo`: the main job in a scratch folder, end to end.

use super::Session;
use crate::words::help;
use anyhow::{Context as _, Result};
use std::process::ExitCode;

/// The options of `demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, help = help::DEMO_KEEP)]
    keep: bool,
}

/// Plays the demonstration.
///
/// # Errors
/// When something could not be set up, or an expected event did not arrive.
pub fn run(_: &Session, args: &Args) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("could not start demo")?;
    runtime.block_on(crate::demo::play(args.keep, &super::print))?;
    Ok(ExitCode::SUCCESS)
}
