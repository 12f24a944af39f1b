//! Every table of a questionnaire: counts with their keys, weighted shares, tests.

use isoloir_disclosure::{Column, RawEdition, RawTable, Row, TableSpec, Tally};
use isoloir_statistics::{
    Breakdown, Dimension, Frame, RakingError, RakingReport, Tables, Trimming, WeightedCount, Weights, rake,
};
use isoloir_survey::{Choice, Kind, Lang, Question, QuestionId, Questionnaire, Role};

use crate::columns::{Item, items_of, tabulated};
use crate::count::{KeyedCube, TalliedRows};
use crate::error::{AnalysisError, EmptyCategory};
use crate::margins::Margins;
use crate::overlap::overlapping;
use crate::snapshot::Snapshot;
use crate::treatment::treatment;

/// The category of those who did not answer; no choice has such a code.
const NO_ANSWER: &str = "(sans réponse)";

/// Questionnaires ask for the sex in a question of this name; a type of its own would say no more.
const SEX: &str = "sexe";
/// The codes of two of its choices.
const WOMEN_AND_MEN: [&str; 2] = ["femme", "homme"];

/// How respondents are weighted.
#[derive(Debug, Clone)]
pub struct Weighting {
    /// The population that they should stand for.
    pub margins: Margins,
    /// Whether the largest weights are cut at five times the median.
    pub trim: bool,
}

/// Tabulates every question with choices: for everybody, then by each breakdown. The base of a row is those who answered the
/// question. Breakdowns are the territory, the age, the sex and the variables of the margins; those who left one empty or declined
/// to say are in none of its rows.
///
/// # Errors
/// [`AnalysisError`].
pub fn tabulate(
    questionnaire: &Questionnaire,
    snapshot: &Snapshot,
    weighting: Option<&Weighting>,
) -> Result<RawEdition, AnalysisError> {
    let columns = snapshot.columns(questionnaire)?;
    let breakdowns = breakdowns(questionnaire, weighting);
    let of_weights = match weighting {
        Some(weighting) => weighting.margins.questions(questionnaire),
        None => breakdowns.clone(),
    };
    let dimensions: Vec<Item> = of_weights.iter().map(|question| Item { question, option: None }).collect();
    let frame = Frame::new(of_weights.iter().map(|question| dimension(question)).collect())?;
    let counted = KeyedCube::count(&frame, &columns, &dimensions)?;
    let (weights, report) = match weighting {
        Some(weighting) => {
            let (weights, report) = weigh(questionnaire, &counted, weighting)?;
            (weights, Some(report))
        }
        None => (Weights::one(frame.clone()), None),
    };

    let everybody = Part::new(&counted, &weights, &frame.whole())?;
    let sorted_by: Vec<Item> = breakdowns.iter().map(|question| Item { question, option: None }).collect();
    let overlaps = overlapping(&columns, &sorted_by)?;
    let mut parts = Vec::new();
    for (question, overlaps) in breakdowns.into_iter().zip(overlaps) {
        let part = if let Some(index) = of_weights.iter().position(|known| known.id == question.id) {
            Part::new(&counted, &weights, &answered(&frame, index, question)?)?
        } else {
            // It carries no weight: its cells are those of the weights, divided.
            let frame = frame.extended(dimension(question))?;
            let all: Vec<Item> = dimensions.iter().copied().chain([Item { question, option: None }]).collect();
            let counted = KeyedCube::count(&frame, &columns, &all)?;
            Part::new(&counted, &weights, &answered(&frame, dimensions.len(), question)?)?
        };
        parts.push(By { question, part, overlaps });
    }
    let (mut tables, mut non_response) = (Vec::new(), Vec::new());
    let mut first_item = 0;
    for question in tabulated(questionnaire) {
        let asked = Asked { questionnaire, question, first_item };
        // A question by itself would say nothing.
        let by: Vec<_> = parts.iter().filter(|by| by.question.id != question.id).collect();
        for by in &by {
            tables.push(asked.table(&everybody, Some(by))?);
        }
        if by.is_empty() {
            tables.push(asked.table(&everybody, None)?);
        }
        if question.is_asked() {
            non_response.push(asked.non_response(&everybody)?);
        }
        first_item += items_of(question).len();
    }
    let keys = columns.keys()?;
    let sum = keys.iter().fold(0_u64, |sum, key| sum.wrapping_add(*key));
    let respondents = Tally::new(u64::from(counted.cube.total()), sum);
    let edition = RawEdition::new(respondents, tables).with_non_response(non_response);
    let edition = match (age_question(questionnaire), sex_question(questionnaire)) {
        (Some(age), Some(sex)) => edition.with_profile(age.id.as_str(), sex.id.as_str(), WOMEN_AND_MEN),
        _ => edition,
    };
    Ok(match report {
        Some(report) => edition.with_weighting(report),
        None => edition,
    })
}

