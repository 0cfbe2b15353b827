//! Owns looking for what is wrong on a machine: each finding in words, with its remedy, and the repairs that need no
//! question.
//!
//! Looks only, until [`mend`] is asked. The network is looked at only where something may be sent.

mod checkout;
mod delivery;
mod person;
mod shell;
mod shims;

use crate::consent::Consent;
use crate::env::Environment;
use crate::git::Repository;
use crate::install::{self, goals::Goals};
use crate::paths::{Homes, checkout as within};
use crate::words::{doctor as say, fill, parted};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};

/// How a finding is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// To be set right.
    Wrong,
}

impl Grade {
    /// In one word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Wrong => "wrong",
        }
    }
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it is meant.
    pub grade: Grade,
    /// What it is, in words.
    pub what: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// What can be done about it without asking.
    pub repair: Option<Repair>,
}

impl Finding {
    fn good(what: impl Into<String>) -> Self {
        Self { grade: Grade::Good, what: what.into(), remedy: None, repair: None }
    }

    fn note(what: impl Into<String>) -> Self {
        Self { grade: Grade::Note, ..Self::good(what) }
    }

    fn wrong(what: impl Into<String>) -> Self {
        Self { grade: Grade::Wrong, ..Self::good(what) }
    }

    /// What is wrong in words that may bring their own `help:` line.
    fn wrong_as_told(message: &str) -> Self {
        let (what, remedy) = parted(message);
        Self { remedy: remedy.map(str::to_owned), ..Self::wrong(what) }
    }

    fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    fn repair(self, repair: Repair) -> Self {
        Self { repair: Some(repair), ..self }.remedy(say::FIX)
    }
}

/// A repair that needs no question: it only does again what was agreed to, or closes what should not be open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Links the shims anew.
    Link,
    /// Puts the make goals into a checkout.
    Goals(PathBuf),
    /// Keeps the lock of a checkout out of git.
    Exclude(PathBuf),
    /// Takes a file or folder away from others.
    Close(PathBuf),
    /// Removes a file that a killed writer left behind.
    Remove(PathBuf),
    /// Lets the next attempt come now.
    Next(PathBuf),
}

/// What is looked at.
#[derive(Debug)]
pub struct Machine<'a> {
    /// The environment of the shell that asks.
    pub env: &'a Environment,
    /// The person's folders, if there is a home.
    pub homes: Option<&'a Homes>,
    /// The checkout around the current folder and what was agreed to there, if there is one.
    pub consent: Option<&'a Consent>,
}

/// Looks at everything.
#[must_use]
pub fn examine(machine: &Machine<'_>) -> Vec<Finding> {
    let Some(homes) = machine.homes else { return vec![person::homeless(machine.env)] };
    let mut findings = shims::look(machine.env, homes);
    findings.extend(shell::look(machine.env, homes, machine.consent.is_some()));
    findings.extend(person::look(machine.env, homes));
    match machine.consent {
        Some(consent) => {
            findings.extend(checkout::look(machine.env, homes, consent));
            findings.extend(delivery::look(machine.env, consent));
        }
        None => findings.push(Finding::note(say::NO_CHECKOUT)),
    }
    findings
}

/// Something else that stands where a folder of ours should be.
fn in_the_way(folder: &Path) -> Option<Finding> {
    if folder.is_dir() || folder.symlink_metadata().is_err() {
        return None;
    }
    let what = fill(say::IN_THE_WAY, &[("path", &folder.display().to_string())]);
    Some(Finding::wrong(what).remedy(fill(say::IN_THE_WAY_REMEDY, &[("path", &install::word(folder))])))
}

/// Does a repair.
///
/// # Errors
/// When it can't be done.
pub fn mend(repair: &Repair, env: &Environment, homes: &Homes) -> Result<()> {
    match repair {
        Repair::Link => install::shims::link(env, homes).map(|_| ()),
        Repair::Goals(checkout) => {
            install::remember(homes, checkout)?;
            match install::goals::put(env, checkout, &install::shims::program()?)? {
                Goals::Put => Ok(()),
                _ => bail!("could not put make goals: {}", checkout.display()),
            }
        }
        Repair::Exclude(checkout) => match Repository::around(env, checkout)? {
            Some(git) => git.exclude(&[within::CHOICE, within::CHOICE_NEW]),
            None => Ok(()),
        },
        Repair::Close(path) => close(path),
        Repair::Remove(path) => crate::files::unlink(path),
        Repair::Next(path) => {
            let file = crate::files::make(path)?;
            file.set_modified(std::time::SystemTime::now()).context("could not set time")
        }
    }
}

fn close(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let failed = || format!("could not close to others: {}", path.display());
    let mode = path.symlink_metadata().with_context(failed)?.permissions().mode();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700)).with_context(failed)
}
