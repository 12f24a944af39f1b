//! What one section shows: a question with its tables and drawings, or the rows of a matrix together.

use isoloir_charts::{bars, dots};
use isoloir_disclosure::ReleaseTable;
use isoloir_survey::{Question, Questionnaire};

use crate::publication::{Edition, OfficeError};

/// Room for the title, the notes and the link around an embedded drawing.
const FRAME_EXTRA_PX: u32 = 380;

/// A drawing that is shown, downloaded and embedded.
#[derive(Debug)]
pub(crate) struct Drawing<'a> {
    /// Its name in addresses: `charts/NAME.svg`.
    pub(crate) name: String,
    /// What it shows, unlike any other's.
    pub(crate) title: String,
    pub(crate) svg: String,
    /// The table that it is drawn from.
    pub(crate) table: &'a ReleaseTable,
}

/// One section.
#[derive(Debug)]
pub(crate) struct Topic<'a> {
    pub(crate) question: &'a Question,
    /// The tables of the question, one per breakdown; of each row, for a matrix.
    pub(crate) questions: Vec<&'a [ReleaseTable]>,
    pub(crate) drawings: Vec<Drawing<'a>>,
}

impl Drawing<'_> {
    /// The drawing with identifiers of its own, for a page that shows it twice.
    pub(crate) fn svg_as(&self, prefix: &str) -> String {
        let id = format!("\"g-{}-", self.name);
        self.svg
            .replace(&id, &format!("\"{prefix}-{}-", self.name))
            .replace(&id[1..], &format!("{prefix}-{}-", self.name))
    }

    /// A height in CSS pixels in which it fits with its title and notes, in a frame as wide as a telephone.
    pub(crate) fn height_px(&self) -> u32 {
        let numbers = self.svg.split_once("viewBox=\"").and_then(|(_, rest)| rest.split_once('"'));
        let height = numbers.and_then(|(numbers, _)| numbers.rsplit(' ').next()?.parse::<u32>().ok());
        height.unwrap_or(FRAME_EXTRA_PX) * 6 / 5 + FRAME_EXTRA_PX
    }
}

impl<'a> Topic<'a> {
    /// Every topic of the edition, in the order in which it was asked.
    pub(crate) fn all(edition: Edition<'a>) -> Result<Vec<Self>, OfficeError> {
        let mut topics: Vec<Self> = Vec::new();
        for tables in edition.release.questions() {
            let Some(question) = asked(edition.questionnaire, &tables[0].spec().question) else { continue };
            match (&question.row_of, topics.last_mut()) {
                (Some(matrix), Some(topic)) if topic.question.id == *matrix => topic.questions.push(tables),
                (Some(matrix), _) => {
                    let heading = edition.questionnaire.question(matrix).unwrap_or(question);
                    topics.push(Self { question: heading, questions: vec![tables], drawings: Vec::new() });
                }
                (None, _) => topics.push(Self { question, questions: vec![tables], drawings: Vec::new() }),
            }
        }
        for topic in &mut topics {
            topic.drawings = topic.draw()?;
        }
        Ok(topics)
    }

    /// The drawing of everybody's answers first, then one per breakdown that may be drawn.
    fn draw(&self) -> Result<Vec<Drawing<'a>>, OfficeError> {
        let mut drawings = Vec::new();
        for tables in &self.questions {
            let table = &tables[0];
            let spec = table.spec();
            if table.total().base.is_none() {
                continue;
            }
            drawings.push(Drawing { name: spec.question.clone(), title: spec.title.clone(), svg: bars(table)?, table });
            for table in *tables {
                let Some(svg) = dots(table)? else { continue };
                let spec = table.spec();
                let title = format!("{}, par {}", spec.title, spec.breakdown.to_lowercase());
                drawings.push(Drawing { name: format!("{}-par-{}", spec.question, spec.by), title, svg, table });
            }
        }
        Ok(drawings)
    }

    /// What stands above it.
    pub(crate) fn title(&self) -> &'a str {
        self.question.short.fr()
    }

    /// The table of everybody, of the first row for a matrix.
    pub(crate) fn first(&self) -> &'a ReleaseTable {
        &self.questions[0][0]
    }

    /// The axis that it informs.
    pub(crate) fn axis(&self) -> Option<&'a str> {
        self.first().spec().axis.as_deref()
    }

    /// Whether it asks who the respondent is: it stands on the page on which the breakdowns are asked.
    pub(crate) fn is_about_respondents(&self, edition: Edition) -> bool {
        let is_breakdown = |id: &str| edition.release.tables().iter().any(|table| table.spec().by == id);
        let asks = |question: &Question| question.id == self.question.id;
        let page = edition.questionnaire.pages.iter().find(|page| page.questions.iter().any(asks));
        let is_profile = |page: &isoloir_survey::Page| page.questions.iter().any(|one| is_breakdown(one.id.as_str()));
        self.axis().is_none() && page.is_some_and(is_profile)
    }
}

fn asked<'q>(questionnaire: &'q Questionnaire, id: &str) -> Option<&'q Question> {
    questionnaire.questions().find(|question| question.id.as_str() == id)
}
