//! `disable`: says no for a checkout, at once.

use super::Session;
use crate::consent::change::disable;
use crate::words::{choice, count, fill, help};
use anyhow::Result;
use std::process::ExitCode;

/// The options of `disable`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, help = help::DISABLE_KEEP_LOCAL)]
    keep_local: bool,
}

/// Saves the no and says what became of what waited.
///
/// # Errors
/// When it can't be saved.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let (checkout, homes) = (session.checkout()?, session.homes()?);
    let changed = disable(&session.env, &homes, &checkout, args.keep_local)?;
    let mut text = fill(choice::NOW_OFF, &[("checkout", &changed.now.checkout.display().to_string())]);
    if let Some(id) = &changed.old_id {
        text += &fill(choice::OLD_ID, &[("id", id)]);
    }
    if changed.waiting > 0 {
        let words = if args.keep_local { choice::KEPT } else { choice::DELETED };
        text += &fill(words, &[("count", &count(changed.waiting, "event"))]);
    }
    session.say(&text);
    changed.warnings.iter().for_each(|warning| session.warn(warning));
    Ok(if changed.warnings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
