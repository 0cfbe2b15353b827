//! Owns where a run takes place: the OnRamp checkout that the command line works on, the person, and the checkout's
//! folder in that person's state folder; and what was agreed to there.
//!
//! Every doubt means off.

use crate::consent::{Choice, LONGEST as LARGEST_FILE, Lock, Said, Source, Voices, settings_say};
use crate::digits;
use crate::env::{Env, Variable};
use crate::invocation::{Compose, Make};
use crate::paths::{Arena, LONGEST, PASSWD, PROGRAM, Path, checkout, config, home, place as files, state};
use crate::person;
use crate::sys::{self, At, Errno, File, Mode, Stat, join};
use core::ffi::CStr;

/// An OnRamp checkout.
#[derive(Clone, Copy, Debug)]
pub struct Checkout {
    /// How it is reached from here: the current folder is `.`, so that the kernel need not walk down to it each time.
    pub way: &'static [u8],
}

/// The way to the current folder.
const HERE: &[u8] = b".";

impl Checkout {
    /// The checkout at the end of this way, if there is one: `services-available/` beside a `Makefile`.
    fn at(way: &'static [u8], arena: &mut Arena) -> Option<Self> {
        is_checkout(way, arena).then_some(Self { way })
    }

    /// Calls with its path without symbolic links, as getcwd(2) gives it. There is room for it.
    pub fn with_path<T>(&self, room: &mut [u8], with: impl FnOnce(&[u8]) -> T) -> Option<T> {
        if self.way == HERE { sys::current_folder(room).ok().map(with) } else { Some(with(self.way)) }
    }
}

/// Finds the checkout a make works on: its final folder itself, since make does not search upwards.
pub fn of_make(make: &Make<'_>, env: &Env<'_>, arena: &mut Arena) -> Option<Checkout> {
    if make.directories.are_none() {
        return Checkout::at(HERE, arena);
    }
    let parts = make.directories.parts(env.filled(Variable::Home))?;
    let folder = sys::with_scratch(|buffer| {
        let mut asked = Path::new(buffer, &[]);
        for part in parts {
            asked.enter(part);
        }
        if asked.bytes().is_empty() { Some(HERE) } else { canonical(asked.c_str()?, arena) }
    })?;
    Checkout::at(folder, arena)
}

/// Finds the checkout a compose works on, as compose finds its project: from the folder that is named, or around the
/// current one, upwards; not beyond a compose file of another project.
pub fn of_compose(compose: &Compose<'_>, env: &Env<'_>, arena: &mut Arena) -> Option<Checkout> {
    let named = compose.project_directory.filter(|folder| !folder.is_empty());
    let file = compose.first_file.filter(|file| *file != b"-").or_else(|| first_compose_file(env));
    let (start, searches) = match (named, file) {
        (Some(folder), _) => (Some(folder), false),
        (None, Some(file)) => (Some(parent(file)), false),
        (None, None) => (None, true),
    };
    let start = start.unwrap_or_default();
    let here = if start.is_empty() { Checkout::at(HERE, arena) } else { None };
    if here.is_some() {
        return here;
    }
    let first = if start.is_empty() {
        arena.fill(LONGEST, |buffer| sys::current_folder(buffer).ok().map(<[u8]>::len))?
    } else {
        sys::with_scratch(|buffer| canonical(join(buffer, &[start])?, arena))?
    };
    let mut folder = first;
    while !is_checkout(folder, arena) {
        folder = match parent(folder) {
            b"" => return None,
            up => up,
        };
    }
    let mut below = first;
    while searches && below.len() > folder.len() {
        if has_compose_file(below) {
            return None;
        }
        below = parent(below);
    }
    Some(Checkout { way: folder })
}

/// The first file of COMPOSE_FILE.
fn first_compose_file<'a>(env: &Env<'a>) -> Option<&'a [u8]> {
    let separator = env.filled(Variable::ComposePathSeparator).unwrap_or(b":");
    let files = env.filled(Variable::ComposeFile)?;
    let end = files.windows(separator.len()).position(|w| w == separator).unwrap_or(files.len());
    Some(&files[..end])
}

/// The folder of a path: nothing for a bare name, and nothing above the root.
fn parent(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|b| *b == b'/') {
        Some(0) if path.len() > 1 => b"/",
        Some(slash) => &path[..slash],
        None => b"",
    }
}

fn has_compose_file(folder: &[u8]) -> bool {
    // The names that compose looks for, in its order (compose-spec, "Compose file").
    [&b"compose.yaml"[..], b"compose.yml", b"docker-compose.yml", b"docker-compose.yaml"]
        .iter()
        .any(|name| stat_of(&[folder, name], true).is_ok())
}

