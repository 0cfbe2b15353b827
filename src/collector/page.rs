//! Owns the maintainer's page: the five answers with charts, tables and what to choose from.
//!
//! Plain HTML made on the server: no script, nothing from elsewhere, light and dark, and a table for every chart.

mod chart;
mod questions;

use crate::collector::admission::Reason;
use crate::collector::answers::{Answers, Filter};
use crate::collector::calendar;
use crate::vocabulary;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The page with these answers to that filter.
pub fn of(answers: &Answers, filter: &Filter) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "OnRamp, as it is used" }
                style { (PreEscaped(include_str!("page/style.css"))) }
            }
            body {
                header {
                    h1 { "OnRamp, as it is used" }
                    p.quiet { (answers.from) " to " (answers.to) ", from installs whose owners agreed" }
                    (choices(answers, filter))
                }
                main {
                    (questions::adoption(answers, filter))
                    (questions::services(answers, filter))
                    (questions::commands(answers, filter))
                    (questions::errors(answers, filter))
                    (questions::durations(answers, filter))
                    (refused(answers))
                }
            }
        }
    }
}

fn choices(answers: &Answers, filter: &Filter) -> Markup {
    let today = calendar::today();
    let since = |days: i64| Filter { from: calendar::text(today - days + 1), to: String::new(), ..filter.clone() };
    html! {
        form method="get" action="/" {
            label { "From" input type="date" name="from" value=(answers.from); }
            label { "To" input type="date" name="to" value=(answers.to); }
            (choice("Command", "command", &filter.command, &vocabulary::commands()))
            (choice("Service", "service", &filter.service, &vocabulary::services()))
            label { "People who use OnRamp" input name="users" value=(filter.users) inputmode="numeric" size="8"; }
            button { "Show" }
        }
        nav.quiet aria-label="Ranges" {
            @for (days, name) in [(7, "7 days"), (28, "4 weeks"), (91, "13 weeks"), (365, "a year")] {
                a href={ "/?" (query(&since(days))) } { (name) }
            }
            a href="/" { "everything" }
        }
    }
}

fn choice(label: &str, name: &str, chosen: &str, words: &[String]) -> Markup {
    html! {
        label {
            (label)
            select name=(name) {
                option value="" { "all" }
                @for word in words {
                    option value=(word) selected[word == chosen] { (word) }
                }
            }
        }
    }
}

/// A filter as it stands in an address. Only words of the schema, dates and numbers come here: a blank is all there is
/// to escape.
fn query(filter: &Filter) -> String {
    let Filter { from, to, command, service, users } = filter;
    let parts = [("from", from), ("to", to), ("command", command), ("service", service), ("users", users)];
    let parts: Vec<_> = parts.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| format!("{n}={v}")).collect();
    parts.join("&").replace(' ', "+")
}

fn refused(answers: &Answers) -> Markup {
    html! {
        @if !answers.refused.is_empty() {
            section id="refused" {
                h2 { "What was not stored" }
                p.quiet { "Only events and words of the schema are stored; the rest is counted and forgotten." }
                div.wide { table {
                    @for (reason, word, means) in Reason::ALL {
                        @if let Some(events) = answers.refused.get(reason.word()) {
                            tr { td { (means) } td { (events) } td { code { (word) } } }
                        }
                    }
                } }
            }
        }
    }
}
