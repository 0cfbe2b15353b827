//! `man`: the man pages, made from the command line itself: one on stdout, or all of them into a folder.

use super::{NAME, Session, exit};
use crate::words::help;
use anyhow::{Context as _, Result};
use clap_mangen::Man;
use std::path::{Path, PathBuf};
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
    let mut all = super::definition().disable_help_subcommand(true);
    all.build();
    write_below(&all, folder).with_context(failed)?;
    std::fs::write(folder.join(format!("{NAME}.1")), page).with_context(failed)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the pages of a command's subcommands.
fn write_below(command: &clap::Command, folder: &Path) -> std::io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        write_below(below, folder)?;
        let page = Man::new(below.clone());
        std::fs::write(folder.join(page.get_filename()), rendered(&page)?)?;
    }
    Ok(())
}

/// The page of the program, with the table of exit codes.
fn page() -> std::io::Result<Vec<u8>> {
    let mut page = rendered(&Man::new(super::definition()))?;
    page += ".SH \"EXIT STATUS\"\n";
    for (code, meaning) in exit::TABLE {
        page += &format!(".TP\n{code}\n{}\n", meaning.replace('`', ""));
    }
    Ok(page.into_bytes())
}

/// A page with its examples as a list: clap_mangen fills them up like a paragraph.
fn rendered(page: &Man) -> std::io::Result<String> {
    const EXTRA: &str = ".SH EXTRA\n";
    let mut text = Vec::new();
    page.render(&mut text)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let Some((before, rest)) = text.split_once(EXTRA) else { return Ok(text) };
    let (extra, after) = rest.find(".SH ").map_or((rest, ""), |at| rest.split_at(at));
    // An example is indented, and what it is good for stands behind two blanks at least.
    let examples = extra.lines().filter_map(|line| line.strip_prefix("  ")?.split_once("  "));
    let list = examples.map(|(line, what)| format!(".TP\n\\fB{line}\\fR\n{}\n", what.trim_start()));
    Ok(format!("{before}.SH EXAMPLES\n{}{after}", list.collect::<String>()))
}
