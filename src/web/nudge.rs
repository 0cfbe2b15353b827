//! Owns the panel at the top: the nudge while nobody has chosen, and what follows a choice, saved or not.
//!
//! Unobtrusive: it blocks nothing, asks once, and both answers look the same.

use super::choice::{Failure, Outcome};
use super::sections::typed;
use super::view::View;
use crate::consent::{Choice, Source};
use crate::words::page::{after, failed, nudge as say};
use crate::words::{fill, links, parted, state_word};
use maud::{Markup, html};
use onramp_shim::schema::ERROR_TYPES;

/// What stands at the top of the page.
pub struct Panel {
    /// All of it.
    pub markup: Markup,
    /// Whether it goes by itself after a while.
    pub passes: bool,
}

/// The panel before anything was chosen; nothing once that is done.
pub fn asking(view: &View) -> Panel {
    let markup = html! {
        section #panel data-panel=[view.needs_nudge().then_some("asking")] {
            @if view.needs_nudge() {
                form.nudge method="post" action="choice" aria-labelledby="nudge" {
                    h2 #nudge { (say::HEADING) }
                    p.lead { (say::LEAD) }
                    div.three {
                        (part(say::COLLECTED, &fill(say::COLLECTED_IS, &[("errors", &ERROR_TYPES.len().to_string())])))
                        (part(say::USED, &fill(say::USED_IS, &[("host", &view.destination)])))
                        (part(say::PRIVACY, say::PRIVACY_IS))
                    }
                    p.links { a href="#next" { (say::PREVIEW) } " " a href=(links::DOCS_PAGE) rel="noreferrer" { (say::DOCS) } }
                    (with_current())
                    (destination(&view.destination))
                    div.answers {
                        button type="submit" name="choice" value="on" { (say::YES) }
                        button type="submit" name="choice" value="off" { (say::NO) }
                    }
                }
            }
        }
    };
    Panel { markup, passes: false }
}

fn part(title: &str, text: &str) -> Markup {
    html! { div { h3 { (title) } p { (text) } } }
}

/// The box that nobody has ticked.
pub fn with_current() -> Markup {
    html! {
        label.box {
            input type="checkbox" name="with_current" value="1";
            span { (say::WITH_CURRENT) " " small { (say::WITH_CURRENT_IS) } }
        }
    }
}

/// The destination as it is read now: a choice that is posted with it is a yes to this one.
pub fn destination(host: &str) -> Markup {
    html! { input type="hidden" name="destination" value=(host); }
}

/// The panel after a choice that was saved: what it did, and the way back.
pub fn saved(view: &View, outcome: &Outcome) -> Panel {
    let (heading, back) = match outcome.choice {
        Choice::On => (after::ON, (Choice::Off, after::TURN_OFF)),
        Choice::Local => (after::LOCAL, (Choice::Off, after::TURN_OFF)),
        Choice::Off => (after::OFF, (Choice::On, after::TURN_ON)),
    };
    let markup = html! {
        section #panel data-panel="saved" {
            form.nudge.saved method="post" action="choice" aria-labelledby="nudge" tabindex="-1" {
                h2 #nudge { (heading) }
                @for sentence in &outcome.said { p { (typed(sentence)) } }
                @for warning in &outcome.warnings { (with_help(warning)) }
                p.quiet { (typed(after::BACK)) }
                (destination(&view.destination))
                div.answers {
                    button type="submit" name="choice" value=(state_word(Some(back.0))) { (back.1) }
                    a.button href="./" data-dismiss { (after::DISMISS) }
                }
            }
        }
    };
    Panel { markup, passes: true }
}

/// The panel after a choice that could not be saved: why, what to do, and nothing else to press.
pub fn failed(view: &View, failure: &Failure) -> Panel {
    // Something beside it may have failed after the choice was on the disk.
    let is_saved = view.consent.voices.of(Source::Lock) == Some(failure.wish.choice);
    let stands = if is_saved { failed::HALF } else { failed::NOTHING };
    let markup = html! {
        section #panel data-panel="failed" {
            form.nudge.failed method="post" action="choice" aria-labelledby="nudge" tabindex="-1" {
                h2 #nudge { (failed::HEADING) }
                div role="alert" {
                    p { (typed(&failure.error)) }
                    p { strong { (failed::WHAT_TO_DO) ": " } (typed(&failure.help)) }
                }
                p.quiet { (fill(stands, &[("state", state_word(view.consent.choice))])) }
                @if failure.wish.with_current { input type="hidden" name="with_current" value="1"; }
                @if let Some(host) = &failure.wish.destination { (destination(host)) }
                div.answers {
                    button type="submit" name="choice" value=(state_word(Some(failure.wish.choice))) { (failed::AGAIN) }
                }
            }
        }
    };
    Panel { markup, passes: false }
}

/// What the script shows where nobody answers; the choice is put in for the next try.
pub fn unreachable() -> Markup {
    html! {
        template #unreachable {
            div.nudge.failed tabindex="-1" role="alert" {
                h2 { (failed::GONE) }
                p { (typed(failed::GONE_IS)) }
                div.answers { button type="button" data-retry { (failed::AGAIN) } }
            }
        }
    }
}

/// A warning and, where there is one, its `help:` line.
pub fn with_help(warning: &str) -> Markup {
    let (what, help) = parted(warning);
    let what = typed(what);
    html! { p.warning { (what) @if let Some(help) = help { br; strong { (failed::WHAT_TO_DO) ": " } (typed(help)) } } }
}
