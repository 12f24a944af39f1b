//! Why an analysis stops, in words for whoever asked for it.

use isoloir_disclosure::ShapeError;
use isoloir_statistics::{CubeError, FrameError, MarginError, RakingError, TableError};
use polars::prelude::PolarsError;

/// A category with people and without respondents.
#[derive(Debug, Clone, PartialEq)]
pub struct EmptyCategory {
    /// The margin's question.
    pub variable: String,
    /// The category's code.
    pub code: String,
    /// Its label.
    pub label: String,
    /// Its population.
    pub population: f64,
    /// Code and label of the category to merge it with; none when nobody answered in any other.
    pub merge_into: Option<(String, String)>,
}

impl std::fmt::Display for EmptyCategory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { variable, code, label, population, merge_into } = self;
        write!(
            f,
            "marge «\u{a0}{variable}\u{a0}», modalité «\u{a0}{label}\u{a0}»\u{a0}: {population:.0} habitants, aucune réponse\u{202f}; "
        )?;
        match merge_into {
            Some((into, into_label)) => {
                write!(
                    f,
                    "regroupez-la avec «\u{a0}{into_label}\u{a0}»\u{a0}: ajoutez --merge {variable}:{code}={into}"
                )
            }
            None => f.write_str("retirez cette marge du fichier"),
        }
    }
}

/// Tables could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// A question has more choices than a column of small integers tells apart.
    #[error("la question «\u{a0}{question}\u{a0}» a {choices} choix\u{202f}; l’analyse en compte {most} au plus")]
    TooManyChoices {
        /// The question.
        question: String,
        /// Its choices.
        choices: usize,
        /// The most that there may be.
        most: u8,
    },
    /// The responses are those to another questionnaire, or to another version of this one.
    #[error("les réponses sont celles d’une autre version du questionnaire\u{a0}: {found}, au lieu de {expected}")]
    OtherQuestionnaire {
        /// The version that was answered.
        found: String,
        /// The version of the questionnaire at hand.
        expected: String,
    },
    /// The cells of the cube would not fit in memory.
    #[error(
        "le croisement des marges ({variables}) fait {cells} cellules, trop pour la mémoire\u{202f}; retirez une variable du fichier des marges"
    )]
    TooManyCells {
        /// The variables that are crossed.
        variables: String,
        /// How many cells that makes.
        cells: usize,
    },
    /// A margin's question has no answer at all.
    #[error(
        "marge «\u{a0}{variable}\u{a0}»\u{a0}: personne n’a répondu à cette question\u{202f}; retirez cette marge du fichier"
    )]
    NobodyAnswered {
        /// The margin's question.
        variable: String,
    },
    /// Categories of the margins have people and no respondent.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    NoRespondent(Vec<EmptyCategory>),
    /// The respondents cannot be raked to the margins.
    #[error(transparent)]
    Raking(#[from] RakingError),
    /// A margin cannot be.
    #[error(transparent)]
    Margin(#[from] MarginError),
    /// The data frame refused an operation.
    #[error("l’analyse a échoué\u{a0}: {0}")]
    Frame(#[from] PolarsError),
    /// A fault in this crate: the cells are not what it takes them for.
    #[error("l’analyse a échoué\u{a0}: {0}")]
    Cells(#[from] FrameError),
    /// A fault in this crate: a column holds what is no answer to its question.
    #[error("l’analyse a échoué\u{a0}: code inconnu dans la colonne «\u{a0}{column}\u{a0}»")]
    Code {
        /// The column.
        column: String,
    },
    /// A fault in this crate: counts that do not add up.
    #[error("l’analyse a échoué\u{a0}: {0}")]
    Cube(#[from] CubeError),
    /// A fault in this crate: weights of other cells.
    #[error("l’analyse a échoué\u{a0}: {0}")]
    Tables(#[from] TableError),
    /// A fault in this crate: a table in the wrong shape.
    #[error("l’analyse a échoué\u{a0}: {0}")]
    Shape(#[from] ShapeError),
}
