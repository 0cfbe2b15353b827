//! Owns what every subcommand may ask of the process that it runs in: which checkout and whose folders are meant, what was
//! agreed to and recorded there, and how much the person wants to hear.

use crate::checkout;
use crate::consent::{self, Consent};
use crate::env::Environment;
use crate::ledger::Ledger;
use crate::paths::{self, Homes, Place};
use crate::spool::Spool;
use crate::words::error;
use anyhow::{Result, anyhow};
use std::path::PathBuf;
use std::time::SystemTime;

/// What every subcommand may need of the process.
#[derive(Debug)]
pub struct Session {
    /// The environment at the start.
    pub env: Environment,
    /// `--project DIR`.
    pub project: Option<PathBuf>,
    /// `--quiet`: nothing but errors and results that were asked for.
    pub quiet: bool,
    /// `--verbose`: also what is read and written.
    pub verbose: bool,
}

impl Session {
    /// The checkout that is meant.
    ///
    /// # Errors
    /// When there is none.
    pub fn checkout(&self) -> Result<PathBuf> {
        checkout::find(self.project.as_deref())
    }

    /// The person's folders.
    ///
    /// # Errors
    /// When there is no home.
    pub fn homes(&self) -> Result<Homes> {
        Homes::of(&self.env).map_err(|e| anyhow!("{e:#}\nhelp: {}", error::HOME_REMEDY))
    }

    /// What was agreed to in the checkout; where there is no home that is off.
    ///
    /// # Errors
    /// When there is no checkout.
    pub fn consent(&self) -> Result<Consent> {
        let consent = consent::read_at(&self.env, self.homes().ok().as_ref(), &self.checkout()?)?;
        let lock = consent.checkout.join(paths::checkout::CHOICE);
        let settings = consent.checkout.join(paths::checkout::ENV_FILE);
        let place = consent.place.as_ref().map(|place| place.folder.clone());
        for path in [Some(lock), Some(settings), consent.off_file.clone(), place].into_iter().flatten() {
            let there = if path.exists() { "" } else { " (not there)" };
            self.detail(&format!("read: {}{there}", path.display()));
        }
        Ok(consent)
    }

    /// The checkout's place, if anything was ever recorded there.
    ///
    /// # Errors
    /// When there is no checkout, or the state folder can't be read.
    pub fn place(&self) -> Result<Option<Place>> {
        let (checkout, homes) = (self.checkout()?, self.homes()?);
        Ok(Place::find(&homes, &checkout)?.filter(Place::exists))
    }

    /// The ledger with everything in it that runs appended so far; nothing if nothing was ever recorded. Where the folder
    /// can't be written, a copy in memory.
    ///
    /// # Errors
    /// When ledger or spool can't be read.
    pub fn ledger(&self) -> Result<Option<Ledger>> {
        let Some(place) = self.place()? else { return Ok(None) };
        if rustix::fs::access(&place.folder, rustix::fs::Access::WRITE_OK).is_err() {
            let mut copy = Ledger::copy(&place)?;
            copy.add(&Spool::Outgoing.glance(&place), SystemTime::now())?;
            return Ok(Some(copy));
        }
        self.ledger_to_change()
    }

    /// The same for who changes something in it: never a copy, in which it would only seem to be done.
    ///
    /// # Errors
    /// When ledger or spool can't be read or written.
    pub fn ledger_to_change(&self) -> Result<Option<Ledger>> {
        let Some(place) = self.place()? else { return Ok(None) };
        let mut ledger = Ledger::open(&place)?;
        for spool in [Spool::Outgoing, Spool::Local] {
            ledger.ingest(spool, SystemTime::now())?;
        }
        Ok(Some(ledger))
    }

    /// Says on stdout what was done; `--quiet` does not want to know.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            super::print(text);
        }
    }

    /// Says on stderr what went wrong beside the result, with its `help:` line.
    pub fn warn(&self, warning: &str) {
        if !self.quiet {
            super::complain(&format!("warning: {warning}"));
        }
    }

    /// Says on stderr what is done, where that was asked for.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            super::complain(text);
        }
    }
}
