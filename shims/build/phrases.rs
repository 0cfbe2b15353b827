//! Turns `words.toml` into constants: `[page.head] title` becomes `words::page::head::TITLE`.
//!
//! Whoever uses a word that is not there fails to compile. Refuses anything but texts: a word can't be a number.

use std::fmt::Write as _;
use toml::{Table, Value};

/// The modules of constants.
pub fn constants(table: &Table) -> String {
    let mut table = table.clone();
    let examples = table.remove("examples").expect("words.toml has examples");
    let mut text = examples_of(&examples);
    write(&table, "", &mut text);
    text
}

/// By command, `collector report` with two words: each line without the program's name, and what it is good for.
fn examples_of(examples: &Value) -> String {
    let commands = examples.as_table().expect("words.toml: [examples] is a table");
    let mut text = "/// `[examples]` in words.toml.\npub const EXAMPLES: &[(&str, &[(&str, &str)])] = &[\n".to_owned();
    for (command, lines) in commands {
        let lines: Vec<[String; 2]> = lines.clone().try_into().expect("words.toml: an example is a line and its use");
        let lines: Vec<_> = lines.iter().map(|[line, what]| (line, what)).collect();
        let _ = writeln!(text, "    ({command:?}, &{lines:?}),");
    }
    text + "];\n"
}

fn write(table: &Table, section: &str, text: &mut String) {
    for (name, value) in table {
        match value {
            Value::String(words) => {
                assert!(!words.is_empty(), "words.toml: nothing is said: [{section}] {name}");
                let constant = name.to_uppercase();
                let _ =
                    writeln!(text, "/// `[{section}] {name}` in words.toml.\npub const {constant}: &str = {words:?};");
            }
            Value::Table(inner) => {
                let path = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
                let _ = writeln!(text, "/// `[{path}]` in words.toml.\npub mod {name} {{");
                write(inner, &path, text);
                text.push_str("}\n");
            }
            other => panic!("words.toml: not a text: [{section}] {name} = {other}"),
        }
    }
}
