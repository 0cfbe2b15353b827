//! `flush`: sends now, in the foreground, and says what happened.
//!
//! Exit codes: 0 everything that should leave was accepted, or nothing waits; 1 not now, or not with this
//! configuration, everything is kept; 3 local, 4 off or undecided: nothing may be sent.

use super::waiting::Waiting;
use super::{Session, exit};
use crate::paths::Place;
use crate::posthog::answer::remedy;
use crate::sender::{self, Clock, End, Job, LIFE, Permission, Refusal, Report, Turn};
use crate::words::{count, fill, flush as say, help};
use anyhow::{Result, bail};
use std::process::ExitCode;

/// The options of `flush`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, help = help::FLUSH_ALL)]
    all: bool,
    #[arg(long, help = help::FLUSH_DRY_RUN)]
    dry_run: bool,
}

/// Sends.
///
/// # Errors
/// When something can't be read, written or sent.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let Some(place) = session.place()? else {
        if let Some(refusal) = sender::refusal(&session.consent()?) {
            return Ok(refused(&refusal));
        }
        super::print(say::NOTHING);
        return Ok(ExitCode::SUCCESS);
    };
    let homes = session.homes()?;
    let permission = match sender::ask(&session.env, &homes, &place) {
        Ok(permission) => permission,
        Err(refusal) => return Ok(refused(&refusal)),
    };
    if args.dry_run {
        return dry_run(&place, &permission, args.all);
    }
    let waiting = Waiting::start(session, say::TURN);
    let Some(_turn) = Turn::take(&place, LIFE + std::time::Duration::from_secs(5))? else {
        bail!(say::BUSY);
    };
    drop(waiting);
    let clock = Clock::real();
    let job = Job { env: &session.env, homes: &homes, place: &place, clock, all: args.all, until: None };
    let progress = Waiting::start(session, &format!("sending to {}", permission.endpoint.host));
    session.detail(&format!("sending as {} to {}", permission.id, permission.endpoint.host));
    let report = sender::now(&job, &permission);
    drop(progress);
    let report = report?;
    super::print(&told(&report, &permission));
    match &report.end {
        End::Done => Ok(ExitCode::SUCCESS),
        End::Refused(refusal) => Ok(refused(refusal)),
        End::Later(answer) => {
            let values = [("host", permission.endpoint.host.as_str()), ("answer", &answer.words())];
            bail!(fill(say::LATER, &values))
        }
        End::Hopeless(answer) => {
            let remedy = remedy(answer.status().unwrap_or_default());
            let values = [("host", permission.endpoint.host.as_str()), ("answer", &answer.words()), ("remedy", remedy)];
            bail!(fill(say::HOPELESS, &values))
        }
        End::OutOfTime => bail!(say::OUT_OF_TIME),
    }
}

fn refused(refusal: &Refusal) -> ExitCode {
    let help = refusal.remedy().map(|remedy| format!("\nhelp: {remedy}")).unwrap_or_default();
    super::complain(&(fill(say::REFUSED, &[("why", &refusal.to_string())]) + &help));
    match refusal {
        Refusal::Local => ExitCode::from(exit::LOCAL),
        Refusal::Off | Refusal::Undecided => ExitCode::from(exit::OFF),
        _ => ExitCode::FAILURE,
    }
}

fn told(report: &Report, permission: &Permission) -> String {
    let mut text = match report.sent {
        0 if report.waiting == 0 && report.aside == 0 => say::NOTHING.to_owned(),
        n => sent(say::SENT, n, report.requests, permission),
    };
    // Whoever took the yes back meanwhile may have deleted what waited.
    let waiting = if matches!(report.end, End::Refused(_)) { 0 } else { report.waiting };
    for (n, words) in [(report.aside, say::ASIDE), (report.kept_here, say::KEPT_HERE), (waiting, say::WAITING)] {
        if n > 0 {
            text += &fill(words, &[("count", &count(n, "event"))]);
        }
    }
    text
}

fn dry_run(place: &Place, permission: &Permission, all: bool) -> Result<ExitCode> {
    let (leave, stay, requests) = sender::outlook(place, permission, all, std::time::SystemTime::now())?;
    let mut text = match leave {
        0 => say::NOTHING.to_owned(),
        n => sent(say::WOULD_SEND, n, requests, permission),
    };
    if stay > 0 {
        text += &fill(say::WOULD_KEEP, &[("count", &count(stay, "event"))]);
    }
    super::print(&text);
    Ok(ExitCode::SUCCESS)
}

fn sent(words: &str, events: usize, requests: usize, permission: &Permission) -> String {
    let (events, requests) = (count(events, "event"), count(requests, "request"));
    fill(words, &[("events", &events), ("requests", &requests), ("host", &permission.endpoint.host)])
}
