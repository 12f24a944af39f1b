//! What one section shows: a question with its tables and drawings, or the rows of a matrix together.

use isoloir_charts::{
    Chart, Context, Crossing, Geography, Heading, Layout, bars, choropleth, dots, finding_at_length, likert, likert_by,
    non_response,
};
use isoloir_disclosure::{Change, Profile, Release, ReleaseTable, in_sentence};
use isoloir_export::{ExportError, profile_csv, question_changes_csv, table_csv};
use isoloir_survey::{Kind, Question, Questionnaire};

use super::respondents::profile;
use super::words::french;

/// A chart that is shown, downloaded and embedded, with the numbers that it is drawn from.
#[derive(Debug)]
pub(crate) struct Drawing<'a> {
    pub(crate) chart: Chart,
    pub(crate) numbers: Numbers<'a>,
    /// What it is about, unlike any other's in the edition.
    pub(crate) title: String,
}

/// What a chart is drawn from.
#[derive(Debug)]
pub(crate) enum Numbers<'a> {
    Tables(Vec<&'a ReleaseTable>),
    /// Those of one question.
    Changes(&'a [Change]),
    Profile(&'a Profile),
}

impl Numbers<'_> {
    /// The file of them.
    ///
    /// # Errors
    /// [`ExportError`].
    pub(crate) fn csv(&self, release: &Release, questionnaire: &Questionnaire) -> Result<Vec<u8>, ExportError> {
        match self {
            Self::Tables(tables) => table_csv(&tables.iter().copied().cloned().collect::<Vec<_>>()),
            Self::Changes(changes) => question_changes_csv(release, questionnaire, changes),
            Self::Profile(profile) => profile_csv(profile, release.protection()),
        }
    }
}

/// One section.
#[derive(Debug)]
pub(crate) struct Topic<'a> {
    pub(crate) question: &'a Question,
    /// The tables of the question, one per breakdown; of each row, for a matrix.
    pub(crate) questions: Vec<&'a [ReleaseTable]>,
    /// The first is of everybody.
    pub(crate) drawings: Vec<Drawing<'a>>,
}

impl Drawing<'_> {
    /// Its name in addresses: `charts/NAME.svg`.
    pub(crate) fn name(&self) -> &str {
        self.chart.id()
    }

    /// Whether it is drawn from this table alone.
    pub(crate) fn is_of(&self, table: &ReleaseTable) -> bool {
        matches!(&self.numbers, Numbers::Tables(tables) if matches!(tables[..], [only] if std::ptr::eq(only, table)))
    }

    /// Whether it is drawn from several tables.
    pub(crate) fn is_of_several(&self) -> bool {
        matches!(&self.numbers, Numbers::Tables(tables) if tables.len() > 1)
    }

    /// The drawing with identifiers of its own, for a page that shows it twice.
    pub(crate) fn again(&self) -> String {
        let id = format!("g-{}-", self.name());
        self.chart.drawing(Layout::Narrow).replace(&id, &format!("essentiel-{id}"))
    }
}

impl<'a> Topic<'a> {
    /// Every topic of the edition, in the order in which it was asked.
    pub(crate) fn all(
        release: &'a Release,
        questionnaire: &'a Questionnaire,
        map: Option<&Geography>,
        context: &Context,
    ) -> Vec<Self> {
        let mut topics: Vec<Self> = Vec::new();
        for tables in release.questions() {
            let Some(question) = asked(questionnaire, &tables[0].spec().question) else { continue };
            match (&question.row_of, topics.last_mut()) {
                (Some(matrix), Some(topic)) if topic.question.id == *matrix => topic.questions.push(tables),
                (Some(matrix), _) => {
                    let heading = questionnaire.question(matrix).unwrap_or(question);
                    topics.push(Self { question: heading, questions: vec![tables], drawings: Vec::new() });
                }
                (None, _) => topics.push(Self { question, questions: vec![tables], drawings: Vec::new() }),
            }
        }
        for topic in &mut topics {
            topic.drawings = topic.draw(map, context, &|by| crossing(release, questionnaire, by));
        }
        topics
    }

