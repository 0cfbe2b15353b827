//! Owns the five questions on the page: for each an answer in a sentence, a chart, and a table of all figures.

use super::chart::{self, Bar, Column, Spread};
use super::query;
use crate::collector::answers::{Answers, Filter};
use crate::collector::report::{count, grouped, percent, rate_text};
use crate::words::duration;
use maud::{Markup, html};

/// How many bars a chart has.
const TOP: usize = 10;

/// One question: its answer in a sentence, a chart, a table of everything, and where to take it from.
fn question(name: &str, title: &str, filter: &Filter, answer: Markup, chart: Option<Markup>, table: Markup) -> Markup {
    let query = query(filter);
    html! {
        section id=(name) {
            h2 { (title) }
            p.answer { (answer) }
            @if let Some(chart) = chart {
                (chart)
                details {
                    summary { "All figures" }
                    p.quiet {
                        a href={ "/api/answers/" (name) ".csv?" (query) } { "CSV" } " "
                        a href={ "/api/answers/" (name) "?" (query) } { "JSON" }
                    }
                    div.wide tabindex="0" role="group" aria-label=(title) { table { (table) } }
                }
            }
        }
    }
}

/// How many installs are there? Columns by week.
pub fn adoption(answers: &Answers, filter: &Filter) -> Markup {
    let adoption = &answers.adoption;
    // A year that has only just begun would be an empty chart.
    let weeks: Vec<_> = adoption.weeks.iter().skip_while(|week| week.installs == 0).collect();
    let columns: Vec<_> = weeks.iter().map(|w| Column { label: w.week.clone(), value: w.installs }).collect();
    let answer = html! {
        (count(adoption.installs, "install", "installs")) " sent something."
        @if let (Some(users), Some(rate)) = (adoption.users, adoption.rate) {
            " In the last whole week it was " (rate_text(rate)) " of " (count(users, "person", "people")) "."
        }
    };
    let table = html! {
        tr { th { "week from" } th { "installs" } }
        @for w in weeks.iter().rev() { tr { td { (w.week) } td { (w.installs) } } }
    };
    let chart = (adoption.installs > 0).then(|| chart::columns("Installs a week", &columns));
    question("adoption", "How many installs are there?", filter, answer, chart, table)
}

/// Which services do people choose? Bars by installs.
pub fn services(answers: &Answers, filter: &Filter) -> Markup {
    let services = &answers.services;
    let bars: Vec<_> = services
        .top
        .iter()
        .take(TOP)
        .map(|s| Bar {
            label: s.service.clone(),
            value: s.installs as f64,
            bad: 0.0,
            figure: count(s.installs, "install", "installs"),
        })
        .collect();
    let rare = services.rare;
    let answer = html! {
        @match services.top.first() {
            Some(first) => { strong { (first.service) } ", enabled by " (count(first.installs, "install", "installs")) "." }
            None => "No service was enabled by enough installs to be told.",
        }
        @if rare.services > 0 {
            " " (count(rare.services, "service", "services")) " of fewer than " (rare.fewer_than)
            " installs are shown together."
        }
        br;
        span.quiet {
            "What was enabled before analytics shows only for those who agreed to " code { "enable --with-current" }
            ": old favourites are undercounted."
        }
    };
    let table = html! {
        tr { th { "service" } th { "installs" } th { "enabled" } th { "with scaffold" } th { "disabled" } }
        @for s in &services.top {
            tr {
                td { (s.service) } td { (s.installs) } td { (s.enabled) } td { (s.with_scaffold) } td { (s.disabled) }
            }
        }
        @if rare.services > 0 {
            tr {
                td { (rare.services) " of fewer than " (rare.fewer_than) " installs" } td {}
                td { (rare.enabled) } td {} td { (rare.disabled) }
            }
        }
    };
    let any = !services.top.is_empty() || rare.services > 0;
    let chart = any.then(|| chart::bars("Services by the installs that enabled them", &bars));
    question("services", "Which services do people choose?", filter, answer, chart, table)
}

