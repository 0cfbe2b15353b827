//! Owns the changes of a choice: yes, no, and another id. Each is on the disk and read back before it is called done.
//!
//! Refuses to speak: what was changed is told by whoever asked, with [`Changed`]. Nothing here waits for the network.

use super::turns::Turns;
use super::{Choice, Consent, Said, Source, current, destination, lockfile};
use crate::days;
use crate::env::Environment;
use crate::git::Repository;
use crate::install;
use crate::ledger;
use crate::paths::{Homes, Place, checkout as within, place as name};
use crate::posthog::endpoint::{Endpoint, Trouble};
use crate::posthog::host::normal_host;
use crate::sender;
use crate::words;
use anyhow::{Result, bail};
use lockfile::{Change, LockFile};
use onramp_shim::consent::key;
use onramp_shim::schema::VERSION;
use std::path::Path;
use std::time::SystemTime;

/// A yes, and how far it goes.
#[derive(Clone, Debug, Default)]
pub struct Yes {
    /// For own figures only.
    pub local: bool,
    /// Also tells, once, what is enabled now.
    pub with_current: bool,
    /// The destination as [`normal_host`] gives it, if not the one that [`destination::host`] tells.
    pub host: Option<String>,
}

/// What became of `--with-current`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Current {
    /// It was not asked for, or nothing is recorded.
    Silent,
    /// So many events tell it.
    Told(usize),
    /// It was told before, and is not told again.
    ToldBefore,
}

/// What a change did.
#[derive(Debug)]
pub struct Changed {
    /// How it stands now, read back.
    pub now: Consent,
    /// It is a yes where none was: the first figures leave later than what waited before.
    pub is_new: bool,
    /// The destination that was agreed to before, if it was another one.
    pub old_host: Option<String>,
    /// The id that was there before and is no longer used.
    pub old_id: Option<String>,
    /// How many events that waited were deleted or, where that was asked for, kept for the own figures.
    pub waiting: usize,
    /// What became of telling what is enabled now.
    pub current: Current,
    /// Where events go, or why nowhere.
    pub endpoint: Result<Endpoint, Trouble>,
    /// What went wrong beside it, with `help:` lines.
    pub warnings: Vec<String>,
}

impl Changed {
    /// A change that has nothing else to tell.
    fn to(now: Consent, endpoint: Result<Endpoint, Trouble>) -> Self {
        let (current, warnings) = (Current::Silent, Vec::new());
        Self { now, is_new: false, old_host: None, old_id: None, waiting: 0, current, endpoint, warnings }
    }
}

/// Says yes for a checkout. A yes that is there already keeps its id, unless it was for another destination: what was
/// recorded for that one goes nowhere else, and nothing ties the two together.
///
/// # Errors
/// When it can't be written, or the host is none. Nothing was changed then.
pub fn enable(env: &Environment, homes: &Homes, checkout: &Path, yes: &Yes) -> Result<Changed> {
    let before = super::read(env, homes, checkout)?;
    let endpoint = destination::endpoint(env, &before.checkout);
    let host = yes.host.clone().unwrap_or_else(|| destination::host(env, &before.checkout, endpoint.as_ref().ok()));
    if before.lock.as_ref().is_some_and(LockFile::is_no_text) {
        let path = before.checkout.join(within::CHOICE);
        bail!(words::fill(words::lock::NO_TEXT, &[("path", &path.display().to_string())]));
    }
    let place = Place::make(homes, &before.checkout)?;
    let mut warnings = keep_out_of_git(env, &place.checkout);
    let new_id = uuid::Uuid::new_v4().to_string();
    lockfile::change(&place.checkout, Some(Turns::at(&place)?), before.person, |file| {
        let id = (!yes.local).then(|| kept_id(file, &place, before.person.uid, &host).unwrap_or(new_id));
        yes_lines(&place, id, (!yes.local).then_some(host))
    })?;
    let beside = [install::remember(homes, &place.checkout), install::shims::relink(env, homes)];
    warnings.extend(beside.into_iter().filter_map(Result::err).map(|e| format!("{e:#}")));
    // That was for the destination of a yes by variable alone; now the lock names one.
    crate::files::unlink(&place.file(name::NOTICE))?;
    let now = super::read(env, homes, &place.checkout)?;
    let old_id = before.id.clone().filter(|id| now.id.as_ref() != Some(id));
    let waiting = if old_id.is_some() { ledger::forget_waiting(&place, true)? } else { 0 };
    let is_on = now.voices.of(Source::Lock) == Some(Choice::On);
    let is_new = is_on && (before.choice != Some(Choice::On) || old_id.is_some());
    if is_new {
        sender::set_first(&place, SystemTime::now())?;
    }
    let old_host = before.agreed_host.filter(|old| is_on && old_id.is_some() && now.agreed_host.as_ref() != Some(old));
    let current = if yes.with_current { current::tell(env, homes, &place)? } else { Current::Silent };
    let endpoint = endpoint.and_then(|found| found.agreed(now.agreed_host.as_deref().unwrap_or_default()));
    Ok(Changed { now, is_new, old_host, old_id, waiting, current, endpoint, warnings })
}

