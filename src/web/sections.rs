//! Owns the sections of the page below the panel: the choice, the figures, the next request, delivery, and all that can
//! ever be recorded.

use super::view::View;
use super::{charts, nudge};
use crate::consent::{Choice, explain};
use crate::words::page::{all, choice as say, figures as own};
use crate::words::{count, fill, state_word};
use maud::{Markup, html};
use onramp_shim::schema::{EVENTS, FIXED, VERSION};

mod delivery;
mod next;

pub use delivery::delivery;
pub use next::next;

/// The state in one or two words.
pub fn pill(view: &View) -> Markup {
    let choice = view.consent.choice;
    html! { span #pill .pill.(state_word(choice)) { (name(choice)) } }
}

const fn name(choice: Option<Choice>) -> &'static str {
    match choice {
        Some(Choice::On) => say::ON,
        Some(Choice::Local) => say::LOCAL,
        Some(Choice::Off) => say::OFF,
        None => say::UNDECIDED,
    }
}

/// The switch, the rule that decided, and every other one.
pub fn choice(view: &View) -> Markup {
    let consent = &view.consent;
    html! {
        section #choice aria-labelledby="choice-heading" {
            h2 #choice-heading tabindex="-1" { (say::HEADING) }
            p.state { strong { (explain::state(consent)) } "." @if let Some(rule) = view.deciding() { " " (rule.name) ": " (rule.why) "." } }
            (switch(view))
            dl.facts {
                (fact(say::ID, &html! { @match &consent.id { Some(id) => code { (id) }, None => (say::NO_ID) } }))
                (fact(say::DESTINATION, &html! { @match &view.endpoint {
                    Ok(endpoint) => (endpoint.host),
                    Err(trouble) => (nudge::with_help(&format!("{trouble}\nhelp: {}", trouble.remedy()))),
                } }))
            }
            details #rules {
                summary { (say::RULES) }
                p { (say::RULES_ARE) }
                div.wide tabindex="0" role="region" aria-label=(say::RULES) { table {
                    thead { tr { th scope="col" { (say::SOURCE) } th scope="col" { (say::SAYS) } th scope="col" { (say::WHY) } } }
                    tbody { @for rule in &view.rules {
                        tr.decided[rule.decided] {
                            th scope="row" { (rule.name) @if rule.decided { " " span.tag { (say::DECIDED) } } }
                            td { (rule.says.map_or(say::SILENT, |says| state_word(Some(says)))) }
                            td { (rule.why) }
                        }
                    } }
                } }
            }
        }
    }
}

/// Three ways once there is a choice; before that the nudge asks, and the third way stands here.
fn switch(view: &View) -> Markup {
    let current = view.consent.voices.of(crate::consent::Source::Lock);
    let button = |choice: Choice, name: &str, is: &str| {
        let word = state_word(Some(choice));
        html! {
            button type="submit" name="choice" value=(word) id={ "switch-" (word) } aria-pressed=(if current == Some(choice) { "true" } else { "false" }) {
                strong { (name) } small { (is) }
            }
        }
    };
    html! {
        @if view.needs_nudge() {
            form.third method="post" action="choice" {
                p { (say::THIRD) " " button.small type="submit" name="choice" value="local" id="switch-local" { (say::LOCAL) } }
            }
        } @else {
            form.switch method="post" action="choice" aria-label=(say::SWITCH) {
                div.options {
                    (button(Choice::On, say::ON, say::ON_IS))
                    (button(Choice::Local, say::LOCAL, say::LOCAL_IS))
                    (button(Choice::Off, say::OFF, say::OFF_IS))
                }
                @if current != Some(Choice::On) { (nudge::with_current()) }
            }
        }
    }
}

/// A name and what it stands for.
pub fn fact(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// The person's own figures.
pub fn figures(view: &View) -> Markup {
    html! {
        section #figures aria-labelledby="figures-heading" {
            h2 #figures-heading { (own::HEADING) }
            @match &view.figures {
                Err(why) => (nudge::with_help(why)),
                Ok(figures) if figures.events == 0 => p.quiet { (own::NONE) },
                Ok(figures) => {
                    p.quiet { (fill(own::IS, &[("events", &count(figures.events, "event")), ("since", &date(figures.since.unwrap_or(0)))])) }
                    div.charts {
                        div.card { h3 { (own::WEEKS) } (charts::weeks(&figures.weeks)) }
                        div.card { h3 { (own::DURATIONS) } (charts::durations(&figures.durations)) }
                        div.card { h3 { (own::SERVICES) } @if figures.services.is_empty() { p.quiet { (own::NO_SERVICES) } }
                            @else { (charts::counts(own::SERVICE, own::TIMES, &figures.services, "bar")) } }
                        div.card { h3 { (own::FAILURES) } @if figures.failures.is_empty() { p.quiet { (own::NO_FAILURES) } }
                            @else { (charts::counts(own::FAILURE, own::TIMES, &figures.failures, "bad")) } }
                    }
                }
            }
        }
    }
}

/// All that can ever be recorded, from the data that the shim is built from.
pub fn everything() -> Markup {
    html! {
        section #all aria-labelledby="all-heading" {
            h2 #all-heading { (all::HEADING) }
            p { (fill(all::IS, &[("version", &VERSION.to_string())])) }
            @for event in &EVENTS {
                details id={ "all-" (event.name) } {
                    summary { code { (event.name) } }
                    dl.facts {
                        (fact(all::WHEN, &html! { (event.when) }))
                        (fact(all::WHY, &html! { (event.why) }))
                        @for p in event.properties { (fact(p.name, &html! { (p.means) })) }
                    }
                }
            }
            details #all-fixed {
                summary { (all::FIXED) }
                dl.facts { @for (name, value, why) in &FIXED { (fact(name, &html! { code { (value) } ": " (why) })) } }
            }
        }
    }
}

/// A day as `2026-11-21`.
pub fn date(day: i64) -> String {
    jiff::Timestamp::from_second(day * 86_400).map(|t| t.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

/// A time as `2026-11-21 17:04 UTC`.
pub fn time(seconds: i64) -> Markup {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    html! { time datetime=(time) { (time.strftime("%Y-%m-%d %H:%M UTC").to_string()) } }
}
