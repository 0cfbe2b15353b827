//! Owns looking at the person's own folders: rights, traces of sudo, and the clock.

use super::{Finding, Repair};
use crate::env::Environment;
use crate::install::word;
use crate::paths::Homes;
use crate::person::Person;
use crate::words::doctor as say;
use crate::words::{fill, time};
use rustix::fs::{Access, access};
use rustix::io::Errno;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How far the clock may be behind the program's own file: file systems and time zones are not that far off.
const SLACK: Duration = Duration::from_secs(2 * 86_400);

/// Without a home there is nothing else to look at.
pub fn homeless(env: &Environment) -> Finding {
    let what = Homes::of(env).err().map(|e| format!("{e:#}")).unwrap_or_default();
    Finding::wrong(fill(say::NO_HOME, &[("what", &what)])).remedy(say::NO_HOME_REMEDY)
}

/// Looks at them.
pub fn look(env: &Environment, homes: &Homes) -> Vec<Finding> {
    let mut findings = clock(SystemTime::now()).into_iter().collect::<Vec<_>>();
    if !homes.state.is_dir() {
        let above = homes.state.ancestors().find(|folder| folder.exists());
        let trouble = super::in_the_way(&homes.state).or_else(|| above.and_then(shut));
        findings.push(trouble.unwrap_or_else(|| Finding::good(say::STATE_ABSENT)));
        return findings;
    }
    let person = Person::of(env).uid;
    let all = below(&homes.state);
    let foreign =
        all.iter().find_map(|path| Some((path, path.symlink_metadata().ok()?.uid())).filter(|f| f.1 != person));
    let open =
        all.iter().find(|path| path.symlink_metadata().is_ok_and(|is| !is.is_symlink() && is.mode() & 0o077 != 0));
    let folder = homes.state.display().to_string();
    if let Some((path, owner)) = foreign {
        let values = [("path", path.display().to_string()), ("owner", owner.to_string())];
        let remedy = fill(say::FOREIGN_REMEDY, &[("person", &person.to_string()), ("folder", &folder)]);
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        findings.push(Finding::wrong(fill(say::FOREIGN, &values)).remedy(remedy));
    }
    if let Some(path) = open {
        let what = fill(say::OPEN_TO_OTHERS, &[("path", &path.display().to_string())]);
        findings.push(Finding::wrong(what).repair(Repair::Close(path.clone())));
    }
    // What lies below it is looked at with what waits there.
    let shut = shut(&homes.state).filter(|_| foreign.is_none());
    if foreign.is_none() && open.is_none() && shut.is_none() {
        findings.push(Finding::good(fill(say::STATE_GOOD, &[("folder", &folder)])));
    }
    findings.extend(shut);
    findings
}

/// A folder that can't be written: by its mode, or since the file system can't.
fn shut(folder: &Path) -> Option<Finding> {
    let why = access(folder, Access::WRITE_OK | Access::EXEC_OK).err()?;
    let path = folder.display().to_string();
    let is_own = crate::person::owns(rustix::process::geteuid().as_raw(), folder);
    let remedy = if why == Errno::ACCESS && is_own { say::SHUT_REMEDY } else { say::SHUT_FOR_GOOD_REMEDY };
    let values = [("path", path.as_str()), ("why", &std::io::Error::from(why).to_string())];
    Some(Finding::wrong(fill(say::SHUT, &values)).remedy(fill(remedy, &[("path", &word(folder))])))
}

/// A clock that is behind the program itself.
fn clock(now: SystemTime) -> Option<Finding> {
    let made = crate::install::shims::program().ok()?.metadata().ok()?.modified().ok()?;
    if made < now + SLACK {
        return None;
    }
    Some(Finding::wrong(fill(say::CLOCK, &[("now", &time(now))])).remedy(say::CLOCK_REMEDY))
}

/// A folder and everything below it.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        all.extend(if is_folder { below(&entry.path()) } else { vec![entry.path()] });
    }
    all
}
