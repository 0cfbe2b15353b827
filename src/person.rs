//! Owns whose process this is, and what root does for that person: files made by root belong to whoever owns the folder
//! that they are made in, so that a `sudo make` locks nobody out.

use crate::env::{Environment, Variable};
use crate::paths::PASSWD;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A user of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// The user id.
    pub uid: u32,
    /// It is not the process's own user: root, called through sudo.
    pub by_sudo: bool,
}

impl Person {
    /// Who is behind this process.
    #[must_use]
    pub fn of(env: &Environment) -> Self {
        let euid = rustix::process::geteuid().as_raw();
        let uid = onramp_shim::person::of(euid, &env.known());
        Self { uid, by_sudo: uid != euid }
    }

    /// The home in `/etc/passwd`.
    #[must_use]
    pub fn home(self) -> Option<PathBuf> {
        let passwd = std::fs::read(PASSWD).ok()?;
        onramp_shim::person::home_of(&passwd, self.uid).map(|home| std::ffi::OsStr::from_bytes(home).into())
    }

    /// The home that the environment names, or under sudo the caller's.
    #[must_use]
    pub fn home_of(self, env: &Environment) -> Option<PathBuf> {
        env.path(Variable::Home).filter(|_| !self.by_sudo).or_else(|| self.home())
    }

    /// The name in `/etc/passwd`. A person whom only a directory service knows has none.
    #[must_use]
    pub fn name(self) -> Option<String> {
        let passwd = std::fs::read_to_string(PASSWD).ok()?;
        let mut lines = passwd.lines().map(|line| line.split(':'));
        lines.find_map(|mut line| {
            let name = line.next()?;
            (line.nth(1)?.parse() == Ok(self.uid)).then(|| name.to_owned())
        })
    }
}

/// Whether a file or folder is there and belongs to that user.
#[must_use]
pub fn owns(uid: u32, path: &Path) -> bool {
    path.metadata().is_ok_and(|is| is.uid() == uid)
}

/// Gives what root just made to the owner of the folder that it stands in; does nothing for anybody else.
///
/// # Errors
/// When the owner can't be read or set.
pub fn hand_over(path: &Path) -> std::io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path).metadata()?;
    if path.symlink_metadata()?.uid() == folder.uid() {
        return Ok(());
    }
    std::os::unix::fs::lchown(path, Some(folder.uid()), Some(folder.gid()))
}

/// Makes a folder and those above it that are missing, 0700, each handed over.
///
/// # Errors
/// When one can't be made.
pub fn make_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        make_folder(above)?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => hand_over(path),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(e) => Err(e),
    }
}
