//! Why respondents cannot be raked to margins, and what to do about it.

/// A category with people and without respondents.
#[derive(Debug, Clone, PartialEq)]
pub struct EmptyCategory {
    /// The margin's variable.
    pub variable: String,
    /// The category.
    pub category: String,
    /// Its population.
    pub population: f64,
    /// The category to merge it with; none when nobody answered in any other.
    pub merge_into: Option<String>,
}

impl std::fmt::Display for EmptyCategory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { variable, category, population, merge_into } = self;
        write!(
            f,
            "marge «\u{a0}{variable}\u{a0}», modalité «\u{a0}{category}\u{a0}»\u{a0}: population {population:.0}, aucune réponse\u{202f}; "
        )?;
        match merge_into {
            Some(into) => write!(f, "regroupez «\u{a0}{category}\u{a0}» avec «\u{a0}{into}\u{a0}»"),
            None => f.write_str("retirez cette marge"),
        }
    }
}

/// The respondents cannot be raked to these margins.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RakingError {
    /// There is nobody to weight.
    #[error("aucune réponse à redresser")]
    Nobody,
    /// A margin belongs to another frame: a fault of the program.
    #[error("margin {variable} has {given} cells for a frame of {expected}")]
    OtherFrame {
        /// The margin's variable.
        variable: String,
        /// Cells of the frame.
        expected: usize,
        /// Cells of the margin.
        given: usize,
    },
    /// Some respondents are in no category of a margin.
    #[error(
        "marge «\u{a0}{variable}\u{a0}»\u{a0}: réponses qui ne sont dans aucune modalité\u{a0}: {respondents}\u{202f}; ajoutez la modalité qui leur manque"
    )]
    Uncovered {
        /// The margin's variable.
        variable: String,
        /// How many they are.
        respondents: u32,
    },
    /// Categories have people and no respondent: no weight can stand for them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    NoRespondent(
        /// All of them, in the order of the margins.
        Vec<EmptyCategory>,
    ),
    /// Two margins count different populations.
    #[error(
        "la marge «\u{a0}{variable}\u{a0}» porte sur une population de {total:.0}, et «\u{a0}{first_variable}\u{a0}» de {first_total:.0}\u{202f}; prenez les deux dans le même recensement et sur la même population"
    )]
    Totals {
        /// The margin's variable.
        variable: String,
        /// Its total.
        total: f64,
        /// The first margin's variable.
        first_variable: String,
        /// The first margin's total.
        first_total: f64,
    },
    /// The margins contradict each other for the cells in which people answered.
    #[error(
        "le redressement n’aboutit pas en {iterations} itérations\u{a0}: pour «\u{a0}{category}\u{a0}» (marge «\u{a0}{variable}\u{a0}»), il reste un écart de {discrepancy:.2e}\u{202f}; regroupez cette modalité avec une voisine"
    )]
    NotConverged {
        /// Passes made.
        iterations: u32,
        /// The discrepancy left.
        discrepancy: f64,
        /// The margin furthest from its target.
        variable: String,
        /// Its category.
        category: String,
    },
}
