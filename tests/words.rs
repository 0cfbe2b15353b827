//! All words that a person reads stand in shims/words.toml: none elsewhere, and none there in vain.

use std::collections::BTreeSet;
use std::path::Path;

/// What may hold sentences of its own, and why.
const APART: [(&str, &str); 12] = [
    ("src/collector", "the maintainer's pages and reports stand with the maintainer's side"),
    ("src/cli/collector", "what it prints for the maintainer"),
    ("src/demo", "the demonstration is a story of its own"),
    ("src/cli/completions.rs", "scripts for shells"),
    ("src/cli/catalog.rs", "the head of a file that it makes"),
    ("src/install/hooks.rs", "lines for the start-up files of shells"),
    ("src/git.rs", "the mark above our lines in git's own file, by which they are found again"),
    ("src/words.rs", "for who forgets a value"),
    ("src/docs.rs", "tables of the docs"),
    ("src/ledger/tables.rs", "comments in the tables"),
    ("shims/src/sys.rs", "assembly"),
    ("shims/src/shim.rs", "reasons for who debugs, by ONRAMP_ANALYTICS_DEBUG=1"),
];
/// Where the shim's own words are taken out.
const SHIMS_WORDS: &str = "shims/src/words.rs";
/// A literal of so many words is a sentence.
const SENTENCE: usize = 4;

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut folders, mut found) = (vec![root.join("src"), root.join("shims/src")], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in folder.read_dir().unwrap().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let name = path.strip_prefix(root).unwrap().display().to_string();
                found.push((name, text.split("\n#[cfg(test)]\n").next().unwrap().to_owned()));
            }
        }
    }
    found
}

/// The string literals of a file; comments, attributes and SQL aside.
fn literals(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let (code, mut found) = (code.join("\n").replace("'\"'", "' '"), Vec::new());
    let mut rest = code.as_str();
    while let Some(start) = rest.find('"') {
        let is_reason = rest[..start].trim_end().ends_with("reason =");
        let is_built = rest[..start].trim_end().ends_with("compile_error!(");
        let mut escaped = false;
        let end = rest[start + 1..].find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let Some(end) = end else { break };
        let literal = &rest[start + 1..start + 1 + end];
        if !is_reason && !is_built {
            found.push(literal.to_owned());
        }
        rest = &rest[start + 2 + end..];
    }
    found
}

fn is_sentence(literal: &str) -> bool {
    let words = literal.split(|c: char| c.is_whitespace()).filter(|word| {
        let word = word.trim_matches(|c: char| ".,:;()".contains(c));
        word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase() || c == '\'')
    });
    words.count() >= SENTENCE
}

/// An error in the one form that they have, without advice.
fn is_plain_error(literal: &str) -> bool {
    literal.starts_with("could not ") && !literal.contains("help:")
}

#[test]
fn no_sentence_stands_elsewhere() {
    let mut astray = Vec::new();
    for (name, text) in sources() {
        if APART.iter().any(|(path, _)| name.starts_with(path)) {
            continue;
        }
        for literal in literals(&text) {
            let is_sql = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE "].iter().any(|w| literal.starts_with(w));
            let advises =
                literal.split_once("help: ").is_some_and(|(_, advice)| !advice.is_empty() && !advice.starts_with('{'));
            let is_policy = literal.contains("'none'");
            if advises || is_sentence(&literal) && !is_sql && !is_policy && !is_plain_error(&literal) {
                astray.push(format!("{name}: {literal}"));
            }
        }
    }
    assert!(astray.is_empty(), "these belong into shims/words.toml: {astray:#?}");
}

/// Every word with its section: `page.head`, `title`.
fn words() -> Vec<(String, String, String)> {
    fn collect(table: &toml::Table, section: &str, all: &mut Vec<(String, String, String)>) {
        for (name, value) in table {
            match value {
                toml::Value::Table(inner) => {
                    let path = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
                    collect(inner, &path, all);
                }
                toml::Value::Array(_) => assert_eq!(section, "examples"),
                value => all.push((section.to_owned(), name.clone(), value.as_str().unwrap().to_owned())),
            }
        }
    }
    let (table, mut all) = (include_str!("../shims/words.toml").parse().unwrap(), Vec::new());
    collect(&table, "", &mut all);
    all
}

