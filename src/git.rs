//! Owns what is asked of git: keeping our files in a checkout out of it, and whether one is tracked.
//!
//! Refuses to change anything that is committed: patterns go into the file that `git rev-parse --git-path info/exclude`
//! names. Without git, or outside a repository, there is nothing to do.

use crate::env::{Environment, Variable};
use crate::paths::checkout as within;
use crate::words::{error, fill};
use anyhow::{Context as _, Result, bail};
use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Stands above our patterns, so that a person knows whose they are. What has to be undone with it stands behind it.
const HEADING: &str = "# onramp-analytics: files of this machine only";

/// Behind the heading where the line above had no end: it loses it again.
const WAS_OPEN: &str = " (the line above had no end)";

/// Behind the heading where there was no exclude file: it goes again.
const WAS_ABSENT: &str = " (this file was made for them)";

/// Every file of a checkout that is ever kept out of git.
const OURS: [&str; 3] = [within::MAKE_GOALS, within::CHOICE, within::CHOICE_NEW];

/// The git of a checkout that is a repository, or a folder of one.
#[derive(Debug)]
pub struct Repository {
    program: PathBuf,
    env: Vec<(&'static str, std::ffi::OsString)>,
    checkout: PathBuf,
    prefix: Vec<u8>,
    exclude: PathBuf,
}

impl Repository {
    /// The repository that a checkout lies in; nothing without git or a repository.
    ///
    /// # Errors
    /// When git is there and refuses, for example a repository that belongs to somebody else.
    pub fn around(env: &Environment, checkout: &Path) -> Result<Option<Self>> {
        let path = env.path(Variable::Path);
        let Ok(program) = which::which_in("git", path.as_deref(), checkout) else { return Ok(None) };
        // Only what git needs to find itself and its settings: a GIT_DIR of the caller means another repository.
        let needed = [Variable::Path, Variable::Home, Variable::XdgConfigHome, Variable::SudoUid];
        let env = needed.into_iter().filter_map(|v| Some((v.name(), env.path(v)?.into_os_string()))).collect();
        let empty = PathBuf::new();
        let mut git = Self { program, env, checkout: checkout.to_owned(), prefix: Vec::new(), exclude: empty };
        let answer = git.ask(&["rev-parse", "--show-prefix", "--git-path", "info/exclude"])?;
        if !answer.status.success() {
            let said = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
            if said.contains("not a git repository") {
                return Ok(None);
            }
            let why = said.lines().next().unwrap_or("it failed");
            // Of a checkout that is somebody else's it says itself what helps, and names the folder that it means.
            match said.lines().map(str::trim).find(|line| line.starts_with("git config ")) {
                Some(remedy) => bail!(fill(error::GIT, &[("why", why), ("remedy", remedy)])),
                None => bail!("could not ask git about the checkout: {why}"),
            }
        }
        let mut lines = answer.stdout.split(|b| *b == b'\n');
        git.prefix = lines.next().unwrap_or_default().to_vec();
        git.exclude = checkout.join(OsStr::from_bytes(lines.next().unwrap_or_default()));
        Ok(Some(git))
    }

    /// Whether git follows a file of the checkout.
    #[must_use]
    pub fn tracks(&self, file: &str) -> bool {
        self.ask(&["ls-files", "--error-unmatch", "--", file]).is_ok_and(|answer| answer.status.success())
    }

    /// Whether git leaves a file of the checkout alone already.
    #[must_use]
    pub fn ignores(&self, file: &str) -> bool {
        self.ask(&["check-ignore", "--quiet", "--no-index", "--", file]).is_ok_and(|answer| answer.status.success())
    }

