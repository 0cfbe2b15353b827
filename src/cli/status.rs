//! `status`: whether anything is recorded, which rule decided, what every other says, and how sending goes.
//!
//! Reads only, and tells what is wrong whatever is wrong: no home, a torn lock, a full disk. Exits 0 on, 3 local, 4 off or
//! undecided.

use super::{Session, exit};
use crate::consent::{Choice, Consent, Source, destination, explain};
use crate::posthog::{Endpoint, Trouble};
use crate::sender::{self, Health};
use crate::words::{self, help, status as say};
use anyhow::Result;
use serde_json::{Value, json};
use std::process::ExitCode;

/// The options of `status`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, help = help::JSON)]
    json: bool,
}

/// Prints the state.
///
/// # Errors
/// When there is no checkout.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let status = Status::of(session)?;
    if args.json {
        super::print(&format!("{:#}\n", status.as_json()));
    } else {
        super::print(&status.as_text());
    }
    Ok(match status.consent.choice {
        Some(Choice::On) => ExitCode::SUCCESS,
        Some(Choice::Local) => ExitCode::from(exit::LOCAL),
        Some(Choice::Off) | None => ExitCode::from(exit::OFF),
    })
}

/// All that `status` tells.
#[derive(Debug)]
pub struct Status {
    consent: Consent,
    rules: Vec<explain::Rule>,
    endpoint: Result<Endpoint, Trouble>,
    health: Option<Health>,
    problems: Vec<String>,
}

impl Status {
    /// Looks at the checkout of a session.
    ///
    /// # Errors
    /// When there is no checkout.
    pub fn of(session: &Session) -> Result<Self> {
        let consent = session.consent()?;
        let agreed = consent.agreed_host.clone().filter(|_| consent.choice == Some(Choice::On));
        let found = destination::endpoint(&session.env, &consent.checkout);
        let endpoint = match agreed {
            Some(host) => found.and_then(|endpoint| endpoint.agreed(&host)),
            None => found,
        };
        let health = consent.place.as_ref().filter(|place| place.exists()).map(sender::health);
        let rules = explain::all(&session.env, &consent);
        let mut problems: Vec<String> = session.homes().err().map(|e| format!("{e:#}")).into_iter().collect();
        problems.extend(consent.doubts.iter().map(|doubt| doubt.what.clone()));
        problems.extend(problems_of(&consent, &endpoint));
        problems.extend(session.homes().ok().and_then(|homes| room(&homes.state)));
        problems.extend(health.iter().flat_map(|health| health.troubles.clone()));
        problems.dedup();
        Ok(Self { consent, rules, endpoint, health, problems })
    }

    /// For a program.
    #[must_use]
    pub fn as_json(&self) -> Value {
        let consent = &self.consent;
        let decided = self.rules.iter().find(|rule| rule.decided);
        json!({
            "state": words::state_word(consent.choice),
            "decided_by": decided.map(|rule| rule.name),
            "why": decided.map(|rule| rule.why.as_str()),
            "rules": self.rules.iter().map(explain::Rule::as_json).collect::<Vec<_>>(),
            "checkout": consent.checkout.display().to_string(),
            "id": consent.id,
            "agreed_host": consent.agreed_host,
            "notice_shown": consent.notice_shown,
            "endpoint": self.endpoint.as_ref().map(|endpoint| endpoint.host.as_str()).ok(),
            "endpoint_problem": self.endpoint.as_ref().err().map(ToString::to_string),
            "key_present": !matches!(self.endpoint, Err(Trouble::NoKey)),
            "state_folder": consent.place.as_ref().map(|place| place.folder.display().to_string()),
            "queue": self.health.as_ref().map(queue),
            "last_attempt": self.health.as_ref().and_then(|health| health.last.as_ref()).map(attempt),
            "set_aside": self.health.as_ref().map(|health| health.aside.iter().map(set_aside).collect::<Vec<_>>()),
            "problems": self.problems,
        })
    }