/// A folder's path without symbolic links, as getcwd(2) gives it.
fn canonical(asked: &CStr, arena: &mut Arena) -> Option<&'static [u8]> {
    let folder = sys::open(At::CURRENT, asked, Mode::HANDLE).ok()?;
    let mut name = [0; 32];
    let mut link = Path::new(&mut name, &[b"/proc/self/fd/"]);
    crate::schema::number(folder.number().cast_unsigned().into(), &mut link);
    let path = arena.fill(LONGEST, |buffer| sys::read_link(link.c_str()?, buffer).ok())?;
    (path.len() < LONGEST && path.first() == Some(&b'/')).then_some(path)
}

/// Whether a folder is an OnRamp checkout: `services-available/` beside a `Makefile`. Asked by every run, also by those
/// that are none of ours: the paths are put together where memory has been used already.
fn is_checkout(folder: &[u8], arena: &mut Arena) -> bool {
    let mut ask = |name: &'static CStr| match folder {
        HERE => sys::stat(At::CURRENT, name, true),
        _ => arena.lend(LONGEST, |buffer| stat_by(buffer, &[folder, name.to_bytes()], true)),
    };
    ask(checkout::MARK_FOLDER_HERE).is_ok_and(|s| s.is_folder())
        && ask(checkout::MARK_FILE_HERE).is_ok_and(|s| s.is_file())
}

/// Asks about a path that is put together here.
///
/// # Errors
/// As [`sys::stat`]; `NOENT` for a path that is too long.
pub fn stat_of(parts: &[&[u8]], follow: bool) -> Result<Stat, Errno> {
    sys::with_scratch(|buffer| stat_by(buffer, parts, follow))
}

fn stat_by(buffer: &mut [u8], parts: &[&[u8]], follow: bool) -> Result<Stat, Errno> {
    sys::stat(At::CURRENT, join(buffer, parts).ok_or(Errno::NOENT)?, follow)
}

/// Makes a folder and those above it; what is there stays. What is new is the person's, also under their sudo: a folder of
/// root's in a home would be in the way of every program.
pub fn make_folders(path: &[u8], person: &Person, arena: &mut Arena) {
    let ends = path.iter().enumerate().skip(1).filter(|(_, b)| **b == b'/').map(|(i, _)| i);
    for end in ends.chain([path.len()]) {
        // By its handle: whoever may write around it could have put a file of root's in its place meanwhile.
        if let Some(folder) = arena.keep(&[&path[..end]])
            && sys::make_folder(folder).is_ok()
            && let Ok(made) = sys::open(At::CURRENT, folder, Mode::OWN_FOLDER)
        {
            let _ = made.give_to(person.user, u32::MAX);
        }
    }
}

/// Opens a path that is put together here.
///
/// # Errors
/// As [`sys::open`]; `NOENT` for a path that is too long.
pub fn open_of(parts: &[&[u8]], mode: Mode) -> Result<File, Errno> {
    sys::with_scratch(|buffer| sys::open(At::CURRENT, join(buffer, parts).ok_or(Errno::NOENT)?, mode))
}

// ---- the person -----------------------------------------------------------------------------------------------

/// Whose consent counts, and where that person's state folder is.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The effective user; under sudo, who called it.
    pub user: u32,
    /// Our folder in the state home.
    pub state: &'static [u8],
    /// Our folder in the config home.
    pub config: &'static [u8],
}

impl Person {
    /// The person behind an environment; nothing without a home.
    pub fn of(env: &Env<'_>, effective: u32, arena: &mut Arena) -> Option<Self> {
        let mut below = |home: Option<&[u8]>, variable, standard: &str| {
            let own = env.filled(variable).filter(|path| path.starts_with(b"/"));
            let home = home.filter(|path| path.starts_with(b"/"));
            match (own, home) {
                (Some(own), _) => arena.keep(&[own, PROGRAM.as_bytes()]),
                (None, Some(home)) => arena.keep(&[home, standard.as_bytes(), PROGRAM.as_bytes()]),
                (None, None) => None,
            }
            .map(CStr::to_bytes)
        };
        let home = env.filled(Variable::Home);
        let state = below(home, Variable::XdgStateHome, home::STATE);
        let config = below(home, Variable::XdgConfigHome, home::CONFIG);
        let user = person::of(effective, env);
        if user == effective {
            return Some(Self { user, state: state?, config: config? });
        }
        // sudo may have kept the caller's home or not; what belongs to the caller tells.
        if let (Some(state), Some(config)) = (state, config)
            && stat_of(&[state], true).is_ok_and(|s| s.owner == user)
        {
            return Some(Self { user, state, config });
        }
        let buffer = arena.take_far(LARGEST_FILE);
        let count = open_of(&[PASSWD.as_bytes()], Mode::READ).and_then(|file| file.read(buffer)).ok()?;
        let home = person::home_of(&buffer[..count], user)?;
        let state = arena.keep(&[home, home::STATE.as_bytes(), PROGRAM.as_bytes()])?.to_bytes();
        let config = arena.keep(&[home, home::CONFIG.as_bytes(), PROGRAM.as_bytes()])?.to_bytes();
        Some(Self { user, state, config })
    }
}

