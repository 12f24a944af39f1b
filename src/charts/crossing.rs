//! What is published of a breakdown beside its table: its test, the order of its categories, those that nobody points at.

use isoloir_disclosure::{ReleaseTable, ReleaseTest};

/// Differences are said to be more than chance below this, after Holm's correction.
const SIGNIFICANCE: f64 = 0.05;
/// Merged rows have the codes of their members with this between them.
const JOINED: char = '/';

/// A breakdown, besides what its table says.
#[derive(Debug, Clone, Default)]
pub struct Crossing<'a> {
    /// Tests of the edition; those of other tables are passed over.
    pub tests: &'a [ReleaseTest],
    /// Whether its categories have an order of their own, such as ages.
    pub is_ordered: bool,
    /// Codes of the categories that titles do not single out: those who declined to say, and what is left over.
    pub unnamed: Vec<&'a str>,
}

impl Crossing<'_> {
    /// Whether the answers of these columns differ between the categories by more than chance; `None` where no test is
    /// published. Of a question with several answers each answer has a test.
    pub(crate) fn differs(&self, table: &ReleaseTable, columns: &[usize]) -> Option<bool> {
        let spec = table.spec();
        let codes: Vec<&str> = columns.iter().map(|index| spec.columns[*index].code.as_str()).collect();
        let is_of_columns = |test: &&ReleaseTest| match &test.choice {
            Some(choice) => codes.contains(&choice.as_str()),
            None => true,
        };
        let of_table = self.tests.iter().filter(|test| test.question == spec.question && test.breakdown == spec.by);
        let p_values = of_table.filter(is_of_columns).map(|test| test.p_holm);
        p_values.reduce(f64::min).map(|p| p < SIGNIFICANCE)
    }

    pub(crate) fn may_name(&self, category: &str) -> bool {
        !category.split(JOINED).any(|code| self.unnamed.contains(&code))
    }
}