    /// Keeps files of the checkout out of git, unless it leaves them alone already.
    ///
    /// # Errors
    /// When the exclude file can't be written.
    pub fn exclude(&self, files: &[&str]) -> Result<()> {
        let patterns = files.iter().filter(|file| !self.ignores(file)).map(|file| self.pattern(file));
        let patterns: Vec<_> = patterns.collect();
        if patterns.is_empty() {
            return Ok(());
        }
        let failed = || format!("could not write git's exclude file: {}", self.exclude.display());
        let old = read(&self.exclude)?;
        let mut new = Vec::new();
        let is_open = old.last().is_some_and(|last| *last != b'\n');
        if is_open || !old.split(|b| *b == b'\n').any(is_heading) {
            let was = match (is_open, self.exclude.exists()) {
                (true, _) => WAS_OPEN,
                (false, true) => "",
                (false, false) => WAS_ABSENT,
            };
            let ends = if is_open { "\n" } else { "" };
            new.extend_from_slice([ends, HEADING, was, "\n"].concat().as_bytes());
        }
        new.extend(patterns.into_iter().flatten());
        if let Some(folder) = self.exclude.parent() {
            crate::files::make_folder(folder).with_context(failed)?;
        }
        let mut file = std::fs::File::options().append(true).create(true).open(&self.exclude).with_context(failed)?;
        file.write_all(&new).with_context(failed)?;
        crate::files::hand_over(&self.exclude).with_context(failed)
    }

    /// Takes the patterns of these files back, and with the last of them the heading and what it says about the file.
    ///
    /// # Errors
    /// When the exclude file can't be read or written.
    pub fn include(&self, files: &[&str]) -> Result<()> {
        let old = read(&self.exclude)?;
        let ours: Vec<_> = files.iter().map(|file| self.pattern(file)).collect();
        let mut lines: Vec<&[u8]> = old.split_inclusive(|b| *b == b'\n').collect();
        lines.retain(|line| !ours.iter().any(|o| o.trim_ascii_end() == line.trim_ascii_end()));
        let (new, was_absent) = without_idle_headings(&lines);
        if new == old {
            return Ok(());
        }
        let failed = || format!("could not write git's exclude file: {}", self.exclude.display());
        let path = self.exclude.canonicalize().with_context(failed)?;
        let folder = path.parent().with_context(failed)?;
        if new.is_empty() && was_absent {
            crate::files::unlink(&path)?;
            return crate::files::remove_empty(folder);
        }
        let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
        file.write_all(&new).with_context(failed)?;
        let is = path.metadata().with_context(failed)?;
        crate::files::become_like(file.as_file(), is.uid(), is.gid(), is.mode() & 0o7777).with_context(failed)?;
        file.persist(&path).with_context(failed)?;
        Ok(())
    }

    /// A file of the checkout as a pattern that matches it alone (gitignore(5)), with its newline.
    fn pattern(&self, file: &str) -> Vec<u8> {
        let mut pattern = b"/".to_vec();
        for byte in self.prefix.iter().chain(file.as_bytes()) {
            if b"*?[]\\!# ".contains(byte) {
                pattern.push(b'\\');
            }
            pattern.push(*byte);
        }
        pattern.push(b'\n');
        pattern
    }

