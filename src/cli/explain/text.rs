//! Owns how `explain` answers a person: what a command line is read as, what follows from it, and what is looked at.

use super::reading::{Asked, Compose, Make, Reading, text as plain};
use crate::env::{Environment, Variable};
use crate::paths::checkout::{OVERRIDES, SERVICES};
use crate::words::{explain as say, fill};
use onramp_shim::catalog::{Override, Service};
use onramp_shim::rules::{self, Argument, Look, PLAIN, Rule, Verdict};

/// The explanation.
#[must_use]
pub fn text(words: &[Vec<u8>], reading: &Reading, env: &Environment) -> String {
    let mut text = String::new();
    let line: Vec<String> = words.iter().map(|word| plain(word)).collect();
    text += &fill(say::READ_AS, &[("line", &line.join(" ")), ("reading", &read_as(reading))]);
    for more in also_read(reading, env) {
        text += &fill(say::FURTHER, &[("more", &more)]);
    }
    match &reading.verdict {
        Some(Verdict::Recorded { rule, only_touches, .. }) => {
            let name = match &reading.asked {
                Asked::Make(make) => make.argument.as_deref(),
                _ => None,
            };
            let rule = rule.unwrap_or(&PLAIN);
            let command = reading.command().unwrap_or_default();
            let stays = rule.attached && !matches!(&reading.asked, Asked::Compose(compose) if compose.is_detached);
            let goals = if let Asked::Make(make) = &reading.asked { &make.goals[..] } else { &[] };
            let looks = goals.iter().fold(rule, |first, goal| rules::that_looks(first, goal.as_bytes()));
            text += &recorded(&Run { rule, looks, name, command: &command, only_touches: *only_touches, stays });
        }
        _ => {
            text += &fill(say::NOT_RECORDED, &[("why", reading.reason())]);
        }
    }
    text
}

// ---- what it is read as ---------------------------------------------------------------------------------------

fn read_as(reading: &Reading) -> String {
    match (&reading.asked, reading.tool_name()) {
        (Asked::Make(make), _) => make_as(make),
        (Asked::Compose(compose), _) => compose_as(compose),
        (Asked::Other, Some(tool)) => fill(say::OTHER, &[("tool", tool)]),
        (Asked::Other, None) => say::NO_SHIM.into(),
    }
}

fn make_as(make: &Make) -> String {
    let mut text = match (make.goals.first(), &make.argument) {
        (None, _) => say::NO_GOAL.to_owned(),
        (Some(goal), None) => fill(say::GOAL, &[("goal", goal)]),
        (Some(goal), Some(name)) => fill(say::GOAL_FOR, &[("goal", goal), ("name", &plain(name))]),
    };
    if make.goals.len() > 2 {
        text += &fill(say::GOALS, &[("count", &make.goals.len().to_string())]);
    }
    if make.directory != "." {
        text += &fill(say::FOLDER, &[("folder", &make.directory)]);
    }
    text
}

fn compose_as(compose: &Compose) -> String {
    let name = compose.subcommand.map_or(say::NO_COMMAND, |subcommand| subcommand.name);
    let mut text = fill(say::COMPOSE, &[("command", name)]);
    let services: Vec<&str> = compose.services.iter().filter(|s| !s.only_to_old).map(|s| s.name.as_str()).collect();
    if !services.is_empty() {
        text += &fill(say::SERVICES, &[("services", &services.join(", "))]);
    }
    if !compose.inner_command.is_empty() {
        text += say::INNER;
    }
    text
}

/// What else has a say: a refusal, and variables.
fn also_read(reading: &Reading, env: &Environment) -> Vec<String> {
    let (is_broken, variables) = match &reading.asked {
        Asked::Make(make) => (make.is_broken, &[Variable::Makeflags, Variable::Gnumakeflags][..]),
        Asked::Compose(compose) => (
            compose.is_broken,
            &[
                Variable::ComposeFile,
                Variable::ComposeProjectName,
                Variable::ComposeProfiles,
                Variable::ComposeEnvFiles,
                Variable::DockerHost,
                Variable::DockerContext,
            ][..],
        ),
        Asked::Other => (false, &[][..]),
    };
    let mut more = Vec::new();
    if is_broken {
        more.push(say::BROKEN.to_owned());
    }
    if matches!(&reading.asked, Asked::Compose(compose) if compose.services.iter().any(|s| s.only_to_old)) {
        more.push(say::OLD_SERVICES.to_owned());
    }
    for variable in variables {
        if let Some(value) = env.text(*variable) {
            more.push(fill(say::VARIABLE, &[("name", variable.name()), ("value", &value)]));
        }
    }
    more
}

// ---- what follows ---------------------------------------------------------------------------------------------

