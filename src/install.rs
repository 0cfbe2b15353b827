//! Owns what we put on a person's machine, and taking all of it back: the folder of shims, the make goals in a checkout,
//! and the list of the checkouts in which we put something.

pub mod goals;
pub mod hooks;
pub mod leaving;
pub mod shims;
pub mod startup;

use crate::files;
use crate::paths::{Homes, data};
use anyhow::{Context as _, Result};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Remembers a checkout in which we put something, so that `uninstall` finds it again.
///
/// # Errors
/// When the list can't be written.
pub fn remember(homes: &Homes, checkout: &Path) -> Result<()> {
    if remembered(homes)?.iter().any(|known| known == checkout) {
        return Ok(());
    }
    let path = homes.data.join(data::CHECKOUTS);
    let failed = || format!("could not write list of checkouts: {}", path.display());
    files::make_folder(&homes.data).with_context(failed)?;
    // One write: two at once give two lines.
    let line = [checkout.as_os_str().as_bytes(), b"\n"].concat();
    let mut file = std::fs::File::options().append(true).create(true).open(&path).with_context(failed)?;
    file.write_all(&line).with_context(failed)?;
    files::hand_over(&path).with_context(failed)
}

/// The checkouts in which we put something; they need not be there any more.
///
/// # Errors
/// When the list is there and can't be read.
pub fn remembered(homes: &Homes) -> Result<Vec<PathBuf>> {
    let path = homes.data.join(data::CHECKOUTS);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).with_context(|| format!("could not read list of checkouts: {}", path.display())),
    };
    let lines = text.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    let mut known: Vec<PathBuf> = lines.map(|line| std::ffi::OsStr::from_bytes(line).into()).collect();
    known.dedup();
    Ok(known)
}

/// A path as a shell reads it back; quoted only where it has to be.
#[must_use]
pub fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.+".contains(&b));
    if is_plain { text } else { quoted(&text) }
}

/// A text as a shell reads it back.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
