//! Owns the parts of the docs that are rendered from data: what stands between `<!-- NAME -->` and `<!-- end -->`.
//!
//! Refuses to write prose: that stands in the page itself. A test fails when a page and the data differ.

use crate::env::VARIABLES;
use crate::paths::checkout;
use onramp_shim::catalog::{OVERRIDES, SERVICES, SOURCE, TARGETS};
use onramp_shim::invocation::HOSTS;
use onramp_shim::rules::{DOCKER_RULES, Look, MAKE_RULES, PLAIN, Rule};
use onramp_shim::schema::{ERROR_TYPES, EVENTS, FIXED, VERSION};
use std::fmt::Write as _;

const END: &str = "<!-- end -->";

/// The page with every part rendered anew.
#[must_use]
pub fn renew(page: &str) -> String {
    let mut renewed = String::new();
    let mut rest = page;
    while let Some((before, name, after)) = next_part(rest) {
        let Some(part) = part(name) else {
            let (head, tail) = rest.split_at(rest.len() - after.len());
            renewed += head;
            rest = tail;
            continue;
        };
        let _ = write!(renewed, "{before}<!-- {name} -->\n{part}{END}");
        rest = after.split_once(END).map_or("", |(_, behind)| behind);
    }
    renewed + rest
}

/// What stands before the next mark, its name, and what follows.
fn next_part(text: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = text.split_once("<!-- ")?;
    let (name, after) = from.split_once(" -->")?;
    Some((before, name, after))
}

fn part(name: &str) -> Option<String> {
    Some(match name {
        "events" => events(),
        "fixed" => fixed(),
        "error types" => error_types(),
        "rules" => rules(),
        "tools" => tools(),
        "variables" => variables(),
        "words" => words(),
        "exit codes" => exit_codes(),
        _ => return None,
    })
}

fn events() -> String {
    let mut text = format!(
        "Version {VERSION}. Six events, no more:\n\n| event | when | properties | what it is for |\n|---|---|---|---|\n"
    );
    for e in &EVENTS {
        let properties: Vec<_> = e.properties.iter().map(|p| format!("`{}`: {}", p.name, p.means)).collect();
        let _ = writeln!(text, "| `{}` | {} | {} | {} |", e.name, e.when, properties.join("<br>"), e.why);
    }
    text
}

fn fixed() -> String {
    let mut text = String::from("| property | value | why |\n|---|---|---|\n");
    for (name, value, why) in &FIXED {
        let _ = writeln!(text, "| `{name}` | `{value}` | {why} |");
    }
    text
}

fn error_types() -> String {
    let mut text = String::from("| error type | meaning |\n|---|---|\n");
    for (name, means) in &ERROR_TYPES {
        let _ = writeln!(text, "| `{name}` | {means} |");
    }
    text
}

fn rules() -> String {
    let mut text = String::from("| command | what is looked at before and after | what it is for |\n|---|---|---|\n");
    for (prefix, rules) in [("make ", MAKE_RULES), ("docker compose ", DOCKER_RULES)] {
        for rule in rules {
            let commands: Vec<_> = rule.commands.iter().map(|c| format!("`{prefix}{c}`")).collect();
            let looks = if rule.ignored { "not recorded".to_owned() } else { looks(rule) };
            let _ = writeln!(text, "| {} | {looks} | {} |", commands.join(", "), rule.why());
        }
    }
    let _ = writeln!(text, "| every other public make goal or compose subcommand | nothing | {} |", PLAIN.why());
    text
}

fn tools() -> String {
    let mut text = String::from("| command | what it is for |\n|---|---|\n");
    for (name, why) in HOSTS {
        let _ = writeln!(text, "| `{name} compose`, as `docker compose` above | {why} |");
    }
    text
}

/// What a rule looks at, in words.
fn looks(rule: &Rule) -> String {
    let look = |look: Look, folder: &str| match look {
        Look::Nowhere => None,
        Look::Argument => Some(format!("`{folder}/NAME.yml`")),
        Look::OfArgument => Some(format!("`{folder}/NAME-*.yml`")),
        Look::All => Some(format!("`{folder}/`")),
        Look::These(names) => Some(format!("`{folder}/` for {}", names.join(", "))),
    };
    let both = [look(rule.service, checkout::SERVICES), look(rule.override_, checkout::OVERRIDES)];
    let said: Vec<_> = both.into_iter().flatten().collect();
    if said.is_empty() { "nothing".into() } else { said.join(", ") }
}

fn variables() -> String {
    let mut text = String::from("| variable | meaning |\n|---|---|\n");
    for (name, meaning) in &VARIABLES {
        let _ = writeln!(text, "| `{name}` | {meaning} |");
    }
    text
}

fn exit_codes() -> String {
    let mut text = String::from("| code | meaning |\n|---|---|\n");
    for (code, meaning) in &crate::cli::exit::TABLE {
        let _ = writeln!(text, "| {code} | {meaning} |");
    }
    text
}

fn words() -> String {
    format!(
        "{} services and games, {} overrides and {} make targets, from {SOURCE}. `onramp-analytics schema --json` prints them all.\n",
        SERVICES.len(),
        OVERRIDES.len(),
        TARGETS.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_rendered_between_its_marks_and_the_prose_stays() {
        let page = "# A\n<!-- a note -->\n<!-- words -->\nold\n<!-- end -->\nprose\n";
        let renewed = renew(page);
        assert!(renewed.starts_with("# A\n<!-- a note -->\n<!-- words -->\n289 services"), "{renewed}");
        assert!(renewed.ends_with("<!-- end -->\nprose\n"));
        assert_eq!(renew(&renewed), renewed);
    }

    #[test]
    fn every_page_shows_what_the_data_say() {
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "md") {
                let page = std::fs::read_to_string(&path).unwrap();
                let help = "run: onramp-analytics docs docs/*.md";
                assert!(renew(&page) == page, "{} differs from the data; {help}", path.display());
            }
        }
    }
}
