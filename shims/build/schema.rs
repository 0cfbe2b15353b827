//! Turns `schema.toml` into the events, the kinds of errors, and what is told of each.

use super::{camel, read};
use serde::Deserialize;
use std::fmt::Write as _;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Schema {
    version: u32,
    error_type: Vec<ErrorType>,
    event: Vec<Event>,
    fixed: Vec<Fixed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorType {
    name: String,
    means: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    name: String,
    when: String,
    why: String,
    property: Vec<Property>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Property {
    name: String,
    values: String,
    means: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixed {
    name: String,
    value: String,
    why: String,
}

/// The schema.
pub fn table() -> String {
    let s: Schema = read("schema.toml");
    let mut text = format!(
        "/// The version of all that can be recorded; consent is bound to it.\npub const VERSION: u32 = {};\n",
        s.version
    );
    let mut kinds = String::new();
    for e in &s.error_type {
        let _ = writeln!(kinds, "    /// {}.\n    {},", e.means, camel(&e.name));
    }
    let names: Vec<_> = s.error_type.iter().map(|e| e.name.clone()).collect();
    let meanings: Vec<_> = s.error_type.iter().map(|e| (&e.name, &e.means)).collect();
    let variants: Vec<_> = s.error_type.iter().map(|e| format!("ErrorType::{}", camel(&e.name))).collect();
    let _ = write!(
        text,
        "/// Why a run failed, out of a closed list.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[repr(u8)]\n\
         pub enum ErrorType {{\n{kinds}}}\n\
         /// Every error type with its meaning, in the order of schema.toml.\n\
         pub const ERROR_TYPES: [(&str, &str); {}] = {meanings:?};\n\
         const ALL_ERROR_TYPES: [ErrorType; {}] = [{}];\n\
         const ERROR_NAMES: [&str; {}] = {names:?};\n",
        names.len(),
        names.len(),
        variants.join(", "),
        names.len()
    );
    let events: Vec<_> = s.event.iter().map(|e| &e.name).collect();
    let _ = writeln!(text, "const EVENT_NAMES: [&str; {}] = {events:?};", events.len());
    let _ = writeln!(
        text,
        "/// Every event that can be recorded, as schema.toml lists them.\npub const EVENTS: [Described; {}] = [",
        s.event.len()
    );
    for e in &s.event {
        let _ =
            write!(text, "    Described {{ name: {:?}, when: {:?}, why: {:?}, properties: &[", e.name, e.when, e.why);
        for p in &e.property {
            let _ = write!(
                text,
                "Property {{ name: {:?}, values: Values::{}, means: {:?} }}, ",
                p.name,
                camel(&p.values),
                p.means
            );
        }
        text += "] },\n";
    }
    text += "];\n";
    let fixed: Vec<_> = s.fixed.iter().map(|f| (&f.name, &f.value, &f.why)).collect();
    let _ = writeln!(
        text,
        "/// What every event carries beside its own properties: name, value as JSON, reason.\n\
         pub const FIXED: [(&str, &str, &str); {}] = {fixed:?};",
        fixed.len()
    );
    text
}
