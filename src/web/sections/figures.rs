//! Owns the section of the person's own figures.

use super::{date, section};
use crate::web::view::View;
use crate::web::{charts, figures::Figures, nudge};
use crate::words::page::figures as say;
use crate::words::{count, fill};
use maud::{Markup, html};

/// The section.
pub fn figures(view: &View) -> Markup {
    let content = html! {
        @match &view.figures {
            Err(why) => (nudge::with_help(why)),
            Ok(figures) if figures.events == 0 => p.quiet { (say::NONE) },
            Ok(figures) => (drawn(figures)),
        }
    };
    section("figures", say::HEADING, &content)
}

fn drawn(figures: &Figures) -> Markup {
    let (events, since) = (count(figures.events, "event"), date(figures.since.unwrap_or(0)));
    let chart = |title: &str, chart: Markup| html! { div.card { h3 { (title) } (chart) } };
    let list = |rows: &[(String, u64)], none: &str, what: &str, class: &str| match rows {
        [] => html! { p.quiet { (none) } },
        rows => charts::counts(what, rows, class),
    };
    html! {
        p.quiet { (fill(say::IS, &[("events", &events), ("since", &since)])) }
        div.charts {
            (chart(say::WEEKS, charts::weeks(&figures.weeks)))
            (chart(say::DURATIONS, charts::durations(&figures.durations)))
            (chart(say::SERVICES, list(&figures.services, say::NO_SERVICES, say::SERVICE, "bar")))
            (chart(say::FAILURES, list(&figures.failures, say::NO_FAILURES, say::FAILURE, "bad")))
        }
    }
}
