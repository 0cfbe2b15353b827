//! Turns `words.toml` into constants: `[page.head] title` becomes `words::page::head::TITLE`.
//!
//! Whoever uses a word that is not there fails to compile. Refuses anything but texts: a word can't be a number.

use std::fmt::Write as _;
use toml::{Table, Value};

/// The modules of constants.
pub fn constants(table: &Table) -> String {
    let mut text = String::new();
    write(table, "", &mut text);
    text
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
