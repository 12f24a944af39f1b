//! Answers: as they were submitted, and as they are kept once every one was checked.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::{ChoiceCode, Lang, QuestionId};
use crate::model::{Choice, Kind, Question, Questionnaire, Text, VersionHash};

/// What a form, a JSON body or a CSV row says: question name to values, nothing checked.
pub type Submitted = BTreeMap<String, Vec<String>>;

/// One valid answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// A whole number.
    Number(i64),
    /// The code of a choice, a point on a scale, or a free text.
    One(String),
    /// The codes of several choices, in the order of the questionnaire, or of preference where they are ranked.
    Several(Vec<ChoiceCode>),
}

impl Answer {
    pub(crate) fn has_code(&self, code: &ChoiceCode) -> bool {
        match self {
            Self::One(one) => one == code.as_str(),
            Self::Several(several) => several.contains(code),
            Self::Number(_) => false,
        }
    }

    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::One(one) => one.parse().ok(),
            Self::Several(_) => None,
        }
    }

    /// The codes chosen; none for a number.
    pub fn codes(&self) -> Vec<&str> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::One(one) => vec![one],
            Self::Several(several) => several.iter().map(ChoiceCode::as_str).collect(),
        }
    }

    /// The values as a form would submit them.
    pub fn values(&self) -> Vec<String> {
        match self {
            Self::Number(number) => vec![number.to_string()],
            _ => self.codes().into_iter().map(str::to_owned).collect(),
        }
    }
}

/// Says that there is an answer, never which.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer(…)")
    }
}

/// The valid answers of one respondent to one version of a questionnaire; only [`validate`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerSheet {
    version: VersionHash,
    answers: BTreeMap<QuestionId, Answer>,
}

impl AnswerSheet {
    /// The version of the questionnaire that was answered.
    pub fn version(&self) -> &VersionHash {
        &self.version
    }

    /// The answers by question; a question that was hidden or skipped is absent.
    pub fn answers(&self) -> &BTreeMap<QuestionId, Answer> {
        &self.answers
    }

    /// The answers as a JSON object, which [`submitted_from_json`] reads back.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.answers).expect("answers have string keys and no float")
    }

    /// The answers as they would be submitted again.
    pub fn to_submitted(&self) -> Submitted {
        self.answers.iter().map(|(id, answer)| (id.to_string(), answer.values())).collect()
    }

    /// Takes the free texts out of the sheet, so that they can be kept apart from the other answers.
    pub fn take_free_texts(&mut self, questionnaire: &Questionnaire) -> Vec<(QuestionId, String)> {
        let is_text = |id: &QuestionId| questionnaire.question(id).is_some_and(Question::is_kept_apart);
        let (texts, kept) = std::mem::take(&mut self.answers).into_iter().partition(|(id, _)| is_text(id));
        self.answers = kept;
        let texts: BTreeMap<QuestionId, Answer> = texts;
        texts
            .into_iter()
            .filter_map(|(id, answer)| match answer {
                Answer::One(text) => Some((id, text)),
                _ => None,
            })
            .collect()
    }
}

/// Why one answer is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The question as it was named; it may not exist.
    pub question: String,
    /// What is wrong.
    pub kind: FieldErrorKind,
}

/// What can be wrong with an answer. The text is what the respondent reads; it never repeats the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldErrorKind {
    /// The question must be answered.
    #[error("Choisissez une réponse. Si vous ne savez pas ou ne souhaitez pas le dire, vous pouvez l’indiquer.")]
    Required,
    /// Several answers where one is expected.
    #[error("Choisissez une seule réponse.")]
    OnlyOne,
    /// More choices than allowed.
    #[error("Choisissez {max} réponse{} au plus.", if *.max > 1 { "s" } else { "" })]
    TooMany {
        /// Most that may be chosen.
        max: u8,
    },
    /// A choice that excludes the others was combined.
    #[error("«\u{a0}{}\u{a0}» ne va pas avec une autre réponse. Gardez l’un ou l’autre.", .choice.fr())]
    Exclusive {
        /// Label of the excluding choice.
        choice: Text,
    },
    /// A choice at two ranks.
    #[error("Vous avez choisi deux fois la même réponse. Choisissez-la une seule fois.")]
    Twice,
    /// A code that the question does not offer.
    #[error("Cette réponse ne fait pas partie des choix proposés. Choisissez-en une dans la liste.")]
    UnknownChoice,
    /// Not a whole number.
    #[error("Écrivez un nombre entier, en chiffres.")]
    NotANumber,
    /// A number out of range.
    #[error("Écrivez un nombre entre {min} et {max}.")]
    OutOfRange {
        /// Smallest accepted.
        min: i64,
        /// Largest accepted.
        max: i64,
    },
    /// A text that is too long.
    #[error("Votre texte est trop long. Raccourcissez-le à {max_chars} caractères au plus.")]
    TooLong {
        /// Most accepted.
        max_chars: u32,
    },
    /// The questionnaire has no such question.
    #[error("Cette question n’existe pas dans le questionnaire.")]
    UnknownQuestion,
    /// The JSON value is neither a text, a number nor a list of texts.
    #[error("La réponse doit être un texte, un nombre ou une liste de textes.")]
    NotAnAnswer,
}

