//! Owns the charts: boxes laid out by the server's figures and `style.css`, so that the page needs no script, nothing
//! from elsewhere, and fits a telephone.
//!
//! Colours are classes of `style.css`, light and dark. Every figure also stands in the table below its chart.

use crate::collector::report::grouped;
use crate::words::duration;
use maud::{Markup, html};

/// A horizontal bar.
pub struct Bar {
    /// What stands left of it.
    pub label: String,
    /// Its length.
    pub value: f64,
    /// How much of it is bad.
    pub bad: f64,
    /// What stands right of it.
    pub figure: String,
}

/// Horizontal bars, longest first as they are given.
pub fn bars(title: &str, bars: &[Bar]) -> Markup {
    let most = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    html! {
        div.chart.bars role="img" aria-label=(title) {
            @for bar in bars {
                div.bar {
                    span.label { (bar.label) }
                    span.track {
                        i.main style={ "width:" (percent(bar.value - bar.bad, most)) } {}
                        i.bad style={ "width:" (percent(bar.bad, most)) } {}
                    }
                    span.figure { (bar.figure) }
                }
            }
        }
    }
}

/// A column of a row of columns.
pub struct Column {
    /// What may stand below it.
    pub label: String,
    /// Its height.
    pub value: u64,
}

/// Columns from left to right, with a scale.
pub fn columns(title: &str, columns: &[Column]) -> Markup {
    /// As many labels as there is room for; on a narrow screen every third one.
    const LABELS: usize = 7;
    let top = scale(columns.iter().map(|column| column.value).max().unwrap_or(0));
    let each = columns.len().div_ceil(LABELS).max(1);
    let middle = |place: usize| percent(place as f64 + 0.5, columns.len() as f64);
    html! {
        div.chart.columns role="img" aria-label=(title) {
            @for value in [0, top / 2, top] {
                span.line style={ "bottom:" (percent(value as f64, top as f64)) } { span { (grouped(value)) } }
            }
            @for column in columns {
                i.main style={ "height:" (percent(column.value as f64, top as f64)) }
                    title={ (column.label) ": " (grouped(column.value)) } {}
            }
            @for (place, column) in columns.iter().enumerate().step_by(each) {
                span.below.spare[!(place / each).is_multiple_of(3)] style={ "left:" (middle(place)) } { (column.label) }
            }
        }
    }
}

/// A stretch from the median to the 95th percentile, with a mark at the mean.
pub struct Spread {
    /// What stands left of it.
    pub label: String,
    /// Where it begins.
    pub median: f64,
    /// Where the mark is.
    pub mean: f64,
    /// Where it ends.
    pub p95: f64,
    /// What stands right of it.
    pub figure: String,
}

/// Stretches on a logarithmic scale, since commands take from milliseconds to hours.
pub fn spreads(title: &str, spreads: &[Spread]) -> Markup {
    /// Milliseconds that a reader knows by name.
    const TICKS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000];
    let all = || spreads.iter().flat_map(|s| [s.median, s.mean, s.p95]);
    let (least, most) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let first = TICKS.iter().rposition(|tick| *tick as f64 <= least).unwrap_or(0);
    let last = TICKS.iter().position(|tick| *tick as f64 >= most).unwrap_or(TICKS.len() - 1).max(1);
    let ticks = &TICKS[first.min(last - 1)..=last];
    let place_of = |value: f64| value.max(1.0).log10();
    let (low, high) = (place_of(ticks[0] as f64), place_of(ticks[ticks.len() - 1] as f64));
    let at = |value: f64| percent(place_of(value).clamp(low, high) - low, high - low);
    let wide =
        |from: f64, to: f64| percent(place_of(to).clamp(low, high) - place_of(from).clamp(low, high), high - low);
    html! {
        div.chart.bars.spreads role="img" aria-label=(title) {
            @for spread in spreads {
                div.bar {
                    span.label { (spread.label) }
                    span.track {
                        @for tick in ticks { i.tick style={ "left:" (at(*tick as f64)) } {} }
                        i.soft style={ "left:" (at(spread.median)) ";width:" (wide(spread.median, spread.p95)) } {}
                        i.dot style={ "left:" (at(spread.median)) } {}
                        i.mark style={ "left:" (at(spread.mean)) } {}
                    }
                    span.figure { (spread.figure) }
                }
            }
            div.bar {
                span.track.scale {
                    @for (place, tick) in ticks.iter().enumerate() {
                        span.spare[place % 2 == 1] style={ "left:" (at(*tick as f64)) } { (duration(*tick)) }
                    }
                }
            }
        }
    }
}

/// A round number that is not below `most` and can be halved.
fn scale(most: u64) -> u64 {
    let mut unit = 1;
    loop {
        for step in [2, 3, 4, 5, 6, 8, 10] {
            if most <= step * unit && (step * unit).is_multiple_of(2) {
                return step * unit;
            }
        }
        unit *= 10;
    }
}

/// `12.3%` of a length, as style sheets write it; nothing of nothing is nothing.
fn percent(part: f64, whole: f64) -> String {
    let share = if whole > 0.0 { part / whole * 1000.0 } else { 0.0 };
    format!("{}%", share.round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_round_and_high_enough() {
        let scales = [(0, 2), (1, 2), (3, 4), (5, 6), (11, 20), (23, 30), (41, 50), (232, 300), (99_999, 100_000)];
        for (most, top) in scales {
            assert_eq!(scale(most), top, "{most}");
        }
    }

    #[test]
    fn nothing_at_all_is_a_chart_without_broken_numbers() {
        for chart in [bars("x", &[]), columns("x", &[]), spreads("x", &[])] {
            let text = chart.into_string();
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
        let zero = Bar { label: "x".into(), value: 0.0, bad: 0.0, figure: "0".into() };
        assert!(!bars("x", &[zero]).into_string().contains("NaN"));
    }

    #[test]
    fn a_bar_is_as_long_as_its_share_of_the_longest() {
        let bar = |value, bad| Bar { label: "x".into(), value, bad, figure: String::new() };
        let text = bars("x", &[bar(200.0, 50.0), bar(25.0, 0.0)]).into_string();
        let widths: Vec<_> = text.split("width:").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(widths, ["75%", "25%", "12.5%", "0%"]);
    }
}