// ---- what was agreed to ---------------------------------------------------------------------------------------

/// What was agreed to in a checkout, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Agreement {
    /// The least of all that speak; nothing if nobody does.
    pub choice: Option<Choice>,
    /// The anonymous id, if the lock holds one for this checkout.
    pub id: Option<[u8; 36]>,
    /// The notice was shown, as far as the lock tells.
    pub notice_shown: bool,
    /// A lock is there, whatever it says.
    pub has_lock: bool,
    /// The checkout's digits, if the person has a key.
    pub digits: Option<[u8; 16]>,
    /// Nothing if there is no room for their paths; then nothing is agreed to.
    files: Option<Files>,
    seen: Seen,
}

/// The files of consent, as they are reached from here.
#[derive(Clone, Copy, Debug)]
struct Files {
    off: &'static CStr,
    lock: &'static CStr,
    env_file: &'static CStr,
}

/// What the files of consent looked like; the same look means the same words, since they are replaced, never rewritten
/// in place (and an editor that does changes the time or the size).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    lock: Option<(u64, [i64; 2], u64)>,
    env_file: Option<(u64, [i64; 2], u64)>,
    off: bool,
}

impl Files {
    fn of(checkout: Checkout, person: &Person, arena: &mut Arena) -> Option<Self> {
        let mut below = |name: &'static CStr| match checkout.way {
            HERE => Some(name),
            way => arena.keep(&[way, name.to_bytes()]),
        };
        let (lock, env_file) = (below(checkout::CHOICE_HERE)?, below(checkout::ENV_FILE_HERE)?);
        Some(Self { off: arena.keep(&[person.config, config::OFF.as_bytes()])?, lock, env_file })
    }

    /// Whether the file `off` is there, or may be.
    fn is_switched_off(&self) -> bool {
        !matches!(sys::stat(At::CURRENT, self.off, false), Err(Errno::NOENT | Errno::NOTDIR))
    }

    fn look(&self) -> Seen {
        let look = |path| sys::stat(At::CURRENT, path, true).ok().map(look_of);
        Seen { lock: look(self.lock), env_file: look(self.env_file), off: self.is_switched_off() }
    }
}

impl Agreement {
    /// Reads what was agreed to. `voices` are those of the environment.
    pub fn read(checkout: Checkout, person: &Person, voices: Voices, arena: &mut Arena) -> Self {
        let files = Files::of(checkout, person, arena);
        let mut this = Self {
            choice: Some(Choice::Off),
            id: None,
            notice_shown: false,
            has_lock: false,
            digits: None,
            files,
            seen: Seen::default(),
        };
        if let Some(files) = files {
            arena.lend(LARGEST_FILE + LONGEST, |buffer| this.read_from(&files, checkout, person, voices, buffer));
        }
        this
    }

    fn read_from(&mut self, files: &Files, checkout: Checkout, person: &Person, mut voices: Voices, buffer: &mut [u8]) {
        self.seen.off = files.is_switched_off();
        voices.say(Source::OffFile, self.seen.off.then_some(Choice::Off));
        self.read_lock(files.lock, checkout, person, &mut voices, buffer);
        // What is off or undecided can't be made more of by the last source, except that a variable alone is a yes.
        if voices.choice() != Some(Choice::Off) {
            self.read_env_file(files.env_file, &mut voices, buffer);
        }
        self.choice = voices.choice();
    }

    /// Whether the same is agreed to now; asked before anything is written.
    #[must_use]
    pub fn still_holds(&self) -> bool {
        self.files.is_some_and(|files| files.look() == self.seen)
    }

