//! Turns the rules that stand in `rules/*.toml` into a table for the shim, and what is told of each into one beside it.

use super::camel;
use super::tools::{Docker, Host, Make};
use serde::Deserialize;
use std::fmt::Write as _;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    #[serde(default)]
    goals: Vec<String>,
    #[serde(default)]
    subcommands: Vec<String>,
    why: String,
    argument: Option<String>,
    service: Option<Names>,
    #[serde(rename = "override")]
    override_: Option<String>,
    until: Option<String>,
    source: Option<String>,
    unknown: Option<String>,
    requires: Option<String>,
    #[serde(default)]
    requires_enabled: Vec<String>,
    otherwise: Option<String>,
    requires_keys: Option<Keys>,
    fallback: Option<String>,
    #[serde(default)]
    names_running: bool,
    #[serde(default)]
    names_enabled: bool,
    #[serde(default)]
    started: bool,
    #[serde(default)]
    compose_decides: bool,
    #[serde(default)]
    attached: bool,
    #[serde(default)]
    asks: bool,
    #[serde(default)]
    shows_value: bool,
    #[serde(default)]
    passes_status_on: bool,
    #[serde(default)]
    ends_as_container: bool,
    #[serde(default)]
    ignored: bool,
    #[serde(default)]
    example: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    Word(String),
    List(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    file: String,
    keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    run: String,
    #[serde(default)]
    before: Vec<String>,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    available: Vec<String>,
    #[serde(default)]
    dangling: Vec<String>,
    #[serde(default)]
    ends: i32,
    #[serde(default)]
    interrupted: bool,
    #[serde(default)]
    compose: String,
    #[serde(default)]
    compose_ended: i32,
    #[serde(default)]
    engine: String,
    events: Vec<String>,
}

/// The rules, and what is told of them.
pub fn table(make: &Make, docker: &Docker, hosts: &[Host]) -> String {
    let mut text = format!(
        "/// What a bare `make` runs.\npub const DEFAULT_GOAL: &str = {:?};\n\
         /// Goals of our own start with this: nothing is recorded for them.\npub const OWN_GOALS: &str = {:?};\n",
        make.default_goal, make.own_goals
    );
    text += &rule_table("MAKE_RULES", "The rules of rules/make.toml.", &make.rule, 0);
    text += &rule_table("DOCKER_RULES", "The rules of rules/docker.toml.", &docker.rule, make.rule.len());
    text += &told(make.rule.iter().chain(&docker.rule));
    let examples: Vec<_> = hosts.iter().flat_map(|host| &host.example).map(example).collect();
    let _ = writeln!(
        text,
        "/// Runs of the tools that have no rules of their own.\npub const HOST_EXAMPLES: &[Example] = &[{}];",
        examples.join(", ")
    );
    text
}

fn rule_table(name: &str, doc: &str, rules: &[Rule], first: usize) -> String {
    let mut text = format!("/// {doc}\npub const {name}: &[Rule] = &[\n");
    for (i, r) in rules.iter().enumerate() {
        assert!(!r.why.is_empty(), "{name}: a rule needs a why: {:?}", r.goals);
        let look = |names: &Option<Names>| match names {
            None => "Look::Nowhere".to_owned(),
            Some(Names::Word(w)) => format!("Look::{}", camel(w)),
            Some(Names::List(list)) => format!("Look::These(&{list:?})"),
        };
        let mut goals = r.goals.clone();
        goals.extend(r.subcommands.iter().cloned());
        let _ = writeln!(
            text,
            "    Rule {{ commands: &{goals:?}, number: {}, argument: Argument::{}, service: {}, override_: {}, until: Until::{}, \
             failing: {}, names_running: {}, names_enabled: {}, started: {}, compose_decides: {}, attached: {}, \
             asks: {}, shows_value: {}, passes_status_on: {}, ends_as_container: {}, ignored: {} }},",
            first + i,
            camel(r.argument.as_deref().unwrap_or("none")),
            look(&r.service),
            look(&r.override_.clone().map(Names::Word)),
            camel(r.until.as_deref().unwrap_or("unstated")),
            failing(r),
            r.names_running,
            r.names_enabled,
            r.started,
            r.compose_decides,
            r.attached,
            r.asks,
            r.shows_value,
            r.passes_status_on,
            r.ends_as_container,
            r.ignored
        );
    }
    text + "];\n"
}

/// What tells why a run of it failed.
fn failing(r: &Rule) -> String {
    let error = |name: &Option<String>| match name {
        None => "None".to_owned(),
        Some(e) => format!("Some(ErrorType::{})", camel(e)),
    };
    let errors = [&r.unknown, &r.otherwise, &r.fallback];
    let tells = errors.iter().any(|e| e.is_some()) || r.source.is_some() || r.requires_keys.is_some();
    if !tells {
        assert!(r.requires.is_none() && r.requires_enabled.is_empty(), "{:?}: otherwise what?", r.goals);
        return "&Failing::UNTOLD".to_owned();
    }
    format!(
        "&Failing {{ source: {:?}, unknown: {}, requires: {:?}, requires_enabled: &{:?}, otherwise: {}, \
         requires_keys: {:?}, fallback: {} }}",
        r.source,
        error(&r.unknown),
        r.requires,
        r.requires_enabled,
        error(&r.otherwise),
        KeysTable(&r.requires_keys),
        error(&r.fallback)
    )
}

/// What is told of each rule, by its number.
fn told<'r>(rules: impl Iterator<Item = &'r Rule>) -> String {
    let mut text = String::from(
        "/// What is told of each rule, by its number. Nothing of it is in the shim.\npub const TOLD: &[Told] = &[\n",
    );
    for r in rules {
        let examples: Vec<_> = r.example.iter().map(example).collect();
        let _ = writeln!(text, "    Told {{ why: {:?}, examples: &[{}] }},", r.why, examples.join(", "));
    }
    text + "];\n"
}

fn example(e: &Example) -> String {
    format!(
        "Example {{ run: {:?}, before: &{:?}, after: &{:?}, available: &{:?}, dangling: &{:?}, ends: {}, \
         interrupted: {}, compose: {:?}, compose_ended: {}, engine: {:?}, events: &{:?} }}",
        e.run,
        e.before,
        e.after,
        e.available,
        e.dangling,
        e.ends,
        e.interrupted,
        e.compose,
        e.compose_ended,
        e.engine,
        e.events
    )
}

/// Prints `Option<(&str, &[&str])>`.
struct KeysTable<'a>(&'a Option<Keys>);

impl std::fmt::Debug for KeysTable<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            None => f.write_str("None"),
            Some(k) => write!(f, "Some(({:?}, &{:?}))", k.file, k.keys),
        }
    }
}