    /// For a person.
    #[must_use]
    pub fn as_text(&self) -> String {
        let consent = &self.consent;
        let mut text = format!("{}\n\n", explain::state(consent, self.endpoint.is_ok()));
        let mut row = |name: &str, value: &str| text += &format!("{name:<14}{value}\n");
        row(say::CHECKOUT, &consent.checkout.display().to_string());
        row(say::ID, consent.id.as_deref().unwrap_or(say::NONE));
        row(
            say::DESTINATION,
            &match &self.endpoint {
                Ok(endpoint) => words::fill(
                    say::DESTINATION_IS,
                    &[("host", &endpoint.host), ("level", &endpoint.level.to_string())],
                ),
                Err(trouble) => trouble.to_string(),
            },
        );
        if let Some(health) = &self.health {
            row(say::QUEUE, &queue_line(health, consent.choice));
            row(say::LAST, &health.last.as_ref().map_or_else(|| say::NEVER.to_owned(), attempt_line));
            for aside in &health.aside {
                let count = words::count(aside.events, "event");
                row(say::ASIDE, &format!("{count}: {}", aside.reason));
                row("", &format!("help: {}", aside.help));
            }
        }
        text += &format!("\n{}\n", say::RULES);
        for rule in &self.rules {
            let mark = if rule.decided { '*' } else { ' ' };
            let says = rule.says.map_or("-", |choice| words::state_word(Some(choice)));
            text += &format!("{mark} {:<26}{says:<7}{}\n", rule.name, rule.why);
        }
        if !self.problems.is_empty() {
            text += &format!("\n{}\n", say::PROBLEMS);
            for problem in &self.problems {
                text += &format!("- {}\n", problem.replace('\n', "\n  "));
            }
        }
        text
    }
}

/// What keeps a yes from working, as far as consent and settings tell.
fn problems_of(consent: &Consent, endpoint: &Result<Endpoint, Trouble>) -> Vec<String> {
    let mut problems = Vec::new();
    let is_on = consent.choice == Some(Choice::On);
    if is_on && consent.used_id().is_none() {
        problems.push(if consent.lock.is_some() { say::NO_ID_IN_LOCK } else { say::NO_ID_YET }.to_owned());
    } else if is_on && !consent.notice_shown {
        problems.push(say::NOTICE_NOT_SHOWN.to_owned());
    }
    if let (true, Err(trouble)) = (is_on, endpoint) {
        problems.push(format!("{trouble}\nhelp: {}", trouble.remedy()));
    }
    let lock_spoke = consent.voices.of(Source::Lock).is_some();
    if !lock_spoke && consent.said != crate::consent::Said::Nothing {
        problems.push(say::LOCK_DOES_NOT_COUNT.to_owned());
    }
    problems
}

/// Whether events could be written: a folder that can't be is told before the first of them is lost.
fn room(state: &std::path::Path) -> Option<String> {
    let there = state.ancestors().find(|folder| folder.is_dir())?;
    if rustix::fs::access(there, rustix::fs::Access::WRITE_OK).is_err() {
        return Some(words::fill(say::READ_ONLY, &[("folder", &there.display().to_string())]));
    }
    let free = rustix::fs::statvfs(there).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))?;
    (free < LEAST_ROOM).then(|| words::fill(say::FULL, &[("folder", &there.display().to_string())]))
}

/// What a day of events and the ledger's own work need, in bytes.
const LEAST_ROOM: u64 = 1 << 20;

fn queue(health: &Health) -> Value {
    json!({
        "waiting": health.waiting,
        "waiting_bytes": health.waiting_bytes,
        "kept": health.totals.own,
        "sent": health.totals.sent,
        "dropped": health.totals.dropped,
        "next": health.next.map(words::stamp),
        "sending": health.sending,
    })
}

fn set_aside(aside: &sender::Aside) -> Value {
    json!({"reason": aside.reason, "events": aside.events, "help": aside.help})
}

fn queue_line(health: &Health, choice: Option<Choice>) -> String {
    let waiting = words::count(health.waiting, "event");
    let sent = health.totals.sent.to_string();
    if choice != Some(Choice::On) {
        return words::fill(say::QUEUE_IS_STILL, &[("waiting", &waiting), ("sent", &sent)]);
    }
    let next = health.next.map_or_else(|| say::NO_NEXT.to_owned(), words::time);
    words::fill(say::QUEUE_IS, &[("waiting", &waiting), ("sent", &sent), ("next", &next)])
}

fn attempt(attempt: &sender::Attempt) -> Value {
    json!({
        "at": words::stamp(attempt.at),
        "host": attempt.host,
        "events": attempt.events,
        "accepted": attempt.accepted,
        "status": attempt.status,
        "answer": attempt.answer,
    })
}

fn attempt_line(attempt: &sender::Attempt) -> String {
    let events = words::count(attempt.events, "event");
    format!("{}, {events}: {}", words::time(attempt.at), attempt.answer)
}
