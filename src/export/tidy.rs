//! A release as rows: one per question, choice and category. What each file of tables is made of.

use isoloir_disclosure::{Estimate, ReleaseTable};

/// One row of the tidy table; the labels come last.
pub(crate) struct TidyRow<'a> {
    pub(crate) question: &'a str,
    pub(crate) choice: &'a str,
    /// Empty for everybody.
    pub(crate) breakdown: &'a str,
    pub(crate) category: &'a str,
    pub(crate) base: Option<u32>,
    pub(crate) estimate: Estimate,
    pub(crate) status: &'static str,
    pub(crate) protection: &'static str,
    /// The question's short title.
    pub(crate) title: &'a str,
    pub(crate) choice_label: &'a str,
    /// Whether the choice is a way of not answering.
    pub(crate) missing: bool,
    /// Empty for everybody, as the breakdown is.
    pub(crate) breakdown_label: &'a str,
    pub(crate) category_label: &'a str,
}

/// The rows of some tables. Everybody stands once per question, not once per breakdown.
pub(crate) fn tidy_rows(tables: &[ReleaseTable]) -> impl Iterator<Item = TidyRow<'_>> {
    let follows = |index: usize| index > 0 && tables[index - 1].spec().question == tables[index].spec().question;
    tables.iter().enumerate().flat_map(move |(index, table)| {
        let spec = table.spec();
        let rows = spec.rows.iter().zip(table.rows()).skip(usize::from(follows(index)));
        rows.flat_map(move |(row, values)| {
            spec.columns.iter().zip(&values.cells).map(move |(column, estimate)| TidyRow {
                question: &spec.question,
                choice: &column.code,
                breakdown: if row.code.is_empty() { "" } else { &spec.by },
                category: &row.code,
                base: values.base,
                estimate: *estimate,
                status: table.status(values, estimate),
                protection: table.protection().words(),
                title: &spec.title,
                choice_label: &column.label,
                missing: column.missing,
                breakdown_label: if row.code.is_empty() { "" } else { &spec.breakdown },
                category_label: &row.label,
            })
        })
    })
}

impl TidyRow<'_> {
    /// Count, sum of weights, share, standard error, ends of the interval.
    pub(crate) fn numbers(&self) -> [Option<f64>; 6] {
        match self.estimate {
            Estimate::Published { share, standard_error, low, high, count, weighted } => {
                [count.map(f64::from), weighted, Some(share), standard_error, Some(low), Some(high)]
            }
            Estimate::Masked | Estimate::NoAnswer => [None; 6],
        }
    }

    /// Respondents who gave the choice, where that is published.
    pub(crate) fn count(&self) -> Option<u32> {
        match self.estimate {
            Estimate::Published { count, .. } => count,
            Estimate::Masked | Estimate::NoAnswer => None,
        }
    }
}
