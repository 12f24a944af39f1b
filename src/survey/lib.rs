//! The questionnaire, from a YAML file to a validated answer sheet.
//!
//! This crate is where the flow of Isoloir starts: it reads a questionnaire ([`parse`]), says everything that is wrong
//! with it ([`Problem`]), decides which questions a respondent sees ([`Condition`]), and turns what was submitted into
//! an [`AnswerSheet`] or into errors that name each field ([`validate`]).
//!
//! It is pure: no clock, no randomness, no file, no network. It knows nothing of tokens, codes or databases.
//!
//! # Invariants
//! - An [`AnswerSheet`] holds only answers to questions that were shown, each valid for its question.
//! - The [`VersionHash`] is a function of the questionnaire's meaning: comments and layout of the YAML do not change it.
//!
//! ```
//! let territories = isoloir_survey::Territories::parse(
//!     "territoire\tepci\tcode_insee\tnom\ttype\tchef_lieu\tpop_municipale\n\
//!      mauges\t200060010\t49301\tSèvremoine\tcommune\t\t25797\n",
//! )?;
//! let yaml = r#"
//! id: essai
//! title: {fr: "Essai"}
//! languages: [fr]
//! territory: mauges
//! access: open
//! organiser: {fr: "Mauges Communauté"}
//! contact: {phone: "02 00 00 00 00"}
//! minutes: 1
//! welcome: {fr: "Bonjour."}
//! thanks: {fr: "Merci."}
//! axes: []
//! pages:
//!   - id: seule
//!     title: {fr: "Votre avis"}
//!     questions:
//!       - {id: commune, type: territory, text: {fr: "Votre commune"}, short: {fr: "Commune"}}
//! "#;
//! let questionnaire = isoloir_survey::parse(yaml, &territories).expect("no problem in this questionnaire");
//! let submitted = [("commune".to_owned(), vec!["49301".to_owned()])].into_iter().collect();
//! let sheet = isoloir_survey::validate(&questionnaire, &submitted).expect("a valid answer");
//! assert_eq!(sheet.answers().len(), 1);
//! # Ok::<(), isoloir_survey::TerritoryError>(())
//! ```

mod answers;
mod calendar;
mod check;
mod color;
mod compare;
mod compile;
mod compile_condition;
mod compile_kind;
mod compile_question;
mod compile_score;
#[cfg(test)]
mod core_tests;
mod help_line;
mod ids;
mod instrument;
#[cfg(test)]
mod instrument_tests;
mod lint;
mod lint_privacy;
mod lint_routing;
#[cfg(test)]
mod lint_tests;
mod lint_text;
mod logo;
mod model;
mod order;
mod place;
mod problem;
mod read;
mod routing;
mod score;
mod sheet_csv;
mod territory;
#[cfg(test)]
mod territory_tests;
mod text_file;
mod tree;
#[cfg(test)]
mod types_tests;
mod typography;
mod words;
mod yaml;

pub use answers::{
    Answer, AnswerSheet, FieldError, FieldErrorKind, Submitted, Walk, submitted_from_json, validate, walk,
};
pub use calendar::{Calendar, french_date};
pub use check::{Finding, Report, check};
pub use color::{Color, MIN_CONTRAST};
pub use compare::{Difference, differences};
pub use compile::{Files, no_files, parse, parse_all_problems, parse_with_warnings};
pub use help_line::{HELP_LINES, HelpLine, help_line, names_help_line};
pub use ids::{AxisId, ChoiceCode, InvalidId, Lang, PageId, PriorityId, QuestionId, SurveyId};
pub use instrument::{Instrument, InstrumentItem, instrument, instruments};
pub use lint::Warning;
pub use logo::{Logo, LogoFormat};
pub use model::{
    Access, Axis, Choice, Contact, Content, Kind, Page, Priority, Question, Questionnaire, Role, Text, VersionHash,
};
pub use place::{Commune, Sector, Territory};
pub use problem::{Problem, Problems};
pub use routing::Condition;
pub use score::{Points, Term};
pub use sheet_csv::{SheetCsvError, SheetFile, Silence, read_csv, write_csv};
pub use territory::{Territories, TerritoryError};
pub use text_file::{NotText, text_of};
