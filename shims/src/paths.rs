//! Owns every name that we make or read on disk, and the buffer in which the shim puts a path together.
//!
//! Refuses to touch the disk.

use crate::sys::{Text, join};
use core::ffi::CStr;

/// Our folder's name under the state, config and data homes.
pub const PROGRAM: &str = "onramp-analytics";

/// Below the XDG homes, and what stands in for them below HOME (XDG Base Directory Specification 0.8).
pub mod home {
    /// When XDG_STATE_HOME is not set.
    pub const STATE: &str = ".local/state";
    /// When XDG_CONFIG_HOME is not set.
    pub const CONFIG: &str = ".config";
    /// When XDG_DATA_HOME is not set.
    pub const DATA: &str = ".local/share";
    /// The docker CLI's settings, when DOCKER_CONFIG is not set.
    pub const DOCKER: &str = ".docker";
}

/// A person's start-up files that may run our hook, below the home.
pub const START_UP: [&str; 11] = [
    ".bashrc",
    ".bash_aliases",
    ".bash_profile",
    ".bash_login",
    ".profile",
    ".zshenv",
    ".zprofile",
    ".zshrc",
    ".zlogin",
    ".config/fish/config.fish",
    ".config/fish/conf.d/onramp-analytics.fish",
];

/// fish's start-up file below a config home of the person's choice.
pub const FISH: &str = "fish/config.fish";

/// In the docker CLI's settings: what may name a context.
pub const DOCKER_CONFIG: &str = "config.json";

/// The file that tells where a person's home is, by their number.
pub const PASSWD: &str = "/etc/passwd";

/// On PATH.
pub mod shim {
    /// The file that the links lead to, beside the command's own.
    pub const NAME: &str = "onramp-shim";
    include!(concat!(env!("OUT_DIR"), "/names.rs"));
}

/// Where the ways to install leave a trace, by which the program tells how it goes again.
pub mod program {
    /// What `install.sh` put where, below its prefix.
    pub const INSTALLED: &str = "share/doc/onramp-analytics/installed";
    /// The script that takes it away, below the same prefix.
    pub const INSTALLER: &str = "share/doc/onramp-analytics/install.sh";
    /// The files of the Debian package.
    pub const DEBIAN: &str = "/var/lib/dpkg/info/onramp-analytics.list";
    /// What `cargo install` put where, below its root.
    pub const CARGO: &str = ".crates.toml";
}

/// In the data folder.
pub mod data {
    /// The folder that stands on PATH.
    pub const SHIMS: &str = "shims";
    /// The checkouts in which we put something, one path a line, so that uninstall finds it again.
    pub const CHECKOUTS: &str = "checkouts";
}

/// In the config folder.
pub mod config {
    /// Switches everything off, whatever it holds.
    pub const OFF: &str = "off";
}

/// In the state folder.
pub mod state {
    /// Sixteen random bytes; see [`crate::digits`].
    pub const KEY: &str = "key";
    /// The nudge is due.
    pub const NUDGE_DUE: &str = "nudge.due";
    /// The nudge was shown.
    pub const NUDGE_SHOWN: &str = "nudge.shown";
}

/// In a checkout's folder inside the state folder, which is named by the checkout's digits.
pub mod place {
    /// Where writers append, one event a line.
    pub const SPOOL: &str = "spool";
    /// A spool that is no longer written to: `sealed.N`.
    pub const SEALED: &str = "sealed.";
    /// Where a writer appends that found the spool locked: `spool.PID`.
    pub const STRAY: &str = "spool.";
    /// Where writers append in local mode. The sender never reads it.
    pub const LOCAL: &str = "local";
    /// A `local` that is no longer written to: `sealed-local.N`.
    pub const LOCAL_SEALED: &str = "sealed-local.";
    /// Where writers append in local mode that found `local` locked: `local.PID`.
    pub const LOCAL_STRAY: &str = "local.";
    /// A spool that another user made and that we can't read: put out of the way of the writers.
    pub const FOREIGN: &str = "foreign.";
    /// A sealed file of another user while it is copied.
    pub const COPY: &str = "copy.";
    /// Its modification time is when the next sender may start.
    pub const NEXT: &str = "next";
    /// Held by the one sender.
    pub const LOCK: &str = "sender.lock";
    /// What waits, what was sent and answered, and the history for the own figures: an SQLite database.
    pub const LEDGER: &str = "ledger.sqlite";
    /// Beside the ledger while it is written to; of a killed writer, until the ledger is opened again.
    pub const LEDGER_JOURNAL: &str = "ledger.sqlite-journal";
    /// A ledger that could not be read any more. A new one was begun.
    pub const LEDGER_DAMAGED: &str = "ledger.damaged";
    /// What a nested compose ended with: `exit.PID` of the outermost shim.
    pub const EXIT: &str = "exit.";
    /// The id under which `enable --with-current` told what was enabled.
    pub const CURRENT_TOLD: &str = "current.told";
    /// Held while the choice is written.
    pub const CHOICE_LOCK: &str = "choice.lock";
    /// The notice was shown, for the destination that it holds.
    pub const NOTICE: &str = "notice";
}

