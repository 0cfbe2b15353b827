//! Owns the section of the person's own figures.

use super::section;
use crate::days::text as day_text;
use crate::report::{Report, Service};
use crate::web::view::View;
use crate::web::{charts, nudge};
use crate::words::page::figures as say;
use crate::words::{count, fill};
use maud::{Markup, html};

/// The section.
pub fn figures(view: &View) -> Markup {
    let content = html! {
        @match &view.figures {
            Err(why) => (nudge::with_help(why)),
            Ok(report) => @match report.days {
                Some((first, _)) => (drawn(report, first)),
                None => p.quiet { (say::NONE) },
            },
        }
    };
    section("figures", say::HEADING, &content)
}

fn drawn(report: &Report, first: i64) -> Markup {
    let sum = [("events", &*count(report.events, "event")), ("since", &day_text(first))];
    let chart = |title: &str, chart: Markup| html! { div.card { h3 { (title) } (chart) } };
    let list = |rows: &[(&str, u64)], none: &str, what: &str, class: &str| match rows {
        [] => html! { p.quiet { (none) } },
        rows => charts::counts(what, rows, class),
    };
    let mut services: Vec<&Service> = report.services.iter().filter(|service| service.enabled > 0).collect();
    services.sort_by(|a, b| b.enabled.cmp(&a.enabled).then_with(|| a.service.cmp(&b.service)));
    let services: Vec<_> = services.iter().map(|service| (&*service.service, service.enabled)).collect();
    let failures: Vec<_> = report.failures.iter().map(|failure| (&*failure.error, failure.times)).collect();
    html! {
        p.quiet { (fill(say::IS, &sum)) }
        div.charts {
            (chart(say::WEEKS, charts::weeks(&report.weeks)))
            (chart(say::DURATIONS, charts::durations(&report.commands)))
            (chart(say::SERVICES, list(&services, say::NO_SERVICES, say::SERVICE, "bar")))
            (chart(say::FAILURES, list(&failures, say::NO_FAILURES, say::FAILURE, "bad")))
        }
    }
}