/// A run that is recorded.
struct Run<'a> {
    rule: &'a Rule,
    /// What says which links it can change.
    looks: &'a Rule,
    name: Option<&'a [u8]>,
    command: &'a str,
    only_touches: bool,
    /// It goes on until Ctrl-C.
    stays: bool,
}

fn recorded(run: &Run<'_>) -> String {
    let looks = looks(run);
    let nothing = if run.only_touches { say::TOUCHES } else { say::NOTHING };
    let first = looks.first().map_or(nothing, |look| look);
    let values = [("command", run.command), ("why", run.rule.why()), ("first", first)];
    let mut text = fill(say::RECORDED, &values);
    for look in looks.iter().skip(1) {
        text += &fill(say::FURTHER, &[("more", look)]);
    }
    text += say::BOUNDS;
    for (event, when, carries) in events(run) {
        let event = format!("{event:<18}");
        text += &fill(say::EVENT, &[("event", &event), ("when", &when), ("carries", &carries)]);
    }
    text
}

/// Which links are looked at before and after.
fn looks(run: &Run<'_>) -> Vec<String> {
    let name = run.name.map_or("NAME".to_owned(), plain);
    let enables = run.looks.service != Look::Nowhere && run.looks.can_enable() && !run.only_touches;
    let scaffold = enables.then(|| say::SCAFFOLD.to_owned());
    [(SERVICES, run.looks.service), (OVERRIDES, run.looks.override_)]
        .into_iter()
        .filter_map(|(folder, look)| match look {
            _ if run.only_touches => None,
            Look::Nowhere => None,
            Look::Argument => Some(format!("{folder}/{name}.yml")),
            Look::OfArgument => Some(fill(say::LOOK_OF, &[("folder", folder), ("name", &name)])),
            Look::All => Some(fill(say::LOOK_ALL, &[("folder", folder)])),
            Look::These(names) => Some(fill(say::LOOK_THESE, &[("folder", folder), ("names", &names.join(", "))])),
        })
        .map(|look| fill(say::BOTH, &[("look", &look)]))
        .chain(scaffold)
        .collect()
}

/// Each event that can follow, when, and what it carries.
fn events(run: &Run<'_>) -> Vec<(&'static str, String, String)> {
    let command = run.command;
    let mut all = links(run);
    let carries = |words| fill(words, &[("command", command)]);
    all.push(("command_executed", say::ALWAYS.into(), carries(say::EXECUTED)));
    all.push(("error_occurred", failing(run).into(), carries(say::ERROR)));
    all
}

/// The events about links.
fn links(run: &Run<'_>) -> Vec<(&'static str, String, String)> {
    let service = recorded_name(run.looks.service, run.name, |name| Service::named(name).word(), "service");
    let override_ = recorded_name(run.looks.override_, run.name, |name| Override::named(name).word(), "override");
    [
        ("service_enabled", run.looks.can_enable(), &service),
        ("service_disabled", run.looks.can_disable(), &service),
        ("override_enabled", run.looks.can_enable(), &override_),
        ("override_disabled", run.looks.can_disable(), &override_),
    ]
    .into_iter()
    .filter(|(_, possible, _)| *possible && !run.only_touches)
    .filter_map(|(event, _, carried)| {
        let kind = event.split('_').next().unwrap_or_default();
        let when = if event.ends_with("enabled") { say::NEW_LINK } else { say::LINK_GONE };
        let scaffold = if event == "service_enabled" { say::HAS_SCAFFOLD } else { "" };
        Some((event, when.to_owned(), format!("{kind}_name {}{scaffold}", carried.as_ref()?)))
    })
    .collect()
}

fn failing(run: &Run<'_>) -> &'static str {
    if run.rule.argument == Argument::Needed && run.name.is_none() {
        say::FAILS_WITHOUT_NAME
    } else if run.rule.passes_status_on {
        say::FAILS_NOT_WITHIN
    } else if run.stays {
        say::FAILS_NOT_BY_CTRL_C
    } else if run.rule.asks {
        say::FAILS_NOT_BY_NO
    } else {
        say::FAILS
    }
}

/// Which name an event would carry; nothing if the rule looks nowhere.
fn recorded_name(look: Look, name: Option<&[u8]>, word: impl Fn(&[u8]) -> &'static str, kind: &str) -> Option<String> {
    match (look, name) {
        (Look::Nowhere, _) => None,
        (Look::Argument, Some(name)) if word(name).as_bytes() == name => Some(format!("\"{}\"", plain(name))),
        (Look::Argument, Some(name)) => Some(fill(say::CUSTOM, &[("kind", kind), ("name", &plain(name))])),
        _ => Some(fill(say::PUBLISHED, &[("kind", kind)])),
    }
}
