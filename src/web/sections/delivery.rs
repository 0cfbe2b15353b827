//! Owns the section of delivery: how sending goes, and every request so far.

use super::super::nudge;
use super::super::view::View;
use super::{fact, time};
use crate::consent::Choice;
use crate::ledger::{Batch, seconds};
use crate::sender::Health;
use crate::words::page::delivery as say;
use crate::words::{count, fill};
use maud::{Markup, html};

/// How many requests are shown.
const ROWS: usize = 20;

/// The section.
pub fn delivery(view: &View) -> Markup {
    html! {
        section #delivery aria-labelledby="delivery-heading" {
            h2 #delivery-heading { (say::HEADING) }
            @match &view.health {
                Some(health) => (health_of(view, health)),
                None => p.quiet { (say::NEVER) },
            }
            @match &view.batches {
                Err(why) => (nudge::with_help(why)),
                Ok(batches) if batches.is_empty() => {},
                Ok(batches) => (ledger(batches)),
            }
        }
    }
}

fn health_of(view: &View, health: &Health) -> Markup {
    let totals = &health.totals;
    let aside: u64 = totals.aside.values().sum();
    let number = |n: u64, name: &str| html! { div { dt { (name) } dd { (n) } } };
    html! {
        dl.numbers {
            (number(health.waiting, say::WAITING))
            (number(totals.sent, say::SENT))
            @if totals.own > 0 { (number(totals.own, say::KEPT_HERE)) }
            @if totals.dropped > 0 { (number(totals.dropped, say::DROPPED)) }
            @if aside > 0 { (number(aside, say::ASIDE)) }
        }
        dl.facts {
            (fact(say::LAST, &html! { @match &health.last {
                None => (say::NEVER),
                Some(last) => {
                    span.good[last.accepted].poor[!last.accepted] {
                        (fill(say::LAST_IS, &[("count", &count(last.events as usize, "event")), ("answer", &last.answer)]))
                    }
                    ", " (time(seconds(last.at)))
                }
            } }))
            (fact(say::NEXT, &next(view, health)))
            @for (reason, n) in &totals.aside { (fact(say::ASIDE, &html! { (count(*n as usize, "event")) ": " (reason) })) }
        }
        @if !health.troubles.is_empty() {
            h3 { (say::TROUBLES) }
            @for trouble in &health.troubles { (nudge::with_help(trouble)) }
        }
    }
}

fn next(view: &View, health: &Health) -> Markup {
    let due = health.next.filter(|_| view.consent.choice == Some(Choice::On));
    html! {
        @if health.sending { (say::NOW) }
        @else if let Some(due) = due {
            @let (before, after) = say::NEXT_IS.split_once("{time}").unwrap_or_default();
            (before) (time(seconds(due))) (after)
        }
        @else { (say::NOTHING_DUE) }
    }
}

fn ledger(batches: &[Batch]) -> Markup {
    html! {
        details #ledger {
            summary { (say::LEDGER) }
            @if batches.len() > ROWS { p.quiet { (fill(say::LEDGER_IS, &[("count", &ROWS.to_string())])) } }
            div.wide tabindex="0" role="region" aria-label=(say::LEDGER) { table {
                thead { tr {
                    th scope="col" { (say::TIME) } th.n scope="col" { (say::EVENTS) } th.n scope="col" { (say::SIZE) }
                    th scope="col" { (say::ANSWER) } th scope="col" { (say::BODY) }
                } }
                tbody { @for batch in batches.iter().rev().take(ROWS) {
                    tr {
                        th.date scope="row" { (time(batch.at)) }
                        td.n { (batch.events) }
                        td.n { (batch.bytes) }
                        td { (batch.answer.as_deref().unwrap_or(say::UNKNOWN)) }
                        td { @if batch.body.is_some() {
                            a href={ "api/sent/" (batch.n) } aria-label=(fill(say::SHOW_LABEL, &[("n", &batch.n.to_string())])) { (say::SHOW) }
                        } @else { (say::GONE) } }
                    }
                } }
            } }
        }
    }
}
