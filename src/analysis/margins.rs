//! The file of margins: what the census knows of the population, as `variable,category,population`.
//!
//! A variable is a question, a category one of its choices. An empty population stands for a category that the census does
//! not know: it keeps the share it has among respondents, as do those who did not answer. Semicolons part the columns where
//! there is no comma, as in what French spreadsheets write; then a comma is where decimals begin.

use std::collections::BTreeMap;

use isoloir_statistics::{Cube, Margin, MarginError, RakingError, Target};
use isoloir_survey::{Kind, Question, QuestionId, Questionnaire, Role};

use crate::error::AnalysisError;

const HEADER: [&str; 3] = ["variable", "category", "population"];

/// Something wrong in a file of margins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarginProblem {
    /// Its line, from 1; none when something is missing from the whole file.
    pub line: Option<u64>,
    /// The column.
    pub column: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl std::fmt::Display for MarginProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "ligne {line}, ")?;
        }
        write!(f, "colonne «\u{a0}{}\u{a0}»\u{a0}: {}", self.column, self.message)
    }
}

/// Every problem of a file of margins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct MarginProblems(pub Vec<MarginProblem>);

/// One line of the file that could be read.
struct Line {
    number: u64,
    choice: usize,
    population: Option<f64>,
}

/// The margin of one question.
#[derive(Debug, Clone)]
struct Variable {
    question: QuestionId,
    /// By choice; none for one that the census does not know.
    populations: Vec<Option<f64>>,
    /// Where it begins in the file, and each of its categories.
    line: u64,
    lines: BTreeMap<String, u64>,
    /// Choices to merge into others, in the order asked for.
    merges: Vec<(usize, usize)>,
}

/// Categories of a margin with fewer respondents are merged with others: what is under the threshold of publication does not
/// become a weight either.
const LEAST_RESPONDENTS: u32 = 11;

/// The margins of a questionnaire.
#[derive(Debug, Clone)]
pub struct Margins {
    variables: Vec<Variable>,
    least_respondents: u32,
}

impl Margins {
    /// Reads a file of margins.
    ///
    /// # Errors
    /// Every problem of the file at once.
    pub fn parse(questionnaire: &Questionnaire, text: &str) -> Result<Self, MarginProblems> {
        // The reader counts a line where \n ends it, and a record before it: with \r\n, one too few.
        let text = text.replace("\r\n", "\n");
        let delimiter = if text.lines().next().is_some_and(|heading| heading.contains(';')) { b';' } else { b',' };
        let mut problems = Vec::new();
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.delimiter(delimiter).flexible(true).trim(csv::Trim::All);
        let mut reader = reader.from_reader(text.as_bytes());
        let header: Vec<String> =
            reader.headers().map(|header| header.iter().map(str::to_owned).collect()).unwrap_or_default();
        let header = header.split(String::is_empty).next().unwrap_or_default();
        if !header.iter().map(|column| column.to_ascii_lowercase()).eq(HEADER) {
            let message = format!(
                "la première ligne doit être «\u{a0}{}\u{a0}»\u{202f}; partez du modèle que donne isoloir edition margins",
                HEADER.join(",")
            );
            return Err(MarginProblems(vec![MarginProblem { line: Some(1), column: HEADER[0], message }]));
        }
        let mut found: Vec<(&Question, Vec<Line>)> = Vec::new();
        for record in reader.records() {
            match record {
                // A spreadsheet leaves empty rows at the end.
                Ok(record) if record.iter().all(str::is_empty) => {}
                Ok(record) => match line(questionnaire, &record, delimiter == b';') {
                    Ok((question, line, problem)) => {
                        problems.extend(problem);
                        match found.iter_mut().find(|(known, _)| known.id == question.id) {
                            Some((_, lines)) => lines.push(line),
                            None => found.push((question, vec![line])),
                        }
                    }
                    Err(problem) => problems.push(problem),
                },
                Err(error) => {
                    let line = error.position().map(csv::Position::line);
                    problems.push(MarginProblem { line, column: HEADER[0], message: error.to_string() });
                }
            }
        }
        let variables = found.iter().map(|(question, lines)| variable(question, lines, &mut problems)).collect();
        if found.is_empty() && problems.is_empty() {
            let message =
                "le fichier ne contient aucune marge\u{202f}; écrivez une ligne par modalité, ou analysez sans --margins"
                    .to_owned();
            problems.push(MarginProblem { line: None, column: HEADER[0], message });
        }
        problems.sort_by_key(|problem| problem.line.unwrap_or(u64::MAX));
        if problems.is_empty() {
            Ok(Self { variables, least_respondents: LEAST_RESPONDENTS })
        } else {
            Err(MarginProblems(problems))
        }
    }