impl FieldErrorKind {
    /// What the respondent reads, in their language.
    pub fn message(&self, lang: &Lang) -> String {
        if lang.is_french() {
            return self.to_string();
        }
        match self {
            Self::Required => "Il faut répondre ici. Choisissez une réponse.".to_owned(),
            Self::OnlyOne => "Choisissez une seule réponse.".to_owned(),
            Self::TooMany { max } => {
                format!("Vous avez choisi trop de réponses. Gardez {max} réponse{}.", if *max > 1 { "s" } else { "" })
            }
            Self::Exclusive { choice } => {
                format!("Si vous choisissez «\u{a0}{}\u{a0}», ne choisissez rien d’autre.", choice.get(lang))
            }
            Self::Twice => "Vous avez choisi 2 fois la même réponse. Changez l’une des 2.".to_owned(),
            Self::UnknownChoice => "Cette réponse n’est pas dans la liste. Choisissez dans la liste.".to_owned(),
            Self::NotANumber => "Écrivez un nombre avec des chiffres. Par exemple\u{a0}: 3.".to_owned(),
            Self::OutOfRange { min, max } => format!("Ce nombre ne va pas. Écrivez un nombre de {min} à {max}."),
            Self::TooLong { .. } => "Votre texte est trop long. Enlevez des mots.".to_owned(),
            Self::UnknownQuestion | Self::NotAnAnswer => {
                "Il y a un problème avec cette page. Rechargez la page.".to_owned()
            }
        }
    }
}

/// Reads the `answers` of a JSON submission.
///
/// # Errors
/// The fields whose value is not a string, an integer, a list of strings or null.
pub fn submitted_from_json(answers: &serde_json::Map<String, serde_json::Value>) -> Result<Submitted, Vec<FieldError>> {
    use serde_json::Value;
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_i64().map(|number| number.to_string()),
        _ => None,
    };
    let mut submitted = Submitted::new();
    let mut errors = Vec::new();
    for (question, value) in answers {
        let values = match value {
            Value::Null => Some(Vec::new()),
            Value::Array(list) => list.iter().map(scalar).collect(),
            one => scalar(one).map(|one| vec![one]),
        };
        match values {
            Some(values) => {
                submitted.insert(question.clone(), values);
            }
            None => errors.push(FieldError { question: question.clone(), kind: FieldErrorKind::NotAnAnswer }),
        }
    }
    if errors.is_empty() { Ok(submitted) } else { Err(errors) }
}

/// What the questionnaire makes of a submission, right or wrong: the browser's stepper follows the same walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk<'a> {
    /// The questions and notes that are shown.
    pub shown: BTreeSet<&'a QuestionId>,
    /// The valid answers to questions that are shown. One that breaks a rule counts as absent for the conditions that follow.
    pub answers: BTreeMap<QuestionId, Answer>,
    /// What is wrong with the others, in the order of the questionnaire.
    pub errors: Vec<FieldError>,
}

/// Goes through the questionnaire in order, with the answers given so far.
pub fn walk<'a>(questionnaire: &'a Questionnaire, submitted: &Submitted) -> Walk<'a> {
    let mut walk = Walk { shown: BTreeSet::new(), answers: BTreeMap::new(), errors: Vec::new() };
    for question in questionnaire.questions().filter(|question| !matches!(question.kind, Kind::Score { .. })) {
        if question.show_if.as_ref().is_some_and(|condition| !condition.holds(&walk.answers)) {
            continue;
        }
        walk.shown.insert(&question.id);
        if !question.is_asked() {
            continue;
        }
        let values: Vec<&str> = submitted
            .get(question.id.as_str())
            .into_iter()
            .flatten()
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
            .collect();
        match check(question, &values) {
            Ok(Some(answer)) => {
                walk.answers.insert(question.id.clone(), answer);
            }
            Ok(None) => {}
            Err(kind) => walk.errors.push(FieldError { question: question.id.to_string(), kind }),
        }
    }
    walk
}

