//! Owns how the examples stand under each command's help. Tests read every one of them.

pub use onramp_shim::words::EXAMPLES;

/// The examples of a command, as they stand under its help; nothing if it has none.
#[must_use]
pub fn of(command: &str) -> Option<String> {
    let (_, examples) = EXAMPLES.iter().find(|(name, _)| *name == command)?;
    let longest = examples.iter().map(|(line, _)| line.len()).max().unwrap_or(0);
    let lines = examples.iter().map(|(line, what)| format!("\n  onramp-analytics {line:<longest$}  {what}"));
    Some(format!("Examples:{}", lines.collect::<String>()))
}
