//! Everything that there is to say about a questionnaire's file: what is wrong with it, and what should be looked at.

use std::fmt;

use serde::Serialize;

use crate::compile::{Files, parse_with_warnings};
use crate::lint::Warning;
use crate::model::Questionnaire;
use crate::problem::{Problem, excerpt};
use crate::territory::Territories;

/// What was found in one file. Displayed, it reads like a compiler's messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The file's name as the reader knows it.
    pub file: String,
    source: String,
    /// The questionnaire, when nothing is wrong.
    pub questionnaire: Option<Questionnaire>,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
    /// What should be looked at, in the order of the file. It is looked for only when nothing is wrong.
    pub warnings: Vec<Warning>,
}

/// One problem or warning, for a program to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding<'a> {
    /// `error` or `warning`.
    pub severity: &'static str,
    /// Name of the lint, for a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lint: Option<&'static str>,
    /// Line, from 1; 0 when the file as a whole is meant.
    pub line: u64,
    /// Column, from 1; 0 when the file as a whole is meant.
    pub column: u64,
    /// The line as it stands.
    pub excerpt: Option<&'a str>,
    /// What there is to say, in French.
    pub message: &'a str,
    /// What to do, in French.
    pub fix: &'a str,
}

/// Reads a questionnaire, with the files beside it, and says everything about it.
pub fn check(file: &str, yaml: &str, territories: &Territories, files: Files) -> Report {
    let (questionnaire, problems, warnings) = match parse_with_warnings(yaml, territories, files) {
        Ok((questionnaire, warnings)) => (Some(questionnaire), Vec::new(), warnings),
        Err(problems) => (None, problems, Vec::new()),
    };
    Report { file: file.to_owned(), source: yaml.to_owned(), questionnaire, problems, warnings }
}

impl Report {
    /// Problems, then warnings.
    pub fn findings(&self) -> impl Iterator<Item = Finding<'_>> {
        let problems = self.problems.iter().map(|problem| self.finding("error", None, problem));
        let warnings =
            self.warnings.iter().map(|warning| self.finding("warning", Some(warning.lint), &warning.problem));
        problems.chain(warnings)
    }

    fn finding<'a>(&'a self, severity: &'static str, lint: Option<&'static str>, problem: &'a Problem) -> Finding<'a> {
        let Problem { line, column, message, fix } = problem;
        let excerpt = excerpt(&self.source, *line);
        Finding { severity, lint, line: *line, column: *column, excerpt, message, fix }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            problem.write(f, &self.file, &self.source, "")?;
        }
        for Warning { lint, problem } in &self.warnings {
            problem.write(f, &self.file, &self.source, &format!("attention ({lint}) : "))?;
        }
        Ok(())
    }
}
