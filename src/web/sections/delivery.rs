//! Owns the section of delivery: how sending goes, and every request so far.

use super::{columns, fact, section, time, typed, wide, with_time};
use crate::consent::Choice;
use crate::ledger::{Batch, seconds};
use crate::sender::{Attempt, Health};
use crate::web::nudge;
use crate::web::view::View;
use crate::words::page::delivery as say;
use crate::words::{answer, count, fill};
use maud::{Markup, html};

/// How many requests are shown.
const ROWS: usize = 20;

/// The section.
pub fn delivery(view: &View) -> Markup {
    let content = html! {
        @match &view.health {
            Some(health) => (health_of(view, health)),
            None => p.quiet { (say::NEVER) },
        }
        @match &view.batches {
            Err(why) => (nudge::with_help(why)),
            Ok(batches) if batches.is_empty() => {},
            Ok(batches) => (ledger(batches)),
        }
    };
    section("delivery", say::HEADING, &content)
}

fn health_of(view: &View, health: &Health) -> Markup {
    let totals = &health.totals;
    let numbers = [
        (health.waiting, say::WAITING, true),
        (totals.sent, say::SENT, true),
        (totals.own, say::KEPT_HERE, totals.own > 0),
        (totals.dropped, say::DROPPED, totals.dropped > 0),
        (totals.aside.values().sum(), say::ASIDE, !totals.aside.is_empty()),
    ];
    html! {
        dl.numbers {
            @for (n, name, _) in numbers.iter().filter(|(_, _, shown)| *shown) { div { dt { (name) } dd { (n) } } }
        }
        dl.facts {
            (fact(say::LAST, &last(health.last.as_ref())))
            (fact(say::NEXT, &next(view, health)))
            @for aside in &health.aside {
                (fact(say::ASIDE, &html! { (count(aside.events, "event")) ": " (aside.reason) br; small { (typed(aside.help)) } }))
            }
        }
        @if !health.troubles.is_empty() {
            h3 { (say::TROUBLES) }
            @for trouble in &health.troubles { (nudge::with_help(trouble)) }
        }
    }
}

fn last(last: Option<&Attempt>) -> Markup {
    let Some(last) = last else { return html! { (say::NEVER) } };
    let words = fill(say::LAST_IS, &[("count", &count(last.events, "event")), ("answer", &last.answer)]);
    html! {
        span.good[last.accepted].poor[!last.accepted] { (words) }
        ", " (time(seconds(last.at)))
    }
}

fn next(view: &View, health: &Health) -> Markup {
    let due = health.next.filter(|_| view.consent.choice == Some(Choice::On));
    match due {
        _ if health.sending => html! { (say::NOW) },
        Some(due) => with_time(say::NEXT_IS, seconds(due)),
        None => html! { (say::NOTHING_DUE) },
    }
}

fn ledger(batches: &[Batch]) -> Markup {
    let table = html! {
        table {
            (columns(&[say::TIME, say::EVENTS, say::SIZE, say::ANSWER, say::BODY]))
            tbody {
                @for batch in batches.iter().rev().take(ROWS) {
                    tr {
                        th.date scope="row" { (time(batch.at)) }
                        td.n { (batch.events) }
                        td.n { (batch.bytes) }
                        td { (batch.answer.as_deref().unwrap_or(answer::UNKNOWN)) }
                        td { (body(batch)) }
                    }
                }
            }
        }
    };
    html! {
        details #ledger {
            summary { (say::LEDGER) }
            @if batches.len() > ROWS { p.quiet { (typed(&fill(say::LEDGER_IS, &[("count", &ROWS.to_string())]))) } }
            (wide(say::LEDGER, &table))
        }
    }
}

fn body(batch: &Batch) -> Markup {
    let label = fill(say::SHOW_LABEL, &[("n", &batch.n.to_string())]);
    html! {
        @if batch.body.is_some() { a href={ "api/sent/" (batch.n) } aria-label=(label) { (say::SHOW) } }
        @else { (say::GONE) }
    }
}
