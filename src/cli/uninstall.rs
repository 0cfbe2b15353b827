//! `uninstall`: takes back all that was put on this machine for this person, whatever of it is left. Asks nothing, and
//! says what it did.

use super::Session;
use crate::consent::change;
use crate::install::{self, goals, hooks, leaving as way, shims, startup};
use crate::ledger;
use crate::paths::{Homes, Place, data};
use crate::person::Person;
use crate::words::{fill, help, machine as say};
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The options of `uninstall`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, help = help::UNINSTALL_KEEP_DATA)]
    keep_data: bool,
}

/// Takes everything away. What can't be taken away is told, and the rest goes all the same.
///
/// # Errors
/// When something stays that should have gone.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let homes = session.homes()?;
    let mut leaving = Leaving { session, homes: &homes, told: String::new(), failed: false };
    let shells = hooks::open_shells(&homes.data.join(data::SHIMS), Person::of(&session.env).uid);
    let step = shims::unlink(&homes);
    let had_shims = leaving.attempt(step).unwrap_or(false);
    if had_shims {
        leaving.tell(say::SHIMS_GONE, "folder", &homes.data.join(data::SHIMS));
    }
    leaving.checkouts(args.keep_data);
    leaving.hooks();
    leaving.data(args.keep_data);
    if leaving.told.is_empty() && !leaving.failed {
        leaving.told += say::NOTHING;
    }
    if had_shims && !shells.is_empty() {
        let shells: Vec<_> = shells.iter().map(u32::to_string).collect();
        leaving.told += &fill(say::OPEN_SHELLS, &[("shells", &shells.join(", "))]);
    }
    if let Ok(program) = shims::program() {
        let command = way::command(&program);
        let program = program.display().to_string();
        leaving.told += &fill(say::PROGRAM_STAYS, &[("program", &program), ("command", &command)]);
    }
    session.say(&leaving.told);
    Ok(if leaving.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

struct Leaving<'a> {
    session: &'a Session,
    homes: &'a Homes,
    told: String,
    failed: bool,
}

impl Leaving<'_> {
    /// One step; a failure is told, and the others go on.
    fn attempt<T>(&mut self, step: Result<T>) -> Option<T> {
        step.map_err(|e| {
            self.failed = true;
            super::report(&e);
        })
        .ok()
    }

    fn tell(&mut self, words: &str, name: &str, path: &Path) {
        self.told += &fill(words, &[(name, &path.display().to_string())]);
    }

    /// In every checkout that we know of: the goals, and unless data is kept the choice.
    fn checkouts(&mut self, keep_data: bool) {
        let known = install::remembered(self.homes);
        let mut checkouts = self.attempt(known).unwrap_or_default();
        // Also where the list was lost.
        checkouts.extend(self.session.checkout().ok().filter(|here| !checkouts.contains(here)));
        for checkout in checkouts.iter().filter(|checkout| checkout.is_dir()) {
            let taken = goals::take(&self.session.env, checkout);
            if self.attempt(taken) == Some(goals::Goals::Taken) {
                self.tell(say::GOALS_GONE, "checkout", checkout);
            }
            if !keep_data {
                self.choice(checkout);
            }
        }
    }

    fn choice(&mut self, checkout: &Path) {
        let withdrawn = change::withdraw(&self.session.env, self.homes, checkout);
        let withdrawn = self.attempt(withdrawn).unwrap_or_default();
        if withdrawn.had_choice {
            self.tell(say::CHOICE_GONE, "checkout", checkout);
        }
        if let Some(id) = withdrawn.id {
            self.told += &fill(say::ID_GONE, &[("id", &id)]);
        }
        if let Ok(Some(place)) = Place::find(self.homes, checkout) {
            let removed = ledger::remove_all(&place);
            self.attempt(removed);
        }
    }

    /// The person's home; under sudo the caller's.
    fn home(&self) -> Option<PathBuf> {
        Person::of(&self.session.env).home_of(&self.session.env)
    }

    fn hooks(&mut self) {
        let folders = startup::Folders::of(&self.session.env, self.homes);
        for file in folders.iter().flat_map(startup::Folders::ours) {
            let cleaned = startup::clean(&file);
            if self.attempt(cleaned).is_some() {
                self.tell(say::HOOK_GONE, "file", &file);
            }
        }
    }

    /// The list of checkouts, what was recorded, and the folders that are empty then.
    fn data(&mut self, keep_data: bool) {
        let listed = crate::files::unlink(&self.homes.data.join(data::CHECKOUTS));
        self.attempt(listed);
        let state = self.homes.state.clone();
        if keep_data && state.is_dir() {
            self.tell(say::STATE_KEPT, "folder", &state);
        } else if state.is_dir() {
            let removed = std::fs::remove_dir_all(&state)
                .with_context(|| format!("could not remove folder: {}", state.display()));
            if self.attempt(removed).is_some() {
                self.tell(say::STATE_GONE, "folder", &state);
            }
        }
        let mut empty = vec![self.homes.data.clone()];
        empty.extend(self.home().iter().flat_map(|home| hooks::maybe_made(home)));
        for folder in empty {
            let removed = crate::files::remove_empty(&folder);
            self.attempt(removed);
        }
    }
}