    /// The file of margins of a questionnaire, its populations to be filled in: the single-choice questions of the pages that ask
    /// where one lives or how old one is, which are those that a census knows. None when it has no such question.
    pub fn template(questionnaire: &Questionnaire) -> Option<String> {
        let is_profile = |question: &Question| {
            matches!(question.kind, Kind::Single { role: Some(Role::AgeBand | Role::Territory), .. })
        };
        let pages = questionnaire.pages.iter().filter(|page| page.questions.iter().any(is_profile));
        let questions = pages.flat_map(|page| &page.questions).filter(|question| usable(question));
        let lines = questions.flat_map(|question| {
            let known = question.choices().iter().filter(|choice| !choice.missing);
            known.map(move |choice| format!("{},{},\n", question.id, choice.code))
        });
        let lines: String = lines.collect();
        (!lines.is_empty()).then(|| format!("{}\n{lines}", HEADER.join(",")))
    }

    /// Merges a category into another, as a refused raking proposes: `variable:category=into`.
    ///
    /// # Errors
    /// What is wrong with `merge`, in words.
    pub fn merge(&mut self, questionnaire: &Questionnaire, merge: &str) -> Result<(), String> {
        let parts = merge.split_once(':').and_then(|(variable, rest)| Some((variable, rest.split_once('=')?)));
        let Some((variable, (from, into))) = parts else {
            return Err(format!("«\u{a0}{merge}\u{a0}» ne se lit pas\u{202f}; écrivez variable:modalité=modalité"));
        };
        let known: Vec<&str> = self.variables.iter().map(|variable| variable.question.as_str()).collect();
        let Some(index) = known.iter().position(|known| *known == variable) else {
            return Err(format!(
                "le fichier des marges n’a pas de variable «\u{a0}{variable}\u{a0}»\u{202f}; il a\u{a0}: {}",
                known.join(", ")
            ));
        };
        let question = questionnaire.question(&self.variables[index].question);
        let choices = question.map(Question::choices).unwrap_or_default();
        let position = |code: &str| {
            choices.iter().position(|choice| choice.code.as_str() == code).ok_or_else(|| no_choice(code, choices))
        };
        let (from, into) = (position(from)?, position(into)?);
        if from == into {
            return Err(format!(
                "«\u{a0}{merge}\u{a0}» regroupe une modalité avec elle-même\u{202f}; choisissez-en une autre"
            ));
        }
        self.variables[index].merges.push((from, into));
        Ok(())
    }

    /// The same margins, whose categories keep to themselves however few answered in them: for tables that are not published.
    #[must_use]
    pub fn of_any_size(mut self) -> Self {
        self.least_respondents = 1;
        self
    }

