//! Owns how figures are drawn: as SVG, in the page's own colours, so that they follow light and dark.
//!
//! Lists are tables with a bar in each row: whoever can't see the bars reads the same figures. No library draws these:
//! those that there are set colours and sizes in style attributes, which the page's policy forbids, and none of them
//! makes a table.

use super::sections::columns;
use crate::days::text as day_text;
use crate::report::{Took, Use, Week};
use crate::words::duration;
use crate::words::page::figures as say;
use maud::{Markup, html};

/// The size of the column chart in its own units; it is scaled to the room there is.
const WIDTH: u64 = 320;
const HEIGHT: u64 = 132;
/// Above the columns is room for their figures, below them for the dates.
const TOP: u64 = 16;
const BASE: u64 = 112;
/// How many weeks are drawn, and how many rows a list has.
const WEEKS: usize = 12;
const ROWS: usize = 8;
/// The part of its place that a column takes, in hundredths.
const FILLED: u64 = 64;

/// The commands of each of the last weeks as columns, and the same as a table.
pub fn weeks(all: &[Week]) -> Markup {
    let weeks = &all[all.len().saturating_sub(WEEKS)..];
    let most = weeks.iter().map(|week| week.commands).max().unwrap_or(0).max(1);
    let step = WIDTH / WEEKS as u64;
    // The last week is at the right, however few there are.
    let first = (WEEKS - weeks.len()) as u64;
    let tall = |n: u64| n * (BASE - TOP) / most;
    html! {
        svg.columns viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(summary(weeks)) {
            line.axis x1="0" x2=(WIDTH) y1=(BASE) y2=(BASE) {}
            @for (i, week) in (first..).zip(weeks) {
                @let x = i * step + step * (100 - FILLED) / 200;
                @let width = step * FILLED / 100;
                @let (all, failed) = (tall(week.commands), tall(week.failed));
                @if week.commands > 0 {
                    rect.bar x=(x) y=(BASE - all) width=(width) height=(all.max(1)) {}
                    @if failed > 0 { rect.bad x=(x) y=(BASE - failed) width=(width) height=(failed) {} }
                    text.value x=(x + width / 2) y=(BASE - all - 4) { (week.commands) }
                }
                @if (WEEKS as u64 - i) % 3 == 1 {
                    text.label x=(x + width / 2) y=(BASE + 14) { (day_text(week.monday).get(5..).unwrap_or_default()) }
                }
            }
        }
        p.legend { span.key {} (say::COMMANDS) " " span."key bad" {} (say::FAILED) }
        details #weeks {
            summary { (say::TABLE) }
            table {
                (columns(&[say::WEEK, say::COMMANDS_N, say::FAILED_N]))
                tbody { @for week in weeks.iter().rev() {
                    tr { th scope="row" { (day_text(week.monday)) } td.n { (week.commands) } td.n { (week.failed) } }
                } }
            }
        }
    }
}

fn summary(weeks: &[Week]) -> String {
    let all: Vec<_> = weeks.iter().map(|week| week.commands.to_string()).collect();
    format!("{}: {}", say::WEEKS, all.join(", "))
}

/// How often each thing was counted, as a table with bars.
pub fn counts(what: &str, rows: &[(&str, u64)], class: &str) -> Markup {
    let most = rows.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    html! {
        table.bars {
            (columns(&[what, say::TIMES_N]))
            tbody {
                @for (name, n) in rows.iter().take(ROWS) {
                    tr { th scope="row" { span { (name) } (bar(&[(n * 100 / most, class)])) } td.n { (n) } }
                }
            }
        }
    }
}

/// How long the commands take that are used most, as a table with bars: the darker part is the median, all of it the 95th
/// percentile. Those that wait for Ctrl-C take no time of their own.
pub fn durations(commands: &[Use]) -> Markup {
    let timed = commands.iter().filter_map(|command| Some((&command.command, command.took?)));
    let rows: Vec<_> = timed.take(ROWS).collect();
    let most = rows.iter().map(|(_, took)| took.p95).max().unwrap_or(0).max(1);
    let parts = |took: Took| [(took.p95 * 100 / most, "pale"), (took.median * 100 / most, "bar")];
    html! {
        table.bars {
            (columns(&[say::COMMAND, say::MEDIAN_N, say::P95_N]))
            tbody {
                @for (command, took) in &rows {
                    tr {
                        th scope="row" { span { (command) } (bar(&parts(*took))) }
                        td.n { (duration(took.median)) }
                        td.n { (duration(took.p95)) }
                    }
                }
            }
        }
    }
}

/// One bar of parts, each from the left, in hundredths.
fn bar(parts: &[(u64, &str)]) -> Markup {
    html! {
        svg.row viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" {
            rect.rail width="100" height="6" {}
            @for (width, class) in parts { rect class=(class) width=((*width).max(1)) height="6" {} }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_within_the_picture_and_empty_weeks_have_none() {
        let weeks: Vec<_> =
            (0..12).map(|n| Week { monday: 20_770 + 7 * n, commands: n as u64, failed: 1, services: 0 }).collect();
        let drawn = super::weeks(&weeks).into_string();
        assert_eq!(drawn.matches("class=\"bar\"").count(), 11);
        assert!(drawn.contains(&format!("y=\"{TOP}\"")) && !drawn.contains("height=\"0\""), "{drawn}");
        assert!(!super::weeks(&[Week::default()]).into_string().contains("class=\"bar\""));
    }
}
