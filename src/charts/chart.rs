//! A chart: a drawing in two layouts, with its caption and what it says to who does not see it.

use crate::caption::{Caption, Context, sentence};
use crate::color::{GUIDE, SOFT};
use crate::drawing::{Drawing, Layout, PLAIN, STRONG, Stroke, Style};
use crate::png::{ChartError, render};
use crate::svg::{Naming, document};

const TITLE: Style = Style { size: 20.0, ..STRONG };
/// Notes are read at leisure, and a file of its own is shown wider than a figure in a page: 13 CSS pixels on a telephone.
const NOTE: Style = Style { size: 15.0, ..PLAIN };
/// White around a file of its own.
const MARGIN: f64 = 14.0;

/// A chart of published numbers.
#[derive(Debug, Clone)]
pub struct Chart {
    id: String,
    caption: Caption,
    alternative: String,
    warnings: Vec<String>,
    narrow: Drawing,
    wide: Drawing,
}

/// What a form of chart says besides its drawing.
pub(crate) struct Words {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) question: String,
    pub(crate) lecture: String,
    pub(crate) champ: String,
    /// Whether its shares carry the weights of the edition.
    pub(crate) is_weighted: bool,
    /// What the marks are, where that needs a word.
    pub(crate) marks: String,
    /// Further sources, such as the census.
    pub(crate) also_from: Option<String>,
    /// Every published value.
    pub(crate) alternative: String,
}

impl Chart {
    pub(crate) fn new(context: &Context, words: Words, draw: impl Fn(Layout) -> Drawing) -> Self {
        let Words { id, title, question, lecture, champ, is_weighted, marks, also_from, alternative } = words;
        let source = match also_from {
            Some(other) => format!("{}\u{202f}; {other}", context.source()),
            None => context.source(),
        };
        let notes: Vec<String> = [marks, context.method(is_weighted)].iter().map(|text| sentence(text)).collect();
        let caption = Caption {
            title: sentence(&title).trim_end_matches('.').to_owned(),
            question: sentence(&question),
            lecture: sentence(&lecture),
            champ: sentence(&champ),
            source: sentence(&source),
            note: notes.join(" ").trim().to_owned(),
        };
        let (narrow, wide) = (draw(Layout::Narrow), draw(Layout::Wide));
        Self { id, caption, alternative: sentence(&alternative), warnings: context.warnings(), narrow, wide }
    }

    /// The chart's name in file names and addresses: `renonce`, `renonce-par-commune`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What stands around it.
    pub fn caption(&self) -> &Caption {
        &self.caption
    }

    /// The same in words: every value that is published, so that nobody needs to see the drawing.
    pub fn alternative(&self) -> &str {
        &self.alternative
    }

    /// The drawing alone, for a page that has the caption as text. It takes the width that the page gives it; its text is 12
    /// CSS pixels at least where the narrow layout has 256, or the wide one 512.
    pub fn drawing(&self, layout: Layout) -> String {
        let mut drawing = self.laid_out(layout).clone();
        self.warn(&mut drawing);
        document(&drawing, &self.naming(layout, "g"), false)
    }

    /// A file of its own, with the whole caption, on white.
    pub fn svg(&self, layout: Layout) -> String {
        document(&self.sheet(layout), &self.naming(layout, "f"), true)
    }

    /// [`Self::svg`] as PNG, at so many points per unit: at 2, the narrow layout is 720 points wide.
    ///
    /// # Errors
    /// [`ChartError`].
    pub fn png(&self, layout: Layout, scale: f32) -> Result<Vec<u8>, ChartError> {
        render(&self.id, &self.svg(layout), scale)
    }

    pub(crate) fn laid_out(&self, layout: Layout) -> &Drawing {
        match layout {
            Layout::Narrow => &self.narrow,
            Layout::Wide => &self.wide,
        }
    }

    /// The title, the question, the drawing, the notes.
    pub(crate) fn sheet(&self, layout: Layout) -> Drawing {
        let width = layout.width();
        let mut sheet = Drawing::new(width);
        sheet.paragraph(&self.caption.title, TITLE);
        sheet.height += 4.0;
        sheet.paragraph(&self.caption.question, NOTE.colored(SOFT));
        sheet.height += 14.0;
        sheet.append(self.laid_out(layout).clone());
        self.warn(&mut sheet);
        sheet.height += 12.0;
        sheet.line((0.0, sheet.height), (width, sheet.height), Stroke::new(GUIDE, 1.0));
        sheet.height += 8.0;
        for (heading, text) in self.caption.notes() {
            sheet.paragraph(&format!("{heading}\u{a0}: {text}"), NOTE);
            sheet.height += 3.0;
        }
        sheet.with_margin(MARGIN)
    }

    fn warn(&self, drawing: &mut Drawing) {
        for warning in &self.warnings {
            drawing.height += 10.0;
            drawing.paragraph(warning, STRONG);
        }
    }

    fn naming(&self, layout: Layout, prefix: &str) -> Naming<'_> {
        let width = if layout == Layout::Wide { "-large" } else { "" };
        let warnings: Vec<&str> = self.warnings.iter().map(String::as_str).collect();
        let title = match warnings[..] {
            [] => self.caption.title.clone(),
            _ => format!("{} ({})", self.caption.title, warnings.join(", ")),
        };
        Naming { id: format!("{prefix}-{}{width}", self.id), title, description: &self.alternative }
    }
}
