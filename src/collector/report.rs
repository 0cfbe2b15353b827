//! Owns the five answers as Markdown, to post in a chat: ten lines of each at most, no table wider than a telephone.

use crate::collector::answers::Answers;
use crate::words::duration;
use std::fmt::Write as _;

/// How many lines of each answer are shown.
const MOST: usize = 10;

/// The report of these answers; `before` are those of the same number of days before, to compare with.
#[must_use]
pub fn markdown(answers: &Answers, before: &Answers) -> String {
    let mut text = format!("# OnRamp, {} to {}\n", answers.from, answers.to);
    adoption(&mut text, answers, before);
    services(&mut text, answers);
    let lines = answers.commands.iter().map(|c| {
        let failed = if c.failed > 0 { format!(", {} failed", percent(c.failed, c.runs)) } else { String::new() };
        format!("`{}`: {}{failed}", c.command, count(c.runs, "run", "runs"))
    });
    section(&mut text, "Top commands", "No command ran.", lines);
    errors(&mut text, answers, before);
    let lines = answers.durations.iter().map(|d| {
        let [mean, median, p95] = [d.mean_ms.round() as u64, d.median_ms, d.p95_ms].map(duration);
        format!("`{}`: mean {mean}, median {median}, 95 % within {p95} ({})", d.command, count(d.runs, "run", "runs"))
    });
    section(&mut text, "Durations", "No command ran.", lines);
    text.push_str("\nCommands that wait for Ctrl-C (`up`, `logs` and the like) have no duration worth telling.\n");
    text
}

fn adoption(text: &mut String, answers: &Answers, before: &Answers) {
    let (now, then) = (answers.adoption.installs, before.adoption.installs);
    let _ = write!(
        text,
        "\n## Adoption\n\n**{}** sent something ({then} the days before)",
        count(now, "install", "installs")
    );
    if let Some(users) = answers.adoption.users.filter(|users| *users > 0) {
        let _ = write!(text, ": {} of {users} users", percent(now, users));
    }
    text.push_str(".\n");
}

fn services(text: &mut String, answers: &Answers) {
    let lines = answers.services.top.iter().map(|s| {
        let enabled = count(s.enabled, "time", "times");
        format!(
            "{}: {} (enabled {enabled}, disabled {})",
            s.service,
            count(s.installs, "install", "installs"),
            s.disabled
        )
    });
    section(text, "Top services", "No service was enabled by enough installs to be told.", lines);
    let rare = answers.services.rare;
    if rare.services > 0 {
        let services = count(rare.services, "service", "services");
        let _ = writeln!(text, "- {services} of fewer than {} installs, together", rare.fewer_than);
    }
    text.push_str("\nWhat was enabled before analytics shows only for those who agreed to `enable --with-current`.\n");
}

fn errors(text: &mut String, answers: &Answers, before: &Answers) {
    let errors = &answers.errors;
    let lines = errors.top.iter().map(|f| {
        let rate = f.rate.map_or(String::new(), |rate| format!(", {} of its runs", rate_text(rate)));
        format!("`{}`: {} ({}{rate})", f.command, f.error_type, count(f.errors, "error", "errors"))
    });
    section(text, "Errors", "No command failed.", lines);
    if let Some(rate) = errors.rate {
        let then = before.errors.rate.map_or(String::new(), |rate| format!(" ({} the days before)", rate_text(rate)));
        let _ = writeln!(text, "\nOf all runs {} ended in an error{then}.", rate_text(rate));
    }
}

fn section(text: &mut String, title: &str, none: &str, lines: impl ExactSizeIterator<Item = String>) {
    let all = lines.len();
    let _ = write!(text, "\n## {title}\n\n");
    if all == 0 {
        let _ = writeln!(text, "{none}");
    }
    for line in lines.take(MOST) {
        let _ = writeln!(text, "- {line}");
    }
    if all > MOST {
        let _ = writeln!(text, "- and {} more", all - MOST);
    }
}

/// `1 run`, `2,345 runs`.
pub fn count(number: u64, one: &str, more: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { more })
}

/// `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12 %` of a whole that is not zero.
pub fn percent(part: u64, whole: u64) -> String {
    rate_text(part as f64 / whole as f64)
}

/// `12 %`; below ten with one decimal.
pub fn rate_text(rate: f64) -> String {
    let percent = rate * 100.0;
    if percent > 0.0 && percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_people_read_them() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!((count(1, "run", "runs"), count(0, "run", "runs")), ("1 run".into(), "0 runs".into()));
        for (rate, text) in [(0.0, "0 %"), (0.0004, "0.0 %"), (0.049, "4.9 %"), (0.0996, "10 %"), (0.5, "50 %")] {
            assert_eq!(rate_text(rate), text);
        }
    }
}
