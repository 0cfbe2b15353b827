//! `enable`: says yes for a checkout. Shows the notice first, asks nothing, works without a terminal.

use super::Session;
use super::exit::Usage;
use crate::consent::change::{Changed, Yes, enable};
use crate::consent::{Choice, explain};
use crate::posthog::Trouble;
use crate::posthog::host::normal_host;
use crate::words::{self, choice, count, fill, help};
use anyhow::{Result, anyhow};
use std::process::ExitCode;

/// The options of `enable`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, help = help::ENABLE_LOCAL)]
    local: bool,
    #[arg(long, help = help::ENABLE_WITH_CURRENT)]
    with_current: bool,
    #[arg(long, value_name = "URL", help = help::ENABLE_HOST, conflicts_with = "local")]
    host: Option<String>,
}

/// Saves the yes and says what it means.
///
/// # Errors
/// When it can't be saved.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let (checkout, homes) = (session.checkout()?, session.homes()?);
    let host = args.host.as_deref().map(host).transpose()?;
    let yes = Yes { local: args.local, with_current: args.with_current, host };
    let changed = enable(&session.env, &homes, &checkout, &yes)?;
    super::print(&words::notice(changed.now.agreed_host.as_deref().filter(|_| !args.local)));
    session.say(&told(session, &changed, args.local));
    for warning in changed.warnings.iter().chain(&key_warning(&changed)) {
        session.warn(warning);
    }
    Ok(ExitCode::SUCCESS)
}

/// The destination that was asked for.
fn host(text: &str) -> Result<String> {
    normal_host(text).map_err(|e| Usage::of(&anyhow!("{e:#}\nhelp: {}", choice::HOST_HELP)))
}

/// What was agreed to, and what became of it.
fn told(session: &Session, changed: &Changed, local: bool) -> String {
    let now = &changed.now;
    let wanted = if local { Choice::Local } else { Choice::On };
    let mut text = String::from("\n");
    let checkout = now.checkout.display().to_string();
    let id = now.id.clone().unwrap_or_default();
    if now.choice == Some(wanted) {
        let words = if local { choice::NOW_LOCAL } else { choice::NOW_ON };
        text += &fill(words, &[("checkout", &checkout), ("id", &id)]);
        if changed.is_new && changed.endpoint.is_ok() {
            text += choice::FIRST_SENT;
        }
    } else {
        let rule = explain::deciding(&session.env, now);
        let state = words::state_word(now.choice);
        text += &fill(choice::STAYS, &[("state", state), ("rule", rule.name), ("why", &rule.why)]);
    }
    if let Some(old) = &changed.old_host {
        text += &fill(choice::OTHER_HOST, &[("host", old)]);
    }
    if let Some(old) = &changed.old_id {
        text += &fill(choice::OLD_ID, &[("id", old)]);
    }
    if changed.waiting > 0 {
        text += &fill(choice::KEPT, &[("count", &count(changed.waiting, "event"))]);
    }
    text + &explain::current(changed).unwrap_or_default()
}

/// Why nothing can be sent, if so: without a key own figures are what is left.
fn key_warning(changed: &Changed) -> Option<String> {
    let trouble = changed.endpoint.as_ref().err().filter(|_| changed.now.choice == Some(Choice::On))?;
    let words = if matches!(trouble, Trouble::NoKey) { choice::NO_KEY } else { choice::CANNOT_SEND };
    Some(fill(words, &[("trouble", &trouble.to_string()), ("remedy", trouble.remedy())]))
}
