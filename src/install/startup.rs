//! Owns a person's start-up files: putting the line of the hook there, finding it, and taking it out again. Every other
//! line stays as it is.

use super::hooks::{MADE, Shell};
use crate::env::{Environment, Variable};
use crate::paths::{FISH, Homes, PROGRAM, START_UP, data};
use crate::person::Person;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// The folders in which a person's start-up files are.
#[derive(Clone, Debug)]
pub struct Folders {
    home: PathBuf,
    /// Of zsh, where it is another: ZDOTDIR.
    zsh: PathBuf,
    /// Around fish's folder.
    config: PathBuf,
}

impl Folders {
    /// The folders of this person; nothing for one without a home. Under sudo ZDOTDIR may be root's.
    #[must_use]
    pub fn of(env: &Environment, homes: &Homes) -> Option<Self> {
        let person = Person::of(env);
        let home = person.home_of(env)?;
        let zsh = env.path(Variable::Zdotdir).filter(|folder| !person.by_sudo && folder.is_absolute());
        let config = homes.config.parent().unwrap_or(&home).to_owned();
        Some(Self { zsh: zsh.unwrap_or_else(|| home.clone()), config, home })
    }

    /// The start-up file that the line belongs into.
    #[must_use]
    pub fn file_of(&self, shell: Shell) -> PathBuf {
        match shell {
            Shell::Fish => self.config.join(FISH),
            Shell::Zsh => self.zsh.join(shell.file()),
            Shell::Bash | Shell::Sh => self.home.join(shell.file()),
        }
    }

    /// The same as a person writes it.
    #[must_use]
    pub fn spoken(&self, shell: Shell) -> String {
        let file = self.file_of(shell);
        file.strip_prefix(&self.home)
            .map_or_else(|_| file.display().to_string(), |below| format!("~/{}", below.display()))
    }

    /// Every start-up file that there is.
    #[must_use]
    pub fn all(&self) -> Vec<PathBuf> {
        let below = |folder: &Path| START_UP.map(|file| folder.join(file));
        let mut files = below(&self.home).to_vec();
        files.extend(below(&self.zsh).into_iter().filter(|file| Shell::Zsh.reads(file)));
        files.push(self.config.join(FISH));
        files.sort();
        files.dedup();
        files.retain(|file| file.is_file());
        files
    }

    /// The start-up files that have a line of ours.
    #[must_use]
    pub fn ours(&self) -> Vec<PathBuf> {
        let mut files = self.all();
        files.retain(|file| count(file) > 0);
        files
    }
}

/// What became of the line in a start-up file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is the first line now.
    First,
    /// It was there already, early enough and once.
    Stays,
}

/// Puts the line above all others: below it Debian's .bashrc returns where nobody types, and `ssh host make` would not
/// see it. Other lines of ours go; everything else stays as it is, and so do owner, mode and a symbolic link.
///
/// # Errors
/// When the file can't be read or written.
pub fn put(file: &Path, line: &str) -> Result<Put> {
    let failed = || format!("could not put our line into file: {}", file.display());
    if !file.exists() {
        let folder = file.parent().with_context(failed)?;
        crate::files::make_folder(folder).with_context(failed)?;
        std::fs::write(file, format!("{line}{MADE}\n")).with_context(failed)?;
        crate::files::hand_over(file).with_context(failed)?;
        return Ok(Put::First);
    }
    let text = std::fs::read(file).with_context(failed)?;
    if ours(&text) == 1 && !is_late(&String::from_utf8_lossy(&text)) {
        return Ok(Put::Stays);
    }
    rewrite(file, &format!("{line}\n")).with_context(failed)?;
    Ok(Put::First)
}

/// Whether a line of ours stands below an early return, as in Debian's .bashrc: `*) return;;` where nobody types.
#[must_use]
pub fn is_late(text: &str) -> bool {
    let returns = text.lines().position(|line| line.contains("return") && !line.trim_start().starts_with('#'));
    let runs = text.lines().position(|line| is_ours(line.as_bytes()));
    matches!((returns, runs), (Some(returns), Some(runs)) if returns < runs)
}

/// How many lines of ours a start-up file has.
#[must_use]
pub fn count(file: &Path) -> usize {
    std::fs::read(file).map_or(0, |text| ours(&text))
}

fn ours(text: &[u8]) -> usize {
    text.split(|b| *b == b'\n').filter(|line| is_ours(line)).count()
}

