//! Owns the writer's side of the spool: one append a run, that never waits and is never lost.
//!
//! The sender takes the file away under an exclusive lock, for an instant: it renames it and takes its write bits. A
//! writer therefore locks, then looks: what is sealed or has no name any more is opened again, what is locked is left
//! for a file of one's own. An append to a renamed and removed file would succeed and be lost.
//!
//! Last of all, with the file open, consent is asked for again. Who takes a yes back changes the choice first and then
//! takes the files away: a file that was opened before that has no name any more, one opened after it is not written to.

use crate::paths::{Arena, Path, place as files};
use crate::place::{Person, Place, make_folders};
use crate::schema;
use crate::sys::{self, At, Errno, File, Mode, Stat};
use core::ffi::CStr;

/// The most that a spool may hold, in bytes; beyond it nothing is added, and the sender is woken to make room.
const FULL: u64 = 8 * 1024 * 1024;

/// What 500 events take, in bytes, at the least and at the most. In between each run wakes the sender, which counts them:
/// ahead of its time it sends when there are 500, and leaves them where they are when there are fewer. A test in
/// `tests/delivery/rhythm.rs` holds both against the words that there are.
pub const CROWDED: core::ops::Range<u64> = 158 * 1024..196 * 1024;

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
    place: &mut Place,
    local: bool,
    lines: &[u8],
    holds: &dyn Fn() -> bool,
    arena: &mut Arena,
) -> Appended {
    let (name, stray) = if local { (files::LOCAL, files::LOCAL_STRAY) } else { (files::SPOOL, files::STRAY) };
    let mut appended = place.file(name, b"").and_then(|path| append_to(path, person, lines, holds, arena));
    if appended.is_none() {
        let mut pid = [0; 20];
        let mut pid = Path::new(&mut pid, &[]);
        schema::number(sys::own_process().cast_unsigned().into(), &mut pid);
        appended = place.file(stray, pid.bytes()).and_then(|path| append_to(path, person, lines, holds, arena));
    }
    appended.unwrap_or(Appended::No)
}

/// Appends to one file; nothing if it is locked, or sealed each time that it is looked at.
fn append_to(
    path: &CStr,
    person: &Person,
    lines: &[u8],
    holds: &dyn Fn() -> bool,
    arena: &mut Arena,
) -> Option<Appended> {
    // Two senders in a row would have to come between to need a third try.
    for _ in 0..3 {
        let file = match sys::open(At::CURRENT, path, Mode::APPEND) {
            // Whoever has just said no finds nothing made anew.
            Err(Errno::NOENT) if !holds() => return Some(Appended::No),
            Err(Errno::NOENT) => begin(path, person, arena)?,
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

/// Makes a file, and its folder where there is none yet: in local mode nothing else may have been made for a checkout.
fn begin(path: &CStr, person: &Person, arena: &mut Arena) -> Option<File> {
    let made = sys::open(At::CURRENT, path, Mode::BEGIN);
    if !matches!(made, Err(Errno::NOENT)) {
        return made.ok();
    }
    let path_of = path.to_bytes();
    make_folders(&path_of[..path_of.iter().rposition(|b| *b == b'/')?], person, arena);
    sys::open(At::CURRENT, path, Mode::BEGIN).ok()
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
            Appended::Yes { crowded: is_crowded(stat.size, after) }
        }
        // A full disk may have taken a part: the next writer's first newline ends the torn line, and readers set it
        // aside.
        _ => Appended::No,
    }
}

/// Whether an append brought so much together that the sender should look. What it can't take away (a stopped run holds
/// the file) must not have it woken by each run for ever: beyond the most only once in a while.
const fn is_crowded(before: u64, after: u64) -> bool {
    (after >= CROWDED.start && before < CROWDED.end) || before / CROWDED.end != after / CROWDED.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_woken_while_five_hundred_events_may_just_have_come_together() {
        for (before, after, crowded) in [
            (0, 400, false),
            (CROWDED.start - 400, CROWDED.start - 1, false),
            (CROWDED.start - 400, CROWDED.start, true),
            (CROWDED.start, CROWDED.start + 400, true),
            (CROWDED.end - 1, CROWDED.end + 399, true),
            (CROWDED.end, CROWDED.end + 400, false),
            (2 * CROWDED.end - 1, 2 * CROWDED.end + 399, true),
        ] {
            assert_eq!(is_crowded(before, after), crowded, "{before} {after}");
        }
    }
}
