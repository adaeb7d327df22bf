//! Charts, drawn as SVG where the page is written. Each says in words what it shows, and every figure stands in it as
//! text or in the table beside it: nothing is told by colour or size alone.

use std::fmt::Write as _;

use maud::{Markup, html};

/// Width of a chart, in its own units.
const WIDTH: f64 = 640.0;
/// Height of the columns at most.
const HEIGHT: f64 = 160.0;
/// Room for the words below them.
const FOOT: f64 = 22.0;
/// Room for the words above them.
const HEAD: f64 = 16.0;
/// How much of its place a column takes.
const COLUMN_SHARE: f64 = 0.7;
/// Columns that get words below them, at most: more would run into each other.
const LABELS_MAX: usize = 6;

/// A column or bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it is, such as a day.
    pub label: String,
    /// How much.
    pub value: i64,
    /// The same as people read it.
    pub shown: String,
}

/// Columns beside each other: one for each moment of a row. What is below nothing has no height.
pub fn columns(summary: &str, bars: &[Bar]) -> Markup {
    let highest = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    let place = WIDTH / figure(bars.len().max(1));
    let every = bars.len().div_ceil(LABELS_MAX).max(1);
    let top = bars.iter().max_by_key(|bar| bar.value).filter(|bar| bar.value > 0);
    html! {
        svg.chart viewBox={ "0 0 " (WIDTH) " " (HEAD + HEIGHT + FOOT) } role="img" aria-label=(summary) {
            line.chart-axis x1="0" x2=(WIDTH) y1=(HEAD + HEIGHT) y2=(HEAD + HEIGHT) {}
            @if let Some(top) = top {
                line.chart-grid x1="0" x2=(WIDTH) y1=(HEAD) y2=(HEAD) {}
                text.chart-words x="0" y=(HEAD - 5.0) { (top.shown) }
            }
            @for (index, bar) in bars.iter().enumerate() {
                @let height = share(bar.value, highest) * HEIGHT;
                @let x = figure(index) * place;
                rect.chart-column x=(rounded(x + place * (1.0 - COLUMN_SHARE) / 2.0)) y=(rounded(HEAD + HEIGHT - height))
                    width=(rounded(place * COLUMN_SHARE)) height=(rounded(height)) {
                    title { (bar.label) ": " (bar.shown) }
                }
                @if index % every == 0 {
                    text.chart-words x=(rounded(x + place * (1.0 - COLUMN_SHARE) / 2.0)) y=(HEAD + HEIGHT + 16.0) {
                        (bar.label)
                    }
                }
            }
        }
    }
}

/// Bars below each other, each with its words and its figure.
pub fn bars(label: &str, bars: &[Bar]) -> Markup {
    let highest = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    html! {
        ul.bars aria-label=(label) {
            @for bar in bars {
                li {
                    span { (bar.label) }
                    svg.bar viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" {
                        rect.bar-rest width="100" height="6" {}
                        rect.chart-column width=(rounded(share(bar.value, highest) * 100.0)) height="6" {}
                    }
                    span.figure { (bar.shown) }
                }
            }
        }
    }
}

/// How far something has come, as a ring: `basis_points` of ten thousand.
pub fn ring(label: &str, shown: &str, basis_points: i64) -> Markup {
    // A circle of this radius is a hundred units around.
    const RADIUS: &str = "15.915";
    let percent = share(basis_points, 10_000) * 100.0;
    let mut dashes = String::new();
    // Writing to a string cannot fail.
    let _ = write!(dashes, "{} {}", rounded(percent), rounded(100.0 - percent));
    html! {
        svg.ring viewBox="0 0 40 40" role="img" aria-label={ (label) ": " (shown) } {
            circle.ring-rest cx="20" cy="20" r=(RADIUS) {}
            circle.ring-part cx="20" cy="20" r=(RADIUS) stroke-dasharray=(dashes) transform="rotate(-90 20 20)" {}
            text.ring-words x="20" y="22.500" { (shown) }
        }
    }
}

/// Which part of `whole` a value is, from 0 to 1.
fn share(value: i64, whole: i64) -> f64 {
    // Whole thousandths of thousandths are finer than any pixel.
    let millionths = i128::from(value.clamp(0, whole)) * 1_000_000 / i128::from(whole.max(1));
    f64::from(i32::try_from(millionths).unwrap_or(i32::MAX)) / 1_000_000.0
}

fn figure(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// To a tenth: what a page needs to draw it.
fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, value: i64) -> Bar {
        Bar { label: label.to_owned(), value, shown: value.to_string() }
    }

    #[test]
    fn the_highest_column_is_as_high_as_the_chart_and_the_others_in_proportion() {
        let html = columns("Sales", &[bar("Mon", 50), bar("Tue", 100), bar("Wed", 0), bar("Thu", -10)]);
        let html = html.into_string();
        let heights = html.split(" height=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
        assert_eq!(heights.collect::<Vec<_>>(), ["80", "160", "0", "0"]);
        assert!(html.contains("<title>Tue: 100</title>") && html.contains("aria-label=\"Sales\""), "{html}");
        assert!(!html.contains("style=") && !html.contains("NaN"), "{html}");
    }

    #[test]
    fn a_chart_of_nothing_and_of_huge_figures_is_a_chart() {
        for bars in [vec![], vec![bar("a", 0)], vec![bar("a", i64::MAX), bar("b", i64::MIN)]] {
            let html = html! { (columns("x", &bars)) (super::bars("x", &bars)) }.into_string();
            assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
        }
    }

    #[test]
    fn a_long_row_has_no_more_words_than_fit() {
        let days = (0..366).map(|day| bar(&format!("day {day}"), day)).collect::<Vec<_>>();
        let html = columns("x", &days).into_string();
        assert_eq!(html.matches("<text").count(), LABELS_MAX + 1);
    }

    #[test]
    fn a_ring_is_never_more_than_full() {
        let ring = |basis_points| ring("Conversion", "x", basis_points).into_string();
        assert!(ring(2_500).contains("stroke-dasharray=\"25 75\""));
        assert!(ring(99_999).contains("stroke-dasharray=\"100 0\""));
        assert!(ring(-1).contains("stroke-dasharray=\"0 100\""));
    }

    #[test]
    fn labels_stay_text() {
        let hostile = [bar("</title><script>", 1)];
        let html = html! { (columns("\"><script>", &hostile)) (bars("\"><script>", &hostile)) }.into_string();
        assert!(!html.contains("<script>"), "{html}");
    }
}
