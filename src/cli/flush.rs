//! `flush`: sends now, in the foreground, and says what happened.
//!
//! Exit codes: 0 everything that should leave was accepted, or nothing waits; 1 not now, or not with this
//! configuration, everything is kept; 3 local, 4 off or undecided: nothing may be sent.

use super::waiting::Waiting;
use super::{Session, exit};
use crate::paths::Place;
use crate::posthog::answer::remedy;
use crate::sender::{self, Clock, End, Job, LIFE, Permission, Refusal, Report, Turn};
use crate::words::count;
use anyhow::{Result, bail};
use std::process::ExitCode;

/// The options of `flush`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Also what the daily limit keeps here
    #[arg(long)]
    all: bool,
    /// Say what would be sent, and where, and send nothing
    #[arg(long)]
    dry_run: bool,
}

/// Sends.
///
/// # Errors
/// When something can't be read, written or sent.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let (checkout, homes) = (session.checkout()?, session.homes()?);
    let Some(place) = Place::find(&homes, &checkout)?.filter(|place| place.folder.is_dir()) else {
        return Ok(refused(&Refusal::Undecided));
    };
    let permission = match sender::ask(&session.env, &homes, &place) {
        Ok(permission) => permission,
        Err(refusal) => return Ok(refused(&refusal)),
    };
    if args.dry_run {
        return dry_run(&place, &permission, args.all);
    }
    let waiting = Waiting::start(session, "waiting for another sender");
    let Some(_turn) = Turn::take(&place, LIFE + std::time::Duration::from_secs(5))? else {
        bail!("could not send: another sender has been at work for half a minute\nhelp: try again");
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
        End::Later(answer) => bail!(
            "could not send to {}: {}\nhelp: nothing is lost, it will be tried again",
            permission.endpoint.host,
            answer.words()
        ),
        End::Hopeless(answer) => bail!(
            "could not send to {}: {}\nhelp: nothing is lost; {}",
            permission.endpoint.host,
            answer.words(),
            remedy(answer.status().unwrap_or_default())
        ),
        End::OutOfTime => bail!("could not send everything in time\nhelp: flush again"),
    }
}

fn refused(refusal: &Refusal) -> ExitCode {
    eprintln!("onramp-analytics: nothing is sent: {refusal}");
    if let Some(remedy) = refusal.remedy() {
        eprintln!("help: {remedy}");
    }
    match refusal {
        Refusal::Local => ExitCode::from(exit::LOCAL),
        Refusal::Off | Refusal::Undecided => ExitCode::from(exit::OFF),
        _ => ExitCode::FAILURE,
    }
}

fn told(report: &Report, permission: &Permission) -> String {
    let mut text = match report.sent {
        0 if report.waiting == 0 && report.aside == 0 => "nothing to send\n".to_owned(),
        n => format!("sent {} in {} to {}\n", events(n), requests(report.requests), permission.endpoint.host),
    };
    if report.aside > 0 {
        text +=
            &format!("set aside {}, which the server refused: see `onramp-analytics status`\n", events(report.aside));
    }
    if report.kept_here > 0 {
        text += &format!("{} over the daily limit: kept here (`flush --all` sends them)\n", events(report.kept_here));
    }
    if report.waiting > 0 {
        text += &format!("{} still waiting\n", events(report.waiting));
    }
    text
}

fn dry_run(place: &Place, permission: &Permission, all: bool) -> Result<ExitCode> {
    let (leave, stay, requests_) = sender::outlook(place, permission, all, std::time::SystemTime::now())?;
    let mut text = match leave {
        0 => "nothing to send\n".to_owned(),
        n => format!("would send {} in {} to {}\n", events(n), requests(requests_), permission.endpoint.host),
    };
    if stay > 0 {
        text += &format!("{} over the daily limit would be kept here (`flush --all` sends them)\n", events(stay));
    }
    super::print(&text);
    Ok(ExitCode::SUCCESS)
}

fn events(n: usize) -> String {
    count(n, "event")
}

fn requests(n: usize) -> String {
    count(n, "request")
}
