//! Owns the hook that puts the shims on PATH: its scripts, the line that runs it, and which open shells have it.

use crate::paths::{checkout, home, shim};
use crate::words::{fill, help};
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

    /// The start-up file that the line belongs into, by its name; [`super::startup::Folders`] knows where it is.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Bash => ".bashrc",
            Self::Zsh => ".zshrc",
            Self::Fish => "config.fish",
            Self::Sh => ".profile",
        }
    }

    /// Whether it reads a start-up file of that name, at its start or when a person logs in.
    #[must_use]
    pub fn reads(self, file: &Path) -> bool {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        match self {
            Self::Bash => name.starts_with(".bash") || name == Self::Sh.file(),
            Self::Zsh => name.starts_with(".z"),
            Self::Fish => name.ends_with(".fish"),
            Self::Sh => name == Self::Sh.file(),
        }
    }

    /// The line. It says nothing where the program is gone: a start-up file may outlive it.
    #[must_use]
    pub fn line(self, program: &str) -> String {
        match self {
            Self::Bash => format!("eval \"$({program} init bash 2>/dev/null)\""),
            Self::Zsh => format!("eval \"$({program} init zsh 2>/dev/null)\""),
            Self::Fish => format!("type -q {program}; and {program} init fish | source"),
            Self::Sh => format!("eval \"$({program} init sh 2>/dev/null)\""),
        }
    }
}

/// Behind the line in a file that was made for it, which goes with it: one that was there stays, even an empty one. Without
/// any .zshrc zsh asks questions at its start.
pub const MADE: &str = " # this file was made for this line";

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
        ("tools", shim::TOOLS.join(" ")),
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
        _ => super::quoted(&path),
    }
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
