//! Frequencies by question, for everybody and by commune.

use isoloir_disclosure::{Column, RawTable, RecordKey, Row, ShapeError, TableSpec, Tally};
use isoloir_survey::{AnswerSheet, Kind, Lang, Question, Questionnaire};
use polars::prelude::{DataFrame, Expr, IntoLazy, PolarsError, PolarsResult, col, len, lit};

use crate::columns::{KEY_HIGH, KEY_LOW, NO_ANSWER, frame, option_column, tabulated};

/// Tables could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// The data frame refused an operation.
    #[error("l’analyse a échoué : {0}")]
    Frame(#[from] PolarsError),
    /// A table came out in the wrong shape: a fault in this crate.
    #[error("l’analyse a échoué : {0}")]
    Shape(#[from] ShapeError),
}

/// Every table of a questionnaire, not yet protected.
#[derive(Debug)]
pub struct Tabulation {
    /// All the respondents.
    pub respondents: Tally,
    /// One table per question with choices.
    pub tables: Vec<RawTable>,
}

/// Counts the answers to every question with choices, for everybody and, where the questionnaire asks for the commune, by
/// commune. The base of a row is those who answered the question.
///
/// # Errors
/// [`AnalysisError`].
pub fn tabulate(
    questionnaire: &Questionnaire,
    sheets: impl IntoIterator<Item = (RecordKey, AnswerSheet)>,
) -> Result<Tabulation, AnalysisError> {
    let frame = frame(questionnaire, sheets)?;
    let territory = questionnaire.territory_question();
    let mut tables = Vec::new();
    for question in tabulated(questionnaire) {
        // The communes' own table by commune would say nothing.
        let breakdown = territory.filter(|territory| territory.id != question.id);
        tables.push(table(&frame, spec(questionnaire, question, breakdown), question, breakdown)?);
    }
    let everybody = tallies(&frame, &[], lit(true))?;
    let respondents = everybody.into_iter().map(|(_, tally)| tally).fold(Tally::default(), Tally::plus);
    Ok(Tabulation { respondents, tables })
}

fn table(
    frame: &DataFrame,
    spec: TableSpec,
    question: &Question,
    breakdown: Option<&Question>,
) -> Result<RawTable, AnalysisError> {
    let categories = breakdown.map_or(&[][..], Question::choices);
    let (rows, columns) = (1 + categories.len(), question.choices().len());
    let mut bases = vec![Tally::default(); rows];
    let mut cells = vec![vec![Tally::default(); columns]; rows];
    let answered = col(question.id.as_str()).neq(lit(NO_ANSWER));
    let by = breakdown.map(|question| question.id.as_str());

    let mut add = |row: Option<usize>, column: Option<usize>, tally: Tally| {
        for row in std::iter::once(0).chain(row.map(|row| row + 1).filter(|row| *row < rows)) {
            let cell = match column {
                Some(column) => &mut cells[row][column],
                None => &mut bases[row],
            };
            *cell = cell.plus(tally);
        }
    };
    let keys: Vec<&str> = by.into_iter().collect();
    for (key, tally) in tallies(frame, &keys, answered.clone())? {
        add(key.first().copied(), None, tally);
    }
    if question.takes_several() {
        for column in 0..columns {
            let chosen = col(option_column(question, column)).eq(lit(1_u8));
            for (key, tally) in tallies(frame, &keys, chosen)? {
                add(key.first().copied(), Some(column), tally);
            }
        }
    } else {
        let keys: Vec<&str> = std::iter::once(question.id.as_str()).chain(by).collect();
        for (key, tally) in tallies(frame, &keys, answered)? {
            add(key.get(1).copied(), Some(key[0]), tally);
        }
    }
    Ok(RawTable::new(spec, bases, cells)?)
}

/// Counts the records that `filter` keeps, by the values of `keys`: for each combination that occurs, the values and the
/// tally.
fn tallies(frame: &DataFrame, keys: &[&str], filter: Expr) -> PolarsResult<Vec<(Vec<usize>, Tally)>> {
    let sums = [len().alias("__n"), col(KEY_HIGH).sum(), col(KEY_LOW).sum()];
    let kept = frame.clone().lazy().filter(filter);
    let grouped = if keys.is_empty() {
        kept.select(sums).collect()?
    } else {
        kept.group_by(keys.iter().map(|key| col(*key)).collect::<Vec<_>>()).agg(sums).collect()?
    };
    let column = |name: &str| -> PolarsResult<Vec<u64>> {
        let values = grouped.column(name)?.cast(&polars::prelude::DataType::UInt64)?;
        Ok(values.u64()?.iter().map(|value| value.unwrap_or(0)).collect())
    };
    let values: Vec<Vec<u64>> = keys.iter().map(|key| column(key)).collect::<PolarsResult<_>>()?;
    let (counts, high, low) = (column("__n")?, column(KEY_HIGH)?, column(KEY_LOW)?);
    Ok((0..grouped.height())
        .map(|row| {
            let key = values.iter().map(|column| usize::try_from(column[row]).unwrap_or(usize::MAX)).collect();
            (key, Tally::from_sums(counts[row], high[row], low[row]))
        })
        .collect())
}

fn spec(questionnaire: &Questionnaire, question: &Question, breakdown: Option<&Question>) -> TableSpec {
    let columns = question.choices().iter().map(|choice| Column {
        code: choice.code.to_string(),
        label: choice.label.fr().to_owned(),
        missing: choice.missing,
    });
    let everybody = Row { code: String::new(), label: "Ensemble".to_owned() };
    let categories = breakdown
        .map_or(&[][..], Question::choices)
        .iter()
        .map(|choice| Row { code: choice.code.to_string(), label: choice.label.fr().to_owned() });
    TableSpec {
        question: question.id.to_string(),
        title: question.short.fr().to_owned(),
        text: questionnaire.wording(question, &Lang::french()),
        axis: question.axis.as_ref().map(ToString::to_string),
        several: question.takes_several(),
        ordered: matches!(question.kind, Kind::Single { .. } | Kind::Scale { .. } | Kind::Score { .. }),
        breakdown: breakdown.map(|question| question.short.fr().to_owned()).unwrap_or_default(),
        headline: question.headline.iter().map(ToString::to_string).collect(),
        columns: columns.collect(),
        rows: std::iter::once(everybody).chain(categories).collect(),
    }
}

#[cfg(test)]
mod tests {
    use isoloir_disclosure::{Policy, protect};
    use isoloir_survey::{Territories, validate};

    use super::*;

    fn questionnaire() -> Questionnaire {
        let territories = Territories::parse(
            "territoire\tepci\tcode_insee\tnom\ttype\tchef_lieu\tpop_municipale\n\
             essai\t1\t49301\tSèvremoine\tcommune\t\t9\nessai\t1\t49023\tBeaupréau-en-Mauges\tcommune\t\t8\n",
        )
        .expect("territories");
        isoloir_survey::parse(include_str!("../survey/fixtures/essai.yaml"), &territories).expect("fixture")
    }

    /// 600 sheets: a third said yes, everybody in Sèvremoine but every fourth, who is in Beaupréau.
    fn sheets(questionnaire: &Questionnaire) -> Vec<(RecordKey, AnswerSheet)> {
        (0..600_u32)
            .map(|index| {
                let mut answers = vec![
                    ("renonce", if index % 3 == 0 { "oui" } else { "non" }),
                    ("commune", if index % 4 == 0 { "49023" } else { "49301" }),
                ];
                if index % 3 == 0 {
                    answers.push(("motifs", "cout"));
                    answers.extend((index % 6 == 0).then_some(("motifs", "loin")));
                }
                let mut submitted = isoloir_survey::Submitted::new();
                for (name, value) in answers {
                    submitted.entry(name.to_owned()).or_default().push(value.to_owned());
                }
                let sheet = validate(questionnaire, &submitted).expect("valid");
                (RecordKey::derive(&[3; 32], &index.to_be_bytes()), sheet)
            })
            .collect()
    }

    #[test]
    fn shares_are_right_to_within_the_noise() {
        let questionnaire = questionnaire();
        let tabulation = tabulate(&questionnaire, sheets(&questionnaire)).expect("tables");
        let policy = Policy::standard().expect("policy");
        let release = protect(tabulation.respondents, tabulation.tables, &policy);
        let share = |question: &str, row: usize, code: &str| {
            let table = release.tables().iter().find(|table| table.spec().question == question).expect("table");
            let column = table.spec().columns.iter().position(|column| column.code == code).expect("column");
            table.rows()[row].cells[column].share()
        };
        for (question, row, code, expected) in [
            ("renonce", 0, "oui", 200.0 / 600.0),
            ("renonce", 0, "non", 400.0 / 600.0),
            ("renonce", 1, "oui", 150.0 / 450.0),
            ("renonce", 2, "oui", 50.0 / 150.0),
            ("motifs", 0, "cout", 1.0),
            ("motifs", 0, "loin", 0.5),
            ("motifs", 2, "loin", 1.0),
            ("commune", 0, "49301", 0.75),
        ] {
            let got = share(question, row, code).expect("published");
            // Noise of at most 5 on the count and on the base, the smallest of which is 50.
            assert!((got - expected).abs() <= 0.2, "{question} {row} {code}: {got} for {expected}");
        }
        assert_eq!(share("renonce", 0, "nsp"), None, "nobody said it");
    }

    /// Half of the 400 rank the bus second; a quarter, who cannot get anywhere and went without care, score 14.25.
    #[test]
    fn rows_ranks_and_scores_have_their_tables() {
        let territories =
            Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories of the repository");
        let questionnaire =
            isoloir_survey::parse(include_str!("../survey/fixtures/types.yaml"), &territories).expect("fixture");
        let sheet = |index: u32| {
            let (care, bus) = if index.is_multiple_of(4) { ("oui", "non") } else { ("non", "oui") };
            let mut answers = vec![("renonce", care), ("satisfaction_transports", bus), ("priorites", "sport")];
            answers.extend(index.is_multiple_of(2).then_some(("priorites", "bus")));
            let mut submitted = isoloir_survey::Submitted::new();
            for (name, value) in answers {
                submitted.entry(name.to_owned()).or_default().push(value.to_owned());
            }
            let sheet = validate(&questionnaire, &submitted).expect("valid");
            (RecordKey::derive(&[3; 32], &index.to_be_bytes()), sheet)
        };
        let tabulation = tabulate(&questionnaire, (0..400).map(sheet)).expect("tables");
        let release = protect(tabulation.respondents, tabulation.tables, &Policy::standard().expect("policy"));
        let table = |question: &str| release.tables().iter().find(|table| table.spec().question == question);
        assert!(table("satisfaction").is_none(), "a heading has no table");
        let row = table("satisfaction_transports").expect("a row of the matrix").spec();
        assert!(row.text.ends_with("suivants\u{a0}? – Les transports vers les lieux de soins"), "{}", row.text);
        for (question, code, expected) in [
            ("satisfaction_transports", "non", 0.25),
            ("priorites", "sport", 1.0),
            ("priorites", "bus", 0.5),
            ("gene", "forte", 0.25),
            ("gene", "faible", 0.75),
        ] {
            let table = table(question).expect(question);
            let column = table.spec().columns.iter().position(|column| column.code == code).expect(code);
            let got = table.rows()[0].cells[column].share().expect("published");
            assert!((got - expected).abs() <= 0.06, "{question} {code}: {got} for {expected}");
        }
    }

    #[test]
    fn nobody_answering_makes_masked_tables_and_no_error() {
        let questionnaire = questionnaire();
        let tabulation = tabulate(&questionnaire, Vec::new()).expect("tables");
        let release = protect(tabulation.respondents, tabulation.tables, &Policy::standard().expect("policy"));
        assert_eq!(release.respondents(), None);
        assert!(release.tables().iter().all(|table| table.rows().iter().all(|row| row.base.is_none())));
    }
}
