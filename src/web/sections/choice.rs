//! Owns the section of the choice: the state, the switch, and every rule that has a say.

use super::{columns, fact, section, typed, wide};
use crate::consent::{Choice, Source, explain};
use crate::web::nudge;
use crate::web::view::View;
use crate::words::page::choice as say;
use crate::words::state_word;
use maud::{Markup, html};

/// The state in one or two words.
pub fn pill(view: &View) -> Markup {
    let choice = view.consent.choice;
    let name = match choice {
        Some(Choice::On) => say::ON,
        Some(Choice::Local) => say::LOCAL,
        Some(Choice::Off) => say::OFF,
        None => say::UNDECIDED,
    };
    html! { span #pill .pill.(state_word(choice)) { (name) } }
}

/// The section.
pub fn choice(view: &View) -> Markup {
    let why = view.deciding().map(|rule| format!(" {}: {}.", rule.name, rule.why));
    let content = html! {
        p.state { strong { (explain::state(&view.consent, view.endpoint.is_ok())) "." } @if let Some(why) = why { (typed(&why)) } }
        (switch(view))
        dl.facts {
            (fact(say::ID, &id(view)))
            (fact(say::DESTINATION, &destination(view)))
        }
        details #rules {
            summary { (say::RULES) }
            p { (say::RULES_ARE) }
            (wide(say::RULES, &rules(view)))
        }
    };
    section("choice", say::HEADING, &content)
}

/// Three ways once there is a choice; before that the nudge asks, and the third way stands here.
fn switch(view: &View) -> Markup {
    let current = view.consent.voices.of(Source::Lock);
    if view.needs_nudge() {
        return html! {
            form.third method="post" action="choice" {
                p {
                    (say::THIRD) " "
                    button #switch-local .small type="submit" name="choice" value="local" { (say::LOCAL) }
                }
            }
        };
    }
    html! {
        form.switch method="post" action="choice" aria-label=(say::SWITCH) {
            div.options {
                (way(current, Choice::On, say::ON, say::ON_IS))
                (way(current, Choice::Local, say::LOCAL, say::LOCAL_IS))
                (way(current, Choice::Off, say::OFF, say::OFF_IS))
            }
            @if current != Some(Choice::On) { (nudge::with_current()) }
            (nudge::destination(&view.destination))
        }
    }
}

/// One of the three; pressed is what the lock says, whatever overrules it.
fn way(current: Option<Choice>, choice: Choice, name: &str, is: &str) -> Markup {
    let word = state_word(Some(choice));
    let pressed = if current == Some(choice) { "true" } else { "false" };
    html! {
        button id={ "switch-" (word) } type="submit" name="choice" value=(word) aria-pressed=(pressed) {
            strong { (name) } small { (is) }
        }
    }
}

fn id(view: &View) -> Markup {
    html! {
        @match &view.consent.id {
            Some(id) => code { (id) },
            None => (say::NO_ID),
        }
    }
}

fn destination(view: &View) -> Markup {
    html! {
        @match &view.endpoint {
            Ok(endpoint) => (endpoint.host),
            Err(trouble) => (nudge::with_help(&format!("{trouble}\nhelp: {}", trouble.remedy()))),
        }
    }
}

fn rules(view: &View) -> Markup {
    html! {
        table {
            (columns(&[say::SOURCE, say::SAYS, say::WHY]))
            tbody {
                @for rule in &view.rules {
                    tr.decided[rule.decided] {
                        th scope="row" { (rule.name) @if rule.decided { " " span.tag { (say::DECIDED) } } }
                        td { (rule.says.map_or(say::SILENT, |says| state_word(Some(says)))) }
                        td { (typed(&rule.why)) }
                    }
                }
            }
        }
    }
}
