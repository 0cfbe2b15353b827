//! `install`: the shims for this person, and the make goals in the checkout around the current folder, if there is one.

use super::Session;
use crate::consent::change;
use crate::env::Variable;
use crate::install::hooks::Shell;
use crate::install::startup::{self, Folders, Put};
use crate::install::{self, goals, shims};
use crate::paths::{Homes, shim};
use crate::words::{fill, help, machine as say};
use anyhow::{Context as _, Result};
use std::path::Path;
use std::process::ExitCode;

/// The options of `install`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, value_name = "SHELL", num_args = 0..=1, help = help::INSTALL_HOOK)]
    hook: Option<Option<Shell>>,
}

/// Puts everything in place and says what to add to a start-up file. Run again, it sets right what changed. Where the goals
/// or the hook can't be put, the rest is done all the same.
///
/// # Errors
/// When something can't be put in place.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let homes = session.homes()?;
    let done = shims::link(&session.env, &homes)?;
    let folder = done.folder.display().to_string();
    let mut text = String::new();
    if done.linked.is_empty() {
        session.warn(&fill(say::NOTHING_LINKED, &[("tools", &shim::TOOLS.join(", "))]));
    } else {
        text += &fill(say::LINKED, &[("tools", &done.linked.join(", ")), ("folder", &folder)]);
    }
    if !done.absent.is_empty() {
        text += &fill(say::ABSENT, &[("tools", &done.absent.join(", "))]);
    }
    let mut failed = None;
    text += &match session.checkout() {
        Ok(checkout) => put_goals(session, &homes, &checkout).unwrap_or_else(|e| {
            failed = Some(e);
            String::new()
        }),
        // A checkout that was named and is none is a mistake; none around here is not.
        Err(e) if session.project.is_some() => return Err(e),
        Err(_) => say::NO_CHECKOUT.to_owned(),
    };
    text += &match args.hook {
        Some(shell) => put_hook(session, shell.unwrap_or_else(|| shell_of(session))).unwrap_or_else(|e| {
            if let Some(before) = failed.replace(e) {
                super::report(&before);
            }
            String::new()
        }),
        None => path_lines(session, &homes, &done.folder)?,
    };
    session.say(&text);
    failed.map_or(Ok(ExitCode::SUCCESS), Err)
}

/// The make goals; says what became of them.
fn put_goals(session: &Session, homes: &Homes, checkout: &Path) -> Result<String> {
    install::remember(homes, checkout)?;
    let put = goals::put(&session.env, checkout, &shims::program()?)?;
    // A variable alone may be the yes: then the shim makes the lock, and asks nothing of git.
    change::keep_out_of_git(&session.env, checkout).iter().for_each(|warning| session.warn(warning));
    Ok(fill(goals_line(put), &[("checkout", &checkout.display().to_string())]))
}

const fn goals_line(put: goals::Goals) -> &'static str {
    match put {
        goals::Goals::Tracked => say::GOALS_TRACKED,
        goals::Goals::Foreign => say::GOALS_FOREIGN,
        goals::Goals::NoFolder => say::GOALS_NOWHERE,
        goals::Goals::Put | goals::Goals::Taken | goals::Goals::Absent => say::GOALS_PUT,
    }
}

/// The shell in which the person works.
fn shell_of(session: &Session) -> Shell {
    Shell::named(&session.env.text(Variable::Shell).unwrap_or_default())
}

/// Puts the hook into the shell's start-up file, as was asked for.
fn put_hook(session: &Session, shell: Shell) -> Result<String> {
    let file = Folders::of(&session.env, &session.homes()?).context("could not find home")?.file_of(shell);
    let hook = shell.line(&shims::spoken(&session.env)?);
    let by_hand = || fill(say::HOOK_FAILED, &[("shell", &format!("{shell:?}").to_lowercase()), ("hook", &hook)]);
    let put = startup::put(&file, &hook).with_context(by_hand)?;
    let words = if put == Put::First { say::HOOK_PUT } else { say::HOOK_STAYS };
    Ok(fill(words, &[("file", &file.display().to_string())]))
}

/// What to add to which file, for the person's shell.
fn path_lines(session: &Session, homes: &Homes, folder: &Path) -> Result<String> {
    let path = session.env.path(Variable::Path).unwrap_or_default();
    if std::env::split_paths(&path).next().is_some_and(|first| first == folder) {
        return Ok(say::ON_PATH.to_owned());
    }
    let shell = shell_of(session);
    let folders = Folders::of(&session.env, homes).context("could not find home")?;
    if let Some(file) = folders.ours().iter().find(|file| shell.reads(file)) {
        return Ok(fill(say::HOOK_STAYS, &[("file", &file.display().to_string())]));
    }
    let hook = shell.line(&shims::spoken(&session.env)?);
    Ok(fill(say::PATH_LINE, &[("file", &folders.spoken(shell)), ("hook", &hook), ("folder", &install::word(folder))]))
}
