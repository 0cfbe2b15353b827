//! Owns reading what was recorded: every line must be an event exactly as schema.toml describes it, and is given back
//! in the words in which the rules' examples are written. What is random (uuid, time of day) or measured (duration) is
//! checked for its form and left out.

use serde_json::{Map, Value};
use std::path::Path;

/// The events that wait in any checkout's folder of a state folder, in the order in which they were recorded.
pub fn read(state: &Path) -> Vec<String> {
    let mut events = Vec::new();
    for place in files(state) {
        for file in files(&place) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // A device in the place of a spool has no end.
            let is_file = file.symlink_metadata().is_ok_and(|m| m.is_file());
            if is_file
                && (name == "local" || name == "spool" || name.starts_with("spool.") || name.starts_with("sealed."))
            {
                let text = std::fs::read_to_string(&file).unwrap_or_default();
                for line in text.lines().filter(|l| !l.is_empty()) {
                    assert_eq!(line.contains("\"distinct_id\""), name != "local", "{name}: {line}");
                    events.push(words(line));
                }
            }
        }
    }
    events
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    all.sort();
    all
}

/// One line in words: `service_enabled plex with scaffold`, `command_executed start failure`.
pub(super) fn words(line: &str) -> String {
    let event: Map<String, Value> = serde_json::from_str(line).unwrap_or_else(|e| panic!("not an event: {e}: {line}"));
    let keys: Vec<&str> = event.keys().map(String::as_str).collect();
    // What stays on the machine carries no id.
    let local = !event.contains_key("distinct_id");
    let mut expected = vec!["uuid", "event", "distinct_id", "timestamp", "properties"];
    expected.retain(|k| !(local && *k == "distinct_id"));
    assert_eq!(keys, expected, "{line}");
    let uuid = event["uuid"].as_str().and_then(|u| uuid::Uuid::parse_str(u).ok());
    assert_eq!(uuid.map(|u| u.get_version_num()), Some(4), "{line}");
    assert!(event["timestamp"].as_str().is_some_and(is_time), "{line}");
    let mut properties = event["properties"].as_object().unwrap().clone();
    for (name, value, _) in onramp_shim::schema::FIXED {
        let fixed = properties.shift_remove(name).unwrap_or_else(|| panic!("no {name}: {line}"));
        if name != "$lib_version" {
            assert_eq!(fixed, serde_json::from_str::<Value>(value).unwrap_or_else(|_| value.into()), "{name}: {line}");
        }
    }
    let name = event["event"].as_str().unwrap();
    let described = onramp_shim::schema::EVENTS.iter().find(|e| e.name == name).unwrap_or_else(|| panic!("{line}"));
    let own: Vec<&str> = described.properties.iter().map(|p| p.name).collect();
    assert_eq!(properties.keys().map(String::as_str).collect::<Vec<_>>(), own, "{line}");
    let mut words = vec![name.to_owned()];
    words.extend(properties.iter().filter_map(|(name, value)| word(name, value, line)));
    words.join(" ")
}

fn word(name: &str, value: &Value, line: &str) -> Option<String> {
    match (name, value) {
        ("duration_ms", Value::Number(n)) => {
            let digits = n.to_string();
            let significant = digits.trim_end_matches('0').len();
            assert!(n.is_u64() && significant <= 2, "not rounded: {line}");
            None
        }
        ("has_scaffold", Value::Bool(yes)) => yes.then(|| "with scaffold".to_owned()),
        ("success", Value::Bool(yes)) => Some(if *yes { "success" } else { "failure" }.to_owned()),
        (_, Value::String(word)) => Some(word.clone()),
        _ => panic!("{name} is of another kind: {line}"),
    }
}

/// `2026-11-21T17:04:31.123456Z`
fn is_time(text: &str) -> bool {
    let form: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    form == "0000-00-00T00:00:00.000000Z"
}
