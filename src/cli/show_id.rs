//! `show-id`: the anonymous id, alone on a line, for a deletion request or a script.

use super::Session;
use crate::words::{self, choice, fill};
use anyhow::{Result, bail};
use std::process::ExitCode;

/// Prints the id.
///
/// # Errors
/// When there is none.
pub fn run(session: &Session) -> Result<ExitCode> {
    let consent = session.consent()?;
    match consent.id {
        Some(id) => super::print(&format!("{id}\n")),
        None => {
            let state = words::state_word(consent.choice);
            let values = [("checkout", &*consent.checkout.to_string_lossy()), ("state", state)];
            bail!("{}\nhelp: {}", fill(choice::NO_ID, &values), choice::NO_ID_REMEDY);
        }
    }
    Ok(ExitCode::SUCCESS)
}