fn age_question(questionnaire: &Questionnaire) -> Option<&Question> {
    let is_age = |question: &&Question| matches!(question.kind, Kind::Single { role: Some(Role::AgeBand), .. });
    questionnaire.questions().find(is_age)
}

fn sex_question(questionnaire: &Questionnaire) -> Option<&Question> {
    let is_sex = |question: &&Question| question.id.as_str() == SEX && matches!(question.kind, Kind::Single { .. });
    questionnaire.questions().find(is_sex)
}

/// The questions by whose choices the others are broken down.
fn breakdowns<'q>(questionnaire: &'q Questionnaire, weighting: Option<&Weighting>) -> Vec<&'q Question> {
    let (age, sex) = (age_question(questionnaire), sex_question(questionnaire));
    let weighted = weighting.map(|weighting| weighting.margins.questions(questionnaire)).unwrap_or_default();
    let mut breakdowns: Vec<&Question> = Vec::new();
    for question in questionnaire.territory_question().into_iter().chain(age).chain(sex).chain(weighted) {
        if !breakdowns.iter().any(|known| known.id == question.id) {
            breakdowns.push(question);
        }
    }
    breakdowns
}

/// The choices of a question, then those who did not answer.
fn dimension(question: &Question) -> Dimension {
    let codes = question.choices().iter().map(|choice| choice.code.to_string());
    Dimension { name: question.id.to_string(), categories: codes.chain([NO_ANSWER.to_owned()]).collect() }
}

/// One row per choice that says something; those who did not answer are in none.
fn answered(frame: &Frame, dimension: usize, question: &Question) -> Result<Breakdown, AnalysisError> {
    let codes: Vec<String> = categories(question).map(|choice| choice.code.to_string()).collect();
    let mut rows = 0..;
    let groups = question.choices().iter().map(|choice| if choice.missing { None } else { rows.next() });
    let groups: Vec<Option<usize>> = groups.chain([None]).collect();
    Ok(frame.by(dimension)?.grouped(question.id.as_str(), codes, &groups)?)
}

/// The choices that make a row of a breakdown.
pub(crate) fn categories(breakdown: &Question) -> impl Iterator<Item = &Choice> {
    breakdown.choices().iter().filter(|choice| !choice.missing)
}

fn weigh(
    questionnaire: &Questionnaire,
    counted: &KeyedCube,
    weighting: &Weighting,
) -> Result<(Weights, RakingReport), AnalysisError> {
    let margins = weighting.margins.over(questionnaire, &counted.cube)?;
    let trimming = weighting.trim.then(Trimming::default);
    rake(&counted.cube, &margins, trimming).map_err(|error| match error {
        RakingError::NoRespondent(empty) => {
            AnalysisError::NoRespondent(empty.into_iter().map(|empty| named(questionnaire, empty)).collect())
        }
        other => AnalysisError::Raking(other),
    })
}

/// Gives a category without respondents the labels that people know.
fn named(questionnaire: &Questionnaire, empty: isoloir_statistics::EmptyCategory) -> EmptyCategory {
    let question = questionnaire.questions().find(|question| question.id.as_str() == empty.variable);
    let label = |code: &str| {
        let choice = question.and_then(|question| question.choice(code));
        choice.map_or_else(|| code.to_owned(), |choice| choice.label.fr().to_owned())
    };
    let (merge_into, label) = (empty.merge_into.map(|into| (into.clone(), label(&into))), label(&empty.category));
    let (variable, code, population) = (empty.variable, empty.category, empty.population);
    EmptyCategory { variable, code, label, population, merge_into }
}

/// Every item by the rows of one breakdown.
struct Part {
    tallies: TalliedRows,
    tables: Tables,
}

impl Part {
    fn new(counted: &KeyedCube, weights: &Weights, breakdown: &Breakdown) -> Result<Self, AnalysisError> {
        Ok(Self { tallies: counted.rows(breakdown), tables: Tables::new(&counted.cube, weights, breakdown)? })
    }

    /// The sums of those who answered a question, and of those who gave each of its choices, in a row.
    fn sums(&self, question: &Question, first_item: usize, row: usize) -> (WeightedCount, Vec<WeightedCount>) {
        let by_code = |item| self.tables.answers(item, row).map(|answers| answers.by_code()).unwrap_or_default();
        let first = by_code(first_item);
        let base = first.iter().copied().fold(WeightedCount::default(), WeightedCount::plus);
        if !question.takes_several() {
            return (base, first);
        }
        let options = first_item..first_item + question.choices().len();
        (base, options.map(|item| by_code(item).get(1).copied().unwrap_or_default()).collect())
    }
}

