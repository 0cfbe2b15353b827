//! `explain`: what a command line would record, and why; runs nothing.
//!
//! It reads the line with the shim's own grammar and judges it by the shim's own rules, so it can't say anything else
//! than what the shim does. It answers for an OnRamp checkout with consent.

mod reading;
mod text;

use super::Session;
use crate::env::{Environment, Variable};
use crate::words::help;
use anyhow::{Context as _, Result};
use reading::Reading;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::BufRead as _;
use std::os::unix::ffi::OsStringExt as _;
use std::process::ExitCode;

/// The options of `explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, help = help::JSON)]
    json: bool,
    #[arg(long, requires = "json", conflicts_with = "command", help = help::EXPLAIN_STDIN)]
    stdin: bool,
    #[arg(trailing_var_arg = true, required_unless_present = "stdin", value_name = "COMMAND", help = help::EXPLAIN_COMMAND)]
    command: Vec<OsString>,
}

/// Explains one command line, or many.
///
/// # Errors
/// When standard input can't be read.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    if args.stdin {
        return each_line(session.env.text(Variable::Home));
    }
    let words: Vec<Vec<u8>> = args.command.iter().map(|word| word.clone().into_vec()).collect();
    let reading = Reading::of(&words, &session.env);
    super::print(&if args.json { format!("{}\n", reading.json()) } else { text::text(&words, &reading, &session.env) });
    Ok(ExitCode::SUCCESS)
}

/// A line of standard input. What else stands in it is left alone.
#[derive(serde::Deserialize)]
struct Line {
    argv: Vec<String>,
    env: Option<BTreeMap<String, String>>,
}

fn each_line(home: Option<String>) -> Result<ExitCode> {
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line.context("could not read standard input")?;
        super::print(&format!("{}\n", answer(&line, home.as_deref())));
        // Standard input may have no end: it is not read for a reader that has gone.
        if !super::is_heard() {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The answer to one line. The home is the person's own, unless the line has another: make puts it for a tilde.
fn answer(line: &[u8], home: Option<&str>) -> Value {
    match serde_json::from_slice::<Line>(line) {
        Err(error) => json!({ "error": format!("could not parse line: {error}") }),
        Ok(line) => {
            let mut env = line.env.unwrap_or_default();
            if let Some(home) = home {
                env.entry(Variable::Home.name().to_owned()).or_insert_with(|| home.to_owned());
            }
            let words: Vec<Vec<u8>> = line.argv.into_iter().map(String::into_bytes).collect();
            let entries = env.into_iter().map(|(name, value)| format!("{name}={value}").into_bytes()).collect();
            Reading::of(&words, &Environment::of_entries(entries)).json()
        }
    }
}