/// Takes our lines out of a start-up file. All others stay as they are; so do its owner, its mode and a symbolic link. A
/// file that was made for them and holds nothing else goes, and so do fish's folder and the one around it if that was all
/// in them.
///
/// # Errors
/// When it can't be read or written.
pub fn clean(file: &Path) -> Result<()> {
    let failed = || format!("could not take our line out of file: {}", file.display());
    let was_made = std::fs::read(file).with_context(failed)?.split(|b| *b == b'\n').any(was_made);
    rewrite(file, "").with_context(failed)?;
    if was_made && file.symlink_metadata().is_ok_and(|is| is.is_file() && is.len() == 0) {
        std::fs::remove_file(file).with_context(failed)?;
        let fish = file.parent().filter(|folder| folder.ends_with("fish"));
        for folder in fish.into_iter().flat_map(|fish| fish.ancestors().take(2)) {
            crate::files::remove_empty(folder)?;
        }
    }
    Ok(())
}

/// Writes a start-up file anew, without our lines and with others on top.
fn rewrite(file: &Path, top: &str) -> Result<()> {
    let path = file.canonicalize()?;
    let is = path.metadata()?;
    let text = std::fs::read(&path)?;
    let lines = text.split_inclusive(|b| *b == b'\n').filter(|line| !is_ours(line));
    let text: Vec<&[u8]> = std::iter::once(top.as_bytes()).chain(lines).collect();
    let mut new = tempfile::NamedTempFile::new_in(path.parent().context("could not find its folder")?)?;
    std::io::Write::write_all(&mut new, &text.concat())?;
    use std::os::unix::fs::MetadataExt as _;
    crate::files::become_like(new.as_file(), is.uid(), is.gid(), is.mode() & 0o7777)?;
    new.persist(&path)?;
    Ok(())
}

fn was_made(line: &[u8]) -> bool {
    is_ours(line) && line.trim_ascii_end().ends_with(MADE.as_bytes())
}

/// Whether a line runs our hook, or puts the shims on PATH.
#[must_use]
pub fn is_ours(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let runs_hook = line.contains(PROGRAM) && line.contains(" init ");
    let sets_path = line.contains("PATH") || line.contains("fish_add_path");
    let shims = format!("{PROGRAM}/{}", data::SHIMS);
    !line.trim_start().starts_with('#') && (runs_hook || (sets_path && line.contains(&shims)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_were_made_for_the_line_go_with_it() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".config").join(FISH);
        put(&file, "onramp-analytics init fish | source").unwrap();
        clean(&file).unwrap();
        assert_eq!(home.path().read_dir().unwrap().count(), 0);
        // One that holds something else is not ours.
        put(&file, "onramp-analytics init fish | source").unwrap();
        std::fs::write(home.path().join(".config/other"), "").unwrap();
        clean(&file).unwrap();
        assert!(home.path().join(".config/other").exists() && !home.path().join(".config/fish").exists());
    }

    #[test]
    fn a_file_that_was_there_stays_even_if_it_was_empty() {
        let home = tempfile::tempdir().unwrap();
        for shell in [Shell::Bash, Shell::Zsh, Shell::Sh] {
            let file = home.path().join(shell.file());
            std::fs::write(&file, "").unwrap();
            put(&file, &shell.line("onramp-analytics")).unwrap();
            assert_eq!(count(&file), 1);
            clean(&file).unwrap();
            assert_eq!(std::fs::read(&file).unwrap(), b"");
        }
    }

    #[test]
    fn only_lines_that_do_something_of_ours_go() {
        for line in [
            "eval \"$(onramp-analytics init bash)\"",
            "  onramp-analytics init fish | source",
            "command -v onramp-analytics >/dev/null && eval \"$(onramp-analytics init zsh --everywhere)\"",
            "export PATH=\"$HOME/.local/share/onramp-analytics/shims:$PATH\"",
            "fish_add_path ~/.local/share/onramp-analytics/shims",
        ] {
            assert!(is_ours(line.as_bytes()), "{line}");
        }
        for line in [
            "# onramp-analytics init bash",
            "alias oa=onramp-analytics",
            "export PATH=/x:$PATH",
            "echo onramp-analytics/shims",
        ] {
            assert!(!is_ours(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_file_keeps_everything_else() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".bashrc");
        std::fs::write(&file, "a\r\neval \"$(onramp-analytics init bash)\"\nlast").unwrap();
        let at = |below: &str| home.path().join(below);
        let folders = Folders { home: at(""), zsh: at(".config/zsh"), config: at(".config") };
        assert_eq!(folders.ours(), std::slice::from_ref(&file));
        clean(&file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"a\r\nlast");
        assert!(folders.ours().is_empty());
    }

    #[test]
    fn the_line_goes_above_an_early_return_and_stands_there_once() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".bashrc");
        let line = Shell::Bash.line("onramp-analytics");
        assert_eq!(put(&file, &line).unwrap(), Put::First);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{line}{MADE}\n"));
        std::fs::write(&file, format!("case $- in *i*) ;; *) return;; esac\n{line}\n{line}\nlast\n")).unwrap();
        assert_eq!((put(&file, &line).unwrap(), put(&file, &line).unwrap()), (Put::First, Put::Stays));
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text, format!("{line}\ncase $- in *i*) ;; *) return;; esac\nlast\n"));
    }
}