    fn read_lock(&mut self, path: &CStr, folder: Checkout, person: &Person, voices: &mut Voices, buffer: &mut [u8]) {
        let (stat, text, room) = match contents(path, buffer) {
            Contents::Missing => return,
            Contents::Doubtful => return voices.say(Source::Lock, Some(Choice::Off)),
            Contents::Read(stat, text, room) => (stat, text, room),
        };
        self.has_lock = true;
        self.seen.lock = Some(look_of(stat));
        let lock = Lock::parse(text);
        if lock.enabled.and_then(Choice::read) == Some(Choice::Off) {
            return voices.say(Source::Lock, Some(Choice::Off));
        }
        self.digits = digits_of(folder, person, room);
        let said = lock.says(self.digits.as_ref(), stat.owner, person.user);
        voices.say(Source::Lock, said.choice());
        let here = self.digits.is_some() && lock.checkout == self.digits.as_ref().map(|d| &d[..]);
        if here && stat.owner == person.user {
            self.id = lock.id.copied().filter(|_| said != Said::OfAnotherSchema);
            self.notice_shown = lock.notice_shown;
        }
    }

    fn read_env_file(&mut self, path: &CStr, voices: &mut Voices, buffer: &mut [u8]) {
        match contents(path, buffer) {
            Contents::Missing => {}
            Contents::Doubtful => voices.say(Source::EnvFile, Some(Choice::Off)),
            Contents::Read(stat, text, _) => {
                self.seen.env_file = Some(look_of(stat));
                voices.say(Source::EnvFile, settings_say(text));
            }
        }
    }
}

enum Contents<'b> {
    Missing,
    Doubtful,
    /// What it is, what it holds, and behind that room for a path.
    Read(Stat, &'b [u8], &'b mut [u8]),
}

fn contents<'b>(path: &CStr, buffer: &'b mut [u8]) -> Contents<'b> {
    // Looked at before it is opened: who waits to write into a pipe would take us for the reader that is meant.
    let stat = match sys::stat(At::CURRENT, path, true) {
        Ok(stat) if stat.is_file() => stat,
        // A link that leads nowhere may lead somewhere again: what it says can't be told.
        Err(Errno::NOENT) if sys::stat(At::CURRENT, path, false).is_ok() => return Contents::Doubtful,
        Err(Errno::NOENT | Errno::NOTDIR) => return Contents::Missing,
        _ => return Contents::Doubtful,
    };
    let Some(whole) = buffer.get_mut(..LARGEST_FILE) else { return Contents::Doubtful };
    match sys::open(At::CURRENT, path, Mode::READ).and_then(|file| file.read_once(whole)) {
        Ok(count) if count < LARGEST_FILE => {
            let (text, room) = buffer.split_at_mut(count);
            Contents::Read(stat, text, room)
        }
        _ => Contents::Doubtful,
    }
}

fn look_of(stat: Stat) -> (u64, [i64; 2], u64) {
    (stat.inode, stat.modified, stat.size)
}

/// The digits of a checkout, if the person has a key. The room is for paths.
pub fn digits_of(checkout: Checkout, person: &Person, room: &mut [u8]) -> Option<[u8; 16]> {
    let mut key = [0; 16];
    let file = sys::open(At::CURRENT, join(room, &[person.state, state::KEY.as_bytes()])?, Mode::READ).ok()?;
    let whole = file.read(&mut key) == Ok(key.len());
    let inode = stat_by(room, &[checkout.way], true).ok()?.inode;
    let digits = checkout.with_path(room, |path| digits::of(&key, path, inode));
    digits.filter(|_| whole)
}

/// The checkout's folder in the state folder: its path, behind which stands the name of one file after the other.
#[derive(Debug)]
pub struct Place {
    path: Path<'static>,
    folder: usize,
}

impl Place {
    /// The longest name of a file there.
    const LONGEST_NAME: usize = 32;

    /// The folder of the checkout with these digits.
    pub fn of(person: &Person, digits: &[u8; 16], arena: &mut Arena) -> Self {
        let room = arena.take(person.state.len() + digits.len() + Self::LONGEST_NAME);
        let path = Path::new(room, &[person.state, digits]);
        Self { folder: path.bytes().len(), path }
    }

    /// The path of the file with this name, and with this behind it.
    pub fn file(&mut self, name: &str, ending: &[u8]) -> Option<&CStr> {
        self.path.cut(self.folder);
        self.path.enter(name.as_bytes());
        self.path.add(ending);
        self.path.c_str()
    }

    /// The path of the file in which a nested compose tells the outermost shim how it ended.
    pub fn exit_file(&mut self, outermost: &[u8]) -> Option<&CStr> {
        self.file(files::EXIT, outermost)
    }
}
