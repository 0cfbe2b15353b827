//! Owns the section of the next request: what it holds in words, and its exact bytes.

use super::super::nudge;
use super::super::view::View;
use crate::consent::Choice;
use crate::ledger::seconds;
use crate::sender::Preview;
use crate::words::page::next as say;
use crate::words::{count, fill};
use maud::{Markup, html};
use serde_json::Value;

/// How many events are shown in words.
const EVENTS: usize = 10;
/// How many bytes are shown on the page; all of them are a file.
const BYTES: usize = 16 * 1024;

/// The section.
pub fn next(view: &View) -> Markup {
    html! {
        section #next aria-labelledby="next-heading" tabindex="-1" {
            h2 #next-heading { (say::HEADING) }
            @match &view.preview {
                Err(why) => (nudge::with_help(why)),
                Ok(preview) => (of(view, preview)),
            }
        }
    }
}

fn of(view: &View, preview: &Preview) -> Markup {
    let words = if preview.example { say::EXAMPLE } else { say::IS };
    let events = events(&preview.body);
    let due = view.health.as_ref().and_then(|health| health.next).filter(|_| view.consent.choice == Some(Choice::On));
    html! {
        p { (fill(words, &[("count", &count(preview.events, "event")), ("url", &preview.url)])) }
        @if preview.more > 0 { p { (fill(say::MORE, &[("count", &count(preview.more, "request"))])) } }
        @if let Some(refusal) = &preview.refusal { p.quiet { (fill(say::REFUSED, &[("why", &refusal.to_string())])) } }
        @if let Some(due) = due {
            @let (before, after) = say::NOT_BEFORE.split_once("{time}").unwrap_or_default();
            p.quiet { (before) (super::time(seconds(due))) (after) }
        }
        ol.events { @for event in events.iter().take(EVENTS) { (row(event)) } }
        @if events.len() > EVENTS {
            p.quiet { (fill(say::MORE_EVENTS, &[("count", &(events.len() - EVENTS).to_string())])) }
        }
        details #bytes {
            summary { (fill(say::BYTES, &[("bytes", &count(preview.body.len(), "byte"))])) }
            @if preview.body.len() > BYTES { p.quiet { (say::CUT) a href="api/preview" { (say::RAW) } } }
            pre tabindex="0" aria-label=(say::HEADING) { (String::from_utf8_lossy(&preview.body[..preview.body.len().min(BYTES)])) }
        }
    }
}

fn events(body: &[u8]) -> Vec<Value> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["batch"].as_array().cloned().unwrap_or_default()
}

/// An event in words: what it says, without what every event carries.
fn row(event: &Value) -> Markup {
    let own = event["properties"].as_object().into_iter().flatten().filter(|(name, _)| !name.starts_with('$'));
    let said: Vec<_> = own
        .map(|(name, value)| format!("{name} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    html! {
        li {
            span.date { (event["timestamp"].as_str().and_then(|t| t.get(..10)).unwrap_or_default()) }
            " " strong { (event["event"].as_str().unwrap_or_default()) }
            " " span { (said.join(", ")) }
        }
    }
}
