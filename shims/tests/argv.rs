//! Command lines, and what the tools themselves made of them: GNU make 4.3, docker 28.2 with compose 2.26, and
//! docker-compose 2.26 and 1.29 (tests/data/argv_*.jsonl). Every line that a tool took is read the same way here; what is
//! not stands in a list with its reason, and the test fails if the list is wrong in either direction.

use onramp_shim::env::Env;
use onramp_shim::invocation::make::at_home;
use onramp_shim::invocation::{Grammar, Item, Tool, visit};
use onramp_shim::options::Means;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Lines of make that are read differently, and why.
const OTHER_MAKE: [(&str, &str); 1] =
    [("make-0382", "~root: another user's home stands in the system's list of users, which is not asked")];

/// Lines of compose that are read differently, and why.
const OTHER_COMPOSE: [(&str, &str); 2] = [
    ("compose-0025", "docker found no compose, since the plugin lay in the folder that --config replaced"),
    ("composev1-0030", "docker-compose 1.29 takes the sign of -f=a.yml for a part of the name, and fails for it"),
];

/// Lines that make refuses, and that nobody can tell from their words alone.
const REFUSED_MAKE: [(&str, &str); 13] = [
    ("make-0029", "there is nothing to make in that makefile"),
    ("make-0165", "there is no such folder"),
    ("make-0189", "there is no such folder"),
    ("make-0202", "there is no makefile"),
    ("make-0203", "there is no makefile"),
    ("make-0214", "there is no such makefile"),
    ("make-0225", "there is no such makefile"),
    ("make-0238", "there is no such makefile"),
    ("make-0280", "the text of --eval is no makefile"),
    ("make-0477", "an option of make 4.4"),
    ("make-0478", "an option of make 4.4"),
    ("make-0570", "the text of --eval is no makefile"),
    ("make-0571", "there is no such folder"),
];

/// Lines that compose refuses, and that nobody can tell from their words alone.
const REFUSED_COMPOSE: [(&str, &str); 18] = [
    ("compose-0000", "there is no such context"),
    ("compose-0093", "which --ansi goes with which --progress is not looked at"),
    ("compose-0180", "a project's name is not looked at"),
    ("compose-0192", "there is no such file"),
    ("compose-0539", "COMPOSE_ENV_FILES: there is no such file"),
    ("compose-0541", "COMPOSE_PARALLEL_LIMIT is not looked at"),
    ("compose-0644", "there is no such file"),
    ("compose-0653", "a project's name is not looked at"),
    ("compose-0675", "there is no such context"),
    ("compose-0678", "there is no such context"),
    ("compose-0679", "there are no certificates"),
    ("compose-0690", "docker takes one host, and says so when it calls"),
    ("compose-0793", "COMPOSE_FILE: there is no such file"),
    ("compose-0868", "a project's name is not looked at"),
    ("composev1-0023", "docker-compose 1.29 has no such option; compose 2 has"),
    ("composev1-0085", "likewise"),
    ("composev1-0114", "docker-compose 1.29 has no such command; compose 2 has"),
    ("composev1-0115", "likewise"),
];

/// Where the lines were tried.
const HOME: &[u8] = b"{ROOT}/home/";

struct Line {
    id: String,
    words: Vec<Vec<u8>>,
    env: Vec<Vec<u8>>,
    said: Value,
}

fn lines(text: &str) -> Vec<Line> {
    let bytes = |value: &Value| value.as_str().expect("a text").as_bytes().to_vec();
    text.lines()
        .map(|line| {
            let said: Value = serde_json::from_str(line).expect("JSON");
            let env = said["env"].as_object().expect("an object");
            Line {
                id: said["id"].as_str().expect("a text").to_owned(),
                words: said["argv"].as_array().expect("a list").iter().map(bytes).collect(),
                env: env.iter().map(|(name, value)| [name.as_bytes(), &bytes(value)].join(&b'=')).collect(),
                said,
            }
        })
        .collect()
}