/// Says no for a checkout. It holds from the moment that the lock has its name; then goes what waits, and the id.
///
/// # Errors
/// When it can't be written: then nothing was changed. What waits and can't be deleted is a warning: the no holds.
pub fn disable(env: &Environment, homes: &Homes, checkout: &Path, keep_local: bool) -> Result<Changed> {
    let before = super::read(env, homes, checkout)?;
    let place = Place::make(homes, &before.checkout).ok();
    lockfile::change(&before.checkout, turns(place.as_ref()), before.person, |_| no_lines())?;
    let cleared = place.as_ref().map_or(Ok(0), |place| clear(place, keep_local));
    let now = super::read(env, homes, &before.checkout)?;
    let endpoint = destination::endpoint(env, &now.checkout);
    let waiting = *cleared.as_ref().unwrap_or(&0);
    let warnings = cleared.err().map(|e| format!("{e:#}\nhelp: {}", words::choice::STILL_WAITS_HELP));
    let warnings = warnings.into_iter().collect();
    Ok(Changed { old_id: before.id, waiting, warnings, ..Changed::to(now, endpoint) })
}

/// Makes a new id. What waits under the old one is deleted, so that nothing ties the two together.
///
/// # Errors
/// When there is no id, or it can't be written.
pub fn reset_id(env: &Environment, homes: &Homes, checkout: &Path) -> Result<Changed> {
    let before = super::read(env, homes, checkout)?;
    let counts = matches!(before.said, Said::Choice(Choice::On) | Said::Nothing);
    let (Some(place), Some(old_id), true) = (before.place.clone(), before.id.clone(), counts) else {
        return Err(no_id(&before));
    };
    let new_id = uuid::Uuid::new_v4().to_string();
    // Whoever said no meanwhile has taken the id away, and gets no other.
    let change = |file: &LockFile| match file.parse().id {
        Some(_) => vec![(key::OLD_ID, None), (key::ID, Some(new_id))],
        None => Vec::new(),
    };
    lockfile::change(&place.checkout, Some(Turns::at(&place)?), before.person, change)?;
    let now = super::read(env, homes, &place.checkout)?;
    if now.id.is_none() {
        return Err(no_id(&now));
    }
    let waiting = ledger::forget_waiting(&place, false)?;
    let endpoint = destination::endpoint(env, &now.checkout);
    Ok(Changed { old_id: Some(old_id), waiting, ..Changed::to(now, endpoint) })
}

fn no_id(consent: &Consent) -> anyhow::Error {
    let values = [("checkout", &*consent.checkout.to_string_lossy()), ("state", words::state_word(consent.choice))];
    anyhow::anyhow!("{}\nhelp: {}", words::fill(words::choice::NO_ID, &values), words::choice::NO_ID_REMEDY)
}

/// What [`withdraw`] took away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withdrawn {
    /// Lines of ours were in the lock.
    pub had_choice: bool,
    /// The id that was among them.
    pub id: Option<String>,
}

/// Takes every line of ours out of the lock, and the lock away if nothing else stands in it; for `uninstall`. Another
/// user's lock is none of our business.
///
/// # Errors
/// When it stays.
pub fn withdraw(env: &Environment, homes: &Homes, checkout: &Path) -> Result<Withdrawn> {
    let before = super::read(env, homes, checkout)?;
    let included = match Repository::around(env, &before.checkout) {
        Ok(Some(git)) => git.include(&[within::CHOICE, within::CHOICE_NEW]),
        _ => Ok(()),
    };
    // The choice goes also where git's file can't be written.
    let withdrawn = take_choice(before)?;
    included.map(|()| withdrawn)
}

