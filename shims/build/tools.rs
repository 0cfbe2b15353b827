//! Turns `rules/*.toml` into the tools: their names, and by which grammar each is read.

use super::options::{Meanings, Options, Subcommand};
use super::rules::{Example, Rule};
use super::{camel, read};
use serde::Deserialize;
use std::path::Path;

/// `rules/make.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Make {
    pub tool: String,
    pub default_goal: String,
    pub own_goals: String,
    pub options: Options,
    pub meanings: Meanings,
    pub rule: Vec<Rule>,
}

/// `rules/docker.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Docker {
    pub tool: String,
    pub options: Options,
    pub meanings: Meanings,
    pub compose: Compose,
    pub rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compose {
    pub options: Options,
    pub everywhere: Options,
    pub standalone: Standalone,
    pub old: Other,
    pub meanings: Meanings,
    pub subcommand: Vec<Subcommand>,
    pub subcommand_meanings: Meanings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standalone {
    pub tool: String,
    pub options: Options,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    pub options: Options,
}

/// A command that hands what follows its word `compose` to a compose: every file in `rules/` but make's and docker's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    pub tool: String,
    pub why: String,
    pub compose: String,
    pub options: Options,
    pub meanings: Meanings,
    pub example: Vec<Example>,
}

/// The hosts beside docker itself, by name.
pub fn hosts(docker: &Docker) -> Vec<Host> {
    println!("cargo::rerun-if-changed=rules");
    let files =
        std::fs::read_dir("rules").expect("there are rules").map(|entry| entry.expect("rules can be read").path());
    let mut files: Vec<_> =
        files.filter(|path| !["rules/make.toml", "rules/docker.toml"].map(Path::new).contains(&&**path)).collect();
    files.sort();
    let all: Vec<Host> = files.iter().map(|path| read(path.to_str().expect("a plain name"))).collect();
    for (host, path) in all.iter().zip(&files) {
        assert!(
            path.file_stem().is_some_and(|stem| *stem == *host.tool),
            "{}: it is named after its tool",
            path.display()
        );
        assert!(!host.why.is_empty() && !host.example.is_empty(), "{}: a tool needs a why and an example", host.tool);
        let known = [&docker.tool, &docker.compose.standalone.tool];
        assert!(known.contains(&&host.compose), "{}: no compose is read like {}", host.tool, host.compose);
    }
    all
}

/// The names of all tools, for PATH.
pub fn names(make: &Make, docker: &Docker, hosts: &[Host]) -> String {
    let mut engines: Vec<_> = hosts.iter().map(|host| &host.tool).chain([&docker.tool]).collect();
    engines.sort();
    let mut names = engines.clone();
    names.extend([&make.tool, &docker.compose.standalone.tool]);
    names.sort();
    format!(
        "/// The names under which the shim is reached, sorted: one for each wrapped command.\n\
         pub const TOOLS: [&str; {}] = {names:?};\n\
         /// Those of them that run containers.\npub const ENGINES: [&str; {}] = {engines:?};\n",
        names.len(),
        engines.len()
    )
}

/// What each tool is: in the order of its names.
pub fn table(make: &Make, docker: &Docker, hosts: &[Host]) -> String {
    let standalone = &docker.compose.standalone.tool;
    let mut all =
        vec![(&make.tool, "Reads::Make".to_owned(), None, None), (standalone, "Reads::Compose".to_owned(), None, None)];
    let host = |tool: &String, handed: &String| {
        let handed = if handed == standalone { "Standalone" } else { "Plugin" };
        format!("Reads::Host(options::{}, Handed::{handed})", tool.to_uppercase())
    };
    all.push((&docker.tool, host(&docker.tool, &docker.tool), Some(format!("{} compose", docker.tool)), None));
    for h in hosts {
        all.push((&h.tool, host(&h.tool, &h.compose), Some(format!("{} compose", h.tool)), Some(&h.why)));
    }
    all.sort();
    let kinds: String = all.iter().map(|(name, ..)| format!("    /// `{name}`\n    {},\n", camel(name))).collect();
    let every: Vec<_> = all.iter().map(|(name, ..)| format!("Tool::{}", camel(name))).collect();
    let reads: Vec<_> = all.iter().map(|(_, reads, ..)| reads.clone()).collect();
    let spoken: Vec<_> = all.iter().map(|(name, _, compose, _)| compose.as_ref().unwrap_or(name)).collect();
    let whys: Vec<_> = all.iter().filter_map(|(name, .., why)| why.map(|why| (name, why))).collect();
    let count = all.len();
    format!(
        "/// A command that is wrapped: one file in `rules/` each, but `docker-compose`, which stands in docker's.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[repr(u8)]\npub enum Tool {{\n{kinds}}}\n\
         /// Every tool, by name.\npub const ALL: [Tool; {count}] = [{}];\n\
         const READS: [Reads; {count}] = [{}];\n\
         const SPOKEN: [&str; {count}] = {spoken:?};\n\
         /// Tools that have no rules of their own, and why they are wrapped.\npub const HOSTS: &[(&str, &str)] = &{whys:?};\n",
        every.join(", "),
        reads.join(", ")
    )
}
