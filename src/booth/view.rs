//! What a page is made from: a published questionnaire, the language in which it is read, and what was filled in.

use isoloir_collector::Publication;
use isoloir_survey::{Contact, Lang, Question, Questionnaire, Text};
use isoloir_ui::{Page, PageLogo, Reading, prose};
use maud::{Markup, html};

use crate::form_state::FormState;

/// One rendering of a questionnaire. Two residents who have filled in nothing and read the same language see the same.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) publication: &'a Publication,
    pub(crate) lang: &'a Lang,
    pub(crate) state: &'a FormState,
}

impl<'a> View<'a> {
    pub(crate) fn questionnaire(&self) -> &'a Questionnaire {
        &self.publication.questionnaire
    }

    /// A text of the questionnaire.
    pub(crate) fn text(&self, text: &'a Text) -> &'a str {
        text.get(self.lang)
    }

    /// A text of ours, as it is usually written or easy to read.
    pub(crate) fn say(&self, usual: &'static str, easy: &'static str) -> &'static str {
        reading(self.lang).say(usual, easy)
    }

    /// A text in the lines in which it is read.
    pub(crate) fn prose(&self, text: &str) -> Markup {
        prose(text, reading(self.lang))
    }

    /// What is wrong with a question's answer.
    pub(crate) fn error(&self, question: &Question) -> Option<&'a str> {
        self.state.error(question.id.as_str())
    }

    /// The address of a page of this survey in this language, below `/s/…`.
    pub(crate) fn address(&self, below: &str) -> String {
        address(self.publication, below, self.lang)
    }

    /// The frame of a page of this survey.
    pub(crate) fn frame<'t>(&self, title: &'t str) -> Page<'t>
    where
        'a: 't,
    {
        frame(self.publication, self.lang, title)
    }
}

/// How our own texts are written in this language.
pub(crate) fn reading(lang: &Lang) -> Reading {
    if lang.is_french() { Reading::Usual } else { Reading::Easy }
}

/// The address of a page of a survey, below `/s/…`. French is the page without a query.
pub(crate) fn address(publication: &Publication, below: &str, lang: &Lang) -> String {
    let id = &publication.questionnaire.id;
    let query = if lang.is_french() { String::new() } else { format!("?lang={lang}") };
    format!("/s/{id}{below}{query}")
}

/// The frame of a page of a survey.
pub(crate) fn frame<'t>(publication: &'t Publication, lang: &Lang, title: &'t str) -> Page<'t> {
    let questionnaire = &publication.questionnaire;
    let reading = reading(lang);
    let trust = reading.say("Comment votre anonymat est protégé", "Comment vos réponses restent secrètes");
    Page {
        lang: reading.tag(),
        survey: questionnaire.title.get(lang),
        organiser: questionnaire.organiser.get(lang),
        logo: questionnaire.logo.as_ref().map(|logo| PageLogo {
            address: format!("/s/{}/logo", questionnaire.id),
            alt: logo.alt.get(lang),
            size: (logo.width, logo.height),
        }),
        colors: questionnaire.color.map(|_| format!("/s/{}/couleur.css", questionnaire.id)),
        footer: vec![(address(publication, "/confiance", lang), trust.to_owned())],
        ..Page::new(title)
    }
}

/// Whom to call or to write to: « au 02 41 00 00 00, ou écrivez à … ».
pub(crate) fn contact(contact: &Contact) -> Markup {
    html! {
        a href={ "tel:" (contact.phone.replace(' ', "")) } { (contact.phone.replace(' ', "\u{a0}")) }
        @if let Some(email) = &contact.email { ", ou écrivez à " a href={ "mailto:" (email) } { (email) } }
        "."
    }
}
