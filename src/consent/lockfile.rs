//! Owns `onramp.lock` as a file: reading it, changing our lines in it, replacing it whole.
//!
//! Everything else in it is somebody else's and stays as it is, byte for byte; owner and mode stay too. The new file gets
//! the name when it is on the disk, so whoever reads sees the old one or the new one. A symbolic link is followed and
//! stays; one that leads nowhere is refused, and so is a file that belongs to another user.

use super::turns::Turns;
use crate::paths::{checkout::CHOICE, checkout::CHOICE_NEW};
use crate::person::Person;
use crate::words::{fill, lock as say};
use anyhow::{Context as _, Result, bail};
use onramp_shim::consent::{Lock, assignments};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What the file holds, and whose it is.
#[derive(Clone, Debug, Default)]
pub struct LockFile {
    /// Every byte of it.
    pub text: Vec<u8>,
    /// The user id of its owner.
    pub owner: u32,
    /// The group id of its owner.
    pub group: u32,
    /// Its permission bits.
    pub mode: u32,
}

/// One of our keys and its new value; nothing takes the line out.
pub type Change = (&'static str, Option<String>);

impl LockFile {
    /// Reads the lock of a checkout; nothing if there is none.
    ///
    /// # Errors
    /// When there is one that can't be read.
    pub fn read(checkout: &Path) -> Result<Option<Self>> {
        let found = super::contents(&checkout.join(CHOICE))?;
        Ok(found.map(|(text, is)| Self { text, owner: is.uid(), group: is.gid(), mode: is.mode() & 0o7777 }))
    }

    /// It holds bytes that no text has: whatever stands in it can't be trusted, and no line of ours would change that.
    #[must_use]
    pub fn is_no_text(&self) -> bool {
        self.text.contains(&0)
    }

    /// Our keys in it.
    #[must_use]
    pub fn parse(&self) -> Lock<'_> {
        Lock::parse(&self.text)
    }
}

/// Changes our lines in the lock of a checkout. Writers take turns in its place: `changes` sees what the one before left.
///
/// # Errors
/// When the lock can't be read or written, is another user's, or does not hold afterwards what was written. The old file
/// stays in all but the last case.
pub fn change(
    checkout: &Path,
    turns: Option<Turns>,
    person: Person,
    changes: impl FnOnce(&LockFile) -> Vec<Change>,
) -> Result<()> {
    turns.as_ref().map(Turns::wait).transpose()?;
    let path = target(checkout)?;
    let old = LockFile::read(checkout).map_err(|e| help(e, say::UNREADABLE_HELP))?;
    if let Some(other) = old.as_ref().map(|old| old.owner).filter(|owner| *owner != person.uid) {
        let values = [("path", path.display().to_string()), ("owner", other.to_string())];
        bail!(fill(say::OTHERS, &values.each_ref().map(|(name, value)| (*name, value.as_str()))));
    }
    let is_new = old.is_none();
    let old = old.unwrap_or(LockFile { owner: person.uid, mode: 0o600, ..LockFile::default() });
    let text = edited(&old.text, &changes(&old));
    if text == old.text {
        return Ok(());
    }
    replace(&path, &LockFile { text: text.clone(), ..old }, is_new)
        .with_context(|| format!("could not write choice: {}", path.display()))
        .map_err(|e| help(e, say::UNSAVED_HELP))?;
    match LockFile::read(checkout)? {
        Some(now) if now.text == text => Ok(()),
        _ => bail!("could not keep choice: {} holds something else than what was written", path.display()),
    }
}

fn help(error: anyhow::Error, remedy: &str) -> anyhow::Error {
    anyhow::anyhow!("{error:#}\nhelp: {remedy}")
}

/// The file that the name stands for: a symbolic link is followed, so that it stays a link.
fn target(checkout: &Path) -> Result<PathBuf> {
    let path = checkout.join(CHOICE);
    if !path.is_symlink() {
        return Ok(path);
    }
    let followed = path.canonicalize().with_context(|| format!("could not follow link: {}", path.display()));
    followed.map_err(|e| help(e, say::LEADS_NOWHERE_HELP))
}

fn replace(path: &Path, new: &LockFile, is_new: bool) -> Result<()> {
    let folder = path.parent().context("could not find its folder")?;
    let unfinished = folder.join(CHOICE_NEW);
    // Left behind by a writer that was killed.
    crate::files::unlink(&unfinished)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::open(&unfinished, flags, Mode::RUSR | Mode::WUSR)?);
    let written = write(&mut file, folder, new, is_new).and_then(|()| Ok(std::fs::rename(&unfinished, path)?));
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written?;
    Ok(File::open(folder)?.sync_all()?)
}

fn write(file: &mut File, folder: &Path, new: &LockFile, is_new: bool) -> Result<()> {
    file.write_all(&new.text)?;
    let is = file.metadata()?;
    // In a folder of the person's own the folder's group; else whatever group the file got.
    let folder = folder.metadata()?;
    let group = if is_new && folder.uid() == new.owner {
        folder.gid()
    } else if is_new {
        is.gid()
    } else {
        new.group
    };
    crate::files::become_like(file, new.owner, group, new.mode)?;
    Ok(file.sync_all()?)
}