/// Which commands do people run? Bars by runs, with their failed part.
pub fn commands(answers: &Answers, filter: &Filter) -> Markup {
    let bars: Vec<_> = answers
        .commands
        .iter()
        .take(TOP)
        .map(|c| Bar {
            label: c.command.clone(),
            value: c.runs as f64,
            bad: c.failed as f64,
            figure: match c.failed {
                0 => count(c.runs, "run", "runs"),
                failed => format!("{}, {} failed", count(c.runs, "run", "runs"), percent(failed, c.runs)),
            },
        })
        .collect();
    let answer = match answers.commands.first() {
        Some(first) => html! { strong { (first.command) } ", run " (count(first.runs, "time", "times")) "." },
        None => html! { "No command ran." },
    };
    let table = html! {
        tr { th { "command" } th { "runs" } th { "failed" } }
        @for c in &answers.commands { tr { td { (c.command) } td { (c.runs) } td { (c.failed) } } }
    };
    let chart = (!bars.is_empty()).then(|| chart::bars("Commands by runs, failed runs marked", &bars));
    question("commands", "Which commands do people run?", filter, answer, chart, table)
}

/// What fails? Bars by command and type.
pub fn errors(answers: &Answers, filter: &Filter) -> Markup {
    let errors = &answers.errors;
    let bars: Vec<_> = errors
        .top
        .iter()
        .take(TOP)
        .map(|f| Bar {
            label: format!("{}: {}", f.command, f.error_type),
            value: f.errors as f64,
            bad: f.errors as f64,
            figure: match f.rate {
                Some(rate) => format!("{}, {} of its runs", grouped(f.errors), rate_text(rate)),
                None => grouped(f.errors),
            },
        })
        .collect();
    let answer = html! {
        @match errors.rate {
            Some(rate) => { (rate_text(rate)) " of all runs ended in an error: " (grouped(errors.errors)) " of " (grouped(errors.runs)) "." }
            None => "No command ran.",
        }
    };
    let table = html! {
        tr { th { "command" } th { "error" } th { "errors" } th { "of its runs" } }
        @for f in &errors.top {
            tr { td { (f.command) } td { (f.error_type) } td { (f.errors) } td { (f.rate.map_or(String::new(), rate_text)) } }
        }
    };
    let chart = (!bars.is_empty()).then(|| chart::bars("Errors by command and type", &bars));
    question("errors", "What fails?", filter, answer, chart, table)
}

/// How long does it take? From median to 95th percentile.
pub fn durations(answers: &Answers, filter: &Filter) -> Markup {
    let spreads: Vec<_> = answers
        .durations
        .iter()
        .take(TOP)
        .map(|d| Spread {
            label: d.command.clone(),
            median: d.median_ms as f64,
            mean: d.mean_ms,
            p95: d.p95_ms as f64,
            figure: format!("{} \u{2013} {}", duration(d.median_ms), duration(d.p95_ms)),
        })
        .collect();
    let answer = html! {
        @match answers.durations.first() {
            Some(first) => {
                "People waited longest in all for " strong { (first.command) } ": half of its runs took at most "
                (duration(first.median_ms)) ", 95 of 100 at most " (duration(first.p95_ms)) "."
            }
            None => "No command ran that has a duration worth telling.",
        }
        br;
        span.quiet {
            "A dot is the median, the bar reaches to the 95th percentile, the stroke is the mean. Commands that wait for "
            "Ctrl-C are left out."
        }
    };
    let table = html! {
        tr { th { "command" } th { "runs" } th { "mean" } th { "median" } th { "95th percentile" } }
        @for d in &answers.durations {
            tr {
                td { (d.command) } td { (d.runs) } td { (duration(d.mean_ms.round() as u64)) }
                td { (duration(d.median_ms)) } td { (duration(d.p95_ms)) }
            }
        }
    };
    let chart = (!spreads.is_empty()).then(|| chart::spreads("Durations by command", &spreads));
    question("durations", "How long does it take?", filter, answer, chart, table)
}
