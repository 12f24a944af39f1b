//! One bar per choice, for everybody: the label above, the share at the end of the bar.

use isoloir_disclosure::{Column, ReleaseTable};
use plotters::prelude::Rectangle;
use plotters::style::Color;

use crate::canvas::{Area, BAR, ChartError, LINE_HEIGHT, NEUTRAL, WIDTH, draw, length, scratch, text_style, wrap};
use crate::wording::{finding, percent, sorted_columns};

const BAR_HEIGHT: i32 = 20;
const GAP: i32 = 12;
/// Room for « 100 % » at the end of the longest bar.
const VALUE_WIDTH: i32 = 52;
const TEXT_WIDTH: i32 = WIDTH - 4;
/// Where bars start when their labels stand beside them.
const BESIDE_WIDTH: i32 = 32;
/// Longest label that stands beside its bar: the points of a scale.
const BESIDE_CHARS: usize = 3;

/// Draws the shares of everybody. A masked share has no bar and says so in words.
///
/// # Errors
/// [`ChartError`].
pub fn bars(table: &ReleaseTable) -> Result<String, ChartError> {
    let spec = table.spec();
    let columns = sorted_columns(table);
    let is_scale = columns.iter().all(|(_, column, _)| column.missing || column.label.chars().count() <= BESIDE_CHARS);
    let bars: Vec<Bar> =
        columns.iter().map(|(_, column, estimate)| Bar::new(column, estimate.share(), is_scale)).collect();
    let height = bars.iter().map(Bar::height).sum();
    let described: Vec<String> = bars
        .iter()
        .map(|bar| match bar.share {
            Some(share) => format!("{}\u{a0}: {}", bar.column.label, percent(share)),
            None => format!("{}\u{a0}: effectif trop petit", bar.column.label),
        })
        .collect();
    let title = match finding(table) {
        Some(finding) => format!("{}\u{a0}: {finding}", spec.title),
        None => spec.title.clone(),
    };
    draw(&format!("g-{}", spec.question), &title, &(described.join("\u{a0}; ") + "."), height, |area| {
        let mut y = 0;
        for bar in &bars {
            bar.paint(area, y)?;
            y += bar.height();
        }
        Ok(())
    })
}

/// One bar with its label: above it, or beside it on a scale.
struct Bar<'a> {
    column: &'a Column,
    share: Option<f64>,
    lines: Vec<String>,
    is_beside: bool,
}

impl<'a> Bar<'a> {
    fn new(column: &'a Column, share: Option<f64>, is_scale: bool) -> Self {
        let is_beside = is_scale && !column.missing;
        Self { column, share, lines: scratch(|area| wrap(area, &column.label, TEXT_WIDTH)), is_beside }
    }

    fn height(&self) -> i32 {
        let lines = i32::try_from(self.lines.len()).unwrap_or(1);
        if self.is_beside { BAR_HEIGHT + GAP / 2 } else { lines * LINE_HEIGHT + BAR_HEIGHT + GAP }
    }

    fn paint(&self, area: &Area, top: i32) -> Result<(), Box<dyn std::error::Error>> {
        let mut y = top;
        for line in &self.lines {
            area.draw_text(line, &text_style(false), (0, y))?;
            y += if self.is_beside { 0 } else { LINE_HEIGHT };
        }
        let left = if self.is_beside { BESIDE_WIDTH } else { 0 };
        let Some(share) = self.share else {
            area.draw_text("effectif trop petit", &text_style(false).color(&NEUTRAL), (left, y + 1))?;
            return Ok(());
        };
        // A bar of less than two units cannot be seen.
        let right = left + length(share, WIDTH - VALUE_WIDTH - left).max(2);
        let colour = if self.column.missing { NEUTRAL } else { BAR };
        area.draw(&Rectangle::new([(left, y), (right, y + BAR_HEIGHT - 2)], colour.filled()))?;
        area.draw_text(&percent(share), &text_style(true), (right + 8, y + 1))?;
        Ok(())
    }
}
