//! Owns the section of the next request: what it holds in words, and its exact bytes.

use super::{section, typed, with_time};
use crate::ledger::seconds;
use crate::sender::Preview;
use crate::web::nudge;
use crate::web::view::View;
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
    let content = match &view.preview {
        Err(why) => nudge::with_help(why),
        Ok(preview) => of(view, preview),
    };
    section("next", say::HEADING, &content)
}

fn of(view: &View, preview: &Preview) -> Markup {
    let words = if preview.example { say::EXAMPLE } else { say::IS };
    let leaves = !preview.example && preview.refusal.is_none();
    let due = view.health.as_ref().and_then(|health| health.next).filter(|_| leaves);
    let more = count(preview.more, "request");
    html! {
        p { (fill(words, &[("count", &count(preview.events, "event")), ("url", &preview.url)])) }
        @if preview.more > 0 { p { (fill(say::MORE, &[("count", &more)])) } }
        @if let Some(refusal) = &preview.refusal {
            p.quiet { (typed(&fill(say::REFUSED, &[("why", &refusal.to_string())]))) }
        }
        @if let Some(due) = due { p.quiet { (with_time(say::NOT_BEFORE, seconds(due))) } }
        (in_words(&preview.body))
        (bytes(&preview.body))
    }
}

fn in_words(body: &[u8]) -> Markup {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let events = body["batch"].as_array().map(Vec::as_slice).unwrap_or_default();
    let more = events.len().saturating_sub(EVENTS);
    html! {
        ol.events { @for event in events.iter().take(EVENTS) { (row(event)) } }
        @if more > 0 { p.quiet { (fill(say::MORE_EVENTS, &[("count", &more.to_string())])) } }
    }
}

/// An event in words: what it says, without what every event carries.
fn row(event: &Value) -> Markup {
    let own = event["properties"].as_object().into_iter().flatten().filter(|(name, _)| !name.starts_with('$'));
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let said: Vec<_> = own.map(|(name, value)| format!("{name} {}", plain(value))).collect();
    html! {
        li {
            span.date { (event["timestamp"].as_str().and_then(|t| t.get(..10)).unwrap_or_default()) }
            " " strong { (event["event"].as_str().unwrap_or_default()) }
            " " span { (said.join(", ")) }
        }
    }
}

fn bytes(body: &[u8]) -> Markup {
    let shown = String::from_utf8_lossy(&body[..body.len().min(BYTES)]);
    html! {
        details #bytes {
            summary { (fill(say::BYTES, &[("bytes", &count(body.len(), "byte"))])) }
            @if body.len() > BYTES { p.quiet { (say::CUT) a href="api/preview" { (say::RAW) } } }
            pre tabindex="0" aria-label=(say::HEADING) { (shown) }
        }
    }
}
