//! How often questions were left without an answer: a table of one row per question, protected like any other.
//!
//! The base of a row is those to whom the question was put; its cells are two ways of not answering. Cells, bases and noise
//! follow the rules of the catalogue: whoever subtracts the base of an answer from that of the question finds the noise of both.

use crate::cell_key::protect_table;
use crate::policy::{CellKey, Policy};
use crate::raw::{Column, RawTable, Row, ShapeError, TableSpec, Tally};
use crate::release::ReleaseTable;
use crate::successive::gained_enough;
use crate::unprotected;

/// A way of not answering: a column of [`crate::Release::non_response`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonResponse {
    /// They chose « je ne sais pas » or « je préfère ne pas répondre ».
    Declined,
    /// They left the question empty.
    Skipped,
}

impl NonResponse {
    /// Its place among the columns.
    pub fn column(self) -> usize {
        match self {
            Self::Declined => 0,
            Self::Skipped => 1,
        }
    }
}

impl RawTable {
    /// Those to whom a question was put, those of them who declined to answer, and those who skipped it.
    ///
    /// # Errors
    /// [`ShapeError`], never for these shapes.
    pub fn non_response(
        question: &str,
        title: &str,
        text: &str,
        [shown, declined, skipped]: [Tally; 3],
    ) -> Result<Self, ShapeError> {
        let column = |code: &str, label: &str| Column {
            code: code.to_owned(),
            label: label.to_owned(),
            missing: true,
            rest: false,
        };
        let spec = TableSpec {
            question: question.to_owned(),
            title: title.to_owned(),
            text: text.to_owned(),
            axis: None,
            several: false,
            ordered: false,
            computed: false,
            asked_if: String::new(),
            breakdown: String::new(),
            by: String::new(),
            headline: Vec::new(),
            columns: vec![column("sans_avis", "Ne se prononce pas"), column("passee", "Question passée")],
            rows: vec![Row { code: String::new(), label: "Ensemble".to_owned() }],
        };
        Self::new(spec, vec![shown], vec![vec![declined, skipped]])
    }
}

/// An annex of exact counts has none: the ways of not answering are not in its system of linked tables.
pub(crate) fn protect(raw: Vec<RawTable>, policy: &Policy) -> Vec<ReleaseTable> {
    match policy {
        Policy::CellKey(policy) => raw.into_iter().map(|table| by_cell_key(table, policy)).collect(),
        Policy::Suppression(_) => Vec::new(),
        Policy::Unprotected => raw.into_iter().map(unprotected::table).collect(),
    }
}

fn by_cell_key(table: RawTable, policy: &CellKey) -> ReleaseTable {
    let is_hidden = !gained_enough(&table, &[0], policy);
    let rows = protect_table(&table, &[is_hidden], policy);
    ReleaseTable::new(table.spec, rows)
}

#[cfg(test)]
mod tests {
    use crate::suppression::SuppressionRule;
    use crate::{NonResponse, Policy, RawEdition, RawTable, RecordKey, Release, Tally, protect};

    fn tally(records: std::ops::Range<u32>) -> Tally {
        records.fold(Tally::default(), |sum, record| {
            sum.plus(Tally::new(1, RecordKey::derive(&[5; 32], &record.to_be_bytes()).to_u64()))
        })
    }

    /// 400 were asked; 60 declined, 4 skipped the question.
    fn release(policy: &Policy) -> Release {
        let table = RawTable::non_response("renonce", "Renoncement", "?", [tally(0..400), tally(0..60), tally(60..64)]);
        let edition = RawEdition::new(tally(0..400), Vec::new()).with_non_response(vec![table.expect("a table")]);
        protect(edition, policy).expect("a release")
    }

    #[test]
    fn ways_of_not_answering_are_protected_like_answers() {
        let release = release(&Policy::standard().expect("a policy"));
        let row = release.non_response()[0].total();
        assert_eq!(row.base.map(|base| base % 5), Some(0), "bases are rounded");
        let declined = row.cells[NonResponse::Declined.column()].share().expect("60 people are enough");
        assert!((declined - 0.15).abs() <= 0.02, "{declined}");
        assert_eq!(row.cells[NonResponse::Skipped.column()].share(), None, "4 people are not");
    }

    #[test]
    fn exact_numbers_are_given_to_whoever_holds_the_responses_and_none_in_an_annex() {
        let exact = release(&Policy::Unprotected);
        assert_eq!(exact.non_response()[0].total().cells[NonResponse::Skipped.column()].share(), Some(0.01));
        assert!(release(&Policy::Suppression(SuppressionRule::default())).non_response().is_empty());
    }
}
