//! Owns the maintainer's page: the five answers, plain.

use crate::collector::answers::Answers;
use maud::{DOCTYPE, Markup, html};

/// The page with these answers.
pub fn of(answers: &Answers) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="color-scheme" content="light dark";
                title { "OnRamp, as its users run it" }
            }
            body {
                h1 { "OnRamp, as its users run it" }
                p { (answers.from) " to " (answers.to) }
                h2 { "How many installs are there?" }
                p { (answers.adoption.installs) " installs" }
                table {
                    tr { th { "week" } th { "installs" } }
                    @for week in answers.adoption.weeks.iter().rev() {
                        tr { td { (week.week) } td { (week.installs) } }
                    }
                }
                h2 { "Which services do people choose?" }
                table {
                    tr { th { "service" } th { "installs" } th { "enabled" } th { "disabled" } }
                    @for s in &answers.services.top {
                        tr { td { (s.service) } td { (s.installs) } td { (s.enabled) } td { (s.disabled) } }
                    }
                }
                @let rare = answers.services.rare;
                p { (rare.services) " services that fewer than " (rare.fewer_than) " installs enabled" }
                h2 { "Which commands do people run?" }
                table {
                    tr { th { "command" } th { "runs" } th { "failed" } }
                    @for c in &answers.commands {
                        tr { td { (c.command) } td { (c.runs) } td { (c.failed) } }
                    }
                }
                h2 { "What fails?" }
                table {
                    tr { th { "command" } th { "error" } th { "errors" } }
                    @for f in &answers.errors.top {
                        tr { td { (f.command) } td { (f.error_type) } td { (f.errors) } }
                    }
                }
                h2 { "How long does it take?" }
                table {
                    tr { th { "command" } th { "runs" } th { "mean" } th { "median" } th { "p95" } }
                    @for d in &answers.durations {
                        tr {
                            td { (d.command) } td { (d.runs) } td { (d.mean_ms.round()) " ms" }
                            td { (d.median_ms) " ms" } td { (d.p95_ms) " ms" }
                        }
                    }
                }
            }
        }
    }
}
