//! Owns the answers as tables of comma-separated values (RFC 4180). Words are plain: nothing needs quoting.

use super::{Answers, Question};
use std::fmt::Write as _;

/// One answer as a table with a line of names.
#[must_use]
pub fn table(answers: &Answers, question: Question) -> String {
    let mut text = String::new();
    let mut line = |cells: &[&dyn std::fmt::Display]| {
        for (place, cell) in cells.iter().enumerate() {
            // Writing into a string can't fail.
            let _ = write!(text, "{}{cell}", if place > 0 { "," } else { "" });
        }
        text.push_str("\r\n");
    };
    match question {
        Question::Adoption => {
            line(&[&"week", &"installs"]);
            answers.adoption.weeks.iter().for_each(|w| line(&[&w.week, &w.installs]));
        }
        Question::Services => {
            line(&[&"service", &"installs", &"enabled", &"with_scaffold", &"disabled"]);
            for s in &answers.services.top {
                line(&[&s.service, &s.installs, &s.enabled, &s.with_scaffold, &s.disabled]);
            }
            let rare = answers.services.rare;
            if rare.services > 0 {
                let name = format!("({} of fewer than {} installs)", rare.services, rare.fewer_than);
                line(&[&name, &"", &rare.enabled, &"", &rare.disabled]);
            }
        }
        Question::Commands => {
            line(&[&"command", &"runs", &"failed"]);
            answers.commands.iter().for_each(|c| line(&[&c.command, &c.runs, &c.failed]));
        }
        Question::Errors => {
            line(&[&"command", &"error_type", &"errors", &"rate"]);
            for f in &answers.errors.top {
                let rate = f.rate.map_or(String::new(), |rate| format!("{rate:.4}"));
                line(&[&f.command, &f.error_type, &f.errors, &rate]);
            }
        }
        Question::Durations => {
            line(&[&"command", &"runs", &"mean_ms", &"median_ms", &"p95_ms"]);
            for d in &answers.durations {
                line(&[&d.command, &d.runs, &d.mean_ms.round(), &d.median_ms, &d.p95_ms]);
            }
        }
    }
    text
}
