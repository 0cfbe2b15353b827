//! `docs`: renders the parts of the docs that are made from data. For maintainers; hidden.

use super::Session;
use crate::words::help;
use anyhow::{Context as _, Result};
use std::path::PathBuf;
use std::process::ExitCode;

/// The options of `docs`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(help = help::DOCS_PAGES)]
    pages: Vec<PathBuf>,
}

/// Renews the pages in place.
///
/// # Errors
/// When a page can't be read or written.
pub fn run(_: &Session, args: &Args) -> Result<ExitCode> {
    for page in &args.pages {
        let shown = page.display();
        let text = std::fs::read_to_string(page).with_context(|| format!("could not read page: {shown}"))?;
        let renewed = crate::docs::renew(&text);
        if renewed != text {
            std::fs::write(page, renewed).with_context(|| format!("could not write page: {shown}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
