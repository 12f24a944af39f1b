//! What a resident has filled in so far, as it travels between their browser and the server.

use std::collections::BTreeMap;

use isoloir_survey::{FieldError, Kind, Lang, Question, Questionnaire, Submitted};
use isoloir_ui::{ErrorLink, Reading};

use crate::question::rank_id;
use crate::view::reading;

/// Names of the form's fields that are no question.
pub(crate) const CODE: &str = "code";
pub(crate) const TOKEN: &str = "token";
pub(crate) const SEED: &str = "reprise";
pub(crate) const CHANGE: &str = "modifier";

/// The state of the form: answers as typed, the code as typed, and what is wrong with them.
#[derive(Clone, Default)]
pub(crate) struct FormState {
    pub(crate) submitted: Submitted,
    pub(crate) code: String,
    pub(crate) token: Option<String>,
    pub(crate) seed: Option<String>,
    pub(crate) change: bool,
    errors: BTreeMap<String, String>,
}

impl FormState {
    /// What everybody begins with.
    pub(crate) const fn nothing() -> Self {
        Self {
            submitted: BTreeMap::new(),
            code: String::new(),
            token: None,
            seed: None,
            change: false,
            errors: BTreeMap::new(),
        }
    }

    /// Takes a decoded form apart. Control characters are no text, and HTML cannot carry them back.
    pub(crate) fn from_form(mut form: BTreeMap<String, Vec<String>>) -> Self {
        for value in form.values_mut().flatten() {
            value.retain(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
        }
        let mut take = |name: &str| form.remove(name).and_then(|values| values.into_iter().next());
        let (code, token, seed, change) = (take(CODE), take(TOKEN), take(SEED), take(CHANGE));
        Self {
            code: code.unwrap_or_default(),
            token,
            seed,
            change: change.is_some(),
            submitted: form,
            ..Self::nothing()
        }
    }

    pub(crate) fn add_errors(&mut self, errors: Vec<FieldError>, lang: &Lang) {
        for error in errors {
            self.errors.entry(error.question).or_insert(error.kind.message(lang));
        }
    }

    pub(crate) fn add_code_error(&mut self, message: String) {
        self.errors.insert(CODE.to_owned(), message);
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    pub(crate) fn error(&self, field: &str) -> Option<&str> {
        self.errors.get(field).map(String::as_str)
    }

    pub(crate) fn is_chosen(&self, question: &Question, code: &str) -> bool {
        self.values(question).iter().any(|value| value == code)
    }

    /// The first value, for a field that takes one.
    pub(crate) fn value(&self, question: &Question) -> &str {
        self.values(question).first().map_or("", String::as_str)
    }

    pub(crate) fn values(&self, question: &Question) -> &[String] {
        self.submitted.get(question.id.as_str()).map_or(&[], Vec::as_slice)
    }

    /// The errors in the order of the page; those about no field of it last, without a place to go to.
    pub(crate) fn summary(&self, questionnaire: &Questionnaire, lang: &Lang) -> Vec<ErrorLink> {
        let mut links: Vec<ErrorLink> = questionnaire
            .questions()
            .filter_map(|question| {
                let message = self.error(question.id.as_str())?.to_owned();
                Some(ErrorLink {
                    target: first_input_id(question),
                    label: question.short.get(lang).to_owned(),
                    message,
                })
            })
            .collect();
        if let Some(message) = self.error(CODE) {
            let label = reading(lang).say("Votre code d’invitation", "Votre code").to_owned();
            links.push(ErrorLink { target: CODE.to_owned(), label, message: message.to_owned() });
        }
        let known = links.len();
        if self.errors.len() > known {
            let label = "Questionnaire".to_owned();
            let message = reading(lang)
                .say(
                    "Une réponse n’allait avec aucune question\u{a0}: nous l’avons retirée. Relisez les autres, puis continuez.",
                    "Une réponse était en trop. Nous l’avons enlevée. Relisez les autres. Puis continuez.",
                )
                .to_owned();
            links.push(ErrorLink { target: "questionnaire".to_owned(), label, message });
        }
        links
    }
}

/// The element that receives the focus when a question is to be corrected.
pub(crate) fn first_input_id(question: &Question) -> String {
    if matches!(question.kind, Kind::RankTop { .. }) {
        return rank_id(question, 1);
    }
    match question.choices().first() {
        Some(choice) => input_id(question, choice.code.as_str()),
        None => question.id.to_string(),
    }
}

/// The identifier of one choice's input.
pub(crate) fn input_id(question: &Question, code: &str) -> String {
    format!("{}-{code}", question.id)
}

/// Whether a typed code has the shape of one: 13 letters and digits. Whether it is one is the issuer's to say.
pub(crate) fn code_error(typed: &str, reading: Reading) -> Option<&'static str> {
    let symbols: Vec<char> =
        typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '—' | '.')).collect();
    if symbols.is_empty() {
        Some(reading.say("Écrivez le code imprimé sur votre lettre.", "Écrivez le code de votre lettre."))
    } else if symbols.len() != 13 || !symbols.iter().all(char::is_ascii_alphanumeric) {
        Some(reading.say(
            "Ce code n’a pas la bonne forme. Il a 13 lettres et chiffres, par exemple 7K3M-9QZT-4H2X-B.",
            "Ce code n’est pas bon. Un code a 13 lettres et chiffres.",
        ))
    } else {
        None
    }
}