/// In a collector's data folder.
pub mod collector {
    /// Events, roll-ups and words: an SQLite database.
    pub const DATABASE: &str = "events.sqlite";
}

/// In a checkout.
pub mod checkout {
    use super::ended;

    /// The person's choice.
    pub const CHOICE: &str = ended(CHOICE_HERE);
    /// The same as the kernel takes it, from the checkout itself. So are the others of that kind.
    pub const CHOICE_HERE: &core::ffi::CStr = c"onramp.lock";
    /// The same, half written: it gets its name when it is whole.
    pub const CHOICE_NEW: &str = ".onramp.lock.new";
    /// OnRamp's own settings.
    pub const ENV_FILE: &str = ended(ENV_FILE_HERE);
    #[expect(missing_docs, reason = "see CHOICE_HERE")]
    pub const ENV_FILE_HERE: &core::ffi::CStr = c"services-enabled/.env";
    /// A checkout is a folder with this directory ...
    pub const MARK_FOLDER: &str = ended(MARK_FOLDER_HERE);
    #[expect(missing_docs, reason = "see CHOICE_HERE")]
    pub const MARK_FOLDER_HERE: &core::ffi::CStr = c"services-available";
    /// ... beside this file.
    pub const MARK_FILE: &str = ended(MARK_FILE_HERE);
    #[expect(missing_docs, reason = "see CHOICE_HERE")]
    pub const MARK_FILE_HERE: &core::ffi::CStr = c"Makefile";
    /// OnRamp's own compose file: what runs beside the enabled services.
    pub const COMPOSE: &str = "docker-compose.yml";
    /// Links to enabled services.
    pub const SERVICES: &str = "services-enabled";
    /// Links to enabled overrides.
    pub const OVERRIDES: &str = "overrides-enabled";
    /// What a service brings along beside its compose file.
    pub const SCAFFOLDS: &str = "services-scaffold";
    /// What in a scaffold is for people only, by the beginning of its name.
    pub const FOR_PEOPLE: [&str; 2] = ["README", "MESSAGE"];
    /// Our make goals.
    pub const MAKE_GOALS: &str = "make.d/analytics.mk";
}

/// A name without the zero byte behind it.
const fn ended(name: &'static CStr) -> &'static str {
    match name.to_str() {
        Ok(name) => name,
        Err(_) => panic!("names are ASCII"),
    }
}

/// The descriptor of the ELF note that marks a shim (elf(5), "Notes"): owner and text.
pub const NOTE: [u8; 16] = *b"OnRamp\0\0shim v1\0";

/// The note as the linker lays it out: lengths of owner and text, type, owner, text.
pub const ELF_NOTE: [u8; 28] = {
    let mut note = [0; 28];
    (note[0], note[4], note[8]) = (7, 8, 1);
    let mut i = 0;
    while i < NOTE.len() {
        note[12 + i] = NOTE[i];
        i += 1;
    }
    note
};

/// The longest path the kernel takes, with its final zero byte (PATH_MAX, limits.h).
pub const LONGEST: usize = 4096;

/// A path under construction, in somebody's buffer. What does not fit or has a zero byte in it makes it void.
#[derive(Debug)]
pub struct Path<'b> {
    text: Text<'b>,
    void: bool,
}

impl<'b> Path<'b> {
    /// The path `parts[0]/parts[1]/...` in a buffer; empty parts are left out, and an absolute part starts anew.
    #[must_use]
    pub fn new(buffer: &'b mut [u8], parts: &[&[u8]]) -> Self {
        let mut path = Self { text: Text::new(buffer), void: false };
        for part in parts {
            path.enter(part);
        }
        path
    }

    /// Goes one part further down.
    pub fn enter(&mut self, part: &[u8]) {
        match part.first() {
            None => return,
            Some(b'/') => self.text.cut(0),
            Some(_) => {}
        }
        let slash = !matches!(self.bytes().last(), None | Some(b'/'));
        self.void |= !self.text.add(slash, part);
    }

    /// Adds bytes to the last part.
    pub fn add(&mut self, bytes: &[u8]) {
        self.void |= !self.text.add(false, bytes);
    }

    /// Takes away all behind a length.
    pub fn cut(&mut self, length: usize) {
        self.text.cut(length);
    }