/// Checks every answer and drops those to questions that the routing hides.
///
/// Empty values count as skipped. The result validates again to itself.
///
/// # Errors
/// One error per field, in the order of the questionnaire; unknown questions last.
pub fn validate(questionnaire: &Questionnaire, submitted: &Submitted) -> Result<AnswerSheet, Vec<FieldError>> {
    let Walk { answers, mut errors, .. } = walk(questionnaire, submitted);
    let asked: BTreeSet<&str> =
        questionnaire.questions().filter(|question| question.is_asked()).map(|question| question.id.as_str()).collect();
    errors.extend(
        submitted
            .keys()
            .filter(|name| !asked.contains(name.as_str()))
            .map(|name| FieldError { question: name.clone(), kind: FieldErrorKind::UnknownQuestion }),
    );
    if errors.is_empty() { Ok(AnswerSheet { version: questionnaire.version().clone(), answers }) } else { Err(errors) }
}

/// Answers, for who was silent on paper, each question that is shown and must be answered, with its way of not answering where
/// it has one: what is kept then passes validation again. Returns these questions. Answering one may show or hide those after
/// it, so each is answered before the next is looked for.
pub(crate) fn decline(questionnaire: &Questionnaire, submitted: &mut Submitted) -> Vec<QuestionId> {
    let mut declined = Vec::new();
    loop {
        let errors = walk(questionnaire, submitted).errors.into_iter();
        let mut silent = errors
            .filter(|error| error.kind == FieldErrorKind::Required)
            .filter_map(|error| questionnaire.questions().find(|question| question.id.as_str() == error.question));
        let Some((id, choice)) = silent.find_map(|question| Some((&question.id, question.declining()?))) else {
            return declined;
        };
        submitted.insert(id.to_string(), vec![choice.code.to_string()]);
        declined.push(id.clone());
    }
}

/// Checks the values of one question that is shown.
fn check(question: &Question, values: &[&str]) -> Result<Option<Answer>, FieldErrorKind> {
    let [first, rest @ ..] = values else {
        return if question.required { Err(FieldErrorKind::Required) } else { Ok(None) };
    };
    match &question.kind {
        Kind::Multiple { choices, max } => several(choices, *max, values).map(Some),
        Kind::RankTop { choices, ranks } => ranking(choices, *ranks, values).map(Some),
        _ if !rest.is_empty() => Err(FieldErrorKind::OnlyOne),
        Kind::Single { .. } | Kind::Scale { .. } => {
            let choice = question.choice(first).ok_or(FieldErrorKind::UnknownChoice)?;
            Ok(Some(Answer::One(choice.code.to_string())))
        }
        Kind::Integer { min, max } => {
            let number: i64 = first.parse().map_err(|_| FieldErrorKind::NotANumber)?;
            if (*min..=*max).contains(&number) {
                Ok(Some(Answer::Number(number)))
            } else {
                Err(FieldErrorKind::OutOfRange { min: *min, max: *max })
            }
        }
        Kind::TextLong { max_chars, one_line, .. } => free_text(first, *max_chars, *one_line),
        Kind::Matrix | Kind::Score { .. } | Kind::Note => Ok(None),
    }
}

fn several(choices: &[Choice], max: Option<u8>, values: &[&str]) -> Result<Answer, FieldErrorKind> {
    if values.iter().any(|value| !choices.iter().any(|choice| choice.code.as_str() == *value)) {
        return Err(FieldErrorKind::UnknownChoice);
    }
    let chosen: Vec<&Choice> = choices.iter().filter(|choice| values.contains(&choice.code.as_str())).collect();
    if let Some(exclusive) = chosen.iter().find(|choice| choice.exclusive && chosen.len() > 1) {
        return Err(FieldErrorKind::Exclusive { choice: exclusive.label.clone() });
    }
    if let Some(max) = max.filter(|max| chosen.len() > usize::from(*max)) {
        return Err(FieldErrorKind::TooMany { max });
    }
    Ok(Answer::Several(chosen.into_iter().map(|choice| choice.code.clone()).collect()))
}

/// The order is the respondent's. Choosing the same twice is told rather than mended: the other rank was meant for another.
fn ranking(choices: &[Choice], ranks: u8, values: &[&str]) -> Result<Answer, FieldErrorKind> {
    let chosen: Option<Vec<&Choice>> =
        values.iter().map(|value| choices.iter().find(|choice| choice.code.as_str() == *value)).collect();
    let chosen = chosen.ok_or(FieldErrorKind::UnknownChoice)?;
    if (1..chosen.len()).any(|index| chosen[..index].contains(&chosen[index])) {
        return Err(FieldErrorKind::Twice);
    }
    if let Some(exclusive) = chosen.iter().find(|choice| choice.exclusive && chosen.len() > 1) {
        return Err(FieldErrorKind::Exclusive { choice: exclusive.label.clone() });
    }
    if chosen.len() > usize::from(ranks) {
        return Err(FieldErrorKind::TooMany { max: ranks });
    }
    Ok(Answer::Several(chosen.into_iter().map(|choice| choice.code.clone()).collect()))
}

