//! `preview`: the exact bytes of the next request, on stdout; what they are, on stderr.
//!
//! Nothing follows them where they go to a file or a program, so that they can be compared; on a terminal the line is ended.

use super::Session;
use crate::sender;
use crate::words::{fill, preview as say};
use anyhow::Result;
use std::io::IsTerminal as _;
use std::process::ExitCode;

/// Prints the body.
///
/// # Errors
/// When ledger or spool can't be read.
pub fn run(session: &Session) -> Result<ExitCode> {
    let (checkout, homes) = (session.checkout()?, session.homes()?);
    let preview = sender::preview(&session.env, &homes, &checkout, std::time::SystemTime::now())?;
    let what = if preview.example { say::EXAMPLE } else { say::NEXT };
    let count = preview.events.to_string();
    let mut about = fill(say::IS, &[("what", what), ("url", &preview.url), ("count", &count)]);
    if let Some(refusal) = &preview.refusal {
        about += &fill(say::NOT_NOW, &[("why", &refusal.to_string())]);
    }
    if preview.more > 0 {
        about += &fill(say::MORE, &[("count", &preview.more.to_string())]);
    }
    super::tell(&about);
    super::print_bytes(&preview.body);
    if std::io::stdout().is_terminal() {
        super::print("\n");
    }
    Ok(ExitCode::SUCCESS)
}
