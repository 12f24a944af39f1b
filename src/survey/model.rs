//! The questionnaire as the rest of the program sees it: checked, with every list of choices written out.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::color::Color;
use crate::ids::{AxisId, ChoiceCode, Lang, PageId, PriorityId, QuestionId, SurveyId};
use crate::instrument::InstrumentItem;
use crate::logo::Logo;
use crate::place::Territory;
use crate::routing::Condition;
use crate::score::{Points, Term};

/// A text in each of the questionnaire's languages; French is always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(BTreeMap<Lang, String>);

impl Text {
    pub(crate) fn new(by_language: BTreeMap<Lang, String>) -> Self {
        Self(by_language)
    }

    /// A text that the program writes itself, in French.
    pub fn french(text: &str) -> Self {
        Self(BTreeMap::from([(Lang::french(), text.to_owned())]))
    }

    /// The text in `lang`, or in French where it is not translated.
    pub fn get(&self, lang: &Lang) -> &str {
        self.0.get(lang).or_else(|| self.0.get("fr")).map_or("", String::as_str)
    }

    /// Whether it is written in `lang`.
    pub fn has(&self, lang: &Lang) -> bool {
        self.0.contains_key(lang)
    }

    /// The languages that it is written in.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &Lang> {
        self.0.keys()
    }

    /// The French text.
    pub fn fr(&self) -> &str {
        self.get(&Lang::french())
    }
}

/// Who may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// One invitation code, one response.
    Invitation,
    /// Anybody, several times if they insist.
    Open,
}

/// How a resident reaches a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// A telephone number as it is printed.
    pub phone: String,
    /// An e-mail address, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<String>,
}

/// An axis of the local health contract; its place in the list is its place in the results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// Identifier, also in the URL of its results page.
    pub id: AxisId,
    /// Title of its results page.
    pub title: Text,
    /// One sentence that says what the axis covers.
    pub summary: Text,
    /// What the contract wants to reach on this axis.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub priorities: Vec<Priority>,
}

/// A priority of an axis: who prepares the contract reads it, residents do not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priority {
    /// Identifier, one for the whole questionnaire.
    pub id: PriorityId,
    /// Title as the contract words it, in French.
    pub title: String,
}

/// One screen of the questionnaire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Identifier.
    pub id: PageId,
    /// Title, shown above the questions.
    pub title: Text,
    /// A sentence under the title.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub intro: Option<Text>,
    /// Its questions, in the order in which they are asked.
    pub questions: Vec<Question>,
}

/// One thing that is asked, or said ([`Kind::Note`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Identifier and variable name.
    pub id: QuestionId,
    /// What kind of answer it takes.
    #[serde(flatten)]
    pub kind: Kind,
    /// The question as it is asked.
    pub text: Text,
    /// Title in charts and tables; empty for a note.
    pub short: Text,
    /// Help under the question.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<Text>,
    /// Whether a respondent to whom it is shown must answer.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub required: bool,
    /// When it is shown; always, when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub show_if: Option<Condition>,
    /// Which axis of the contract it informs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub axis: Option<AxisId>,
    /// Which priority of that axis it informs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub priority: Option<PriorityId>,
    /// The choices whose share is shown by commune.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub headline: Vec<ChoiceCode>,
    /// Of a [`Kind::Single`]: whether its choices go from more to less (degrees, frequencies, durations), so that charts and
    /// tables keep their order. [`Question::is_ordinal`] also knows the kinds that always do.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub ordered: bool,
    /// Whether the answer may hurt or harm: the respondent must be able to decline, and no group of people is published in which
    /// nearly all gave such an answer. Every choice counts as one, unless it is [`Choice::harmless`].
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub sensitive: bool,
    /// The item of a published instrument that it is, word for word.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instrument: Option<InstrumentItem>,
    /// The [`Kind::Matrix`] of which this is a row. Rows follow their matrix, and their text makes sense below its.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub row_of: Option<QuestionId>,
    /// The question of which this text spells out a choice such as « Autre ». It follows that question.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub specifies: Option<QuestionId>,
}

