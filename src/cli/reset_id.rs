//! `reset-id`: another anonymous id, and nothing that ties it to the old one.

use super::Session;
use crate::consent::change::reset_id;
use crate::words::{choice, count, fill};
use anyhow::Result;
use std::process::ExitCode;

/// Makes the id and says what the old one was.
///
/// # Errors
/// When there is no id, or the new one can't be saved.
pub fn run(session: &Session) -> Result<ExitCode> {
    let changed = reset_id(&session.env, &session.homes()?, &session.checkout()?)?;
    let mut text = fill(choice::NEW_ID, &[("id", &changed.now.id.unwrap_or_default())]);
    text += &fill(choice::OLD_ID, &[("id", &changed.old_id.unwrap_or_default())]);
    if changed.waiting > 0 {
        text += &fill(choice::DELETED, &[("count", &count(changed.waiting, "event"))]);
    }
    session.say(&text);
    Ok(ExitCode::SUCCESS)
}
