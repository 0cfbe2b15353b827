//! Owns what `explain` says to a person: what a command line is read as, what follows from it, and what is looked at.

use super::reading::{Asked, Compose, Make, Reading, text as plain};
use crate::env::{Environment, Variable};
use onramp_shim::catalog::{Override, Service};
use onramp_shim::rules::{Argument, Look, PLAIN, Rule, Verdict};
use std::fmt::Write as _;

/// The explanation.
#[must_use]
pub fn text(words: &[Vec<u8>], reading: &Reading, env: &Environment) -> String {
    let mut text = String::new();
    let line: Vec<String> = words.iter().map(|word| plain(word)).collect();
    let _ = writeln!(text, "{}\n\nRead as:   {}", line.join(" "), read_as(reading));
    for more in also_read(reading, env) {
        let _ = writeln!(text, "           {more}");
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
            text += &recorded(&Run { rule, name, command: &command, only_touches: *only_touches, stays });
        }
        _ => {
            let _ = writeln!(text, "Recorded:  no: {}.", reading.reason());
        }
    }
    text
}

// ---- what it is read as ---------------------------------------------------------------------------------------

fn read_as(reading: &Reading) -> String {
    match (&reading.asked, reading.tool_name()) {
        (Asked::Make(make), _) => make_as(make),
        (Asked::Compose(compose), _) => compose_as(compose),
        (Asked::Other, Some(tool)) => format!("a {tool} command other than compose"),
        (Asked::Other, None) => "a command that has no shim".into(),
    }
}

fn make_as(make: &Make) -> String {
    let mut text = match (make.goals.first(), &make.argument) {
        (None, _) => "make without a goal".to_owned(),
        (Some(goal), None) => format!("make {goal}"),
        (Some(goal), Some(name)) => format!("make {goal}, for the name {}", plain(name)),
    };
    if make.goals.len() > 2 {
        let _ = write!(text, " (of {} goals only the first two count)", make.goals.len());
    }
    if make.directory != "." {
        let _ = write!(text, ", in the folder {}", make.directory);
    }
    text
}

fn compose_as(compose: &Compose) -> String {
    let name = compose.subcommand.map_or("without a command that it knows", |subcommand| subcommand.name);
    let mut text = format!("compose {name}");
    if !compose.services.is_empty() {
        let _ = write!(text, ", for {}", compose.services.join(", "));
    }
    if !compose.inner_command.is_empty() {
        text += ", with a command to run in the container (never recorded)";
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
        more.push("it is refused: there is an option or a word that does not belong there".to_owned());
    }
    for variable in variables {
        if let Some(value) = env.text(*variable) {
            more.push(format!("{}={value} in the environment is read too", variable.name()));
        }
    }
    more
}

// ---- what follows ---------------------------------------------------------------------------------------------

/// A run that is recorded.
struct Run<'a> {
    rule: &'a Rule,
    name: Option<&'a [u8]>,
    command: &'a str,
    only_touches: bool,
    /// It goes on until Ctrl-C.
    stays: bool,
}

fn recorded(run: &Run<'_>) -> String {
    let looks = looks(run);
    let nothing = if run.only_touches { "nothing beforehand, as -t runs nothing" } else { "nothing beforehand" };
    let mut text = format!(
        "Recorded:  yes, in an OnRamp folder where you said yes, as the command \"{}\".\n\
         Why:       it {}.\n\
         Looked at: {}\n",
        run.command,
        run.rule.why(),
        looks.first().map_or(nothing, |look| look)
    );
    for look in looks.iter().skip(1) {
        let _ = writeln!(text, "           {look}");
    }
    text += "           if it fails: how it ended, whether the names in it exist, whether the docker engine answers\n\
             \x20          never: what it prints, the values of settings, anything else that you typed\n\
             \nEvents that can follow:\n";
    for (event, when, carries) in events(run) {
        let _ = writeln!(text, "  {event:<18} {when}\n                     {carries}");
    }
    text
}

/// Which links are looked at before and after.
fn looks(run: &Run<'_>) -> Vec<String> {
    let name = run.name.map_or("NAME".to_owned(), plain);
    let enables = run.rule.service != Look::Nowhere && run.rule.can_enable() && !run.only_touches;
    let scaffold =
        enables.then(|| "for a new service, whether its folder in services-scaffold/ holds anything".to_owned());
    [("services-enabled", run.rule.service), ("overrides-enabled", run.rule.override_)]
        .into_iter()
        .filter_map(|(folder, look)| match look {
            _ if run.only_touches => None,
            Look::Nowhere => None,
            Look::Argument => Some(format!("{folder}/{name}.yml")),
            Look::OfArgument => Some(format!("every {folder}/{name}-*.yml")),
            Look::All => Some(format!("every link in {folder}/")),
            Look::These(names) => Some(format!("in {folder}/: {}", names.join(", "))),
        })
        .map(|look| format!("{look}, before and after"))
        .chain(scaffold)
        .collect()
}

/// Each event that can follow, when, and what it carries.
fn events(run: &Run<'_>) -> Vec<(&'static str, String, String)> {
    let command = run.command;
    let mut all = links(run);
    let success = format!("command \"{command}\", success true or false, duration_ms with two digits");
    all.push(("command_executed", "always".into(), success));
    all.push(("error_occurred", failing(run).into(), format!("command \"{command}\", error_type out of a fixed list")));
    all
}

/// The events about links.
fn links(run: &Run<'_>) -> Vec<(&'static str, String, String)> {
    let service = recorded_name(run.rule.service, run.name, |name| Service::named(name).word(), "service");
    let override_ = recorded_name(run.rule.override_, run.name, |name| Override::named(name).word(), "override");
    [
        ("service_enabled", run.rule.can_enable(), &service),
        ("service_disabled", run.rule.can_disable(), &service),
        ("override_enabled", run.rule.can_enable(), &override_),
        ("override_disabled", run.rule.can_disable(), &override_),
    ]
    .into_iter()
    .filter(|(_, possible, _)| *possible && !run.only_touches)
    .filter_map(|(event, _, carried)| {
        let kind = event.split('_').next().unwrap_or_default();
        let when = if event.ends_with("enabled") { "if there is a new link" } else { "if a link is gone" };
        let scaffold = if event == "service_enabled" { "; has_scaffold true or false" } else { "" };
        Some((event, when.to_owned(), format!("{kind}_name {}{scaffold}", carried.as_ref()?)))
    })
    .collect()
}

fn failing(run: &Run<'_>) -> &'static str {
    if run.rule.argument == Argument::Needed && run.name.is_none() {
        "if it fails, as it will: it needs a name"
    } else if run.rule.passes_status_on {
        "if compose fails; a program that fails in the container is no error of it"
    } else if run.stays {
        "if it fails; ending it with Ctrl-C is no failure"
    } else if run.rule.asks {
        "if it fails; answering its question with no is no error"
    } else {
        "if it fails"
    }
}

/// Which name an event would carry; nothing if the rule looks nowhere.
fn recorded_name(look: Look, name: Option<&[u8]>, word: impl Fn(&[u8]) -> &'static str, kind: &str) -> Option<String> {
    match (look, name) {
        (Look::Nowhere, _) => None,
        (Look::Argument, Some(name)) if word(name).as_bytes() == name => Some(format!("\"{}\"", plain(name))),
        (Look::Argument, Some(name)) => {
            Some(format!("\"custom\", since OnRamp publishes no {kind} {}: that name stays here", plain(name)))
        }
        _ => Some(format!("as OnRamp publishes it, \"custom\" for any other {kind}")),
    }
}
