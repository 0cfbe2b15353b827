//! Owns looking at the shell that asks: its PATH, and the start-up files of the person's shell.
//!
//! What a shell keeps to itself no other process can see: aliases typed by hand, and its hash table, which the hook
//! keeps right.

use super::{Finding, Grade};
use crate::env::{Environment, Variable};
use crate::install::hooks::Shell;
use crate::install::shims;
use crate::install::startup::{self, Folders};
use crate::paths::{Homes, data, shim};
use crate::words::doctor as say;
use crate::words::fill;
use std::path::{Path, PathBuf};

/// Looks at them.
pub fn look(env: &Environment, homes: &Homes, in_checkout: bool) -> Vec<Finding> {
    let folder = homes.data.join(data::SHIMS);
    if !folder.is_dir() {
        return Vec::new();
    }
    let shell = Shell::named(&env.text(Variable::Shell).unwrap_or_default());
    let Some(folders) = Folders::of(env, homes) else { return Vec::new() };
    let hooked: Vec<_> = folders.ours().into_iter().filter(|file| shell.reads(file)).collect();
    let remedy = fill(say::HOOK, &[("file", &folders.spoken(shell))]);
    let mut findings = vec![path(env, &folder, in_checkout)];
    if hooked.is_empty() && findings[0].grade == Grade::Wrong {
        findings[0].remedy = Some(remedy.clone());
    }
    findings.extend(other_shims(env, &folder));
    findings.push(hook(hooked.first(), shell, &remedy));
    findings.extend(twice(&folders));
    findings.extend(aliases(&folders));
    findings
}

/// Whether what is typed here goes through the shims; what helps where the hook is there.
fn path(env: &Environment, folder: &Path, in_checkout: bool) -> Finding {
    let path = env.path(Variable::Path).unwrap_or_default();
    if !std::env::split_paths(&path).any(|entry| entry == folder) {
        return match in_checkout {
            true => Finding::wrong(say::OFF_PATH).remedy(say::OPEN_ANEW),
            false => Finding::good(say::OFF_PATH_OUTSIDE),
        };
    }
    let past = shim::TOOLS.iter().filter(|tool| folder.join(tool).exists()).find_map(|tool| {
        let first = shims::candidates(env, tool).into_iter().next()?;
        (!shims::is_shim(&first)).then_some((tool, first))
    });
    match past {
        None => Finding::good(say::ON_PATH),
        Some((tool, first)) => {
            let before = first.parent().unwrap_or(&first).display().to_string();
            Finding::wrong(fill(say::BEHIND, &[("tool", tool), ("before", &before)])).remedy(say::BEHIND_REMEDY)
        }
    }
}

/// Whether a start-up file of this shell runs the hook, and early enough.
fn hook(file: Option<&PathBuf>, shell: Shell, remedy: &str) -> Finding {
    let Some(file) = file else {
        let shell = format!("{shell:?}").to_lowercase();
        return Finding::note(fill(say::HOOK_ABSENT, &[("shell", &shell)])).remedy(remedy);
    };
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).unwrap_or_default();
    match shell == Shell::Bash && startup::is_late(&text) {
        true => Finding::note(fill(say::HOOK_LATE, &[("file", &name)])).remedy(say::HOOK_LATE_REMEDY),
        false => Finding::good(fill(say::HOOK_GOOD, &[("file", &name)])),
    }
}

/// Start-up files with more than one line of ours: one is enough, and which of them counts is hard to tell.
fn twice(folders: &Folders) -> Vec<Finding> {
    let files =
        folders.ours().into_iter().filter_map(|file| Some((startup::count(&file), file)).filter(|(n, _)| *n > 1));
    let finding = |(n, file): (usize, PathBuf)| {
        let values = [("file", file.display().to_string()), ("count", n.to_string())];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        Finding::note(fill(say::HOOK_TWICE, &values)).remedy(say::HOOK_TWICE_REMEDY)
    };
    files.map(finding).collect()
}

/// Other folders on PATH that hold shims of ours: of another install, or of another person.
fn other_shims(env: &Environment, folder: &Path) -> Option<Finding> {
    let path = env.path(Variable::Path).unwrap_or_default();
    let holds = |entry: &PathBuf| shim::TOOLS.iter().any(|tool| shims::is_shim(&entry.join(tool)));
    let mut others: Vec<_> = std::env::split_paths(&path).filter(|entry| entry != folder).filter(holds).collect();
    others.dedup();
    if others.is_empty() {
        return None;
    }
    let others: Vec<_> = others.iter().map(|other| other.display().to_string()).collect();
    Some(Finding::wrong(fill(say::OTHER_SHIMS, &[("folders", &others.join(", "))])).remedy(say::OTHER_SHIMS_REMEDY))
}

/// Aliases and functions in start-up files that take a tool's name.
fn aliases(folders: &Folders) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in folders.all() {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        findings.extend(
            shim::TOOLS.iter().filter(|tool| text.lines().any(|line| takes(line, tool))).map(|tool| alias(&file, tool)),
        );
    }
    // What fish saved with `funcsave` or `alias --save`.
    let functions = folders.file_of(Shell::Fish).with_file_name("functions");
    let saved = shim::TOOLS.iter().map(|tool| (tool, functions.join(format!("{tool}.fish"))));
    findings.extend(saved.filter(|(_, file)| file.is_file()).map(|(tool, file)| alias(&file, tool)));
    findings
}

fn alias(file: &Path, tool: &str) -> Finding {
    let file = file.display().to_string();
    Finding::note(fill(say::ALIAS, &[("file", &file), ("tool", tool)])).remedy(say::ALIAS_REMEDY)
}

/// Whether a line gives a tool's name to something else.
fn takes(line: &str, tool: &str) -> bool {
    let line = line.trim_start();
    let alias = line.strip_prefix("alias ").is_some_and(|rest| {
        rest.split_whitespace().any(|word| word.split_once('=').map_or(word, |(name, _)| name) == tool)
    });
    let function = line.strip_prefix(tool).is_some_and(|rest| rest.trim_start().starts_with("()"));
    let keyword = line.strip_prefix("function ").and_then(|rest| rest.split([' ', '(', ';']).next());
    alias || function || keyword == Some(tool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_or_a_function_takes_a_name() {
        for line in [
            "alias docker=podman",
            "  alias a=b docker='sudo docker'",
            "docker() {",
            "function docker",
            "alias docker podman",
        ] {
            assert!(takes(line, "docker"), "{line}");
        }
        for line in ["alias dc='docker compose'", "# alias docker=podman", "docker compose up", "docker_x() {"] {
            assert!(!takes(line, "docker"), "{line}");
        }
    }
}
