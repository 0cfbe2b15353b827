//! `stats`: the person's own figures. On a terminal with bars and sparklines as wide as it is; to a pipe as plain text.

mod draw;

use super::{Session, exit};
use crate::days;
use crate::env::Variable;
use crate::report::{self, Failure, Report, Service, Use, Week};
use crate::words::{count, duration, fill, help, stats as say};
use anyhow::Result;
use draw::Canvas;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// How many rows a list has.
const ROWS: usize = 12;

/// The options of `stats`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, value_name = "WHEN", default_value = "1y", help = help::STATS_SINCE)]
    since: String,
    #[arg(long, help = help::JSON)]
    json: bool,
}

/// Prints the figures.
///
/// # Errors
/// When the ledger can't be read, or `--since` is no time.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let today = days::today();
    let since = days::since(&args.since, today).map_err(|e| exit::Usage::of(&e))?;
    let report = match session.place()? {
        Some(place) => report::of(&place, since, today)?,
        None => Report::default(),
    };
    if args.json {
        super::print(&format!("{:#}\n", as_json(&report, since)));
    } else {
        let no_color = session.env.known().filled(Variable::NoColor).is_some();
        super::print(&as_text(&report, since, &Canvas::of_stdout(no_color)));
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(report: &Report, since: i64) -> Value {
    let day = days::text;
    let failure = |f: &Failure| {
        let commands: Map<_, _> = f.commands.iter().map(|(command, n)| (command.clone(), Value::from(*n))).collect();
        json!({"error_type": f.error, "times": f.times, "commands": commands})
    };
    let service = |s: &Service| json!({"service": s.service, "enabled": s.enabled, "disabled": s.disabled, "changed": day(s.changed), "on": s.is_on});
    let week =
        |w: &Week| json!({"monday": day(w.monday), "commands": w.commands, "failed": w.failed, "services": w.services});
    json!({
        "since": day(since),
        "events": report.events,
        "first": report.days.map(|(first, _)| day(first)),
        "last": report.days.map(|(_, last)| day(last)),
        "commands": report.commands.iter().map(command).collect::<Vec<_>>(),
        "failures": report.failures.iter().map(failure).collect::<Vec<_>>(),
        "services": report.services.iter().map(service).collect::<Vec<_>>(),
        "weeks": report.weeks.iter().map(week).collect::<Vec<_>>(),
    })
}

fn command(c: &Use) -> Value {
    let (median, p95) = c.took.map(|took| (took.median, took.p95)).unzip();
    json!({
        "command": c.command,
        "runs": c.runs,
        "failed": c.failed,
        "median_ms": median,
        "p95_ms": p95,
        "weeks": c.weeks,
    })
}

fn as_text(report: &Report, since: i64, canvas: &Canvas) -> String {
    let Some((first, _)) = report.days else {
        return fill(say::NONE, &[("since", &days::text(since))]);
    };
    let runs: u64 = report.commands.iter().map(|c| c.runs).sum();
    let failed: u64 = report.commands.iter().map(|c| c.failed).sum();
    let numbers = [("commands", count(runs, "command")), ("failed", failed.to_string()), ("first", days::text(first))];
    let mut text = fill(say::SUM, &numbers.each_ref().map(|(name, value)| (*name, value.as_str())));
    let totals: Vec<u64> = report.weeks.iter().map(|week| week.commands).collect();
    text += &canvas.sparkline(say::WEEKLY, &totals);
    text += &commands(report, canvas);
    text += &failures(report, canvas);
    text += &services(report, canvas);
    text
}

fn commands(report: &Report, canvas: &Canvas) -> String {
    let rows = report.commands.iter().take(ROWS).map(|c| {
        let took = c.took.map_or_else(
            || format!("{:>8} {:>8}", "-", "-"),
            |took| format!("{:>8} {:>8}", duration(took.median), duration(took.p95)),
        );
        (format!("{:<26} {:>6} {:>7} {took}", c.command, c.runs, c.failed), c.runs)
    });
    let head = format!("{:<26} {:>6} {:>7} {:>8} {:>8}", say::COMMAND, say::RUNS, say::FAILED, say::MEDIAN, say::P95);
    canvas.table(&head, &rows.collect::<Vec<_>>(), report.commands.len())
}

fn failures(report: &Report, canvas: &Canvas) -> String {
    let rows = report.failures.iter().take(ROWS).map(|f| {
        let commands: Vec<_> = f.commands.iter().take(2).map(|(command, n)| format!("{command} {n}")).collect();
        (format!("{:<26} {:>6}  {:<30}", f.error, f.times, commands.join(", ")), f.times)
    });
    let head = format!("{:<26} {:>6}  {:<30}", say::FAILURE, say::TIMES, say::IN);
    canvas.table(&head, &rows.collect::<Vec<_>>(), report.failures.len())
}

fn services(report: &Report, canvas: &Canvas) -> String {
    let rows = report.services.iter().take(ROWS).map(|s| {
        let now = if s.is_on { say::ENABLED } else { say::DISABLED };
        (format!("{:<26} {now:<8} {}", s.service, days::text(s.changed)), 0)
    });
    let head = format!("{:<26} {:<8} {}", say::SERVICE, say::LAST, say::ON);
    let mut text = canvas.table(&head, &rows.collect::<Vec<_>>(), report.services.len());
    if !report.services.is_empty() {
        let least = report.weeks.iter().map(|week| week.services).min().unwrap_or(0).min(0);
        let heights: Vec<u64> = report.weeks.iter().map(|week| (week.services - least).unsigned_abs()).collect();
        text += &canvas.sparkline(say::SERVICES_OVER_TIME, &heights);
    }
    text
}
