//! Owns the files that runs append to, from the side that empties them: sealing, reading, removing.
//!
//! A writer (the shim) appends while it holds a shared lock and has seen that the file can still be written to; who
//! empties seals first: exclusive lock, new name, no write bits, unlock. From then on nobody appends, so reading and
//! unlinking lose nothing, wherever either side is killed. docs/races.md goes through every step.
//!
//! Refuses to judge what stands in a line: that is `ledger`.

use crate::files;
use crate::paths::{Place, place as name};
use anyhow::{Context as _, Result};
use rustix::fs::{Mode, OFlags};
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest file that is read, in bytes; the rest of a longer one can't be ours.
const LONGEST: u64 = 64 << 20;
/// How long a seal waits for writers. They hold the lock for microseconds; a stopped one may hold it for days.
const PATIENCE: Duration = Duration::from_millis(500);

/// Which of the two kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spool {
    /// What waits to be sent.
    Outgoing,
    /// What was recorded in local mode. The sender never reads it.
    Local,
}

impl Spool {
    const fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Outgoing => (name::SPOOL, name::STRAY, name::SEALED),
            Self::Local => (name::LOCAL, name::LOCAL_STRAY, name::LOCAL_SEALED),
        }
    }

    /// Seals what is there: the file itself, strays of writers that are gone, and what a killed sealer left half done.
    /// A file that a stopped writer holds is left for the next time.
    ///
    /// # Errors
    /// When the folder can't be read or changed.
    pub fn seal(self, place: &Place) -> Result<()> {
        let (live, stray, sealed) = self.names();
        let folder = &place.folder;
        seal_file(folder, live, sealed)?;
        for file in entries(folder)? {
            if file.strip_prefix(stray).is_some_and(is_gone) {
                seal_file(folder, &file, sealed)?;
            } else if file.starts_with(sealed) {
                seal_again(&folder.join(&file))?;
            }
        }
        Ok(())
    }

    /// The sealed files, by age.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn sealed(self, place: &Place) -> Result<Vec<PathBuf>> {
        let (_, _, sealed) = self.names();
        let files = entries(&place.folder)?.into_iter().filter(|file| file.starts_with(sealed));
        let files = by_age(place, files).into_iter().filter(|(is, _)| is.is_file() && is.mode() & 0o222 == 0);
        Ok(files.map(|(_, path)| path).collect())
    }

    /// What stands in all files of this kind right now, sealed or not, without changing anything: for `status`, and for
    /// `preview`, so in the order in which it will be taken in.
    #[must_use]
    pub fn glance(self, place: &Place) -> Vec<u8> {
        let (live, stray, sealed) = self.names();
        let ours = |file: &String| {
            let digits = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit());
            file == live || file.starts_with(sealed) || file.strip_prefix(stray).is_some_and(digits)
        };
        let files = entries(&place.folder).unwrap_or_default().into_iter().filter(ours);
        by_age(place, files).iter().filter_map(|(_, path)| read(path).ok()).flatten().collect()
    }

    /// Removes every file of this kind, however it is called at the moment. A writer that has one open sees that it
    /// has no name any more, and makes a new one.
    ///
    /// # Errors
    /// When a file can't be removed.
    pub fn remove(self, place: &Place) -> Result<()> {
        let (live, stray, sealed) = self.names();
        for file in entries(&place.folder)? {
            if file == live || file.starts_with(sealed) || file.starts_with(stray) {
                files::unlink(&place.file(&file))?;
            }
        }
        Ok(())
    }
}

/// What was put out of the writers' way because it could not be read.
#[must_use]
pub fn foreign(place: &Place) -> Vec<PathBuf> {
    let files = entries(&place.folder).unwrap_or_default();
    files.iter().filter(|file| file.starts_with(name::FOREIGN)).map(|file| place.file(file)).collect()
}

/// The lines of a file. Every append begins and ends with a newline, so there are empty ones between.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|b| *b == b'\n').filter(|line| !line.is_empty())
}

/// What a file of ours holds.
///
/// # Errors
/// When it can't be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = || format!("could not read events: {}", path.display());
    let mut text = Vec::new();
    open(path).with_context(failed)?.take(LONGEST).read_to_end(&mut text).with_context(failed)?;
    Ok(text)
}

