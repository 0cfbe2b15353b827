//! Owns files and folders on the disk, whatever is in them: made so that they belong to whoever owns the folder that they
//! are made in, since a `sudo make` must lock nobody out; taken away; and held by one process at a time.

use anyhow::{Context as _, Result};
use rustix::fs::{FlockOperation, Mode, OFlags};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a lock that somebody else holds is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Gives what root just made to the owner of the folder that it stands in; does nothing for anybody else.
///
/// # Errors
/// When the owner can't be read or set.
pub fn hand_over(path: &Path) -> io::Result<()> {
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
pub fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        make_folder(above)?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => hand_over(path),
        Err(e) if e.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(e) => Err(e),
    }
}

/// Opens or makes a file of ours for writing, 0600. Under root it belongs to the folder's owner: a root's run must not
/// lock the person out.
///
/// # Errors
/// When it can't be opened.
pub fn make(path: &Path) -> Result<File> {
    let failed = || format!("could not write file: {}", path.display());
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = File::from(rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR).with_context(failed)?);
    if rustix::process::geteuid().is_root() {
        let folder = path.parent().unwrap_or(path).metadata().with_context(failed)?;
        if file.metadata().with_context(failed)?.uid() != folder.uid() {
            std::os::unix::fs::fchown(&file, Some(folder.uid()), Some(folder.gid())).with_context(failed)?;
        }
    }
    Ok(file)
}

/// Gives a new file the owner, group and mode of the one whose place it takes. Nobody but root can give a file to a group
/// that they are not in (`chown ann`, and root's group stays): it keeps the person's own then, which is allowed nothing.
///
/// # Errors
/// When they can't be set.
pub fn become_like(file: &File, owner: u32, group: u32, mode: u32) -> io::Result<()> {
    let is = file.metadata()?;
    let mut mode = mode;
    if (is.uid(), is.gid()) != (owner, group) {
        match std::os::unix::fs::fchown(file, Some(owner), Some(group)) {
            Err(e) if e.kind() == ErrorKind::PermissionDenied && is.uid() == owner => mode &= !0o070,
            other => other?,
        }
    }
    // After the owner: changing that takes bits away.
    Ok(rustix::fs::fchmod(file, Mode::from_raw_mode(mode))?)
}

/// Removes a file; one that is gone already is no error.
///
/// # Errors
/// When it is there and stays.
pub fn unlink(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => {
            Err(e).with_context(|| format!("could not remove file: {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Removes a folder if nothing is in it; one that is gone, or not empty, is no error.
///
/// # Errors
/// When it is empty and stays.
pub fn remove_empty(folder: &Path) -> Result<()> {
    match std::fs::remove_dir(folder) {
        Err(e)
            if !matches!(e.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory) =>
        {
            Err(e).with_context(|| format!("could not remove folder: {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Locks a file for this process alone, and waits for that no longer than this.
///
/// # Errors
/// `WOULDBLOCK` when somebody else keeps it; or when it can't be locked at all.
pub fn lock(file: &File, patience: Duration) -> rustix::io::Result<()> {
    let until = Instant::now() + patience;
    loop {
        match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) if Instant::now() < until => std::thread::sleep(LOOK),
            done => return done,
        }
    }
}
