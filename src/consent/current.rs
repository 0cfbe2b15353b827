//! Owns telling, once, what is enabled when somebody says yes with `--with-current`.
//!
//! Without it the maintainer sees later changes only. Names as everywhere: what OnRamp does not publish is `custom`.

use super::change::Current;
use super::turns::Turns;
use crate::env::Environment;
use crate::paths::{Homes, Place, checkout, place as name};
use anyhow::{Context as _, Result};
use onramp_shim::catalog::{Override, Service};
use onramp_shim::schema::{Event, Stamp};
use rustix::fs::{FlockOperation, Mode, OFlags};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What a service's or an override's file ends with.
const SUFFIX: &[u8] = b".yml";

/// Records one event for each service and override that is enabled. Where nothing is enabled nothing was told: the next
/// time may tell something.
///
/// In a turn of its own, and under what is agreed to then: whoever says no meanwhile finds nothing added later.
///
/// # Errors
/// When a folder can't be read or the spool can't be written.
pub fn tell(env: &Environment, homes: &Homes, place: &Place) -> Result<Current> {
    let turns = Turns::at(place)?;
    turns.wait()?;
    let consent = super::read(env, homes, &place.checkout)?;
    if !consent.records() {
        return Ok(Current::Silent);
    }
    let mark = place.file(name::CURRENT_TOLD);
    let under = consent.used_id().unwrap_or("local");
    if std::fs::read(&mark).is_ok_and(|told| told == under.as_bytes()) {
        return Ok(Current::ToldBefore);
    }
    let events = enabled(&place.checkout)?;
    if events.is_empty() {
        return Ok(Current::Told(0));
    }
    let id = consent.used_id();
    let file = if id.is_some() { name::SPOOL } else { name::LOCAL };
    append(place, file, &lines(&events, id)?)?;
    let mut told = crate::files::make(&mark)?;
    let written = told.set_len(0).and_then(|()| told.write_all(under.as_bytes()));
    written.with_context(|| format!("could not write file: {}", mark.display()))?;
    Ok(Current::Told(events.len()))
}

/// What is enabled in a checkout: links whose target is there.
fn enabled(checkout: &Path) -> Result<Vec<Event>> {
    let scaffolds = checkout.join(checkout::SCAFFOLDS);
    let services = names(&checkout.join(checkout::SERVICES))?.into_iter().map(|name| {
        let has_scaffold = has_scaffold(&scaffolds.join(std::ffi::OsStr::from_bytes(&name)));
        Event::ServiceEnabled { service: Service::named(&name), has_scaffold }
    });
    let overrides = names(&checkout.join(checkout::OVERRIDES))?;
    let overrides = overrides.into_iter().map(|name| Event::OverrideEnabled { override_: Override::named(&name) });
    Ok(services.chain(overrides).collect())
}

fn names(folder: &Path) -> Result<Vec<Vec<u8>>> {
    let failed = || format!("could not read folder: {}", folder.display());
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).with_context(failed),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(failed)?;
        let file = entry.file_name();
        let name = file.as_bytes().strip_suffix(SUFFIX).filter(|name| !name.is_empty());
        names.extend(name.filter(|_| entry.path().is_file()).map(<[u8]>::to_vec));
    }
    names.sort();
    Ok(names)
}

/// Whether a service brings files along that are not for people only.
fn has_scaffold(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    let is_for_people = |name: &[u8]| checkout::FOR_PEOPLE.iter().any(|head| name.starts_with(head.as_bytes()));
    entries.flatten().any(|entry| !is_for_people(entry.file_name().as_bytes()))
}

