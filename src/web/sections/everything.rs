//! Owns the section of all that can ever be recorded, from the data that the shim is built from.

use super::{fact, section, typed};
use crate::words::fill;
use crate::words::page::all as say;
use maud::{Markup, html};
use onramp_shim::schema::{EVENTS, FIXED, VERSION};

/// The section.
pub fn everything() -> Markup {
    let content = html! {
        p { (typed(&fill(say::IS, &[("version", &VERSION.to_string())]))) }
        @for event in &EVENTS {
            details id={ "all-" (event.name) } {
                summary { code { (event.name) } }
                dl.facts {
                    (fact(say::WHEN, &html! { (event.when) }))
                    (fact(say::WHY, &html! { (event.why) }))
                    @for property in event.properties { (fact(property.name, &html! { (property.means) })) }
                }
            }
        }
        details #all-fixed {
            summary { (say::FIXED) }
            dl.facts { @for (name, value, why) in &FIXED { (fact(name, &html! { code { (value) } ": " (why) })) } }
        }
    };
    section("all", say::HEADING, &content)
}
