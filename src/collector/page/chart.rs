//! Owns the charts: SVG made on the server, so that the page needs no script and nothing from elsewhere.
//!
//! Colours are classes of `style.css`, light and dark. Every figure also stands in the table below its chart.

use crate::collector::report::{grouped, seconds};
use maud::{Markup, html};

const WIDTH: f64 = 720.0;
const ROW: f64 = 26.0;
/// Where the bars begin, right of their labels.
const LEFT: f64 = 210.0;
/// Where the longest bar ends, left of its figure.
const RIGHT: f64 = 540.0;

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
    let length = |value: f64| if most > 0.0 { value / most * (RIGHT - LEFT) } else { 0.0 };
    let height = ROW * bars.len() as f64;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(title) {
            @for (place, bar) in bars.iter().enumerate() {
                @let (y, long) = (ROW * place as f64, length(bar.value));
                text x=(LEFT - 8.0) y=(y + 17.0) text-anchor="end" { (short(&bar.label)) }
                rect.main x=(LEFT) y=(y + 4.0) width=(px(long)) height="17" rx="2" {}
                @if bar.bad > 0.0 {
                    @let bad = length(bar.bad);
                    rect.bad x=(px(LEFT + long - bad)) y=(y + 4.0) width=(px(bad)) height="17" rx="2" {}
                }
                text.quiet x=(px(LEFT + long + 6.0)) y=(y + 17.0) { (bar.figure) }
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
    const HEIGHT: f64 = 160.0;
    const EDGE: f64 = 44.0;
    let top = scale(columns.iter().map(|column| column.value).max().unwrap_or(0));
    let width = (WIDTH - EDGE) / columns.len().max(1) as f64;
    let y = |value: u64| HEIGHT - value as f64 / top as f64 * (HEIGHT - 14.0);
    // As many labels as there is room for.
    let each = (70.0 / width).ceil().max(1.0) as usize;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT + 22.0) } role="img" aria-label=(title) {
            @for value in [0, top / 2, top] {
                line.grid x1=(EDGE) x2=(WIDTH) y1=(px(y(value))) y2=(px(y(value))) {}
                text.quiet x=(EDGE - 6.0) y=(px(y(value) + 4.0)) text-anchor="end" { (grouped(value)) }
            }
            @for (place, column) in columns.iter().enumerate() {
                @let x = EDGE + width * place as f64;
                @let wide = (width * 0.8).min(48.0);
                @let middle = x + width / 2.0;
                rect.main x=(px(middle - wide / 2.0)) y=(px(y(column.value))) width=(px(wide))
                    height=(px(HEIGHT - y(column.value))) rx="1" { title { (column.label) ": " (column.value) } }
                @if place % each == 0 {
                    text.quiet x=(px(middle)) y=(HEIGHT + 17.0) text-anchor="middle" { (column.label) }
                }
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
    let x = |value: f64| LEFT + (place_of(value).clamp(low, high) - low) / (high - low) * (RIGHT - LEFT);
    let height = ROW * spreads.len() as f64;
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (height + 22.0) } role="img" aria-label=(title) {
            @for tick in ticks {
                @let at = px(x(*tick as f64));
                line.grid x1=(at) x2=(at) y1="0" y2=(height) {}
                text.quiet x=(at) y=(height + 16.0) text-anchor="middle" { (seconds(*tick)) }
            }
            @for (place, spread) in spreads.iter().enumerate() {
                @let y = ROW * place as f64;
                @let (from, to) = (x(spread.median), x(spread.p95));
                text x=(LEFT - 8.0) y=(y + 17.0) text-anchor="end" { (short(&spread.label)) }
                rect.soft x=(px(from)) y=(y + 8.0) width=(px((to - from).max(1.0))) height="9" rx="2" {}
                circle.main cx=(px(from)) cy=(y + 12.5) r="5" {}
                line.mark x1=(px(x(spread.mean))) x2=(px(x(spread.mean))) y1=(y + 6.0) y2=(y + 19.0) {}
                text.quiet x=(RIGHT + 14.0) y=(y + 17.0) { (spread.figure) }
            }
        }
    }
}

/// A round number that is not below `most` and can be halved.
fn scale(most: u64) -> u64 {
    let mut unit = 1;
    loop {
        for step in [2, 4, 10] {
            if most <= step * unit {
                return step * unit;
            }
        }
        unit *= 10;
    }
}

/// A tenth of a pixel is enough.
fn px(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A label that fits left of the bars.
fn short(label: &str) -> String {
    const MOST: usize = 30;
    if label.chars().count() <= MOST {
        return label.to_owned();
    }
    label.chars().take(MOST - 1).chain(['\u{2026}']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_round_and_high_enough() {
        for (most, top) in [(0, 2), (1, 2), (3, 4), (5, 10), (11, 20), (39, 40), (41, 100), (99_999, 100_000)] {
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
}
