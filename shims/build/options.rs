//! Turns the options that stand in `rules/*.toml` into packed tables, and compose's subcommands.

use super::camel;
use super::tools::{Docker, Host, Make};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subcommand {
    pub name: String,
    #[serde(default)]
    pub alias: String,
    pub operands: Option<String>,
    #[serde(default)]
    pub least: u8,
    pub most: Option<u8>,
    #[serde(default)]
    pub options: Options,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    flags: Vec<String>,
    values: Vec<String>,
    integers: Vec<String>,
    optional: Vec<String>,
    number: Vec<String>,
    real: Vec<String>,
}

/// What some options mean: a meaning, and the options that have it.
pub type Meanings = BTreeMap<String, String>;

/// A table for each tool, and the subcommands with theirs.
pub fn table(make: &Make, docker: &Docker, hosts: &[Host]) -> String {
    let compose = &docker.compose;
    let mut text = String::new();
    let mut table = |name: &str, doc: &str, options, meanings| {
        let _ = writeln!(text, "/// {doc}\npub const {name}: Options = {};", packed(options, meanings));
    };
    table("MAKE", "make's options.", &make.options, &make.meanings);
    table("DOCKER", "The docker CLI's own options.", &docker.options, &docker.meanings);
    for host in hosts {
        table(&host.tool.to_uppercase(), "The options before `compose`.", &host.options, &host.meanings);
    }
    let means = &compose.meanings;
    table("COMPOSE", "compose's options before its subcommand.", &compose.options, means);
    table("EVERYWHERE", "What compose takes before its subcommand and after it.", &compose.everywhere, means);
    table("STANDALONE", "docker's own options as docker-compose sorts them out.", &compose.standalone.options, means);
    table("OLD_COMPOSE", "docker-compose 1.29's options before its subcommand.", &compose.old.options, means);
    let names: Vec<_> = hosts.iter().map(|host| host.tool.to_uppercase()).collect();
    let _ = writeln!(text, "#[cfg(test)]\nconst HOSTS: &[Options] = &[{}];", names.join(", "));
    let _ = writeln!(
        text,
        "/// compose's subcommands.\npub static SUBCOMMANDS: [Subcommand; {}] = [",
        compose.subcommand.len()
    );
    for s in &compose.subcommand {
        let _ = writeln!(
            text,
            "    Subcommand {{ name: {:?}, alias: {:?}, operands: Operands::{}, least: {}, most: {}, options: {} }},",
            s.name,
            s.alias,
            camel(s.operands.as_deref().unwrap_or("services")),
            s.least,
            s.most.unwrap_or(u8::MAX),
            packed(&s.options, &compose.subcommand_meanings)
        );
    }
    text + "];\n"
}

/// `Options(&[...])`, one record a spelling: `-s --silent --quiet` makes two, and `-b -m` too.
fn packed(options: &Options, meanings: &Meanings) -> String {
    let kinds = [
        ("None", &options.flags),
        ("Required", &options.values),
        ("Integer", &options.integers),
        ("Optional", &options.optional),
        ("Number", &options.number),
        ("Real", &options.real),
    ];
    let mut records = String::new();
    for (value, spelling) in kinds.iter().flat_map(|(value, all)| all.iter().map(move |spelling| (value, spelling))) {
        let names = || spelling.split(' ');
        let meaning = meanings.iter().find(|(_, of)| of.split(' ').any(|name| names().any(|n| n == name)));
        let meaning = meaning.map_or("Nothing".to_owned(), |(meaning, _)| camel(meaning));
        let longs: Vec<&str> = names().filter_map(|n| n.strip_prefix("--")).collect();
        let letters: Vec<char> = names().filter(|n| !n.starts_with("--")).filter_map(|n| n.chars().nth(1)).collect();
        let letter = letters.first().map_or("0".to_owned(), |l| format!("b{l:?}"));
        let mut record = |letter: &str, long: &str| {
            let _ = write!(records, "code(Value::{value}, Means::{meaning}), {letter}, {}, ", long.len());
            for byte in long.bytes() {
                let _ = write!(records, "{byte}, ");
            }
        };
        longs.iter().for_each(|long| record(&letter, long));
        let bare = if longs.is_empty() { &letters[..] } else { &[] };
        bare.iter().for_each(|letter| record(&format!("b{letter:?}"), ""));
    }
    format!("Options(&[{records}])")
}
