//! Owns looking at a checkout: the choice, git, and the make goals.

use super::{Finding, Grade, Repair};
use crate::consent::{Consent, explain};
use crate::env::Environment;
use crate::git::Repository;
use crate::install;
use crate::paths::{Homes, checkout as within};
use crate::words::doctor as say;
use crate::words::{fill, state_word};
use std::path::Path;

/// Looks at it.
pub fn look(env: &Environment, homes: &Homes, consent: &Consent) -> Vec<Finding> {
    let mut findings = vec![choice(env, consent)];
    findings.extend(rights(consent));
    findings.extend(git(env, consent));
    findings.push(goals(homes, &consent.checkout));
    findings
}

fn choice(env: &Environment, consent: &Consent) -> Finding {
    if let Some(doubt) = consent.doubts.first() {
        let finding = Finding::wrong_as_told(&fill(say::CHOICE_DOUBT, &[("what", &doubt.what)]));
        return if finding.remedy.is_some() { finding } else { finding.remedy(say::CHOICE_DOUBT_REMEDY) };
    }
    let rule = explain::deciding(env, consent);
    let values = [("state", state_word(consent.choice)), ("rule", rule.name), ("why", rule.why.as_str())];
    Finding::good(fill(say::CHOICE_GOOD, &values))
}

fn rights(consent: &Consent) -> Vec<Finding> {
    let mut findings = Vec::new();
    let path = consent.checkout.display().to_string();
    if rustix::fs::access(&consent.checkout, rustix::fs::Access::WRITE_OK).is_err() {
        let remedy = fill(say::CHECKOUT_READ_ONLY_REMEDY, &[("path", &path)]);
        findings.push(Finding::wrong(say::CHECKOUT_READ_ONLY).remedy(remedy));
    }
    let unfinished = consent.checkout.join(within::CHOICE_NEW);
    if unfinished.symlink_metadata().is_ok() {
        let what = fill(say::UNFINISHED, &[("path", &unfinished.display().to_string())]);
        findings.push(Finding::note(what).repair(Repair::Remove(unfinished)));
    }
    findings
}

fn git(env: &Environment, consent: &Consent) -> Option<Finding> {
    let checkout = &consent.checkout;
    match Repository::around(env, checkout) {
        Ok(Some(git)) if git.tracks(within::CHOICE) => Some(Finding::wrong(say::TRACKED).remedy(say::TRACKED_REMEDY)),
        Ok(Some(git)) if consent.lock.is_some() && !git.ignores(within::CHOICE) => {
            Some(Finding::wrong(say::NOT_EXCLUDED).repair(Repair::Exclude(checkout.clone())))
        }
        Ok(_) => None,
        Err(e) => Some(Finding { grade: Grade::Note, ..Finding::wrong_as_told(&format!("{e:#}")) }),
    }
}

/// The goals, once.
fn goals(homes: &Homes, checkout: &Path) -> Finding {
    let with_goal = makefiles(checkout);
    match with_goal.len() {
        0 => {
            let was_put = install::remembered(homes).is_ok_and(|known| known.iter().any(|known| known == checkout));
            let finding = Finding::note(say::GOALS_ABSENT);
            if was_put { finding.repair(Repair::Goals(checkout.to_owned())) } else { finding.remedy(say::INSTALL) }
        }
        1 => Finding::good(say::GOALS_GOOD),
        _ => {
            Finding::wrong(fill(say::GOALS_TWICE, &[("files", &with_goal.join(", "))])).remedy(say::GOALS_TWICE_REMEDY)
        }
    }
}

/// The makefiles of a checkout that have our goals.
fn makefiles(checkout: &Path) -> Vec<String> {
    let folder = Path::new(within::MAKE_GOALS).parent().unwrap_or(Path::new(""));
    let entries = checkout.join(folder).read_dir().into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| Some(folder.join(entry.file_name()).to_str()?.to_owned()));
    let mut files: Vec<String> = names.filter(|name| name.ends_with(".mk")).collect();
    files.sort();
    files.insert(0, within::MARK_FILE.to_owned());
    files.retain(|file| {
        let text = std::fs::read_to_string(checkout.join(file)).unwrap_or_default();
        text.lines().any(|line| !line.starts_with(['\t', '#', '.']) && is_goal(line))
    });
    files
}

/// Whether a line of a makefile has `analytics-status` as a goal.
fn is_goal(line: &str) -> bool {
    line.split_once(':').is_some_and(|(goals, _)| goals.split_whitespace().any(|goal| goal == "analytics-status"))
}