/// The text with our keys changed. A line that is there keeps its place, its quotes and its comment; of several for a key
/// the last stays. New lines come at the end, ended as the others are.
#[must_use]
pub fn edited(text: &[u8], changes: &[Change]) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').collect();
    let key_of = |line: &[u8]| {
        let (name, _) = assignments(line).next()?;
        changes.iter().position(|(key, _)| key.as_bytes() == name)
    };
    let mut new = Vec::with_capacity(text.len() + 512);
    for (i, line) in lines.iter().enumerate() {
        match key_of(line) {
            None => new.extend_from_slice(line),
            Some(key) => {
                let is_last = !lines[i + 1..].iter().any(|later| key_of(later) == Some(key));
                if let Some(value) = changes[key].1.as_ref().filter(|_| is_last) {
                    new.extend_from_slice(&with_value(line, changes[key].0, value));
                }
            }
        }
    }
    let end = if text.windows(2).any(|pair| pair == b"\r\n") { "\r\n" } else { "\n" };
    let missing = changes.iter().enumerate().filter(|(i, _)| !lines.iter().any(|line| key_of(line) == Some(*i)));
    for (key, value) in missing.filter_map(|(_, (key, value))| Some((key, value.as_ref()?))) {
        if new.last().is_some_and(|last| *last != b'\n') {
            new.extend_from_slice(end.as_bytes());
        }
        new.extend_from_slice(format!("{key}={}{end}", quoted(value)).as_bytes());
    }
    new
}

/// A line with another value in the place of the old one.
fn with_value(line: &[u8], key: &str, value: &str) -> Vec<u8> {
    let end = line.len() - line.trim_ascii_end().len();
    let tail = &line[line.len() - end..];
    match assignments(line).next() {
        Some((_, old)) if is_plain(value) && !old.is_empty() && is_plain(&String::from_utf8_lossy(old)) => {
            // The value is a part of the line: where it begins is a difference of addresses.
            let start = old.as_ptr() as usize - line.as_ptr() as usize;
            [&line[..start], value.as_bytes(), &line[start + old.len()..]].concat()
        }
        _ => [format!("{key}={}", quoted(value)).as_bytes(), tail].concat(),
    }
}

/// A value as a shell reads it back.
fn quoted(value: &str) -> String {
    if is_plain(value) { value.to_owned() } else { format!("'{}'", value.replace('\'', "%27")) }
}

fn is_plain(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:@%+,=".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(text: &str, changes: &[(&'static str, Option<&str>)]) -> String {
        let changes: Vec<Change> = changes.iter().map(|(key, value)| (*key, value.map(str::to_owned))).collect();
        String::from_utf8(edited(text.as_bytes(), &changes)).unwrap()
    }

    #[test]
    fn other_lines_stay_byte_for_byte() {
        let on = [("ANALYTICS_ENABLED", Some("1"))];
        for (old, new) in [
            ("", "ANALYTICS_ENABLED=1\n"),
            ("A=1", "A=1\nANALYTICS_ENABLED=1\n"),
            ("# c\r\n\r\n  A = 'x y'\r\n", "# c\r\n\r\n  A = 'x y'\r\nANALYTICS_ENABLED=1\r\n"),
            ("ANALYTICS_ENABLED=0 # mine\nB=\"2\"", "ANALYTICS_ENABLED=1 # mine\nB=\"2\""),
            ("export ANALYTICS_ENABLED='0'\r\nB=2\r\n", "export ANALYTICS_ENABLED='1'\r\nB=2\r\n"),
            ("ANALYTICS_ENABLED=0\nB=2\nANALYTICS_ENABLED=local\n", "B=2\nANALYTICS_ENABLED=1\n"),
            ("ANALYTICS_ENABLED=\nB=2\n", "ANALYTICS_ENABLED=1\nB=2\n"),
            (
                "#ANALYTICS_ENABLED=0\nANALYTICS_ENABLED_X=0\n",
                "#ANALYTICS_ENABLED=0\nANALYTICS_ENABLED_X=0\nANALYTICS_ENABLED=1\n",
            ),
        ] {
            assert_eq!(edit(old, &on), new, "{old:?}");
            assert_eq!(edit(new, &on), new, "again: {old:?}");
        }
    }

    #[test]
    fn a_key_without_a_value_loses_its_lines() {
        let off = [("ANALYTICS_ID", None), ("ANALYTICS_ENABLED", Some("0"))];
        assert_eq!(edit("ANALYTICS_ID=a\nA=1\nANALYTICS_ID=b", &off), "A=1\nANALYTICS_ENABLED=0\n");
    }

    #[test]
    fn a_value_can_do_nothing_in_a_shell() {
        let host = [("ANALYTICS_HOST", Some("https://h/$(id)'x"))];
        assert_eq!(edit("", &host), "ANALYTICS_HOST='https://h/$(id)%27x'\n");
        assert_eq!(edit("ANALYTICS_HOST=\"y\" # c\r\n", &host), "ANALYTICS_HOST='https://h/$(id)%27x'\r\n");
        assert_eq!(
            edit("ANALYTICS_HOST='$(id)' # c", &[("ANALYTICS_HOST", Some("https://h"))]),
            "ANALYTICS_HOST=https://h"
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back_and_nothing_else_changes(
            lines in proptest::collection::vec("(ANALYTICS_ENABLED=|ANALYTICS_ID=|# |export |A=|)[ -~]{0,12}(\r)?", 0..8),
            ends in proptest::bool::ANY,
        ) {
            let mut text = lines.join("\n");
            if ends { text.push('\n'); }
            let new = edit(&text, &[("ANALYTICS_ENABLED", Some("local"))]);
            proptest::prop_assert_eq!(Lock::parse(new.as_bytes()).enabled, Some(&b"local"[..]));
            let others = |t: &str| -> Vec<String> {
                let is_ours = |l: &&str| assignments(l.as_bytes()).next().is_some_and(|(k, _)| k == b"ANALYTICS_ENABLED");
                t.split('\n').filter(|l| !is_ours(l) && !l.is_empty()).map(|l| l.trim_end_matches('\r').to_owned()).collect()
            };
            proptest::prop_assert_eq!(others(&new), others(&text));
        }
    }
}