/// A browser sends line ends as CR LF and counts them as one character; so do we. Other control characters are no text,
/// and a value that holds nothing else is none.
fn free_text(value: &str, max_chars: u32, one_line: bool) -> Result<Option<Answer>, FieldErrorKind> {
    let line_end = if one_line { " " } else { "\n" };
    let text = value.replace("\r\n", "\n").replace('\n', line_end);
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().count() > usize::try_from(max_chars).unwrap_or(usize::MAX) {
        return Err(FieldErrorKind::TooLong { max_chars });
    }
    Ok(Some(Answer::One(text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Territories;

    fn questionnaire() -> Questionnaire {
        let territories = Territories::parse(
            "territoire\tepci\tcode_insee\tnom\ttype\tchef_lieu\tpop_municipale\nessai\t1\t49301\tSèvremoine\tcommune\t\t9\n",
        ).expect("territories");
        crate::parse(include_str!("fixtures/essai.yaml"), &territories).expect("fixture")
    }

    fn submit(pairs: &[(&str, &[&str])]) -> Submitted {
        pairs
            .iter()
            .map(|(name, values)| ((*name).to_owned(), values.iter().map(|v| (*v).to_owned()).collect()))
            .collect()
    }

    fn error_of(pairs: &[(&str, &[&str])]) -> Vec<FieldError> {
        validate(&questionnaire(), &submit(pairs)).expect_err("an error")
    }

    #[test]
    fn an_answer_hidden_by_the_routing_is_dropped() {
        let sheet =
            validate(&questionnaire(), &submit(&[("renonce", &["non"]), ("motifs", &["cout"])])).expect("valid");
        assert_eq!(sheet.answers().keys().map(QuestionId::as_str).collect::<Vec<_>>(), ["renonce"]);
    }

    #[test]
    fn a_hidden_required_question_is_not_required() {
        assert!(validate(&questionnaire(), &submit(&[("renonce", &["non"])])).is_ok());
        let errors = error_of(&[("renonce", &["oui"])]);
        assert_eq!(errors, [FieldError { question: "motifs".into(), kind: FieldErrorKind::Required }]);
    }

    #[test]
    fn each_bad_answer_is_named() {
        let good: (&str, &[&str]) = ("renonce", &["non"]);
        for (name, values, kind) in [
            ("renonce", &["peut-etre"][..], FieldErrorKind::UnknownChoice),
            ("renonce", &["oui", "non"], FieldErrorKind::OnlyOne),
            ("moral", &["11"], FieldErrorKind::UnknownChoice),
            ("foyer", &["deux"], FieldErrorKind::NotANumber),
            ("foyer", &["99"], FieldErrorKind::OutOfRange { min: 1, max: 20 }),
            ("avis", &["123456789012345678901"], FieldErrorKind::TooLong { max_chars: 20 }),
            ("inconnue", &["x"], FieldErrorKind::UnknownQuestion),
        ] {
            assert_eq!(error_of(&[good, (name, values)]), [FieldError { question: name.into(), kind }], "{name}");
        }
    }

    #[test]
    fn a_multiple_choice_keeps_its_rules() {
        let yes: (&str, &[&str]) = ("renonce", &["oui"]);
        let kinds = |values: &[&str]| error_of(&[yes, ("motifs", values)]).remove(0).kind;
        assert_eq!(kinds(&["cout", "delai", "loin"]), FieldErrorKind::TooMany { max: 2 });
        assert_eq!(kinds(&["cout", "aucun"]), FieldErrorKind::Exclusive { choice: Text::french("Aucun") });
        assert_eq!(kinds(&["cout", "or"]), FieldErrorKind::UnknownChoice);
    }

    #[test]
    fn what_is_valid_validates_again_to_itself() {
        let questionnaire = questionnaire();
        let submitted = submit(&[
            ("renonce", &["oui"]),
            ("motifs", &["loin", "cout", "loin"]),
            ("moral", &["7"]),
            ("foyer", &[" 3 "]),
            ("avis", &["Bonjour\r\nà tous"]),
            ("commune", &["49301"]),
        ]);
        let sheet = validate(&questionnaire, &submitted).expect("valid");
        assert_eq!(validate(&questionnaire, &sheet.to_submitted()).expect("valid again"), sheet);
        let json: serde_json::Value = serde_json::from_str(&sheet.to_json()).expect("json");
        let again = submitted_from_json(json.as_object().expect("object")).expect("submitted");
        assert_eq!(validate(&questionnaire, &again).expect("valid from JSON"), sheet);
    }

    #[test]
    fn free_texts_leave_the_sheet() {
        let questionnaire = questionnaire();
        let mut sheet =
            validate(&questionnaire, &submit(&[("renonce", &["non"]), ("avis", &["Un avis"])])).expect("valid");
        let texts = sheet.take_free_texts(&questionnaire);
        assert_eq!(texts.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["Un avis"]);
        assert_eq!(sheet.answers().len(), 1);
    }
}
