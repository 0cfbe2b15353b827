//! Owns what was agreed to in a checkout: hearing every source, deciding, and saying why.
//!
//! The decision itself is the shim crate's `consent.rs`, the very code that stands on PATH. Changing the choice is
//! [`change`], the file it stands in [`lockfile`]. Every doubt means off, and is kept for `status` to tell.

pub mod lockfile;

use crate::env::{Environment, Variable};
use crate::paths::{Homes, Place, checkout, config, place};
use crate::person::Person;
use anyhow::Result;
use lockfile::LockFile;
pub use onramp_shim::consent::{Choice, Said, Source, Voices};
use onramp_shim::consent::{LONGEST, of_env_file};
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
    /// Doubts, each of which means off.
    pub doubts: Vec<Doubt>,
    /// Whose consent it is.
    pub person: Person,
    /// The checkout's place in the person's state folder, if there is a key yet.
    pub place: Option<Place>,
    /// The anonymous id that is there for this checkout, in whatever state it is now.
    pub id: Option<String>,
    /// Where events may go.
    pub agreed_host: Option<String>,
    /// The notice was shown, and named that host.
    pub notice_shown: bool,
    /// The date of the choice, as the lock has it.
    pub decided_on: Option<String>,
}

/// Something that could not be told, and so means off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The source that it makes say off.
    pub source: Source,
    /// What is wrong, in words.
    pub what: String,
}

impl Consent {
    /// Whether anything may be recorded.
    #[must_use]
    pub fn records(&self) -> bool {
        matches!(self.choice, Some(Choice::On | Choice::Local))
    }

    /// Whether anything may be sent: on, and the notice was shown.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.choice == Some(Choice::On) && self.notice_shown && self.id.is_some() && self.agreed_host.is_some()
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
    use anyhow::Context as _;
    let checkout =
        checkout.canonicalize().with_context(|| format!("could not find checkout: {}", checkout.display()))?;
    let mut doubts = Vec::new();
    let mut doubt = |source, what: anyhow::Error| doubts.push(Doubt { source, what: format!("{what:#}") });

    let person = Person::of(env);
    let mut voices = Voices::of_environment(&env.known());
    voices.say(
        Source::OffFile,
        off_file(homes).unwrap_or_else(|e| {
            doubt(Source::OffFile, e);
            Some(Choice::Off)
        }),
    );
    voices.say(
        Source::EnvFile,
        env_file(&checkout).unwrap_or_else(|e| {
            doubt(Source::EnvFile, e);
            Some(Choice::Off)
        }),
    );
    let place = homes.map_or(Ok(None), |homes| Place::find(homes, &checkout)).unwrap_or_else(|e| {
        doubt(Source::Lock, e);
        None
    });
    let file = LockFile::read(&checkout).unwrap_or_else(|e| {
        doubt(Source::Lock, e);
        None
    });
    let lock = file.as_ref().map(LockFile::parse).unwrap_or_default();
    let digits = place.as_ref().and_then(|p| p.digits.as_bytes().try_into().ok());
    let said = file.as_ref().map_or(Said::Nothing, |file| lock.says(digits.as_ref(), file.owner, person.uid));
    let is_doubted = doubts.iter().any(|d| d.source == Source::Lock);
    voices.say(Source::Lock, if is_doubted { Some(Choice::Off) } else { said.choice() });

    // What stands beside the choice counts only where the lock was written.
    let is_ours =
        file.as_ref().is_some_and(|f| f.owner == person.uid && digits.is_some_and(|d| lock.checkout == Some(&d)));
    let ours = |value: Option<&[u8]>| value.filter(|_| is_ours).map(|v| String::from_utf8_lossy(v).into_owned());
    let told = place.as_ref().and_then(|p| small(&p.file(place::NOTICE)));
    let agreed_host = ours(lock.host).or_else(|| told.clone());
    Ok(Consent {
        choice: voices.choice(),
        decided_by: voices.decided_by(),
        voices,
        said,
        doubts,
        person,
        id: ours(lock.id.map(|id| &id[..])).or_else(|| place.as_ref().and_then(id_in_place)),
        notice_shown: agreed_host.is_some() && (is_ours && lock.notice_shown || told == agreed_host),
        agreed_host,
        decided_on: ours(lock.decided_on),
        place,
        checkout,
    })
}

/// What the switch without a shell says.
fn off_file(homes: Option<&Homes>) -> Result<Option<Choice>> {
    use anyhow::Context as _;
    let homes = homes.context("could not find home: neither HOME nor the XDG variables name one")?;
    let path = homes.config.join(config::OFF);
    match path.symlink_metadata() {
        Ok(_) => Ok(Some(Choice::Off)),
        Err(e) if is_absent(&e) => Ok(None),
        Err(e) => Err(e).with_context(|| format!("could not find out whether there is a file: {}", path.display())),
    }
}

/// What OnRamp's own settings say.
fn env_file(checkout: &Path) -> Result<Option<Choice>> {
    let Some((text, _)) = contents(&checkout.join(checkout::ENV_FILE))? else { return Ok(None) };
    if text.contains(&0) {
        anyhow::bail!("could not read settings: {} holds bytes that no text has", checkout::ENV_FILE);
    }
    Ok(of_env_file(&text, Variable::OnrampAnalyticsEnabled.name()).and_then(Choice::read))
}

/// A file of moderate length and what it is; nothing if it is absent. Never waits, whatever it is that stands there.
///
/// # Errors
/// When it can't be read, is no file, or is too long.
pub(crate) fn contents(path: &Path) -> Result<Option<(Vec<u8>, std::fs::Metadata)>> {
    use anyhow::{Context as _, bail};
    use rustix::fs::{Mode, OFlags};
    let failed = || format!("could not read file: {}", path.display());
    let file = match rustix::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()) {
        Ok(file) => std::fs::File::from(file),
        Err(e) if is_absent(&e.into()) && path.symlink_metadata().is_err() => return Ok(None),
        Err(e) => return Err(e).with_context(failed),
    };
    let is = file.metadata().with_context(failed)?;
    if !is.is_file() {
        bail!("could not read file: {} is something else", path.display());
    }
    let mut text = Vec::new();
    file.take(LONGEST as u64 + 1).read_to_end(&mut text).with_context(failed)?;
    if text.len() > LONGEST {
        bail!("could not read file: {} is longer than {LONGEST} bytes", path.display());
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

fn id_in_place(place: &Place) -> Option<String> {
    small(&place.file(place::ID)).filter(|id| uuid::Uuid::try_parse(id).is_ok_and(|u| u.to_string() == *id))
}
