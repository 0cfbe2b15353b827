//! Owns the turn: one process at a time sends for a checkout.

use crate::paths::{Place, place as name};
use anyhow::{Context as _, Result};
use rustix::fs::FlockOperation;
use std::fs::File;
use std::time::{Duration, Instant};

/// Held as long as the process sends; the kernel gives it back however the process ends.
#[derive(Debug)]
pub struct Turn {
    _file: File,
}

impl Turn {
    /// Takes the turn if it is free, or becomes free within this time; nothing if another keeps it.
    ///
    /// # Errors
    /// When the lock's file can't be opened.
    pub fn take(place: &Place, patience: Duration) -> Result<Option<Self>> {
        let path = place.file(name::LOCK);
        let until = Instant::now() + patience;
        loop {
            let file = crate::files::make(&path)?;
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(rustix::io::Errno::WOULDBLOCK) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
                Err(e) => return Err(e).with_context(|| format!("could not lock file: {}", path.display())),
            }
        }
    }

    /// Whether somebody sends right now.
    #[must_use]
    pub fn is_taken(place: &Place) -> bool {
        let Ok(file) = File::open(place.file(name::LOCK)) else { return false };
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared) == Err(rustix::io::Errno::WOULDBLOCK)
    }
}
