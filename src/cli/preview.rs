//! `preview`: the exact bytes of the next request, on stdout; what they are, on stderr.

use super::Session;
use crate::sender;
use anyhow::Result;
use std::process::ExitCode;

/// Prints the body.
///
/// # Errors
/// When ledger or spool can't be read.
pub fn run(session: &Session) -> Result<ExitCode> {
    let (checkout, homes) = (session.checkout()?, session.homes()?);
    let preview = sender::preview(&session.env, &homes, &checkout, std::time::SystemTime::now())?;
    let what = if preview.example { "an example: nothing waits" } else { "the next request" };
    eprintln!("{what}, POST {} with {} events, before compression:", preview.url, preview.events);
    if let Some(refusal) = &preview.refusal {
        eprintln!("nothing would be sent now: {refusal}");
    }
    if preview.more > 0 {
        eprintln!("{} more would follow", preview.more);
    }
    super::print_bytes(&[preview.body.as_slice(), b"\n"].concat());
    Ok(ExitCode::SUCCESS)
}