    fn ask(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(&self.program);
        command.env_clear().envs(self.env.iter().map(|(name, value)| (name, value)));
        // In plain words, so that its answer can be read.
        command.env("LC_ALL", "C").arg("-C").arg(&self.checkout).args(arguments).stdin(Stdio::null());
        command.output().with_context(|| format!("could not run git: {}", self.program.display()))
    }
}

/// The lines without every heading that has no pattern of ours below it any more, and whether one of those said that it
/// made the file.
fn without_idle_headings(lines: &[&[u8]]) -> (Vec<u8>, bool) {
    let (mut new, mut was_absent) = (Vec::new(), false);
    for (i, line) in lines.iter().enumerate() {
        let is_idle = !lines.get(i + 1).is_some_and(|below| is_pattern(below));
        if !is_heading(line) || !is_idle {
            new.extend_from_slice(line);
            continue;
        }
        let says = |what: &str| line.trim_ascii_end().ends_with(what.as_bytes());
        was_absent |= says(WAS_ABSENT);
        // What somebody wrote below since then needs it.
        if says(WAS_OPEN) && i + 1 == lines.len() && new.last() == Some(&b'\n') {
            new.pop();
        }
    }
    (new, was_absent)
}

fn is_heading(line: &[u8]) -> bool {
    line.starts_with(HEADING.as_bytes())
}

/// Whether a line keeps a file of ours out of git, in whichever folder of the repository.
fn is_pattern(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line.starts_with(b"/") && OURS.iter().any(|file| line.ends_with(file.as_bytes()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    match std::fs::read(path) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e).with_context(|| format!("could not read git's exclude file: {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skipped::skipped;

    fn repository(folder: &Path) -> Option<Repository> {
        let env = Environment::of_process();
        let git = which::which("git").ok()?;
        let run = Command::new(git).args(["init", "-q"]).arg(folder).output().unwrap();
        assert!(run.status.success());
        Repository::around(&env, folder).unwrap()
    }

    #[test]
    fn patterns_come_once_and_go_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let Some(git) = repository(folder.path()) else {
            return skipped("there is no git");
        };
        std::fs::write(&git.exclude, "*.swp").unwrap();
        git.exclude(&["onramp.lock", "make.d/analytics.mk"]).unwrap();
        git.exclude(&["onramp.lock"]).unwrap();
        let text = std::fs::read_to_string(&git.exclude).unwrap();
        assert_eq!(text, format!("*.swp\n{HEADING}{WAS_OPEN}\n/onramp.lock\n/make.d/analytics.mk\n"));
        assert!(git.ignores("onramp.lock") && !git.ignores("sub/onramp.lock") && !git.tracks("onramp.lock"));
        git.include(&["onramp.lock"]).unwrap();
        assert!(git.ignores("make.d/analytics.mk") && !git.ignores("onramp.lock"));
        git.include(&["make.d/analytics.mk"]).unwrap();
        assert_eq!(std::fs::read_to_string(&git.exclude).unwrap(), "*.swp");
    }

    #[test]
    fn an_exclude_file_is_afterwards_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let Some(git) = repository(folder.path()) else {
            return skipped("there is no git");
        };
        for (before, between, after) in [
            (Some(""), "", Some("")),
            (Some("a"), "", Some("a")),
            (Some("a\r\nb"), "", Some("a\r\nb")),
            (Some("a\n\n"), "", Some("a\n\n")),
            (None, "", None),
            // What a person wrote there since then stays, and no heading above it.
            (Some("a"), "mine\n", Some("a\nmine\n")),
            (Some("a\n"), "mine", Some("a\nmine")),
            (None, "mine\n", Some("mine\n")),
        ] {
            match before {
                Some(text) => std::fs::write(&git.exclude, text).unwrap(),
                None => std::fs::remove_file(&git.exclude).unwrap(),
            }
            git.exclude(&["make.d/analytics.mk"]).unwrap();
            let text = std::fs::read_to_string(&git.exclude).unwrap();
            std::fs::write(&git.exclude, text + between).unwrap();
            git.exclude(&["onramp.lock", ".onramp.lock.new"]).unwrap();
            assert!(git.ignores("onramp.lock") && git.ignores("make.d/analytics.mk"), "{before:?} {between:?}");
            git.include(&["make.d/analytics.mk"]).unwrap();
            git.include(&["onramp.lock", ".onramp.lock.new"]).unwrap();
            let now = std::fs::read_to_string(&git.exclude).ok();
            assert_eq!(now.as_deref(), after, "{before:?} {between:?}");
            std::fs::create_dir_all(git.exclude.parent().unwrap()).unwrap();
            std::fs::write(&git.exclude, "").unwrap();
        }
    }

    #[test]
    fn an_exclude_file_that_is_a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let Some(git) = repository(folder.path()) else {
            return skipped("there is no git");
        };
        let shared = folder.path().join("shared");
        std::fs::write(&shared, "a\n").unwrap();
        std::fs::remove_file(&git.exclude).unwrap();
        std::os::unix::fs::symlink(&shared, &git.exclude).unwrap();
        git.exclude(&["onramp.lock"]).unwrap();
        git.include(&["onramp.lock"]).unwrap();
        assert!(git.exclude.is_symlink());
        assert_eq!(std::fs::read_to_string(&shared).unwrap(), "a\n");
    }

    #[test]
    fn a_checkout_may_be_a_folder_of_a_repository_with_an_odd_name() {
        let folder = tempfile::tempdir().unwrap();
        if repository(folder.path()).is_none() {
            return skipped("there is no git");
        }
        let checkout = folder.path().join("a [b]*");
        std::fs::create_dir(&checkout).unwrap();
        let git = Repository::around(&Environment::of_process(), &checkout).unwrap().unwrap();
        git.exclude(&["onramp.lock"]).unwrap();
        assert!(git.ignores("onramp.lock"));
    }

    #[test]
    fn outside_a_repository_there_is_nothing_to_do() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Repository::around(&Environment::of_process(), folder.path()).unwrap().is_none());
    }
}
