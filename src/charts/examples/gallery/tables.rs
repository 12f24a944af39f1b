//! Tables of invented answers, protected as published ones are.

use isoloir_disclosure::{
    Column, Policy, RawEdition, RawTable, RecordKey, Release, ReleaseTable, Row, TableSpec, Tally, protect,
};

/// People of whom nobody is in another tally.
pub(crate) fn people(count: u32, name: &str) -> Tally {
    let key = RecordKey::derive(&[7; 32], name.as_bytes());
    Tally::new(u64::from(count), key.to_u64())
}

/// A question, its choices with their codes, and whether they are ways of not answering.
pub(crate) struct Question<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
    pub(crate) several: bool,
    pub(crate) ordered: bool,
    pub(crate) headline: &'a [&'a str],
    pub(crate) choices: &'a [(&'a str, &'a str, bool)],
}

/// The counts of a row; the base is their sum, or what is given where several choices could be made.
pub(crate) struct Counted<'a> {
    pub(crate) code: &'a str,
    pub(crate) label: &'a str,
    pub(crate) base: Option<u32>,
    pub(crate) counts: Vec<u32>,
}

/// A table of one question by one breakdown; everybody is the sum of its rows.
pub(crate) fn table(question: &Question, breakdown: (&str, &str), rows: &[Counted]) -> Result<RawTable, String> {
    let columns = question.choices.iter().map(|(code, label, missing)| Column {
        code: (*code).to_owned(),
        label: (*label).to_owned(),
        missing: *missing,
        rest: *code == "autre",
    });
    let everybody = Row { code: String::new(), label: "Ensemble".to_owned() };
    let spec = TableSpec {
        question: question.id.to_owned(),
        title: question.title.to_owned(),
        text: question.text.to_owned(),
        axis: None,
        several: question.several,
        ordered: question.ordered,
        computed: false,
        asked_if: String::new(),
        breakdown: breakdown.0.to_owned(),
        by: breakdown.1.to_owned(),
        headline: question.headline.iter().map(|code| (*code).to_owned()).collect(),
        columns: columns.collect(),
        rows: if breakdown.1.is_empty() {
            vec![everybody]
        } else {
            let categories = rows.iter().map(|row| Row { code: row.code.to_owned(), label: row.label.to_owned() });
            std::iter::once(everybody).chain(categories).collect()
        },
    };
    let name = |row: &Counted, place: usize| format!("{}/{}/{place}", question.id, row.code);
    let mut bases = vec![Tally::default()];
    let mut cells = vec![vec![Tally::default(); question.choices.len()]];
    for row in rows {
        let tallies = row.counts.iter().enumerate().map(|(place, count)| people(*count, &name(row, place)));
        let tallies: Vec<Tally> = tallies.collect();
        let sum = tallies.iter().copied().fold(Tally::default(), Tally::plus);
        let base = row.base.map_or(sum, |base| people(base, &name(row, usize::MAX)));
        bases[0] = bases[0].plus(base);
        for (total, tally) in cells[0].iter_mut().zip(&tallies) {
            *total = total.plus(*tally);
        }
        bases.push(base);
        cells.push(tallies);
    }
    bases.truncate(spec.rows.len());
    cells.truncate(spec.rows.len());
    RawTable::new(spec, bases, cells).map_err(|error| error.to_string())
}

/// Protects tables by the cell-key method, as the results site does.
pub(crate) fn released(tables: Vec<RawTable>, non_response: Vec<RawTable>) -> Result<Release, String> {
    let policy = Policy::standard().map_err(|error| error.to_string())?;
    let edition = RawEdition::new(people(1_840, "tous"), tables).with_non_response(non_response);
    protect(edition, &policy).map_err(|error| error.to_string())
}

/// One protected table.
pub(crate) fn one(question: &Question, breakdown: (&str, &str), rows: &[Counted]) -> Result<ReleaseTable, String> {
    let release = released(vec![table(question, breakdown, rows)?], Vec::new())?;
    release.tables().first().cloned().ok_or_else(|| "a release keeps its tables".to_owned())
}
