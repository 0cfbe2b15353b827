//! Owns what a command line is read as, whole: everything that the grammar finds, and the verdict on it.

use crate::env::{Environment, Variable};
use crate::person;
use crate::words::verdict;
use onramp_shim::invocation::{self, Grammar, Invocation, Item, Sets, Tool};
use onramp_shim::options::{Means, Subcommand};
use onramp_shim::rules::{self, PLAIN, Verdict};
use serde_json::{Value, json};

/// A command line, read and judged.
#[derive(Debug)]
pub struct Reading {
    /// The wrapped command, if it is one.
    pub tool: Option<Tool>,
    /// What it is asked to do.
    pub asked: Asked,
    /// Whether that is recorded; nothing for a command that is not wrapped.
    pub verdict: Option<Verdict>,
}

/// What the command is asked to do.
#[derive(Debug)]
pub enum Asked {
    Make(Make),
    Compose(Compose),
    Other,
}

/// What make is asked to do.
#[derive(Debug, Default)]
pub struct Make {
    pub goals: Vec<String>,
    /// The name that OnRamp takes from the goals.
    pub argument: Option<Vec<u8>>,
    pub directory: String,
    pub makefiles: Vec<String>,
    pub variables: Vec<String>,
    pub dry_run: bool,
    pub question: bool,
    pub touch: bool,
    pub is_broken: bool,
}

/// A service that compose is asked for.
#[derive(Debug)]
pub struct Service {
    pub name: String,
    /// docker-compose 1.29 alone takes it for one: to compose 2 it belongs to an option.
    pub only_to_old: bool,
}

/// What compose is asked to do.
#[derive(Debug, Default)]
pub struct Compose {
    pub subcommand: Option<&'static Subcommand>,
    pub services: Vec<Service>,
    pub files: Vec<String>,
    pub env_files: Vec<String>,
    pub project_name: Option<String>,
    pub project_directory: Option<String>,
    pub profiles: Vec<String>,
    pub dry_run: bool,
    pub inner_command: Vec<String>,
    pub is_detached: bool,
    pub is_broken: bool,
}

impl Reading {
    /// Reads and judges a command line, its own name first.
    #[must_use]
    pub fn of(words: &[Vec<u8>], environment: &Environment) -> Self {
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let env = environment.known();
        let Some(tool) = words.first().and_then(|name| Tool::of(name)) else {
            return Self { tool: None, asked: Asked::Other, verdict: None };
        };
        let invocation = invocation::read(tool, &words[..], &env);
        let home = env.filled(Variable::Home);
        let (mut make, mut compose) = (Make { directory: ".".into(), ..Make::default() }, Compose::default());
        let grammar = invocation::visit(tool, &words[..], &env, &mut |item| {
            make.note(item, home, environment);
            compose.note(item);
        });
        match invocation {
            Invocation::Make(folded) => make.argument = folded.argument.map(<[u8]>::to_vec),
            Invocation::Compose(folded) => compose.is_detached = folded.is_detached,
            Invocation::Plain => {}
        }
        let asked = match grammar {
            Grammar::Make => Asked::Make(make),
            Grammar::Compose => Asked::Compose(compose),
            Grammar::Plain => Asked::Other,
        };
        Self { tool: Some(tool), asked, verdict: Some(rules::judge(&invocation)) }
    }

    /// The word that is recorded.
    #[must_use]
    pub fn command(&self) -> Option<String> {
        match self.verdict {
            Some(Verdict::Recorded { command, .. }) => Some(command.to_string()),
            _ => None,
        }
    }

    /// Why it is recorded, or why not.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match &self.verdict {
            None => verdict::NO_TOOL,
            Some(Verdict::Ignored(reason)) => reason.text(),
            Some(Verdict::Recorded { rule: Some(rule), .. }) => rule.why(),
            Some(Verdict::Recorded { rule: None, .. }) => PLAIN.why(),
        }
    }

    /// The tool in words: docker is `docker compose` when it is asked for compose, and podman `podman compose`.
    #[must_use]
    pub const fn tool_name(&self) -> Option<&'static str> {
        match (self.tool, &self.asked) {
            (Some(tool), Asked::Compose(_)) => Some(tool.spoken()),
            (Some(tool), _) => Some(tool.name()),
            (None, _) => None,
        }
    }

    /// The answer of `explain --json`.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut answer = json!({
            "tool": self.tool_name(),
            "recorded": matches!(self.verdict, Some(Verdict::Recorded { .. })),
            "reason": self.reason(),
            "command": self.command(),
        });
        match &self.asked {
            Asked::Make(make) => answer["make"] = make.json(),
            Asked::Compose(compose) => answer["compose"] = compose.json(),
            Asked::Other => {}
        }
        answer
    }
}

