//! `man`: the man pages, made from the command line itself: one on stdout, or all of them into a folder.

use super::{NAME, Session, exit};
use crate::words::help;
use anyhow::{Context as _, Result};
use std::path::PathBuf;
use std::process::ExitCode;

/// The options of `man`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, value_name = "DIR", help = help::MAN_OUT)]
    out: Option<PathBuf>,
}

/// Prints the page of the program, or writes one for it and one for each subcommand.
///
/// # Errors
/// When the folder can't be written.
pub fn run(_: &Session, args: &Args) -> Result<ExitCode> {
    let page = page().context("could not make man page")?;
    let Some(folder) = &args.out else {
        super::print_bytes(&page);
        return Ok(ExitCode::SUCCESS);
    };
    let failed = || format!("could not write man pages: {}", folder.display());
    std::fs::create_dir_all(folder).with_context(failed)?;
    clap_mangen::generate_to(super::definition(), folder).with_context(failed)?;
    std::fs::write(folder.join(format!("{NAME}.1")), page).with_context(failed)?;
    Ok(ExitCode::SUCCESS)
}

/// The page of the program, with the table of exit codes.
fn page() -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(super::definition()).render(&mut page)?;
    page.extend_from_slice(b".SH \"EXIT STATUS\"\n");
    for (code, meaning) in exit::TABLE {
        page.extend_from_slice(format!(".TP\n{code}\n{}\n", meaning.replace('`', "")).as_bytes());
    }
    Ok(page)
}
