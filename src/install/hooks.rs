//! Owns the hook that puts the shims on PATH: its scripts, the line in a person's start-up file that runs it, and taking
//! that line out again.

use crate::paths::{FISH, Homes, PROGRAM, START_UP, checkout, data, home};
use crate::words::{fill, help};
use anyhow::{Context as _, Result};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// A shell that has a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// `bash`
    #[value(help = help::SHELL_BASH)]
    Bash,
    /// `zsh`
    #[value(help = help::SHELL_ZSH)]
    Zsh,
    /// `fish`
    #[value(help = help::SHELL_FISH)]
    Fish,
    /// `sh`
    #[value(help = help::SHELL_SH)]
    Sh,
}

impl Shell {
    /// The shell of that program.
    #[must_use]
    pub fn named(program: &str) -> Self {
        match program.rsplit('/').next() {
            Some("zsh") => Self::Zsh,
            Some("fish") => Self::Fish,
            Some("sh" | "dash" | "ash" | "busybox") => Self::Sh,
            _ => Self::Bash,
        }
    }

    /// The start-up file that the line belongs into, as a person writes it.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Bash => "~/.bashrc",
            Self::Zsh => "~/.zshrc",
            Self::Fish => "~/.config/fish/config.fish",
            Self::Sh => "~/.profile",
        }
    }

    /// The line.
    #[must_use]
    pub fn line(self, program: &str) -> String {
        match self {
            Self::Bash => format!("eval \"$({program} init bash)\""),
            Self::Zsh => format!("eval \"$({program} init zsh)\""),
            Self::Fish => format!("{program} init fish | source"),
            Self::Sh => format!("eval \"$({program} init sh)\""),
        }
    }
}

/// The hook of a shell: what its start-up file evaluates.
#[must_use]
pub fn script(shell: Shell, shims: &Path, everywhere: bool) -> String {
    let script = match shell {
        Shell::Bash => include_str!("hooks/bash.sh"),
        Shell::Zsh => include_str!("hooks/zsh.zsh"),
        Shell::Fish => include_str!("hooks/fish.fish"),
        Shell::Sh => include_str!("hooks/posix.sh"),
    };
    let values = [
        ("folder of shims", quoted(shell, shims)),
        ("everywhere", if everywhere { "1".to_owned() } else { String::new() }),
        ("mark folder", checkout::MARK_FOLDER.to_owned()),
        ("mark file", checkout::MARK_FILE.to_owned()),
    ];
    fill(script, &values.each_ref().map(|(name, value)| (*name, value.as_str())))
}

/// A path as the shell reads it back.
fn quoted(shell: Shell, path: &Path) -> String {
    let path = path.display().to_string();
    match shell {
        Shell::Fish => format!("'{}'", path.replace('\\', "\\\\").replace('\'', "\\'")),
        _ => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

/// Every start-up file that there is.
#[must_use]
pub fn all_files(person_home: &Path, homes: &Homes) -> Vec<PathBuf> {
    let fish = homes.config.parent().map(|config| config.join(FISH));
    let mut files: Vec<PathBuf> = START_UP.iter().map(|file| person_home.join(file)).chain(fish).collect();
    files.sort();
    files.dedup();
    files.retain(|file| file.is_file());
    files
}

/// The start-up files that have a line of ours.
#[must_use]
pub fn files(person_home: &Path, homes: &Homes) -> Vec<PathBuf> {
    let mut files = all_files(person_home, homes);
    files.retain(|file| std::fs::read(file).is_ok_and(|text| text.split(|b| *b == b'\n').any(is_ours)));
    files
}

/// Takes our lines out of a start-up file. All others stay as they are; so do its owner, its mode and a symbolic link.
///
/// # Errors
/// When it can't be read or written.
pub fn clean(file: &Path) -> Result<()> {
    let failed = || format!("could not take our line out of file: {}", file.display());
    let path = file.canonicalize().with_context(failed)?;
    let is = path.metadata().with_context(failed)?;
    let text = std::fs::read(&path).with_context(failed)?;
    let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').filter(|line| !is_ours(line)).collect();
    let mut new = tempfile::NamedTempFile::new_in(path.parent().with_context(failed)?).with_context(failed)?;
    std::io::Write::write_all(&mut new, &lines.concat()).with_context(failed)?;
    new.as_file().set_permissions(is.permissions()).with_context(failed)?;
    use std::os::unix::fs::MetadataExt as _;
    let now = new.as_file().metadata().with_context(failed)?;
    if (now.uid(), now.gid()) != (is.uid(), is.gid()) {
        std::os::unix::fs::fchown(new.as_file(), Some(is.uid()), Some(is.gid())).with_context(failed)?;
    }
    new.persist(&path).with_context(failed)?;
    Ok(())
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

/// The person's own open shells that were started with our folder on PATH, by process number. A shell that got it later
/// does not show it; the hook takes it off there.
#[must_use]
pub fn open_shells(folder: &Path, uid: u32) -> Vec<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let numbers = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut shells: Vec<u32> = numbers.filter(|pid| is_such_a_shell(*pid, folder, uid)).collect();
    shells.sort_unstable();
    shells
}

fn is_such_a_shell(pid: u32, folder: &Path, uid: u32) -> bool {
    let process = Path::new("/proc").join(pid.to_string());
    let name = std::fs::read_to_string(process.join("comm")).unwrap_or_default();
    let is_shell = ["bash", "zsh", "fish", "sh", "dash"].contains(&name.trim());
    let has_it = |entry: &[u8]| {
        let folders = entry.strip_prefix(b"PATH=");
        folders.is_some_and(|f| f.split(|b| *b == b':').any(|f| f == folder.as_os_str().as_bytes()))
    };
    is_shell
        && crate::person::owns(uid, &process)
        && std::fs::read(process.join("environ")).is_ok_and(|env| env.split(|b| *b == 0).any(has_it))
}

/// The folders that stand in for the XDG homes, which we may have made: taken away only while they are empty.
#[must_use]
pub fn maybe_made(person_home: &Path) -> Vec<PathBuf> {
    [home::STATE, home::DATA, ".local"].iter().map(|folder| person_home.join(folder)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let homes =
            Homes { state: "/s".into(), config: home.path().join(".config/onramp-analytics"), data: "/d".into() };
        assert_eq!(files(home.path(), &homes), std::slice::from_ref(&file));
        clean(&file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"a\r\nlast");
        assert!(files(home.path(), &homes).is_empty());
    }
}
