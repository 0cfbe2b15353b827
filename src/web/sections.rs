//! Owns what stands on the page below the panel, section by section, and what they have in common.

mod choice;
mod delivery;
mod everything;
mod figures;
mod next;

pub use choice::{choice, pill};
pub use delivery::delivery;
pub use everything::everything;
pub use figures::figures;
pub use next::next;

use crate::words::{minute, stamp};
use maud::{Markup, html};
use std::time::{Duration, UNIX_EPOCH};

/// A section: its name in addresses, its heading, and what it holds. The heading can be given the focus, not reached.
fn section(name: &str, heading: &str, content: &Markup) -> Markup {
    let id = format!("{name}-heading");
    html! {
        section id=(name) aria-labelledby=(id) {
            h2 id=(id) tabindex="-1" { (heading) }
            (content)
        }
    }
}

/// A text with what is typed, between backticks in the words, as code.
pub fn typed(text: &str) -> Markup {
    let parts: Vec<_> = text.split('`').collect();
    if parts.len() % 2 == 0 {
        return html! { (text) };
    }
    html! { @for (i, part) in parts.iter().enumerate() { @if i % 2 == 1 { code { (part) } } @else { (part) } } }
}

/// A name and what it stands for, in a list of such.
fn fact(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// A table that scrolls sideways by itself on a narrow screen, by keyboard too.
fn wide(name: &str, table: &Markup) -> Markup {
    html! { div.wide tabindex="0" role="region" aria-label=(name) { (table) } }
}

/// The head of a table. A column of numbers begins with `#`.
pub fn columns(names: &[&str]) -> Markup {
    html! {
        thead { tr {
            @for name in names {
                @match name.strip_prefix('#') {
                    Some(name) => th.n scope="col" { (name) },
                    None => th scope="col" { (name) },
                }
            }
        } }
    }
}

/// A time in the time zone of this machine: `2026-11-21 18:04 CET`.
fn time(seconds: i64) -> Markup {
    let at = UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
    html! { time datetime=(stamp(at)) { (minute(at)) } }
}

/// A sentence with a time in the place of its `{time}`.
fn with_time(words: &str, seconds: i64) -> Markup {
    let (before, after) = words.split_once("{time}").unwrap_or((words, ""));
    html! { (before) (time(seconds)) (after) }
}
