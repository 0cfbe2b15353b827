//! Owns what was agreed to in a checkout: hearing every source, deciding, and saying why.
//!
//! The decision itself is the shim crate's `consent.rs`, the very code that stands on PATH. Changing the choice is
//! [`change`], the file it stands in [`lockfile`]. Every doubt means off, and is kept for `status` to tell.

pub mod change;
mod current;
pub mod destination;
pub mod explain;
pub mod lockfile;
mod turns;

use crate::env::Environment;
use crate::paths::{Homes, Place, checkout, config, place};
use crate::person::Person;
use crate::words;
use anyhow::{Context as _, Result, bail};
use lockfile::LockFile;
use onramp_shim::consent::LONGEST;
pub use onramp_shim::consent::{Choice, Said, Source, Voices};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// What was agreed to, by whom, and what stands against it.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The checkout that it is about.
    pub checkout: PathBuf,
    /// On, local or off; nothing while undecided.
    pub choice: Option<Choice>,
    /// The first source that said so; nothing while undecided.
    pub decided_by: Option<Source>,
    /// What each source says.
    pub voices: Voices,
    /// What `onramp.lock` says here. A yes that does not count adds nothing to the voices.
    pub said: Said,
    /// The lock itself, if there is one that can be read.
    pub lock: Option<LockFile>,
    /// Doubts, each of which means off.
    pub doubts: Vec<Doubt>,
    /// Whose consent it is.
    pub person: Person,
    /// The switch without a shell; nothing where there is no home.
    pub off_file: Option<PathBuf>,
    /// The checkout's place in the person's state folder, if there is a key yet.
    pub place: Option<Place>,
    /// The anonymous id that is there for this checkout, in whatever state it is now.
    pub id: Option<String>,
    /// Where events may go.
    pub agreed_host: Option<String>,
    /// The notice was shown, and named that host.
    pub notice_shown: bool,
}

/// Something that could not be told, and so means off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The source that it makes say off.
    pub source: Source,
    /// What is wrong, in words, with a `help:` line where something can be done.
    pub what: String,
}

impl Consent {
    /// Whether anything may be recorded.
    #[must_use]
    pub fn records(&self) -> bool {
        matches!(self.choice, Some(Choice::On | Choice::Local))
    }

    /// The id under which events are recorded and sent, if any are: not that of a yes to another version of what is
    /// recorded, which the shim does not take either.
    #[must_use]
    pub fn used_id(&self) -> Option<&str> {
        let is_on = self.choice == Some(Choice::On) && self.said != Said::OfAnotherSchema;
        self.id.as_deref().filter(|_| is_on)
    }

    /// Whether it is on, and yet nothing is recorded or sent: a variable says so, and the lock holds no id that counts.
    #[must_use]
    pub fn lacks_id(&self) -> bool {
        self.choice == Some(Choice::On) && self.lock.is_some() && self.used_id().is_none()
    }

    /// Whether anything may be sent: on, and the notice was shown.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.notice_shown && self.used_id().is_some() && self.agreed_host.is_some()
    }
}

/// Hears all sources about a checkout and decides. Reads only.
///
/// # Errors
/// When the checkout itself can't be found. All else that goes wrong is a doubt: off.
pub fn read(env: &Environment, homes: &Homes, checkout: &Path) -> Result<Consent> {
    read_at(env, Some(homes), checkout)
}

/// The same where no home may be known (no HOME): then that is a doubt too.
///
/// # Errors
/// As [`read`].
pub fn read_at(env: &Environment, homes: Option<&Homes>, checkout: &Path) -> Result<Consent> {
    let checkout =
        checkout.canonicalize().with_context(|| format!("could not find checkout: {}", checkout.display()))?;
    let person = Person::of(env);
    let mut hearing = Hearing { voices: Voices::of_environment(&env.known()), doubts: Vec::new() };
    let off_file = homes.map(|homes| homes.config.join(config::OFF));
    hearing.hear(Source::OffFile, off_file_says(off_file.as_deref()));
    hearing.hear(Source::EnvFile, settings_say(&checkout));
    let place = hearing.certain(Source::Lock, homes.map_or(Ok(None), |homes| Place::find(homes, &checkout)));
    let lock = hearing.certain(Source::Lock, LockFile::read(&checkout));
    let (said, written) = lock.as_ref().map(|lock| written(lock, place.as_ref(), person)).unwrap_or_default();
    if !hearing.doubts.iter().any(|doubt| doubt.source == Source::Lock) {
        hearing.voices.say(Source::Lock, said.choice());
    }
    let told = place.as_ref().and_then(|place| small(&place.file(place::NOTICE)));
    let agreed_host = written.host.or_else(|| told.clone());
    let Hearing { voices, doubts } = hearing;
    Ok(Consent {
        choice: voices.choice(),
        decided_by: voices.decided_by(),
        voices,
        said,
        doubts,
        person,
        off_file,
        id: written.id,
        notice_shown: agreed_host.is_some() && (written.notice_shown || told == agreed_host),
        agreed_host,
        lock,
        place,
        checkout,
    })
}

