//! `doctor`: what is wrong on this machine, in words, and what to do. Exits 5 if something is.

use super::{Session, exit};
use crate::doctor::{self, Finding, Grade, Machine};
use crate::words::{doctor as say, fill, help};
use anyhow::Result;
use serde_json::{Value, json};
use std::process::ExitCode;

/// The options of `doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, help = help::DOCTOR_FIX)]
    fix: bool,
    #[arg(long, help = help::JSON)]
    json: bool,
}

/// Looks, sets right what was asked for, and tells.
///
/// # Errors
/// When `--project` names no checkout.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let mut findings = examine(session)?;
    let mut fixed = Vec::new();
    if args.fix {
        fixed = fix(session, &findings);
        findings = examine(session)?;
    }
    if args.json {
        super::print(&format!("{:#}\n", as_json(&findings, &fixed)));
    } else {
        super::print(&as_text(session, &findings, &fixed));
    }
    let is_wrong = findings.iter().any(|finding| finding.grade == Grade::Wrong);
    Ok(ExitCode::from(if is_wrong { exit::FINDINGS } else { exit::OK }))
}

fn examine(session: &Session) -> Result<Vec<Finding>> {
    let homes = session.homes().ok();
    let consent = match session.consent() {
        Ok(consent) => Some(consent),
        Err(e) if session.project.is_some() => return Err(e),
        Err(_) => None,
    };
    Ok(doctor::examine(&Machine { env: &session.env, homes: homes.as_ref(), consent: consent.as_ref() }))
}

/// Does every repair once; answers with what was set right.
fn fix(session: &Session, findings: &[Finding]) -> Vec<String> {
    let Ok(homes) = session.homes() else { return Vec::new() };
    let mut done = Vec::new();
    let mut fixed = Vec::new();
    for (finding, repair) in findings.iter().filter_map(|finding| Some((finding, finding.repair.as_ref()?))) {
        let result = if done.contains(&repair) { Ok(()) } else { doctor::mend(repair, &session.env, &homes) };
        done.push(repair);
        match result {
            Ok(()) => fixed.push(finding.what.clone()),
            Err(e) => super::report(&e),
        }
    }
    fixed
}

fn as_json(findings: &[Finding], fixed: &[String]) -> Value {
    let all: Vec<_> = findings
        .iter()
        .map(|f| json!({"grade": f.grade.word(), "what": f.what, "help": f.remedy, "fixable": f.repair.is_some()}))
        .collect();
    let wrong = findings.iter().filter(|finding| finding.grade == Grade::Wrong).count();
    json!({"wrong": wrong, "fixed": fixed, "findings": all})
}

fn as_text(session: &Session, findings: &[Finding], fixed: &[String]) -> String {
    let mut text: String = fixed.iter().map(|what| fill(say::FIXED, &[("what", what)])).collect();
    for finding in findings.iter().filter(|finding| !session.quiet || finding.grade == Grade::Wrong) {
        text += &format!("{:<6} {}\n", finding.grade.word(), finding.what);
        if let Some(remedy) = &finding.remedy {
            text += &format!("       help: {remedy}\n");
        }
    }
    text
}