    /// Everybody's answers first, then the drawings of each breakdown that may be drawn: the map, and against the mean what the
    /// questionnaire puts forward, or else a scale around its middle.
    fn draw(
        &self,
        map: Option<&Geography>,
        context: &Context,
        crossing: &dyn Fn(&str) -> Crossing<'a>,
    ) -> Vec<Drawing<'a>> {
        let published: Vec<_> = self.questions.iter().filter(|tables| tables[0].total().base.is_some()).collect();
        let mut drawings: Vec<Drawing> = self.draw_rows(context).into_iter().collect();
        let is_drawn = !drawings.is_empty();
        for tables in published {
            let first = &tables[0];
            let title = &first.spec().title;
            if !is_drawn {
                drawings.push(Drawing {
                    chart: bars(first, context),
                    numbers: Numbers::Tables(vec![first]),
                    title: title.clone(),
                });
            }
            for table in *tables {
                let by = in_sentence(&table.spec().breakdown);
                let of_table = |chart, title| Drawing { chart, numbers: Numbers::Tables(vec![table]), title };
                let crossing = crossing(&table.spec().by);
                if let Some(chart) = map.and_then(|map| choropleth(table, &crossing, map, context)) {
                    drawings.push(of_table(chart, format!("{title}, carte par {by}")));
                }
                if let Some(chart) =
                    dots(table, &crossing, context).or_else(|| self.draw_scale(table, &crossing, context))
                {
                    drawings.push(of_table(chart, format!("{title}, par {by}")));
                }
            }
        }
        drawings
    }

    /// The answers on a scale, by category of a breakdown. Other choices have no middle, whatever their order.
    fn draw_scale(&self, table: &ReleaseTable, crossing: &Crossing, context: &Context) -> Option<Chart> {
        let is_scale = matches!(self.question.kind, Kind::Scale { .. }) && !table.spec().by.is_empty();
        is_scale.then(|| likert_by(table, crossing, context)).flatten()
    }

    /// All rows of a matrix in one drawing.
    fn draw_rows(&self, context: &Context) -> Option<Drawing<'a>> {
        if self.question.kind != Kind::Matrix {
            return None;
        }
        let heading = Heading {
            id: self.question.id.to_string(),
            title: self.title().to_owned(),
            question: french(self.question.text.fr()),
        };
        let tables: Vec<&ReleaseTable> = self.questions.iter().map(|tables| &tables[0]).collect();
        let chart = likert(&heading, &tables, context)?;
        Some(Drawing { chart, numbers: Numbers::Tables(tables), title: self.title().to_owned() })
    }

    /// What stands above it.
    pub(crate) fn title(&self) -> &'a str {
        self.question.short.fr()
    }

    /// The question as it was asked, with what the ends of a scale mean; that of a matrix without its rows.
    pub(crate) fn asked(&self) -> &'a str {
        if self.question.kind == Kind::Matrix { self.question.text.fr() } else { &self.first().spec().text }
    }

    /// What it found, in one sentence; none when nothing of it is published.
    pub(crate) fn finding(&self) -> Option<String> {
        match (&self.question.kind, self.drawings.first()) {
            (Kind::Matrix, Some(rows)) => Some(rows.chart.caption().title.clone()),
            _ => finding_at_length(self.first()),
        }
    }

    /// Its title and what it found, as a sentence.
    pub(crate) fn said(&self) -> Option<String> {
        let finding = self.finding()?;
        // That of a matrix begins with its title.
        let is_whole = self.question.kind == Kind::Matrix;
        Some(if is_whole { format!("{finding}.") } else { format!("{}\u{a0}: {finding}.", self.title()) })
    }

    /// Whether it asks to choose or to rank what matters most among many things.
    fn asks_what_comes_first(&self) -> bool {
        match self.question.kind {
            Kind::RankTop { .. } => true,
            Kind::Multiple { max, .. } => max.is_some() || !self.question.headline.is_empty(),
            _ => false,
        }
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
    pub(crate) fn is_about_respondents(&self, release: &Release, questionnaire: &Questionnaire) -> bool {
        let is_breakdown = |id: &str| release.tables().iter().any(|table| table.spec().by == id);
        let asks = |question: &Question| question.id == self.question.id;
        let page = questionnaire.pages.iter().find(|page| page.questions.iter().any(asks));
        let is_profile = |page: &isoloir_survey::Page| page.questions.iter().any(|one| is_breakdown(one.id.as_str()));
        self.axis().is_none() && page.is_some_and(is_profile)
    }
}