fn take_choice(before: Consent) -> Result<Withdrawn> {
    let Some(old) = before.lock.filter(|lock| lock.owner == before.person.uid) else { return Ok(Withdrawn::default()) };
    // Only where there is a folder already: this is no time to make one.
    let place = before.place.filter(Place::exists);
    lockfile::change(&before.checkout, turns(place.as_ref()), before.person, |_| no_trace())?;
    let left = LockFile::read(&before.checkout)?.unwrap_or_default();
    if left.text.is_empty() {
        crate::files::unlink(&before.checkout.join(within::CHOICE))?;
    }
    Ok(Withdrawn { had_choice: left.text != old.text, id: before.id })
}

/// The id of a yes to this host that holds already, given here or by a variable alone, for which the shim made an id.
fn kept_id(file: &LockFile, place: &Place, person: u32, host: &str) -> Option<String> {
    let lock = file.parse();
    let agreed = lock.host.map(|agreed| String::from_utf8_lossy(agreed).into_owned());
    let agreed = agreed.or_else(|| super::small(&place.file(name::NOTICE)));
    if agreed.is_some_and(|agreed| normal_host(&agreed).ok().as_deref() != Some(host)) {
        return None;
    }
    let digits = place.digits.as_bytes().try_into().ok();
    let here = file.owner == person && lock.checkout == Some(place.digits.as_bytes());
    match lock.says(digits, file.owner, person) {
        Said::Choice(Choice::On) | Said::Nothing if here => lock.id.map(|id| String::from_utf8_lossy(id).into_owned()),
        _ => None,
    }
}

fn yes_lines(place: &Place, id: Option<String>, host: Option<String>) -> Vec<Change> {
    let word = if id.is_some() { "1" } else { "local" };
    vec![
        (key::ENABLED, Some(word.to_owned())),
        (key::OLD_ID, None),
        (key::ID, id),
        (key::CHECKOUT, Some(place.digits.clone())),
        (key::SCHEMA, Some(VERSION.to_string())),
        (key::HOST, host),
        (key::NOTICE_SHOWN, Some("1".to_owned())),
        (key::DECIDED_ON, Some(days::text(days::today()))),
    ]
}

fn no_lines() -> Vec<Change> {
    let set = [(key::ENABLED, Some("0".to_owned())), (key::DECIDED_ON, Some(days::text(days::today())))];
    let gone = no_trace().into_iter().filter(|(key, _)| !set.iter().any(|(set, _)| set == key));
    set.iter().cloned().chain(gone).collect()
}

fn no_trace() -> Vec<Change> {
    let all = [key::ENABLED, key::ID, key::OLD_ID, key::CHECKOUT, key::SCHEMA, key::HOST, key::NOTICE_SHOWN];
    all.into_iter().chain([key::DECIDED_ON]).map(|key| (key, None)).collect()
}

/// A no must not fail because the state folder can't be written: it only goes without its turn then.
fn turns(place: Option<&Place>) -> Option<Turns> {
    place.and_then(|place| Turns::at(place).ok())
}

/// Takes away what a yes left behind, once it is off. Answers with how many events waited. No run can append to
/// anything any more then.
fn clear(place: &Place, keep_local: bool) -> Result<usize> {
    let waiting = ledger::forget_waiting(place, keep_local)?;
    // For the person's own eyes: a full disk, onto which no run appends, is no reason for a no to fail.
    let _ = ledger::close_local(place);
    for file in [name::NOTICE, name::NEXT, name::CURRENT_TOLD] {
        crate::files::unlink(&place.file(file))?;
    }
    Ok(waiting)
}

/// Keeps the lock out of git; a doubt there is a warning, never a reason against the choice.
#[must_use]
pub fn keep_out_of_git(env: &Environment, checkout: &Path) -> Vec<String> {
    let repository = match Repository::around(env, checkout) {
        Ok(Some(repository)) => repository,
        Ok(None) => return Vec::new(),
        Err(e) => return vec![format!("{e:#}")],
    };
    let mut warnings = Vec::new();
    if repository.tracks(within::CHOICE) {
        warnings.push(words::choice::TRACKED.to_owned());
    }
    warnings.extend(repository.exclude(&[within::CHOICE, within::CHOICE_NEW]).err().map(|e| format!("{e:#}")));
    warnings
}
