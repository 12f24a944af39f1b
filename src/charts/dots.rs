//! One dot per commune against the share of everybody, for the answers that the questionnaire puts forward.

use isoloir_disclosure::{Estimate, ReleaseTable};
use plotters::prelude::{Circle, PathElement};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::canvas::{
    AXIS, BAR, ChartError, INK, LINE_HEIGHT, NEUTRAL, WIDTH, Words, draw, length, scratch, text_style, text_width, wrap,
};
use crate::wording::percent;

const ROW_HEIGHT: i32 = 56;
const HEADER_HEIGHT: i32 = LINE_HEIGHT + 16;
/// Room for the ends of the scale, under the last track.
const FOOTER_HEIGHT: i32 = LINE_HEIGHT + 8;
const DOT_RADIUS: i32 = 8;
const MARGIN: i32 = 12;
const TRACK_WIDTH: i32 = WIDTH - 2 * MARGIN;

/// Draws the share of the headline answers in each category of the breakdown; `None` when the question has no headline, no
/// breakdown, or nothing that may be shown.
///
/// # Errors
/// [`ChartError`].
pub fn dots(table: &ReleaseTable) -> Result<Option<String>, ChartError> {
    let spec = table.spec();
    let headline: Vec<usize> =
        spec.columns.iter().enumerate().filter(|(_, c)| spec.headline.contains(&c.code)).map(|(i, _)| i).collect();
    if headline.is_empty() || spec.breakdown.is_empty() {
        return Ok(None);
    }
    // The sum of shares is published only when each of them is.
    let share = |cells: &[Estimate]| -> Option<f64> {
        headline.iter().map(|index| cells[*index].share()).sum::<Option<f64>>().map(|sum| sum.min(1.0))
    };
    let Some(mean) = share(&table.total().cells) else { return Ok(None) };
    let mut rows: Vec<(&str, Option<f64>)> = spec
        .rows
        .iter()
        .zip(table.rows())
        .skip(1)
        .map(|(row, values)| (row.label.as_str(), share(&values.cells)))
        .collect();
    rows.sort_by(|(_, a), (_, b)| b.unwrap_or(-1.0).total_cmp(&a.unwrap_or(-1.0)));
    if rows.iter().all(|(_, share)| share.is_none()) {
        return Ok(None);
    }

    let protection = table.protection();
    let labels: Vec<String> =
        headline.iter().map(|index| format!("«\u{a0}{}\u{a0}»", spec.columns[*index].label)).collect();
    let answer = labels.join(" ou ");
    let description: Vec<String> = rows
        .iter()
        .map(|(label, share)| match share {
            Some(share) => format!("{label}\u{a0}: {}", percent(*share, protection)),
            None => format!("{label}\u{a0}: effectif trop petit"),
        })
        .collect();
    let description = format!("Ensemble\u{a0}: {}. {}.", percent(mean, protection), description.join("\u{a0}; "));
    let heading = scratch(|area| wrap(area, &format!("Répondent {answer}"), TRACK_WIDTH));
    let top = i32::try_from(heading.len()).unwrap_or(1) * LINE_HEIGHT + HEADER_HEIGHT;
    let bottom = top + ROW_HEIGHT * i32::try_from(rows.len()).unwrap_or(0);
    let height = bottom + FOOTER_HEIGHT;
    let title = format!("{}\u{a0}: {answer}, par {}", spec.title, spec.breakdown.to_lowercase());

    let words = Words { id: format!("g-{}-par-{}", spec.question, spec.by), title, description, protection };
    draw(&words, height, |area| {
        for (line, y) in heading.iter().zip((0..).step_by(21)) {
            area.draw_text(line, &text_style(false), (0, y))?;
        }
        let mean_x = MARGIN + length(mean, TRACK_WIDTH);
        let mean_label = format!("Ensemble\u{a0}: {}", percent(mean, protection));
        let label_width = text_width(area, &mean_label, true);
        let label_x = (mean_x - label_width / 2).clamp(0, WIDTH - label_width);
        area.draw_text(&mean_label, &text_style(true), (label_x, top - LINE_HEIGHT - 6))?;
        for ((label, share), y) in rows.iter().zip((top..).step_by(56)) {
            let track = y + LINE_HEIGHT + 14;
            area.draw(&PathElement::new(vec![(MARGIN, track), (MARGIN + TRACK_WIDTH, track)], AXIS.stroke_width(1)))?;
            // The mean is marked on each track and not through the labels.
            area.draw(&PathElement::new(vec![(mean_x, track - 12), (mean_x, track + 12)], INK.stroke_width(2)))?;
            let Some(share) = share else {
                let text = format!("{label}\u{a0}: effectif trop petit");
                area.draw_text(&text, &text_style(false).color(&NEUTRAL), (0, y + 2))?;
                continue;
            };
            area.draw_text(&format!("{label}\u{a0}: {}", percent(*share, protection)), &text_style(false), (0, y + 2))?;
            let x = MARGIN + length(*share, TRACK_WIDTH);
            area.draw(&Circle::new((x, track), DOT_RADIUS, BAR.filled()))?;
        }
        area.draw_text(&percent(0.0, protection), &text_style(false), (0, bottom + 6))?;
        let at_the_right = text_style(false).pos(Pos::new(HPos::Right, VPos::Top));
        area.draw_text("100\u{a0}%", &at_the_right, (WIDTH, bottom + 6))?;
        Ok(())
    })
    .map(Some)
}