/// What a folder of results shows besides its tables.
#[derive(Debug)]
pub struct Shown {
    /// Every chart: those of the questions, who answered, the questions without an answer.
    pub charts: Vec<Chart>,
    /// What stands out, by rule ([`findings`]), a sentence each.
    pub findings: Vec<String>,
}

/// What a release shows, whichever way it is handed over. `census` is where the margins are from.
pub fn shown(
    release: &Release,
    questionnaire: &Questionnaire,
    map: Option<&Geography>,
    census: Option<&str>,
    context: &Context,
) -> Shown {
    let topics = Topic::all(release, questionnaire, map, context);
    let findings = findings(release, questionnaire, &topics).into_iter().filter_map(Topic::said).collect();
    let drawn = topics.into_iter().flat_map(|topic| topic.drawings);
    let who = profile(release, questionnaire, census, context);
    let charts = drawn.chain(who).map(|drawing| drawing.chart).chain(non_response(release, context)).collect();
    Shown { charts, findings }
}

/// What stands out: first what residents put first among many things, asked for all axes together; then, of what all axes
/// share and of each axis, the first question whose headline the questionnaire names. The rule does not look at the numbers, so
/// that nobody can be suspected of having picked the most striking ones.
pub(crate) fn findings<'a, 'b>(
    release: &Release,
    questionnaire: &Questionnaire,
    topics: &'b [Topic<'a>],
) -> Vec<&'b Topic<'a>> {
    let is_told = |topic: &&Topic| !topic.is_about_respondents(release, questionnaire) && topic.finding().is_some();
    let wanted = topics.iter().filter(is_told).find(|topic| topic.axis().is_none() && topic.asks_what_comes_first());
    let of_axis = |axis: Option<&str>| {
        let has_headline = |topic: &&Topic| topic.axis() == axis && !topic.first().spec().headline.is_empty();
        topics.iter().filter(is_told).find(has_headline)
    };
    let axes = questionnaire.axes.iter().map(|axis| Some(axis.id.as_str()));
    let mut found: Vec<&Topic> = wanted.into_iter().collect();
    for topic in std::iter::once(None).chain(axes).filter_map(of_axis) {
        if !found.iter().any(|known| known.question.id == topic.question.id) {
            found.push(topic);
        }
    }
    found
}

/// What charts know of a breakdown besides its table.
fn crossing<'a>(release: &'a Release, questionnaire: &'a Questionnaire, by: &str) -> Crossing<'a> {
    let by = asked(questionnaire, by);
    let is_ordered = by.is_some_and(Question::keeps_order);
    let declined = by.into_iter().flat_map(Question::choices).filter(|choice| choice.missing);
    let unnamed = declined.map(|choice| choice.code.as_str()).chain([isoloir_disclosure::OTHERS]).collect();
    Crossing { tests: release.tests(), is_ordered, unnamed }
}

/// The questions that were most often left without an answer.
pub(crate) fn unanswered<'a>(release: &'a Release, context: &Context) -> Option<Drawing<'a>> {
    let chart = non_response(release, context)?;
    let numbers = Numbers::Tables(release.non_response().iter().collect());
    Some(Drawing { chart, numbers, title: "Questions sans réponse".to_owned() })
}

pub(crate) fn asked<'q>(questionnaire: &'q Questionnaire, id: &str) -> Option<&'q Question> {
    questionnaire.questions().find(|question| question.id.as_str() == id)
}
