//! A label and the track of its marks: one above the other on a telephone, side by side on a sheet.

use crate::drawing::{Drawing, LINE, Layout, PLAIN};

/// Labels beside their marks take this much of a wide chart.
const LABEL_WIDTH: f64 = 250.0;
const BETWEEN: f64 = 14.0;

/// Where a row's marks go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Track {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) height: f64,
}

impl Track {
    pub(crate) fn middle(self) -> f64 {
        self.y + self.height / 2.0
    }
}

/// Where tracks begin, and how wide they are.
pub(crate) fn extent(layout: Layout) -> (f64, f64) {
    match layout {
        Layout::Narrow => (0.0, layout.width()),
        Layout::Wide => (LABEL_WIDTH, layout.width() - LABEL_WIDTH),
    }
}

/// What the end of a track stands for: half of everybody, or a quarter, where nothing goes further, so that small shares can be
/// told apart.
pub(crate) fn reach(highest: impl Iterator<Item = f64>) -> f64 {
    let highest = highest.fold(0.0, f64::max);
    [0.25, 0.5].into_iter().find(|end| highest <= *end).unwrap_or(1.0)
}

/// Writes a label at the bottom of the drawing, makes room for a track, and returns it.
pub(crate) fn lane(drawing: &mut Drawing, layout: Layout, label: &str, track_height: f64) -> Track {
    let top = drawing.height;
    let (x, width) = extent(layout);
    match layout {
        Layout::Narrow => {
            let lines = PLAIN.wrap(label, width);
            let y = drawing.lines(0.0, top, &lines, PLAIN);
            drawing.height = y + track_height + BETWEEN;
            Track { x, y, height: track_height }
        }
        Layout::Wide => {
            let lines = PLAIN.wrap(label, LABEL_WIDTH - BETWEEN);
            let text_height = LINE * f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX));
            let height = text_height.max(track_height);
            // Capitals are centred on the track: a line is taller than they are.
            drawing.lines(0.0, top + (height - text_height) / 2.0 + 4.0, &lines, PLAIN);
            drawing.height = top + height + BETWEEN;
            Track { x, y: top + (height - track_height) / 2.0, height: track_height }
        }
    }
}
