//! Owns finding the real command: PATH, searched as a shell does, without ever finding a shim.
//!
//! A link to this program, another copy of it and an older release all carry the same note near their start; a program
//! too large to be a shim is not opened. A counter of depth would be no substitute: two copies would call each other.

use crate::bytes::find;
use crate::env::{Env, Variable};
use crate::paths::{Arena, LONGEST, NOTE};
use crate::sys::{At, Errno, Mode, Stat, c_str, join, open, stat, with_scratch};
use core::ffi::CStr;

/// Where commands are looked up when PATH is not set (dash's and bash's own default).
const DEFAULT_PATH: &[u8] = b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// No shim is larger than this, in bytes: `onramp-shim.ld` refuses to link one. The commands themselves are larger.
const LARGEST_SHIM: u64 = 160 * 1024;

/// Lengths of owner and text, and the type, in front of a note's owner, in bytes.
const NOTE_HEAD: usize = 12;

/// No shim has more program headers.
const MOST_HEADERS: usize = 16;

/// How far into a file the note lies, in bytes: right behind the program headers.
const NOTE_WITHIN: usize = 1024;

/// The programs on PATH that have the command's name, in order, without the shims among them.
#[derive(Debug)]
pub struct Candidates<'a> {
    name: &'a [u8],
    /// The path under which this program itself was found.
    own: Option<&'a [u8]>,
    rest: Option<&'a [u8]>,
    current: Option<&'static CStr>,
    /// A shim was met on PATH, or there is none to be met: what is not found there is not to be found.
    is_known: bool,
    /// Something of that name was there and could not be executed: the shell's 126 instead of 127.
    pub found_unusable: bool,
}

impl<'a> Candidates<'a> {
    /// The candidates for a command, by its name without a path. `own` is the path under which this program was found:
    /// what stands there needs no look to be known as a shim.
    pub fn of(name: &'a [u8], own: Option<&'a [u8]>, env: &Env<'a>) -> Self {
        let rest = Some(env.get(Variable::Path).unwrap_or(DEFAULT_PATH));
        Self { name, own, rest, current: None, is_known: own.is_none(), found_unusable: false }
    }

    /// The command's name.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        self.name
    }

    /// The program that was found last.
    #[must_use]
    pub fn current(&self) -> Option<&'static CStr> {
        self.current
    }

    /// Goes on to the next program.
    pub fn next_program(&mut self, arena: &mut Arena) -> Option<&'static CStr> {
        self.current = self.search(arena);
        self.current
    }

    fn search(&mut self, arena: &mut Arena) -> Option<&'static CStr> {
        while let Some(rest) = self.rest.or_else(|| self.elsewhere()) {
            let end = find(b':', rest);
            let folder = &rest[..end.unwrap_or(rest.len())];
            self.rest = end.map(|colon| &rest[colon + 1..]);
            // An empty entry is the current folder.
            let folder = if folder.is_empty() { b"." } else { folder };
            let found = arena.fill(LONGEST, |buffer| {
                let path = join(buffer, &[folder, self.name])?;
                let usable = if self.own == Some(path.to_bytes()) { Usable::Shim } else { usable(path) };
                self.is_known |= usable == Usable::Shim;
                self.found_unusable |= usable == Usable::Unexecutable;
                (usable == Usable::Yes).then_some(path.count_bytes() + 1)
            });
            if found.is_some() {
                return found.and_then(c_str);
            }
        }
        None
    }

    /// Where else to look, once, when all of PATH was searched and no shim was there: then it is not the PATH by which the
    /// caller found this one (the path of a program, or a PATH of its own and another for what it starts).
    #[cold]
    fn elsewhere(&mut self) -> Option<&'a [u8]> {
        (!core::mem::replace(&mut self.is_known, true)).then_some(DEFAULT_PATH)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Usable {
    Yes,
    No,
    Unexecutable,
    Shim,
}

/// What only a moment's shortage hides is looked for once more: otherwise another program of that name, further down
/// PATH, would be run in its place.
fn usable(path: &CStr) -> Usable {
    let found = match stat(At::CURRENT, path, true) {
        Err(error) if error != Errno::NOENT && error != Errno::NOTDIR => stat(At::CURRENT, path, true),
        found => found,
    };
    match found {
        Ok(found) if !found.is_file() => Usable::No,
        Ok(found) if found.mode & 0o111 == 0 => Usable::Unexecutable,
        Ok(found) if is_shim(path, &found) => Usable::Shim,
        Ok(_) => Usable::Yes,
        Err(_) => Usable::No,
    }
}

/// Whether a file is this program, in whatever copy.
fn is_shim(path: &CStr, found: &Stat) -> bool {
    if found.size > LARGEST_SHIM {
        return false;
    }
    let has_note = with_scratch(|start| {
        let start = start.get_mut(..NOTE_WITHIN)?;
        let count = open(At::CURRENT, path, Mode::READ).and_then(|file| file.read_once(start)).ok()?;
        Some(start[..count].starts_with(b"\x7fELF") && holds(&start[..count], &NOTE))
    });
    // Without a descriptor left to read the note by: what is as large as this program is taken for it. Otherwise it
    // would start itself for ever.
    has_note.unwrap_or_else(|| stat(At::CURRENT, c"/proc/self/exe", true).is_ok_and(|own| own.size == found.size))
}

/// Whether one of the note segments that a program's headers tell of (elf(5)) begins with this note.
fn holds(start: &[u8], note: &[u8; 16]) -> bool {
    const NOTE_SEGMENT: &[u8] = &[4, 0, 0, 0];
    let word = |at: usize| Some(u64::from_le_bytes(start.get(at..at.checked_add(8)?)?.try_into().ok()?) as usize);
    let half = |at: usize| Some(usize::from(u16::from_le_bytes(start.get(at..at + 2)?.try_into().ok()?)));
    let is_it = |place: usize| {
        let header = word(32)?.checked_add(place * half(54)?)?;
        let text = word(header.checked_add(8)?)?.checked_add(NOTE_HEAD)?;
        Some(start.get(header..)?.starts_with(NOTE_SEGMENT) && start.get(text..)?.starts_with(note))
    };
    (0..half(56).unwrap_or(0).min(MOST_HEADERS)).any(|place| is_it(place) == Some(true))
}
