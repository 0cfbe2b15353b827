//! Owns finding the OnRamp checkout around a folder, for the commands that people type.
//!
//! The shim has its own, stricter way (make does not search upwards); this one is for `status`, `enable` and the rest.

use crate::paths::checkout::{MARK_FILE, MARK_FOLDER};
use crate::words::{error, fill};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};

/// The checkout that `project` names, or the one around the current folder.
///
/// # Errors
/// When there is none.
pub fn find(project: Option<&Path>) -> Result<PathBuf> {
    let start = match project {
        Some(path) => path.canonicalize().with_context(|| format!("could not find checkout: {}", path.display()))?,
        None => std::env::current_dir().context("could not find current folder")?,
    };
    let around = if project.is_some() { 1 } else { usize::MAX };
    match start.ancestors().take(around).find(|folder| is_checkout(folder)) {
        Some(folder) => Ok(folder.to_owned()),
        None => bail!(fill(error::NO_CHECKOUT, &[("path", &start.display().to_string())])),
    }
}

/// Whether a folder is an OnRamp checkout: `services-available/` beside a `Makefile`.
#[must_use]
pub fn is_checkout(folder: &Path) -> bool {
    folder.join(MARK_FOLDER).is_dir() && folder.join(MARK_FILE).is_file()
}