/// A breakdown.
struct By<'q> {
    question: &'q Question,
    part: Part,
    /// Whether it sorts respondents as an earlier one does.
    overlaps: bool,
}

/// A question and where its items start.
struct Asked<'q> {
    questionnaire: &'q Questionnaire,
    question: &'q Question,
    first_item: usize,
}

impl Asked<'_> {
    fn table(&self, everybody: &Part, by: Option<&By>) -> Result<RawTable, AnalysisError> {
        let breakdown = by.map(|by| by.question);
        let spec = spec(self.questionnaire, self.question, breakdown);
        let overlaps = by.is_some_and(|by| by.overlaps);
        let treatment = treatment(self.questionnaire, self.question, breakdown, overlaps);
        let rows = breakdown.map_or(0, |breakdown| categories(breakdown).count());
        let by = by.map(|by| &by.part);
        let places: Vec<(&Part, usize)> = std::iter::once((everybody, 0))
            .chain(by.into_iter().flat_map(|part| (0..rows).map(move |row| (part, row))))
            .collect();
        let columns = 0..self.question.choices().len();
        let bases = places.iter().map(|(part, row)| part.tallies.base(*row, self.first_item)).collect();
        let cells = places.iter().map(|(part, row)| {
            let tally = |column| {
                let (item, code) = self.place(column);
                part.tallies.code(*row, item, code)
            };
            columns.clone().map(tally).collect()
        });
        let sums = places.iter().map(|(part, row)| part.sums(self.question, self.first_item, *row));
        let (base_sums, cell_sums) = sums.unzip();
        let design_size = everybody.tables.design_size();
        let table = RawTable::new(spec, bases, cells.collect())?.with_sums(design_size, base_sums, cell_sums)?;
        Ok(table.treated(treatment))
    }

    /// Those to whom the question was put: they answered, in words that are no answer or in others, or left it empty.
    fn non_response(&self, everybody: &Part) -> Result<RawTable, AnalysisError> {
        let tallies = &everybody.tallies;
        let skipped = tallies.skipped(0, self.first_item);
        let shown = tallies.base(0, self.first_item).plus(skipped);
        let choices = self.question.choices().iter().enumerate().filter(|(_, choice)| choice.missing);
        let declined = choices.map(|(column, _)| {
            let (item, code) = self.place(column);
            tallies.code(0, item, code)
        });
        let declined = declined.fold(Tally::default(), Tally::plus);
        let text = self.questionnaire.wording(self.question, &Lang::french());
        let (id, title) = (self.question.id.as_str(), self.question.short.fr());
        Ok(RawTable::non_response(id, title, &text, [shown, declined, skipped])?)
    }

    /// The item and the code of a column: an option is an item that was chosen, 1, or not, 0.
    fn place(&self, column: usize) -> (usize, usize) {
        if self.question.takes_several() { (self.first_item + column, 1) } else { (self.first_item, column) }
    }
}

fn spec(questionnaire: &Questionnaire, question: &Question, breakdown: Option<&Question>) -> TableSpec {
    let columns = question.choices().iter().map(|choice| Column {
        code: choice.code.to_string(),
        label: choice.label.fr().to_owned(),
        missing: choice.missing,
        rest: questionnaire.is_rest(question, choice),
    });
    let everybody = Row { code: String::new(), label: "Ensemble".to_owned() };
    let row = |choice: &Choice| Row { code: choice.code.to_string(), label: choice.label.fr().to_owned() };
    let rows = breakdown.into_iter().flat_map(categories).map(row);
    let title = |id: &QuestionId| {
        let short = questionnaire.question(id).map_or(id.as_str(), |question| question.short.fr());
        format!("«\u{a0}{short}\u{a0}»")
    };
    TableSpec {
        question: question.id.to_string(),
        title: question.short.fr().to_owned(),
        text: questionnaire.asked(question),
        axis: question.axis.as_ref().map(ToString::to_string),
        several: question.takes_several(),
        ordered: question.keeps_order(),
        computed: matches!(question.kind, Kind::Score { .. }),
        asked_if: question.show_if.as_ref().map(|asked| asked.in_words(questionnaire, &title)).unwrap_or_default(),
        breakdown: breakdown.map(|question| question.short.fr().to_owned()).unwrap_or_default(),
        by: breakdown.map(|question| question.id.to_string()).unwrap_or_default(),
        headline: question.headline.iter().map(ToString::to_string).collect(),
        columns: columns.collect(),
        rows: std::iter::once(everybody).chain(rows).collect(),
    }
}