/// What this crate makes of a line, in the words of the data.
fn reading(line: &Line) -> Value {
    let words: Vec<&[u8]> = line.words.iter().map(Vec::as_slice).collect();
    let mut env = Env::EMPTY;
    line.env.iter().for_each(|entry| env.note(entry));
    let mut lists: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for name in ["goals", "makefiles", "variables", "services", "files", "env_files", "profiles", "inner_command"] {
        lists.insert(name, Vec::new());
    }
    let mut facts = json!({"dry_run": false, "question": false, "touch": false, "broken": false, "help": false,
        "subcommand": null, "project_name": null, "project_directory": null});
    let mut directory = Vec::new();
    let tool = Tool::of(words[0]).expect("a wrapped tool");
    let grammar = visit(tool, &words[..], &env, &mut |item| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut add = |name, bytes: &[u8]| lists.get_mut(name).expect("a list").push(text(bytes));
        match item {
            Item::Goal(goal) => add("goals", &at_home(goal, Some(HOME)).map_or(goal.to_vec(), |parts| parts.concat())),
            Item::Variable { name, .. } => add("variables", name),
            Item::Service(service) | Item::OldService(service) => add("services", service),
            Item::Inner(word) => add("inner_command", word),
            Item::Preread(path) | Item::Value(Means::Makefile, path) => add("makefiles", path),
            Item::Value(Means::File, path) => add("files", path),
            Item::Value(Means::EnvFile, path) => add("env_files", path),
            Item::Value(Means::Profile, profile) => add("profiles", profile),
            Item::Value(Means::Directory, path) => directory.push(text(path)),
            Item::Value(Means::ProjectName, name) => facts["project_name"] = text(name).into(),
            Item::Value(Means::ProjectDirectory, path) => facts["project_directory"] = text(path).into(),
            Item::Flag(Means::DryRun, on) => facts["dry_run"] = on.into(),
            Item::Flag(Means::Question, on) => facts["question"] = on.into(),
            Item::Flag(Means::Touch, on) => facts["touch"] = on.into(),
            Item::Flag(Means::Help | Means::Version, on) => facts["help"] = on.into(),
            Item::Subcommand(found) => facts["subcommand"] = found.name.into(),
            Item::Broken => facts["broken"] = true.into(),
            _ => {}
        }
    });
    let mut variables = lists.remove("variables").expect("a list");
    variables.sort();
    variables.dedup();
    facts["variables"] = variables.into();
    for (name, list) in lists {
        facts[name] = list.into();
    }
    facts["directory"] = walked(&directory).into();
    facts["is_compose"] = (grammar == Grammar::Compose).into();
    facts
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// `d1`, `d2` is `d1/d2`; `d1`, `..` is `.`.
fn walked(steps: &[String]) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in steps.iter().flat_map(|step| step.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

/// Compares the fields that a line has; answers with those that differ.
fn differences(line: &Line, fields: &[&str]) -> Vec<String> {
    let read = reading(line);
    let mut found = Vec::new();
    for field in fields {
        let Some(mut said) = line.said.get(*field).cloned() else { continue };
        if *field == "variables" {
            let definitions = said.as_array().cloned().unwrap_or_default();
            let mut names: Vec<String> = definitions.iter().map(|d| d["name"].as_str().unwrap().to_owned()).collect();
            names.sort();
            said = names.into();
        }
        // The makefile that make finds by itself is last, and none of the command line's.
        let given = [&["Makefile"][..], &["makefile"]].iter().any(|by_itself| {
            let given = said.as_array().map(|all| all.iter().filter_map(Value::as_str).collect::<Vec<_>>());
            *field == "makefiles" && given.is_some_and(|g| g.strip_suffix(*by_itself) == Some(&strings(&read[*field])))
        });
        if read[*field] != said && !given {
            found.push(format!("{field}: {} instead of {said}", read[*field]));
        }
    }
    found
}

/// Checks lines against a list of exceptions, in both directions, and answers with how many are as expected.
fn check(what: &str, lines: &[&Line], listed: &[(&str, &str)], wrong: impl Fn(&Line) -> Vec<String>) {
    let mut failures = Vec::new();
    let mut right = 0;
    for line in lines {
        let wrong = wrong(line);
        let excused = listed.iter().any(|(id, _)| *id == line.id);
        right += usize::from(wrong.is_empty());
        if wrong.is_empty() == excused {
            failures.push(format!("{} {} {} {wrong:?}", line.id, line.said["argv"], line.said["env"]));
        }
    }
    for (id, why) in listed {
        if !lines.iter().any(|line| line.id == *id) {
            failures.push(format!("{id} is listed ({why}) and is none of these lines"));
        }
    }
    println!("{what}: {right} of {}", lines.len());
    assert!(failures.is_empty(), "{what}: {} wrong\n{}", failures.len(), failures.join("\n"));
}

const MAKE_FIELDS: [&str; 7] = ["goals", "directory", "makefiles", "variables", "dry_run", "question", "touch"];
const COMPOSE_FIELDS: [&str; 10] = [
    "is_compose",
    "subcommand",
    "services",
    "files",
    "env_files",
    "project_name",
    "project_directory",
    "profiles",
    "dry_run",
    "inner_command",
];

#[test]
fn make_lines_are_read_as_make_reads_them() {
    let all = lines(include_str!("data/argv_make.jsonl"));
    let (taken, refused): (Vec<&Line>, Vec<&Line>) =
        all.iter().partition(|l| !matches!(l.said["outcome"].as_str(), Some("error" | "usage_error")));
    check("make lines read as make reads them", &taken, &OTHER_MAKE, |line| {
        let mut wrong = if line.said["outcome"] == "parsed" { differences(line, &MAKE_FIELDS) } else { Vec::new() };
        let read = reading(line);
        let shows = matches!(line.said["outcome"].as_str(), Some("help" | "version"));
        if read["help"] != json!(shows) {
            wrong.push(format!("help: {}", read["help"]));
        }
        if read["broken"] == json!(true) {
            wrong.push("taken for broken".into());
        }
        wrong
    });
    check("make lines that make refuses, and that are refused here", &refused, &REFUSED_MAKE, is_not_broken);
}

#[test]
fn compose_lines_are_read_as_compose_reads_them() {
    let all = lines(include_str!("data/argv_compose.jsonl"));
    let refusals = ["rejected", "docker_rejected", "usage_error", "usage_error_exit0", "no_such_command"];
    let (refused, taken): (Vec<&Line>, Vec<&Line>) =
        all.iter().partition(|l| refusals.contains(&l.said["outcome"].as_str().expect("a text")));
    check("compose lines read as docker and compose read them", &taken, &OTHER_COMPOSE, |line| {
        let mut wrong = differences(line, &COMPOSE_FIELDS);
        let shows = matches!(line.said["outcome"].as_str(), Some("help" | "help_or_version"));
        let read = reading(line);
        // Without a subcommand compose shows its help by itself.
        let quiet = read["subcommand"].is_null() || read["subcommand"] == "version";
        if shows && line.said["is_compose"] == json!(true) && read["help"] != json!(true) && !quiet {
            wrong.push("help is not seen".into());
        }
        // compose 2 refuses some of what 1.29 takes, and is the one that people have.
        let is_old = line.said["tool"] == "docker-compose-v1-1.29.2";
        if read["broken"] == json!(true) && read["is_compose"] == json!(true) && !is_old {
            wrong.push("taken for broken".into());
        }
        wrong
    });
    check("compose lines that are refused, and that are refused here", &refused, &REFUSED_COMPOSE, is_not_broken);
}

fn is_not_broken(line: &Line) -> Vec<String> {
    let read = reading(line);
    // docker's own refusals are none of compose's: the line is not read as compose at all.
    let plain = line.said.get("is_compose") == Some(&json!(false)) && read["is_compose"] == json!(false);
    if read["broken"] == json!(true) || plain { Vec::new() } else { vec!["not taken for broken".into()] }
}