/// Whether a file says a word: by its section's name, or by what the file imports the section as.
fn says(text: &str, section: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let own = section.rsplit('.').next().unwrap();
    let renaming = format!("{own} as ");
    let renamed = text.match_indices(&renaming).filter(|(at, _)| !text[..*at].ends_with(is_part));
    let renamed = renamed.map(|(at, found)| text[at + found.len()..].split(|c| !is_part(c)).next().unwrap());
    let constant = name.to_uppercase();
    renamed.chain([own]).any(|known| {
        let said = format!("{known}::{constant}");
        text.match_indices(&said)
            .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + said.len()..].starts_with(is_part))
    })
}

#[test]
fn every_word_is_said_somewhere() {
    let sources = sources();
    // The shim takes its words out one by one.
    let by_itself = |name: &str| sources.iter().any(|(file, text)| file == SHIMS_WORDS && text.contains(name));
    let all = words();
    assert!(all.len() > 400, "{}", all.len());
    let silent: Vec<_> = all
        .iter()
        .filter(|(section, name, _)| section != "shim" || !by_itself(&name.to_uppercase()))
        .filter(|(section, name, _)| !sources.iter().any(|(_, text)| says(text, section, name)))
        .collect();
    assert!(silent.is_empty(), "nobody says these: {silent:#?}");
}

#[test]
fn every_help_line_comes_from_there() {
    fn walk(command: &clap::Command, known: &BTreeSet<String>, strange: &mut Vec<String>) {
        let of_args = command
            .get_arguments()
            .filter(|arg| !["help", "version"].contains(&arg.get_id().as_str()))
            .collect::<Vec<_>>();
        let mut lines: Vec<String> = of_args.iter().filter_map(|arg| arg.get_help()).map(ToString::to_string).collect();
        lines.extend(command.get_about().map(ToString::to_string));
        for values in of_args.iter().map(|arg| arg.get_possible_values()) {
            lines.extend(values.iter().filter_map(|value| value.get_help()).map(ToString::to_string));
        }
        strange.extend(lines.into_iter().filter(|line| !known.contains(line)));
        command.get_subcommands().filter(|sub| sub.get_name() != "help").for_each(|sub| walk(sub, known, strange));
    }
    let known = words().into_iter().map(|(_, _, text)| text).collect();
    let mut strange = Vec::new();
    walk(&onramp_analytics::cli::definition(), &known, &mut strange);
    assert!(strange.is_empty(), "these belong into [help] of shims/words.toml: {strange:#?}");
}

/// What stands behind these is a cause, at the end of an error's chain, or an error made of words of the file.
const CAUSES: [&str; 3] = ["the copying ended early", "a newer release made it", "{"];

#[test]
fn every_error_says_what_could_not_be_done() {
    let makers = [".context(", "format!(", "bail!(", "anyhow!("];
    let mut odd = Vec::new();
    for (file, text) in sources().into_iter().filter(|(file, _)| file.starts_with("src/")) {
        let code: String = text.lines().map(|line| line.trim_start()).filter(|line| !line.starts_with("//")).collect();
        for maker in makers {
            for (at, _) in code.match_indices(maker) {
                let is_error = maker != "format!(" || code[..at].ends_with("with_context(|| ");
                let Some(literal) = code[at + maker.len()..].strip_prefix('"').filter(|_| is_error) else { continue };
                let known = CAUSES.iter().any(|cause| literal.starts_with(cause));
                if !literal.starts_with("could not ") && !known {
                    odd.push(format!("{file}: {}", &literal[..literal.find('"').unwrap_or(literal.len())]));
                }
            }
        }
    }
    assert!(odd.is_empty(), "{odd:#?}");
}

#[test]
fn advice_stands_on_a_line_of_its_own() {
    for (section, name, word) in words().into_iter().filter(|(_, _, word)| word.starts_with("could not ")) {
        let lines: Vec<_> = word.trim_end().lines().collect();
        let is_right = lines[1..].iter().all(|line| line.starts_with("help: ") || line.starts_with("      "));
        assert!(is_right && !lines[0].ends_with('.'), "[{section}] {name}: {word}");
    }
}
