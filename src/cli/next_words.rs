//! `next-words`: which words may come next on a command line, one a line, for the completions behind `explain`. Hidden.
//!
//! In a checkout these are its own services and overrides, what is enabled where the goal takes something away; elsewhere
//! the public names. Nobody but the shell that asks gets to see them.

use super::Session;
use crate::paths::checkout::{MARK_FOLDER, OVERRIDES, SERVICES};
use crate::words::help;
use anyhow::Result;
use onramp_shim::catalog::{self, COMPOSE_COMMANDS, TARGETS};
use onramp_shim::invocation::Tool;
use onramp_shim::paths::shim::TOOLS;
use onramp_shim::rules::{self, Argument, Look, Rule, Until};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

/// The options of `next-words`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(last = true, help = help::NEXT_WORDS_TYPED)]
    words: Vec<String>,
}

/// Prints the words; none where nothing is known.
///
/// # Errors
/// Never.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let checkout = session.checkout().ok();
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    let names = after(&words, checkout.as_deref());
    super::print(&names.iter().map(|name| format!("{name}\n")).collect::<String>());
    Ok(ExitCode::SUCCESS)
}

/// What may come after these words.
fn after(words: &[&str], checkout: Option<&Path>) -> Vec<String> {
    let Some(tool) = words.first().map(|name| Tool::of(name.as_bytes())) else { return owned(&TOOLS) };
    let plain: Vec<&str> = words.iter().skip(1).copied().filter(|word| !word.starts_with('-')).collect();
    match (tool, plain.as_slice()) {
        (None, _) => Vec::new(),
        (Some(Tool::Make), []) => owned(&TARGETS),
        (Some(Tool::Make), [goal]) => rules::of_goal(goal.as_bytes()).map_or_else(Vec::new, |r| names(r, checkout)),
        (Some(Tool::Make), _) => Vec::new(),
        (Some(tool), []) if tool.spoken() != tool.name() => vec!["compose".into()],
        (Some(tool), [_]) if tool.spoken() != tool.name() => owned(&COMPOSE_COMMANDS),
        (Some(_), []) => owned(&COMPOSE_COMMANDS),
        (Some(_), _) => in_folder(checkout, SERVICES).unwrap_or_default(),
    }
}

/// The names that a goal takes.
fn names(rule: &Rule, checkout: Option<&Path>) -> Vec<String> {
    if rule.argument == Argument::None {
        return Vec::new();
    }
    let is_override = rule.override_ == Look::Argument;
    let source = rule.failing.source.unwrap_or(MARK_FOLDER);
    let folder = match (rule.until, is_override) {
        (Until::Disabled, true) => OVERRIDES,
        (Until::Disabled, false) => SERVICES,
        _ => source,
    };
    let public = if is_override { owned(&catalog::OVERRIDES) } else { owned(&catalog::SERVICES) };
    in_folder(checkout, folder).unwrap_or(public)
}

/// The compose files right in a folder of the checkout, by name; nothing if there is no such folder.
fn in_folder(checkout: Option<&Path>, folder: &str) -> Option<Vec<String>> {
    let entries = checkout?.join(folder).read_dir().ok()?.flatten();
    let names = entries.filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".yml")?.to_owned()));
    Some(names.collect::<BTreeSet<_>>().into_iter().collect())
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkout_s_own_names_come_first() {
        let checkout = tempfile::tempdir().unwrap();
        for file in ["services-available/mine.yml", "services-available/.note", "services-enabled/on.yml"] {
            let path = checkout.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let here = |words: &[&str]| after(words, Some(checkout.path()));
        assert_eq!(here(&["make", "enable-service"]), ["mine"]);
        assert_eq!(here(&["/usr/bin/make", "-s", "disable-service"]), ["on"]);
        assert_eq!(here(&["podman", "compose", "stop"]), ["on"]);
        assert!(here(&["make", "enable-override"]).contains(&"plex-nfs".to_owned()), "no such folder: the public ones");
        assert!(after(&["make", "enable-service"], None).contains(&"plex".to_owned()));
    }

    #[test]
    fn each_word_of_a_line_has_its_own_names() {
        let anywhere = |words: &[&str]| after(words, None);
        assert_eq!(anywhere(&[]), TOOLS);
        assert_eq!(anywhere(&["make"]), TARGETS);
        assert_eq!(anywhere(&["docker"]), ["compose"]);
        assert_eq!(anywhere(&["docker-compose"]), COMPOSE_COMMANDS);
        assert_eq!(anywhere(&["docker", "compose"]), COMPOSE_COMMANDS);
        for words in [&["ls"][..], &["make", "start"], &["make", "enable-service", "plex"], &["make", "nonsense"]] {
            assert!(anywhere(words).is_empty(), "{words:?}");
        }
    }
}