impl Make {
    fn note(&mut self, item: Item<'_>, home: Option<&[u8]>, environment: &Environment) {
        match item {
            Item::Goal(goal) => self.goals.push(at_home(goal, home)),
            Item::Value(Means::Directory, path) => self.directory = entered(&self.directory, &at_home(path, home)),
            Item::Preread(path) | Item::Value(Means::Makefile, path) => self.makefiles.push(at_home(path, home)),
            // What the environment has set already is not set by the command line.
            Item::Variable { name, sets: Sets::Unset, .. } if environment.holds(name) => {}
            Item::Variable { name, .. } if !self.variables.contains(&text(name)) => self.variables.push(text(name)),
            Item::Flag(Means::DryRun, _) => self.dry_run = true,
            Item::Flag(Means::Question, _) => self.question = true,
            Item::Flag(Means::Touch, _) => self.touch = true,
            Item::Broken => self.is_broken = true,
            _ => {}
        }
    }

    fn json(&self) -> Value {
        json!({
            "goals": self.goals,
            "directory": self.directory,
            "makefiles": self.makefiles,
            "variables": self.variables,
            "dry_run": self.dry_run,
            "question": self.question,
            "touch": self.touch,
        })
    }
}

impl Compose {
    fn note(&mut self, item: Item<'_>) {
        match item {
            Item::Subcommand(subcommand) => self.subcommand = Some(subcommand),
            Item::Service(name) => self.services.push(Service { name: text(name), only_to_old: false }),
            Item::OldService(name) => self.services.push(Service { name: text(name), only_to_old: true }),
            Item::Inner(word) => self.inner_command.push(text(word)),
            Item::Value(Means::File, path) => self.files.push(text(path)),
            Item::Value(Means::EnvFile, path) => self.env_files.push(text(path)),
            Item::Value(Means::Profile, name) => self.profiles.push(text(name)),
            Item::Value(Means::ProjectName, name) => self.project_name = Some(text(name)),
            Item::Value(Means::ProjectDirectory, path) => self.project_directory = Some(text(path)),
            Item::Flag(Means::DryRun, on) => self.dry_run = on,
            Item::Broken => self.is_broken = true,
            _ => {}
        }
    }

    fn json(&self) -> Value {
        json!({
            "subcommand": self.subcommand.map(|subcommand| subcommand.name),
            "services": self.services.iter().map(|service| &service.name).collect::<Vec<_>>(),
            "files": self.files,
            "env_files": self.env_files,
            "project_name": self.project_name,
            "project_directory": self.project_directory,
            "profiles": self.profiles,
            "dry_run": self.dry_run,
            "inner_command": self.inner_command,
        })
    }
}

/// For a person; what is no UTF-8 is marked.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// With the home folder in place of a leading tilde, as make has it.
fn at_home(path: &[u8], home: Option<&[u8]>) -> String {
    match invocation::make::at_home(path, home) {
        None => text(&at_home_of_another(path).unwrap_or_else(|| path.to_vec())),
        Some([b"", path]) => text(path),
        Some([home, b""]) => text(home),
        Some(parts) => text(&parts.join(&b'/')),
    }
}

/// `~root/foo`, which the shim leaves alone: it is not asked where another user is at home.
fn at_home_of_another(path: &[u8]) -> Option<Vec<u8>> {
    let name = path.strip_prefix(b"~")?;
    let (name, rest) = name.split_at(name.iter().position(|b| *b == b'/').unwrap_or(name.len()));
    if name.is_empty() { None } else { Some([person::home_called(name)?, rest.to_vec()].concat()) }
}

/// A folder seen from where one is: `d1` and `..` make `.`.
fn entered(here: &str, path: &str) -> String {
    let root = if path.starts_with('/') || here.starts_with('/') { "/" } else { "" };
    let here = if path.starts_with('/') { "" } else { here };
    let mut parts: Vec<&str> = Vec::new();
    for part in here.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if root == "/" => {}
            _ => parts.push(part),
        }
    }
    let path = format!("{root}{}", parts.join("/"));
    if path.is_empty() { ".".into() } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_add_up_as_make_goes_through_them() {
        for (here, path, there) in [
            (".", "d1", "d1"),
            ("d1", "..", "."),
            ("d1", "./d2/", "d1/d2"),
            (".", "../x", "../x"),
            ("../x", "..", ".."),
            ("d1", "/srv/onramp/", "/srv/onramp"),
            ("/srv", "../..", "/"),
        ] {
            assert_eq!(entered(here, path), there, "{here} {path}");
        }
    }

    #[test]
    fn make_puts_the_home_in_place_of_a_tilde() {
        assert_eq!(at_home(b"~/foo", Some(b"/home/u")), "/home/u/foo");
        assert_eq!(at_home(b"./~/foo", Some(b"/home/u")), "~/foo");
        assert_eq!(at_home(b"~no-such-user/foo", Some(b"/home/u")), "~no-such-user/foo");
        let root = text(&person::home_called(b"root").unwrap());
        assert_eq!(at_home(b"~root/foo", Some(b"/home/u")), format!("{root}/foo"));
        assert_eq!(at_home(b"~root", None), root);
        assert_eq!(at_home(b"~/foo", None), "~/foo");
    }
}
