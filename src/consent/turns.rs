//! Owns that the changes of a checkout's choice come one after the other: a lock in the checkout's place.

use crate::paths::{Place, place as name};
use crate::words::lock as say;
use anyhow::{Context as _, Result, anyhow};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

/// How long a writer waits for others. Each holds the lock for milliseconds; a stopped one may hold it for days.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where writers take turns; whoever waited for its turn has it until this is dropped.
#[derive(Debug)]
pub struct Turns {
    file: File,
    path: PathBuf,
}

impl Turns {
    /// Opens the place for them.
    ///
    /// # Errors
    /// When it can't be written. Then nobody else changes a choice by it either.
    pub fn at(place: &Place) -> Result<Self> {
        let path = place.file(name::CHOICE_LOCK);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let own = || {
            let file = rustix::fs::open(&path, flags, Mode::RUSR | Mode::WUSR)?;
            crate::files::hand_over(&path).map(|()| File::from(file))
        };
        let file = own()
            .with_context(|| format!("could not lock choice: {}", path.display()))
            .map_err(|e| anyhow!("{e:#}\nhelp: {}", say::NOT_YOURS_HELP))?;
        Ok(Self { file, path })
    }

    /// Waits until no other writer is at it.
    ///
    /// # Errors
    /// When another one stays at it for too long.
    pub fn wait(&self) -> Result<()> {
        crate::files::lock(&self.file, PATIENCE)
            .with_context(|| format!("could not lock choice: {}", self.path.display()))
    }
}