    /// The questions, in the order of the file.
    pub fn questions<'q>(&self, questionnaire: &'q Questionnaire) -> Vec<&'q Question> {
        self.variables.iter().filter_map(|variable| questionnaire.question(&variable.question)).collect()
    }

    /// Why tables could not be made, with the lines of the file that it is about; `None` when it is not about margins.
    pub fn located(&self, error: &AnalysisError) -> Option<String> {
        let at = |variable: &str, category: Option<&str>| {
            let known = self.variables.iter().find(|known| known.question.as_str() == variable)?;
            category.map_or(Some(known.line), |category| known.lines.get(category).copied())
        };
        let told = |line: Option<u64>, message: &dyn std::fmt::Display| match line {
            Some(line) => format!("ligne {line}, {message}"),
            None => message.to_string(),
        };
        Some(match error {
            AnalysisError::NoRespondent(empty) => {
                let lines = empty.iter().map(|empty| told(at(&empty.variable, Some(&empty.code)), empty));
                lines.collect::<Vec<_>>().join("\n")
            }
            AnalysisError::NobodyAnswered { variable }
            | AnalysisError::Raking(RakingError::Totals { variable, .. } | RakingError::Uncovered { variable, .. })
            | AnalysisError::Margin(MarginError::Empty { variable }) => told(at(variable, None), error),
            AnalysisError::Raking(RakingError::NotConverged { variable, category, .. })
            | AnalysisError::Margin(
                MarginError::Population { variable, category, .. } | MarginError::Merge { variable, category, .. },
            ) => told(at(variable, Some(category)), error),
            AnalysisError::Raking(RakingError::Nobody) => return None,
            AnalysisError::Raking(_) | AnalysisError::Margin(_) | AnalysisError::TooManyCells { .. } => {
                error.to_string()
            }
            _ => return None,
        })
    }

    /// The margins over a cube whose dimensions are [`Self::questions`], each with those who did not answer last. Categories with
    /// too few respondents are merged; those with none are not, since somebody must decide what stands for them.
    pub(crate) fn over(&self, questionnaire: &Questionnaire, cube: &Cube) -> Result<Vec<Margin>, AnalysisError> {
        let frame = cube.frame();
        let mut margins = Vec::new();
        for (dimension, variable) in self.variables.iter().enumerate() {
            let known = variable.populations.iter().map(|population| match population {
                Some(population) => Target::Population(*population),
                None => Target::AsObserved,
            });
            let targets = known.chain([Target::AsObserved]).collect();
            let question = questionnaire.question(&variable.question);
            // Everybody would be in the category of those who did not answer, and the margin would weigh nothing.
            let (by, last) = (frame.by(dimension)?, variable.populations.len());
            let mut answered = by.row_of_cells().iter().zip(cube.respondents());
            if !answered.any(|(row, respondents)| *row != Some(last) && *respondents > 0) && cube.total() > 0 {
                return Err(AnalysisError::NobodyAnswered { variable: variable.question.to_string() });
            }
            let mut margin = Margin::new(by, targets, question.is_some_and(Question::is_ordinal))?;
            let categories = &frame.dimensions()[dimension].categories;
            for (from, into) in &variable.merges {
                margin.merge(&categories[*from], &categories[*into])?;
            }
            margin.merge_small(cube.respondents(), self.least_respondents)?;
            margins.push(margin);
        }
        Ok(margins)
    }
}

/// Whether a margin can be of this question.
fn usable(question: &Question) -> bool {
    !question.choices().is_empty() && !question.takes_several()
}

fn no_choice(code: &str, choices: &[isoloir_survey::Choice]) -> String {
    let codes: Vec<&str> = choices.iter().map(|choice| choice.code.as_str()).take(20).collect();
    format!("«\u{a0}{code}\u{a0}» n’est pas une modalité\u{202f}; choisissez parmi\u{a0}: {}", codes.join(", "))
}