    /// Without the final zero byte.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.text.bytes()
    }

    /// For the kernel; nothing if the path is empty or void.
    #[must_use]
    pub fn c_str(&self) -> Option<&CStr> {
        self.text.c_str().filter(|_| self.is_path())
    }

    /// The path for as long as its buffer lives.
    #[must_use]
    pub fn into_c_str(self) -> Option<&'b CStr> {
        if self.is_path() { self.text.into_c_str() } else { None }
    }

    fn is_path(&self) -> bool {
        !self.void && !self.bytes().is_empty()
    }
}

/// All the memory that the shim has, given out in pieces that are never given back.
#[derive(Debug)]
pub struct Arena {
    rest: &'static mut [u8],
}

impl Arena {
    /// An arena of this memory.
    #[must_use]
    pub fn new(memory: &'static mut [u8]) -> Self {
        Self { rest: memory }
    }

    /// A piece; empty when the memory is used up, and then nothing fits and every doubt steps aside.
    pub fn take(&mut self, size: usize) -> &'static mut [u8] {
        let rest = core::mem::take(&mut self.rest);
        if rest.len() < size {
            return rest.split_at_mut(0).0;
        }
        let (piece, rest) = rest.split_at_mut(size);
        self.rest = rest;
        piece
    }

    /// A large piece of which little may be used: from the far end, so that the small ones stay side by side.
    pub fn take_far(&mut self, size: usize) -> &'static mut [u8] {
        let near = self.take(self.rest.len().saturating_sub(size));
        let far = core::mem::replace(&mut self.rest, near);
        if far.len() < size { &mut [] } else { far }
    }

    /// Lends a piece for a moment. What is lent and given back lies in the same few pages again and again: memory that
    /// is never touched costs nothing.
    pub fn lend<T>(&mut self, size: usize, borrow: impl FnOnce(&mut [u8]) -> T) -> T {
        let end = size.min(self.rest.len());
        borrow(&mut self.rest[..end])
    }

    /// Lets a piece be filled, and keeps only as much of it as was used.
    pub fn fill(&mut self, size: usize, fill: impl FnOnce(&mut [u8]) -> Option<usize>) -> Option<&'static [u8]> {
        let used = self.lend(size, fill)?;
        Some(self.take(used))
    }

    /// A piece for numbers, all zero.
    pub fn take_numbers(&mut self, count: usize) -> &'static mut [u64] {
        let piece = crate::sys::as_numbers(self.take((count + 1) * size_of::<u64>()));
        let end = count.min(piece.len());
        &mut piece[..end]
    }

    /// A path that lives as long as the process.
    pub fn keep(&mut self, parts: &[&[u8]]) -> Option<&'static CStr> {
        let size = parts.iter().map(|part| part.len() + 1).sum::<usize>() + 1;
        if size > LONGEST {
            return None;
        }
        join(self.take(size), parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_as_a_shell_would() {
        let mut buffer = [0; 64];
        assert_eq!(Path::new(&mut buffer, &[b"/a/", b"b", b"", b"c"]).bytes(), b"/a/b/c");
        assert_eq!(Path::new(&mut buffer, &[b"a", b"/b"]).bytes(), b"/b");
        let mut path = Path::new(&mut buffer, &[b"/s"]);
        path.enter(b"spool.");
        path.add(b"42");
        assert_eq!(path.into_c_str().unwrap().to_bytes(), b"/s/spool.42");
    }

    #[test]
    fn what_does_not_fit_is_no_path() {
        let mut buffer = [0; 8];
        assert!(Path::new(&mut buffer, &[b"12345678"]).c_str().is_none());
        assert!(Path::new(&mut buffer, &[b"a\0b"]).c_str().is_none());
        assert!(Path::new(&mut buffer, &[]).c_str().is_none());
        assert!(Path::new(&mut [], &[b"a"]).c_str().is_none());
    }

    #[test]
    fn what_is_joined_at_once_is_the_same_path() {
        for parts in
            [&[&b"/a/"[..], b"b", b"", b"c"][..], &[b"a", b"/b"], &[b"a/b/c/d/e/f", b"gh"], &[b""], &[b"a\0b"], &[]]
        {
            for size in 0..20 {
                let (mut one, mut other) = (vec![9; size], vec![7; size]);
                let path = Path::new(&mut one, parts);
                assert_eq!(join(&mut other, parts), path.c_str(), "{parts:?} {size}");
            }
        }
    }

    #[test]
    fn an_arena_that_is_used_up_gives_nothing() {
        let mut arena = Arena::new(Box::leak(Box::new([0; 10])));
        assert_eq!(arena.keep(&[b"abc"]).unwrap().to_bytes(), b"abc");
        assert_eq!(arena.take_far(2).len(), 2);
        assert_eq!(arena.take_far(1).as_ptr() as usize, arena.rest.as_ptr() as usize + arena.rest.len());
        assert!(arena.keep(&[b"abcdef"]).is_none());
        assert_eq!(arena.take(1).len(), 0);
    }
}
