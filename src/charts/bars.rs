//! One bar per choice, for everybody: the label above, the share at the end of the bar.

use isoloir_disclosure::ReleaseTable;
use plotters::prelude::Rectangle;
use plotters::style::Color;

use crate::canvas::{BAR, ChartError, LINE_HEIGHT, NEUTRAL, WIDTH, draw, length, scratch, text_style, wrap};
use crate::wording::{finding, percent, sorted_columns};

const BAR_HEIGHT: i32 = 20;
const GAP: i32 = 12;
/// Room for « 100 % » at the end of the longest bar.
const VALUE_WIDTH: i32 = 56;
const TEXT_WIDTH: i32 = WIDTH - 4;
const BAR_WIDTH: i32 = WIDTH - VALUE_WIDTH;

/// Draws the shares of everybody. A masked share has no bar and says so in words.
///
/// # Errors
/// [`ChartError`].
pub fn bars(table: &ReleaseTable) -> Result<String, ChartError> {
    let spec = table.spec();
    let columns: Vec<_> = sorted_columns(table)
        .into_iter()
        .map(|(_, column, estimate)| (scratch(|area| wrap(area, &column.label, TEXT_WIDTH)), column, estimate.share()))
        .collect();
    let block = |lines: &[String]| i32::try_from(lines.len()).unwrap_or(1) * LINE_HEIGHT + BAR_HEIGHT + GAP;
    let height = columns.iter().map(|(lines, ..)| block(lines)).sum();
    let described: Vec<String> = columns
        .iter()
        .map(|(_, column, share)| match share {
            Some(share) => format!("{}\u{a0}: {}", column.label, percent(*share)),
            None => format!("{}\u{a0}: effectif trop petit", column.label),
        })
        .collect();
    let title = match finding(table) {
        Some(finding) => format!("{}\u{a0}: {finding}", spec.title),
        None => spec.title.clone(),
    };
    draw(&format!("g-{}", spec.question), &title, &(described.join("\u{a0}; ") + "."), height, |area| {
        let mut y = 0;
        for (lines, column, share) in &columns {
            for line in lines {
                area.draw_text(line, &text_style(false), (0, y))?;
                y += LINE_HEIGHT;
            }
            let colour = if column.missing { NEUTRAL } else { BAR };
            match share {
                Some(share) => {
                    // A bar of less than two units cannot be seen.
                    let end = length(*share, BAR_WIDTH).max(2);
                    area.draw(&Rectangle::new([(0, y), (end, y + BAR_HEIGHT - 2)], colour.filled()))?;
                    area.draw_text(&percent(*share), &text_style(true), (end + 8, y + 1))?;
                }
                None => area.draw_text("effectif trop petit", &text_style(false).color(&NEUTRAL), (0, y + 1))?,
            }
            y += BAR_HEIGHT + GAP;
        }
        Ok(())
    })
}
