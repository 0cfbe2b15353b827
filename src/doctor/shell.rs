//! Owns looking at the shell that asks: its PATH, and the start-up files of the person's shell.
//!
//! What a shell keeps to itself (its hash table, aliases typed by hand) no other process can see.

use super::Finding;
use crate::env::{Environment, Variable};
use crate::install::hooks::{self, Shell};
use crate::install::shims;
use crate::paths::{Homes, PROGRAM, data, shim};
use crate::person::Person;
use crate::words::doctor as say;
use crate::words::fill;
use std::path::Path;

/// Looks at them.
pub fn look(env: &Environment, homes: &Homes, in_checkout: bool) -> Vec<Finding> {
    let folder = homes.data.join(data::SHIMS);
    if !folder.is_dir() {
        return Vec::new();
    }
    let shell = Shell::named(&env.text(Variable::Shell).unwrap_or_default());
    let program = shims::spoken(env).unwrap_or_else(|_| PROGRAM.to_owned());
    let values = [("file", shell.file()), ("line", &shell.line(&program))];
    let mut findings = vec![path(env, &folder, in_checkout, &values)];
    let person = Person::of(env);
    let home = env.path(Variable::Home).filter(|_| !person.by_sudo).or_else(|| person.home());
    if let Some(home) = home {
        findings.push(hook(&home, homes, shell, &values));
        findings.extend(aliases(&home, homes));
    }
    findings
}

/// Whether what is typed here goes through the shims.
fn path(env: &Environment, folder: &Path, in_checkout: bool, values: &[(&str, &str)]) -> Finding {
    let path = env.path(Variable::Path).unwrap_or_default();
    if !std::env::split_paths(&path).any(|entry| entry == folder) {
        return match in_checkout {
            true => Finding::wrong(say::OFF_PATH).remedy(fill(say::HOOK, values)),
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
            Finding::wrong(fill(say::BEHIND, &[("tool", tool), ("before", &before)]))
                .remedy(fill(say::BEHIND_REMEDY, values))
        }
    }
}

/// Whether a start-up file runs the hook, and early enough.
fn hook(home: &Path, homes: &Homes, shell: Shell, values: &[(&str, &str)]) -> Finding {
    let Some(file) = hooks::files(home, homes).into_iter().next() else {
        let shell = format!("{shell:?}").to_lowercase();
        return Finding::note(fill(say::HOOK_ABSENT, &[("shell", &shell)])).remedy(fill(say::HOOK, values));
    };
    let name = file.display().to_string();
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    // Debian's .bashrc: `*) return;;` where nobody types.
    let returns = text.lines().position(|line| line.contains("return") && !line.trim_start().starts_with('#'));
    let runs = text.lines().position(|line| hooks::is_ours(line.as_bytes()));
    let is_late = shell == Shell::Bash && matches!((returns, runs), (Some(returns), Some(runs)) if returns < runs);
    match is_late {
        true => Finding::note(fill(say::HOOK_LATE, &[("file", &name)])).remedy(say::HOOK_LATE_REMEDY),
        false => Finding::good(fill(say::HOOK_GOOD, &[("file", &name)])),
    }
}

/// Aliases and functions in start-up files that take a tool's name.
fn aliases(home: &Path, homes: &Homes) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in hooks::all_files(home, homes) {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        findings.extend(
            shim::TOOLS.iter().filter(|tool| text.lines().any(|line| takes(line, tool))).map(|tool| alias(&file, tool)),
        );
    }
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