fn open(path: &Path) -> std::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

/// The oldest first. A file keeps its age when it is sealed.
fn by_age(place: &Place, files: impl Iterator<Item = String>) -> Vec<(Metadata, PathBuf)> {
    let paths = files.map(|file| place.file(&file));
    let mut files: Vec<_> = paths.filter_map(|path| Some((path.symlink_metadata().ok()?, path))).collect();
    files.sort_by_key(|(is, path)| (is.mtime(), is.mtime_nsec(), path.clone()));
    files
}

fn entries(folder: &Path) -> Result<Vec<String>> {
    let failed = || format!("could not read folder: {}", folder.display());
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).with_context(failed),
    };
    let names = listing.map(|entry| entry.map(|e| e.file_name().into_string().ok()).with_context(failed));
    names.filter_map(Result::transpose).collect()
}

/// Whether the writer of a stray has ended. A process of the same number keeps its file a while; a writer in another
/// pid namespace looks gone, and is kept out by the lock and the write bits as any other.
fn is_gone(pid: &str) -> bool {
    let number = pid.parse().ok().and_then(rustix::process::Pid::from_raw);
    number.is_some_and(|p| rustix::process::test_kill_process(p) == Err(rustix::io::Errno::SRCH))
}

fn seal_file(folder: &Path, file: &str, sealed: &str) -> Result<()> {
    let path = folder.join(file);
    let opened = match open(&path) {
        Ok(opened) => opened,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        // Another user's, a link, a socket: out of the way of the writers, which then make a file of their own.
        Err(_) => return put_aside(folder, &path),
    };
    let is = opened.metadata().with_context(|| format!("could not read events: {}", path.display()))?;
    if !is.is_file() {
        return put_aside(folder, &path);
    }
    let idle = is.len() == 0 && !file.bytes().any(|b| b == b'.');
    if idle || files::lock(&opened, PATIENCE).is_err() {
        return Ok(());
    }
    // Another sealer may have been faster: the name has to be this file's still.
    let same = path.symlink_metadata().is_ok_and(|now| (now.dev(), now.ino()) == (is.dev(), is.ino()));
    if !same {
        return Ok(());
    }
    // A name that no other file ever had: who unlinks it can't hit another.
    let new = folder.join(format!("{sealed}{}", uuid::Uuid::new_v4().simple()));
    std::fs::rename(&path, &new).with_context(|| format!("could not seal events: {}", path.display()))?;
    close_for_writing(&opened, &new)
}

/// A sealer was killed between the new name and the write bits; writers may still have used the file since.
fn seal_again(path: &Path) -> Result<()> {
    let Ok(opened) = open(path) else { return Ok(()) };
    let half = opened.metadata().is_ok_and(|is| is.is_file() && is.mode() & 0o222 != 0);
    if half && files::lock(&opened, PATIENCE).is_ok() { close_for_writing(&opened, path) } else { Ok(()) }
}

fn close_for_writing(file: &File, path: &Path) -> Result<()> {
    match rustix::fs::fchmod(file, Mode::RUSR) {
        // Readable, but another user's: a copy of our own, and the original has no name any more.
        Err(rustix::io::Errno::PERM) => copy(path),
        other => other.with_context(|| format!("could not seal events: {}", path.display())),
    }
}

fn copy(path: &Path) -> Result<()> {
    let failed = || format!("could not copy events: {}", path.display());
    let folder = path.parent().unwrap_or(path);
    let mut copy = tempfile::Builder::new().prefix(name::COPY).tempfile_in(folder).with_context(failed)?;
    std::io::Write::write_all(&mut copy, &read(path)?).with_context(failed)?;
    rustix::fs::fchmod(copy.as_file(), Mode::RUSR).with_context(failed)?;
    copy.persist(path).with_context(failed)?;
    Ok(())
}

/// Puts what is no file of ours out of the way, untouched.
///
/// # Errors
/// When the folder can't be changed.
pub fn put_aside(folder: &Path, path: &Path) -> Result<()> {
    let new = folder.join(format!("{}{}", name::FOREIGN, uuid::Uuid::new_v4().simple()));
    std::fs::rename(path, &new).with_context(|| format!("could not put aside file: {}", path.display()))
}
