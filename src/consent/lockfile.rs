//! Owns `onramp.lock` as a file: reading it, changing our lines in it, replacing it whole.

use crate::paths::checkout::CHOICE;
use anyhow::Result;
use onramp_shim::consent::Lock;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What the file holds, and whose it is.
#[derive(Clone, Debug)]
pub struct LockFile {
    /// Every byte of it.
    pub text: Vec<u8>,
    /// The user id of its owner.
    pub owner: u32,
    /// Its permission bits.
    pub mode: u32,
}

impl LockFile {
    /// Reads the lock of a checkout; nothing if there is none.
    ///
    /// # Errors
    /// When there is one that can't be read.
    pub fn read(checkout: &Path) -> Result<Option<Self>> {
        let found = super::contents(&checkout.join(CHOICE))?;
        Ok(found.map(|(text, is)| Self { text, owner: is.uid(), mode: is.mode() & 0o7777 }))
    }

    /// Our keys in it.
    #[must_use]
    pub fn parse(&self) -> Lock<'_> {
        Lock::parse(&self.text)
    }
}
