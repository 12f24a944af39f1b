//! What is wrong with a questionnaire, where, and what to do about it: printed like a compiler's messages.

use std::fmt;

use serde_saphyr::{Error as YamlError, Location};

/// One thing to mend in a questionnaire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1; 0 when the file as a whole is meant.
    pub line: u64,
    /// Column, from 1; 0 when the file as a whole is meant.
    pub column: u64,
    /// What is wrong, in French.
    pub message: String,
    /// What to do, in French.
    pub fix: String,
}

impl Problem {
    pub(crate) fn at(location: Location, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { line: location.line(), column: location.column(), message: message.into(), fix: fix.into() }
    }

    /// Puts what the YAML parser says in the words of the person who writes questionnaires.
    pub(crate) fn from_yaml(error: &YamlError) -> Self {
        let error = error.without_snippet();
        let location = error.location().unwrap_or(Location::UNKNOWN);
        match error {
            YamlError::SerdeUnknownField { field, expected, .. } => Self::at(
                location,
                format!("la clé « {field} » n’existe pas ici"),
                format!("corrigez-la ou enlevez-la ; les clés possibles sont : {}", expected.join(", ")),
            ),
            YamlError::SerdeMissingField { field, .. } => Self::at(
                location,
                format!("il manque la clé « {field} »"),
                format!("ajoutez « {field}: … » dans ce bloc"),
            ),
            YamlError::DuplicateMappingKey { key, .. } => Self::at(
                location,
                format!("la clé « {} » est écrite deux fois", key.as_deref().unwrap_or("?")),
                "gardez l’une des deux",
            ),
            other => Self::at(
                location,
                format!("ce n’est pas le YAML attendu ({})", first_line(&other.to_string())),
                "vérifiez l’indentation, les guillemets et les deux-points sur cette ligne et celle d’avant",
            ),
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// Everything that is wrong with one file, with what is needed to print it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The file's name as the reader knows it.
    pub file: String,
    /// The file's text, from which the excerpts are taken.
    pub source: String,
    /// The problems, in the order of the file.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            let Problem { line, column, message, fix } = problem;
            writeln!(f, "{}:{line}:{column} : {message}", self.file)?;
            let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
            if let Some(text) = (*line > 0).then(|| self.source.lines().nth(index)).flatten() {
                let indent = usize::try_from(column.saturating_sub(1)).unwrap_or(0).min(text.chars().count());
                writeln!(f, "  {line:>4} | {text}")?;
                writeln!(f, "       | {}^", " ".repeat(indent))?;
            }
            writeln!(f, "  à faire : {fix}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