/// What a question takes as an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Kind {
    /// One of several choices.
    Single {
        /// The choices, in the order in which they are shown.
        choices: Vec<Choice>,
        /// What the variable is used for beyond its own table.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        role: Option<Role>,
    },
    /// Any of several choices.
    Multiple {
        /// The choices, in the order in which they are shown.
        choices: Vec<Choice>,
        /// The most that may be chosen.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        max: Option<u8>,
    },
    /// A point on a scale whose ends are named.
    Scale {
        /// One choice per point, then the non-answer where there is one.
        choices: Vec<Choice>,
        /// What the lowest point means.
        low: Text,
        /// What the highest point means.
        high: Text,
    },
    /// A whole number.
    Integer {
        /// Smallest number accepted.
        min: i64,
        /// Largest number accepted.
        max: i64,
    },
    /// The choices that matter most, ranked: the answer lists their codes, the first one first.
    RankTop {
        /// The choices, in the order in which they are shown.
        choices: Vec<Choice>,
        /// How many ranks there are.
        ranks: u8,
    },
    /// Free text, over several lines or on one. Both are one kind, so that whatever keeps free texts apart from the other
    /// answers cannot forget one.
    TextLong {
        /// Most characters accepted.
        max_chars: u32,
        /// Whether line ends are no part of it.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        one_line: bool,
        /// Whether it stays with the other answers, which may tell who wrote it.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        linked: bool,
    },
    /// The heading of a matrix: a text that its rows share. Each row is a [`Kind::Single`] of its own, with its own
    /// variable, right after it.
    Matrix,
    /// Points given to earlier answers; never asked.
    Score {
        /// Points that everybody starts from.
        base: Points,
        /// What each answer adds.
        terms: Vec<Term>,
        /// Ranges of the score, lowest first.
        #[serde(rename = "choices", skip_serializing_if = "Vec::is_empty", default)]
        levels: Vec<Choice>,
        /// The least score of each range.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        from: Vec<Points>,
    },
    /// Nothing: a text for the respondent.
    Note,
}

/// A variable by which others are broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Where the respondent lives.
    Territory,
    /// The respondent's age band.
    AgeBand,
}

/// One choice of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The code that is stored.
    pub code: ChoiceCode,
    /// The label that is read.
    pub label: Text,
    /// What the choice covers, read below its label where one answers, and nowhere else: the municipalities of a sector.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<Text>,
    /// Whether choosing it is a way of not answering.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub missing: bool,
    /// Whether it cannot be combined with another.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub exclusive: bool,
    /// Of a sensitive question: whether nothing that could harm follows from knowing that somebody gave it.
    ///
    /// A group in which nearly all gave this answer is published, and then it is known of each of its people, as nearly sure as
    /// the share says. That is right for « Non » to « Avez-vous besoin d’aide au quotidien ? ». It is wrong wherever the answer
    /// says something by itself: « Jamais » to alcohol may tell of a cure, a pregnancy or a religion; « Non » to a vaccine, a
    /// loan or a complementary insurance is the sensitive answer; « Rien de particulier » to what keeps one lonely is put to
    /// the lonely only. With two choices, who did not give the one gave the other: then the question is whether « Non » harms,
    /// not whether « Oui » does.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub harmless: bool,
}

/// What a questionnaire says, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Short name, also in URLs.
    pub id: SurveyId,
    /// Title.
    pub title: Text,
    /// Languages, French first.
    pub languages: Vec<Lang>,
    /// Territory and its communes.
    pub territory: Territory,
    /// The territory's colour, dark enough to be read on white.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub color: Option<Color>,
    /// The territory's logo, checked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub logo: Option<Logo>,
    /// Who may answer.
    pub access: Access,
    /// First day on which answers are taken, Paris time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub opens: Option<Date>,
    /// Last day on which answers are taken, Paris time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closes: Option<Date>,
    /// Who asks.
    pub organiser: Text,
    /// Whom to call.
    pub contact: Contact,
    /// How long it takes, in minutes.
    pub minutes: u8,
    /// Welcome paragraphs, separated by a blank line.
    pub welcome: Text,
    /// The same on paper, where there is neither code nor link; the program's own words where it is absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub welcome_paper: Option<Text>,
    /// Thank-you paragraphs, separated by a blank line.
    pub thanks: Text,
    /// Axes of the contract.
    pub axes: Vec<Axis>,
    /// Pages in order.
    pub pages: Vec<Page>,
}

/// SHA-256 of a questionnaire's canonical JSON, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionHash(Arc<str>);

impl VersionHash {
    /// A version as it was stored or submitted; it is only ever compared.
    pub fn from_text(text: &str) -> Self {
        Self(text.into())
    }

    /// The 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VersionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A questionnaire with its version. Its content is reached through `Deref` and cannot be changed, so that the version is
/// always the one of what is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Content", into = "Content")]
pub struct Questionnaire {
    content: Content,
    version: VersionHash,
}

impl From<Content> for Questionnaire {
    fn from(content: Content) -> Self {
        let digest = Sha256::digest(content.canonical_json());
        let version = VersionHash(data_encoding::HEXLOWER.encode(&digest).into());
        Self { content, version }
    }
}

impl From<Questionnaire> for Content {
    fn from(questionnaire: Questionnaire) -> Self {
        questionnaire.content
    }
}

impl Deref for Questionnaire {
    type Target = Content;
    fn deref(&self) -> &Content {
        &self.content
    }
}

impl Questionnaire {
    /// The version that each response carries.
    pub fn version(&self) -> &VersionHash {
        &self.version
    }
}

impl Content {
    /// The questionnaire as JSON: fields in a fixed order, maps sorted, no white space. Two questionnaires that ask the
    /// same have the same canonical JSON, however their YAML was laid out.
    pub fn canonical_json(&self) -> String {
        serde_json::to_string(self).expect("a questionnaire has only string keys and finite numbers")
    }

