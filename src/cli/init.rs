//! `init`: prints the hook that puts the shims on PATH, for a shell's start-up file.

use super::Session;
use crate::install::hooks::{self, Shell};
use crate::paths::data;
use crate::words::help;
use anyhow::Result;
use std::process::ExitCode;

/// The options of `init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_enum, help = help::INIT_SHELL)]
    shell: Shell,
    #[arg(long, help = help::INIT_EVERYWHERE)]
    everywhere: bool,
}

/// Prints the hook.
///
/// # Errors
/// When there is no home.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let shims = session.homes()?.data.join(data::SHIMS);
    super::print(&hooks::script(args.shell, &shims, args.everywhere));
    Ok(ExitCode::SUCCESS)
}
