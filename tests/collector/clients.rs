//! PostHog's own clients deliver to the collector as they deliver to PostHog.

use crate::events::*;
use crate::server::Collector;
use crate::tools;
use serde_json::json;

fn file_of(events: usize) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let lines: Vec<_> = (0..events).map(|n| line(&install(n as u64 % 7), 1, enabled("plex"))).collect();
    std::fs::write(file.path(), lines.join("\n")).unwrap();
    file
}

#[test]
fn posthog_python_delivers_unchanged() {
    let collector = Collector::start();
    let host = format!("http://{}", collector.address);
    let events = file_of(90);
    let deliver = |mode: &str| {
        let mut command = tools::python("deliver.py")?;
        Some(tools::run(command.arg(&host).arg(events.path()).arg(mode)))
    };
    // The client's own additions (its name, the machine's system, ...) are not in our schema: taken, counted, forgotten.
    if deliver("unchanged").is_none() {
        return;
    }
    assert_eq!(collector.stored(), 0);
    assert_eq!(collector.answers("")["refused"], json!({"other_properties": 90}));
    // Without them the very same events are stored, compressed and plain, batched and one by one; and only once.
    deliver("ours");
    deliver("ours");
    assert_eq!(collector.stored(), 90);
    assert_eq!(collector.answers("")["services"]["top"][0]["installs"], 7);
    assert_eq!(collector.answers("")["refused"], json!({"other_properties": 90}));
}

#[test]
fn posthog_rs_delivers_unchanged() {
    let collector = Collector::start();
    let Some(mut command) = tools::posthog_rs() else { return };
    let output = tools::run(command.arg(format!("http://{}", collector.address)).arg("120"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("submitted: 120"), "{output:?}");
    assert_eq!(collector.stored(), 0);
    assert_eq!(collector.answers("")["refused"], json!({"foreign_id": 120}));
}
