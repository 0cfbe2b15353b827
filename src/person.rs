//! Owns whose process this is: under sudo that of who called it.

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

/// The home of a user by name, as `/etc/passwd` (passwd(5)) has it: what a shell and make put for `~name`.
#[must_use]
pub fn home_called(name: &[u8]) -> Option<Vec<u8>> {
    let passwd = std::fs::read(PASSWD).ok()?;
    let mut lines = passwd.split(|b| *b == b'\n').map(|line| line.split(|b| *b == b':'));
    let mut line = lines.find(|line| line.clone().next() == Some(name))?;
    line.nth(5).filter(|home| home.starts_with(b"/")).map(<[u8]>::to_vec)
}

/// Whether a file or folder is there and belongs to that user.
#[must_use]
pub fn owns(uid: u32, path: &Path) -> bool {
    path.metadata().is_ok_and(|is| is.uid() == uid)
}