/// The sources while they are heard: what can't be told is a doubt, and says off.
struct Hearing {
    voices: Voices,
    doubts: Vec<Doubt>,
}

impl Hearing {
    fn hear(&mut self, source: Source, says: Result<Option<Choice>>) {
        let says = self.certain(source, says);
        if !self.doubts.iter().any(|doubt| doubt.source == source) {
            self.voices.say(source, says);
        }
    }

    fn certain<T: Default>(&mut self, source: Source, told: Result<T>) -> T {
        told.unwrap_or_else(|e| {
            self.doubts.push(Doubt { source, what: format!("{e:#}") });
            self.voices.say(source, Some(Choice::Off));
            T::default()
        })
    }
}

/// What stands beside the choice in a lock; it counts only where the lock was written.
#[derive(Default)]
struct Written {
    id: Option<String>,
    host: Option<String>,
    notice_shown: bool,
}

fn written(file: &LockFile, place: Option<&Place>, person: Person) -> (Said, Written) {
    let lock = file.parse();
    let digits: Option<[u8; 16]> = place.and_then(|place| place.digits.as_bytes().try_into().ok());
    let said = lock.says(digits.as_ref(), file.owner, person.uid);
    if file.owner != person.uid || digits.is_none() || lock.checkout != digits.as_ref().map(|d| &d[..]) {
        return (said, Written::default());
    }
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    (said, Written { id: lock.id.map(|id| text(id)), host: lock.host.map(text), notice_shown: lock.notice_shown })
}

/// What the switch without a shell says.
fn off_file_says(path: Option<&Path>) -> Result<Option<Choice>> {
    let path = path.context(words::rule::NO_HOME)?;
    match path.symlink_metadata() {
        Ok(_) => Ok(Some(Choice::Off)),
        Err(e) if is_absent(&e) => Ok(None),
        Err(e) => Err(e).with_context(|| format!("could not find out whether there is a file: {}", path.display())),
    }
}

/// What OnRamp's own settings say.
fn settings_say(checkout: &Path) -> Result<Option<Choice>> {
    let Some((text, _)) = contents(&checkout.join(checkout::ENV_FILE))? else { return Ok(None) };
    if text.contains(&0) {
        bail!("could not read settings: {} holds bytes that no text has", checkout::ENV_FILE);
    }
    Ok(onramp_shim::consent::settings_say(&text))
}

/// A file of moderate length and what it is; nothing if it is absent. Never waits, whatever it is that stands there.
///
/// # Errors
/// When it can't be read, is no file, or is too long.
pub(crate) fn contents(path: &Path) -> Result<Option<(Vec<u8>, std::fs::Metadata)>> {
    use rustix::fs::{Mode, OFlags};
    let failed = || format!("could not read file: {}", path.display());
    let file = match rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()) {
        Ok(file) => std::fs::File::from(file),
        Err(e) if is_absent(&e.into()) && path.symlink_metadata().is_err() => return Ok(None),
        Err(e) => return Err(e).with_context(failed),
    };
    let is = file.metadata().with_context(failed)?;
    if !is.is_file() {
        bail!("could not read file: {} is no file", path.display());
    }
    let mut text = Vec::new();
    file.take(LONGEST as u64).read_to_end(&mut text).with_context(failed)?;
    if text.len() == LONGEST {
        bail!("could not read file: {} has {LONGEST} bytes or more", path.display());
    }
    Ok(Some((text, is)))
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// One of our small files in the state folder: a line, or nothing.
fn small(path: &Path) -> Option<String> {
    let (text, _) = contents(path).ok()??;
    let text = String::from_utf8(text).ok()?;
    Some(text.trim().to_owned()).filter(|t| !t.is_empty())
}