/// The events as they are stored, shown and sent, with a newline before and after all of them.
fn lines(events: &[Event], id: Option<&str>) -> Result<Vec<u8>> {
    let id = id.map(|id| id.as_bytes().try_into()).transpose().context("could not read id")?;
    let day = crate::days::today().unsigned_abs();
    let mut text = b"\n".to_vec();
    for event in events {
        let uuid = *uuid::Uuid::new_v4().as_bytes();
        // The same number of chances as the shim has: any microsecond of the day that a server takes as today's.
        let chance = u64::from_le_bytes(uuid::Uuid::new_v4().as_bytes()[8..].try_into()?) >> 2;
        text.extend(crate::ledger::written(*event, &Stamp { uuid, id, day, micros: chance % Stamp::LATEST }));
        text.push(b'\n');
    }
    Ok(text)
}

/// Appends as the shim does: under a shared lock, to a file that has not been sealed meanwhile, in one write. A held lock
/// means a file of our own.
fn append(place: &Place, file: &str, text: &[u8]) -> Result<()> {
    let own = format!("{file}.{}", std::process::id());
    for path in [place.file(file), place.file(file), place.file(&own)] {
        let failed = || format!("could not write events: {}", path.display());
        let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mut open = File::from(rustix::fs::open(&path, flags, Mode::RUSR | Mode::WUSR).with_context(failed)?);
        crate::files::hand_over(&path).with_context(failed)?;
        if rustix::fs::flock(&open, FlockOperation::NonBlockingLockShared).is_err() {
            continue;
        }
        let is = open.metadata().with_context(failed)?;
        if is.mode() & 0o222 != 0 && is.nlink() > 0 {
            return open.write_all(text).with_context(failed);
        }
    }
    anyhow::bail!("could not write events: {} is always sealed", place.file(file).display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_told_once_somebody_has_said_no() {
        use crate::consent::change::{Yes, disable, enable};
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("onramp");
        std::fs::create_dir_all(folder.join(checkout::SERVICES)).unwrap();
        std::fs::write(folder.join("services-enabled/plex.yml"), "").unwrap();
        let env = Environment::of_entries(vec![format!("HOME={}", home.path().display()).into_bytes()]);
        let homes = Homes::of(&env).unwrap();
        let place = enable(&env, &homes, &folder, &Yes::default()).unwrap().now.place.unwrap();
        disable(&env, &homes, &folder, false).unwrap();
        assert_eq!(tell(&env, &homes, &place).unwrap(), Current::Silent);
        assert!(!place.file(name::SPOOL).exists() && !place.file(name::LOCAL).exists());
        enable(&env, &homes, &folder, &Yes::default()).unwrap();
        assert_eq!(tell(&env, &homes, &place).unwrap(), Current::Told(1));
    }

    #[test]
    fn what_is_enabled_is_what_a_link_leads_to() {
        let checkout = tempfile::tempdir().unwrap();
        let at = |path: &str| checkout.path().join(path);
        for folder in [checkout::SERVICES, checkout::OVERRIDES, "services-scaffold/plex", "services-scaffold/sonarr"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        std::fs::write(at("real.yml"), "").unwrap();
        for link in ["plex", "sonarr", "my-secret"] {
            std::os::unix::fs::symlink("../real.yml", at(&format!("services-enabled/{link}.yml"))).unwrap();
        }
        std::os::unix::fs::symlink("../nowhere.yml", at("services-enabled/radarr.yml")).unwrap();
        std::os::unix::fs::symlink("../real.yml", at("overrides-enabled/plex-nfs.yml")).unwrap();
        std::fs::write(at("services-enabled/.env"), "").unwrap();
        std::fs::write(at("services-scaffold/plex/config"), "").unwrap();
        std::fs::write(at("services-scaffold/sonarr/README.md"), "").unwrap();
        let service = |name: &[u8], has_scaffold| Event::ServiceEnabled { service: Service::named(name), has_scaffold };
        assert_eq!(
            enabled(checkout.path()).unwrap(),
            [
                service(b"my-secret", false),
                service(b"plex", true),
                service(b"sonarr", false),
                Event::OverrideEnabled { override_: Override::named(b"plex-nfs") },
            ]
        );
        let text = lines(&enabled(checkout.path()).unwrap(), None).unwrap();
        assert!(!String::from_utf8(text).unwrap().contains("secret"));
    }
}