    /// Every question and note, in the order in which they are asked.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.pages.iter().flat_map(|page| &page.questions)
    }

    /// A question by its identifier.
    pub fn question(&self, id: &QuestionId) -> Option<&Question> {
        self.questions().find(|question| question.id == *id)
    }

    /// The priority that a question informs.
    pub fn priority(&self, question: &Question) -> Option<&Priority> {
        let id = question.priority.as_ref()?;
        self.axes.iter().flat_map(|axis| &axis.priorities).find(|priority| priority.id == *id)
    }

    /// The age from which one may answer: the question about age has no answer for anybody younger. None where all have one, or
    /// where age is not asked.
    pub fn minimum_age(&self) -> Option<u8> {
        let is_age = |question: &&Question| matches!(question.kind, Kind::Single { role: Some(Role::AgeBand), .. });
        let youngest = self.questions().find(is_age)?.choices().first()?;
        youngest.code.as_str().split('-').next()?.parse().ok().filter(|age| *age > 0)
    }

    /// The question that asks where the respondent lives.
    pub fn territory_question(&self) -> Option<&Question> {
        self.questions().find(|question| matches!(question.kind, Kind::Single { role: Some(Role::Territory), .. }))
    }

    /// Whether the first day is still to come.
    pub fn is_before_opening(&self, today: Date) -> bool {
        self.opens.is_some_and(|opens| today < opens)
    }

    /// Whether answers are taken on `today`.
    pub fn is_open_on(&self, today: Date) -> bool {
        !self.is_before_opening(today) && self.closes.is_none_or(|closes| today <= closes)
    }
}

impl Content {
    /// The whole question: a row's text below its matrix's, a precision's below its question's.
    pub fn wording(&self, question: &Question, lang: &Lang) -> String {
        let parent = question.row_of.as_ref().or(question.specifies.as_ref()).and_then(|id| self.question(id));
        match parent {
            Some(parent) => format!("{} – {}", parent.text.get(lang), question.text.get(lang)),
            None => question.text.get(lang).to_owned(),
        }
    }

    /// The rows of a matrix; none for another question.
    pub fn rows<'a>(&'a self, matrix: &'a Question) -> impl Iterator<Item = &'a Question> {
        self.questions().filter(|question| question.row_of.as_ref() == Some(&matrix.id))
    }
}

impl Choice {
    /// A choice that needs no explanation and can be combined with others.
    pub(crate) fn plain(code: ChoiceCode, label: Text) -> Self {
        Self { code, label, detail: None, missing: false, exclusive: false, harmless: false }
    }
}

impl Question {
    /// The choices of a question, or the levels of a score; none for the others.
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::Single { choices, .. }
            | Kind::Multiple { choices, .. }
            | Kind::Scale { choices, .. }
            | Kind::RankTop { choices, .. }
            | Kind::Score { levels: choices, .. } => choices,
            Kind::Integer { .. } | Kind::TextLong { .. } | Kind::Matrix | Kind::Note => &[],
        }
    }

    /// The choice with this code.
    pub fn choice(&self, code: &str) -> Option<&Choice> {
        self.choices().iter().find(|choice| choice.code.as_str() == code)
    }

    /// The choice that silence on paper is taken for: the last of its ways of not answering, where it has one. « Je préfère ne
    /// pas répondre » follows « Je ne sais pas ».
    pub fn declining(&self) -> Option<&Choice> {
        self.choices().iter().rfind(|choice| choice.missing)
    }

    /// Its choices without what is said of them for publication: what a respondent is asked.
    pub(crate) fn asked_kind(&self) -> Kind {
        let mut kind = self.kind.clone();
        if let Kind::Single { choices, .. } | Kind::Multiple { choices, .. } | Kind::RankTop { choices, .. } = &mut kind
        {
            for choice in choices {
                choice.harmless = false;
            }
        }
        kind
    }

    /// Whether it takes an answer at all.
    pub fn is_asked(&self) -> bool {
        !matches!(self.kind, Kind::Note | Kind::Matrix | Kind::Score { .. })
    }

    /// Whether an answer may hold several codes.
    pub fn takes_several(&self) -> bool {
        matches!(self.kind, Kind::Multiple { .. } | Kind::RankTop { .. })
    }

    /// Whether its answers are texts that are kept apart from the others, without a link back.
    pub fn is_kept_apart(&self) -> bool {
        matches!(self.kind, Kind::TextLong { linked: false, .. })
    }
}
