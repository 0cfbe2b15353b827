//! Owns the writer's side of the spool: one append a run, that never waits and is never lost.
//!
//! The sender takes the file away under an exclusive lock, for an instant: it renames it and takes its write bits. A
//! writer therefore locks, then looks: what is sealed or has no name any more is opened again, what is locked is left
//! for a file of one's own. An append to a renamed and removed file would succeed and be lost.
//!
//! Last of all, with the file open, consent is asked for again. Who takes a yes back changes the choice first and then
//! takes the files away: a file that was opened before that has no name any more, one opened after it is not written to.

use crate::paths::{Arena, place};
use crate::place::{Person, file_of};
use crate::sys::{self, At, Errno, File, Mode, Stat};
use core::ffi::CStr;

/// The most that a spool may hold, in bytes; beyond it nothing is added, and the sender is woken to make room.
const FULL: u64 = 8 * 1024 * 1024;

/// About 500 events, in bytes: crossing a multiple of it wakes the sender ahead of its time.
pub const CROWDED: u64 = 200 * 1024;

/// What came of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// Nothing was written.
    No,
    /// It was written.
    Yes {
        /// So much waits now that the sender should not wait for its time.
        crowded: bool,
    },
}

/// Appends whole lines in one write to the spool, or to `local` in local mode, if consent still `holds` then.
pub fn append(
    person: &Person,
    digits: &[u8; 16],
    local: bool,
    lines: &[u8],
    holds: &dyn Fn() -> bool,
    arena: &mut Arena,
) -> Appended {
    let (name, stray) = if local { (place::LOCAL, place::LOCAL_STRAY) } else { (place::SPOOL, place::STRAY) };
    let mut pid = [0; 20];
    let mut pid = crate::paths::Path::new(&mut pid, &[]);
    crate::schema::number(sys::own_process().cast_unsigned().into(), &mut pid);
    for parts in [&[name.as_bytes()][..], &[stray.as_bytes(), pid.bytes()]] {
        let Some(path) = file_of(person, digits, parts, arena) else { break };
        if let Some(appended) = append_to(path, person, lines, holds) {
            return appended;
        }
    }
    Appended::No
}

/// Appends to one file; nothing if it is locked, or sealed each time that it is looked at.
fn append_to(path: &CStr, person: &Person, lines: &[u8], holds: &dyn Fn() -> bool) -> Option<Appended> {
    // Two senders in a row would have to come between to need a third try.
    for _ in 0..3 {
        let file = match sys::open(At::CURRENT, path, Mode::APPEND) {
            // Whoever has just said no finds nothing made anew.
            Err(Errno::NOENT) if !holds() => return Some(Appended::No),
            Err(Errno::NOENT) => sys::open(At::CURRENT, path, Mode::BEGIN).ok()?,
            opened => opened.ok()?,
        };
        if !file.lock_shared() {
            return None;
        }
        match file.stat() {
            Ok(stat) if stat.mode & 0o222 == 0 || stat.links == 0 => {}
            Ok(_) if !holds() => return Some(Appended::No),
            Ok(stat) => return Some(write(&file, &stat, person, lines)),
            Err(_) => return None,
        }
    }
    None
}

fn write(file: &File, stat: &Stat, person: &Person, lines: &[u8]) -> Appended {
    if !stat.is_file() || stat.size > FULL {
        return Appended::No;
    }
    // Root under sudo: the owner must be able to read and rename what root made. What has another name as well may be
    // somebody else's.
    if stat.owner != person.user && (stat.links > 1 || file.give_to(person.user, u32::MAX).is_err()) {
        return Appended::No;
    }
    match file.write(lines) {
        Ok(count) if count == lines.len() => {
            let after = stat.size + lines.len() as u64;
            Appended::Yes { crowded: stat.size / CROWDED != after / CROWDED }
        }
        // A full disk may have taken a part: the next writer's first newline ends the torn line, and readers set it
        // aside.
        _ => Appended::No,
    }
}