/// The question and the category of a line, even where its population cannot be read, which is then told beside.
fn line<'q>(
    questionnaire: &'q Questionnaire,
    record: &csv::StringRecord,
    has_decimal_commas: bool,
) -> Result<(&'q Question, Line, Option<MarginProblem>), MarginProblem> {
    let number = record.position().map_or(0, csv::Position::line);
    let problem =
        |column: usize, message: String| MarginProblem { line: Some(number), column: HEADER[column], message };
    if record.len() < HEADER.len() || record.iter().skip(HEADER.len()).any(|cell| !cell.is_empty()) {
        let message = format!(
            "{} valeurs au lieu de {}\u{202f}; écrivez la question, le code du choix et le nombre d’habitants",
            record.len(),
            HEADER.len()
        );
        return Err(problem(0, message));
    }
    let mut weighable = questionnaire.questions().filter(|question| usable(question));
    let question = weighable.find(|question| question.id.as_str() == &record[0]);
    let question = question.ok_or_else(|| {
        let name = &record[0];
        problem(
            0,
            format!(
                "«\u{a0}{name}\u{a0}» n’est pas une question à choix unique du questionnaire\u{202f}; corrigez ce nom, ou enlevez ses lignes"
            ),
        )
    })?;
    let choice = question.choices().iter().position(|choice| choice.code.as_str() == &record[1]);
    let choice = choice.ok_or_else(|| problem(1, no_choice(&record[1], question.choices())))?;
    let population = population(&record[2], has_decimal_commas);
    let is_readable = population.is_some() || record[2].is_empty();
    let unreadable = (!is_readable).then(|| {
        let text = &record[2];
        problem(
            2,
            format!("«\u{a0}{text}\u{a0}» n’est pas un nombre d’habitants\u{202f}; écrivez par exemple 1234 ou 1234.5"),
        )
    });
    Ok((question, Line { number, choice, population }, unreadable))
}

/// A number of inhabitants, as a census or a spreadsheet writes it: « 1234.5 », « 1 234 ». « 1,234 » is a thousand for some and
/// one for others, and is not taken. Nobody lives in territories of ten thousand million people, nor of a millionth.
fn population(text: &str, has_decimal_commas: bool) -> Option<f64> {
    let mut text: String = text.chars().filter(|character| !matches!(character, ' ' | '\u{a0}' | '\u{202f}')).collect();
    if has_decimal_commas
        && let Some((whole, decimals)) = text.split_once(',')
        && decimals.len() != 3
    {
        text = format!("{whole}.{decimals}");
    }
    let number = text.parse::<f64>().ok()?;
    (number == 0.0 || (1e-6..=1e10).contains(&number)).then_some(number)
}

/// The margin of a question; categories that are given twice or not at all are problems.
fn variable(question: &Question, lines: &[Line], problems: &mut Vec<MarginProblem>) -> Variable {
    let mut populations = vec![None; question.choices().len()];
    let mut lines_of_choices = vec![None; question.choices().len()];
    for line in lines {
        let code = &question.choices()[line.choice].code;
        if let Some(before) = lines_of_choices[line.choice] {
            let message = format!(
                "«\u{a0}{code}\u{a0}» de «\u{a0}{}\u{a0}» est déjà à la ligne {before}\u{202f}; gardez-en une",
                question.id
            );
            problems.push(MarginProblem { line: Some(line.number), column: HEADER[1], message });
        }
        lines_of_choices[line.choice] = Some(line.number);
        populations[line.choice] = line.population;
    }
    let choices = question.choices().iter().zip(&lines_of_choices);
    for (choice, _) in choices.filter(|(choice, line)| line.is_none() && !choice.missing) {
        let message = format!(
            "il manque «\u{a0}{}\u{a0}» ({}) de «\u{a0}{}\u{a0}»\u{202f}; ajoutez sa ligne, avec une population vide si le recensement ne la connaît pas",
            choice.code,
            choice.label.fr(),
            question.id
        );
        problems.push(MarginProblem { line: None, column: HEADER[1], message });
    }
    let line_of = |line: &Line| (question.choices()[line.choice].code.to_string(), line.number);
    Variable {
        question: question.id.clone(),
        populations,
        line: lines.first().map_or(1, |line| line.number),
        lines: lines.iter().map(line_of).collect(),
        merges: Vec::new(),
    }
}
