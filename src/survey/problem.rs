//! What is wrong with a questionnaire, where, and what to do about it: printed like a compiler's messages.

use std::fmt;

use serde::Serialize;

use crate::tree::Location;

/// One thing to mend in a questionnaire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    pub(crate) fn at(at: Location, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { line: at.line, column: at.column, message: message.into(), fix: fix.into() }
    }

    /// Writes the problem under `heading`, with the line that it is about.
    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, file: &str, source: &str, heading: &str) -> fmt::Result {
        let Self { line, column, message, fix } = self;
        writeln!(f, "{file}:{line}:{column} : {heading}{message}")?;
        if let Some(text) = excerpt(source, *line) {
            let indent = usize::try_from(column.saturating_sub(1)).unwrap_or(0).min(text.chars().count());
            writeln!(f, "  {line:>4} | {text}")?;
            writeln!(f, "       | {}^", " ".repeat(indent))?;
        }
        writeln!(f, "  à faire : {fix}")
    }
}

/// The line that a problem is about; `None` when it is about the file as a whole.
pub(crate) fn excerpt(source: &str, line: u64) -> Option<&str> {
    let index = usize::try_from(line.checked_sub(1)?).ok()?;
    source.lines().nth(index)
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
        self.problems.iter().try_for_each(|problem| problem.write(f, &self.file, &self.source, ""))
    }
}

impl std::error::Error for Problems {}
