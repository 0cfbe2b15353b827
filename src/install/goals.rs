//! Owns `make.d/analytics.mk` in a checkout: the make goals, unless the checkout has its own.

use crate::env::Environment;
use crate::git::Repository;
use crate::paths::checkout;
use crate::words::fill;
use anyhow::{Context as _, Result};
use std::path::Path;

const TEXT: &str = include_str!("analytics.mk");

/// What became of the goals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goals {
    /// They are there now.
    Put,
    /// The checkout tracks a file of its own: it stays as it is.
    Tracked,
    /// There is a file that is not ours: it stays as it is.
    Foreign,
    /// The checkout has no folder for goals: nothing would take them in.
    NoFolder,
    /// They are gone now.
    Taken,
    /// They were not there.
    Absent,
}

/// Puts the goals into a checkout, and keeps them out of git.
///
/// # Errors
/// When they can't be written.
pub fn put(env: &Environment, checkout: &Path, program: &Path) -> Result<Goals> {
    let path = checkout.join(checkout::MAKE_GOALS);
    let failed = || format!("could not write make goals: {}", path.display());
    let folder = path.parent().filter(|folder| folder.is_dir());
    let Some(folder) = folder else { return Ok(Goals::NoFolder) };
    let repository = Repository::around(env, checkout)?;
    if repository.as_ref().is_some_and(|git| git.tracks(checkout::MAKE_GOALS)) {
        return Ok(Goals::Tracked);
    }
    if path.symlink_metadata().is_ok() && !is_ours(&path) {
        return Ok(Goals::Foreign);
    }
    if let Some(git) = &repository {
        git.exclude(&[checkout::MAKE_GOALS])?;
    }
    // A make may read it at this very moment: it gets its name when it is whole.
    let mut new = tempfile::Builder::new().prefix(".analytics.mk.").tempfile_in(folder).with_context(failed)?;
    std::io::Write::write_all(&mut new, text(program).as_bytes()).with_context(failed)?;
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    new.as_file().set_permissions(readable).with_context(failed)?;
    crate::files::hand_over(new.path()).with_context(failed)?;
    new.persist(&path).with_context(failed)?;
    Ok(Goals::Put)
}

/// Takes the goals out of a checkout, if they are ours, and our lines out of git's exclude file.
///
/// # Errors
/// When they stay.
pub fn take(env: &Environment, checkout: &Path) -> Result<Goals> {
    let path = checkout.join(checkout::MAKE_GOALS);
    let included = match Repository::around(env, checkout) {
        Ok(Some(git)) => git.include(&[checkout::MAKE_GOALS]),
        _ => Ok(()),
    };
    let taken = take_file(&path)?;
    included.map(|()| taken)
}

fn take_file(path: &Path) -> Result<Goals> {
    if path.symlink_metadata().is_err() {
        return Ok(Goals::Absent);
    }
    if !is_ours(path) {
        return Ok(Goals::Foreign);
    }
    crate::files::unlink(path)?;
    Ok(Goals::Taken)
}

fn text(program: &Path) -> String {
    fill(TEXT, &[("program", &quoted(program))])
}

/// A path as a recipe's shell reads it back, past make.
fn quoted(path: &Path) -> String {
    super::quoted(&path.display().to_string()).replace('$', "$$")
}

/// Whether a file is the goals that some release of ours put there.
fn is_ours(path: &Path) -> bool {
    let heading = TEXT.lines().next().unwrap_or_default();
    std::fs::read(path).is_ok_and(|text| text.starts_with(heading.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_make_and_shell() {
        assert_eq!(quoted(Path::new("/a b/it's/$x")), r"'/a b/it'\''s/$$x'");
        assert!(!text(Path::new("/p")).contains("{program}"));
    }
}
