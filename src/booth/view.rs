//! What a page is made from: a published questionnaire, the language in which it is read, the device, and what was filled in.

use actix_web::HttpRequest;
use isoloir_collector::Publication;
use isoloir_survey::{Contact, Lang, Question, Questionnaire, Text};
use isoloir_ui::{Page, PageLogo, Reading, prose};
use maud::{Markup, html};

use crate::form_state::FormState;
use crate::shared_device::SharedDevice;

static NOTHING: FormState = FormState::nothing();

/// What an address asks for.
pub(crate) struct Asked {
    lang: Lang,
    device: Option<SharedDevice>,
}

impl Asked {
    /// The language that the address names, when the questionnaire has it, or French; and whether others use the device next.
    pub(crate) fn of(publication: &Publication, request: &HttpRequest) -> Self {
        let known = asked_language(request).filter(|lang| publication.questionnaire.languages.contains(lang));
        let lang = known.unwrap_or_else(Lang::french);
        let device = SharedDevice::asked(&lang, |name| value(request, name));
        Self { lang, device }
    }
}

/// The language that the address names.
pub(crate) fn asked_language(request: &HttpRequest) -> Option<Lang> {
    Lang::parse(value(request, "lang")?).ok()
}

/// Whether the address says that others use the device next.
pub(crate) fn is_shared(request: &HttpRequest) -> bool {
    value(request, "borne").is_some()
}

/// What the address gives for a name; empty when it only names it.
fn value<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let pairs = request.query_string().split('&').map(|part| part.split_once('=').unwrap_or((part, "")));
    pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value))
}

/// One rendering of a questionnaire. Two residents who have filled in nothing and read the same language see the same.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) publication: &'a Publication,
    pub(crate) lang: &'a Lang,
    pub(crate) device: Option<&'a SharedDevice>,
    pub(crate) state: &'a FormState,
}

impl<'a> View<'a> {
    /// As the address asks for it, with nothing filled in.
    pub(crate) fn new(publication: &'a Publication, asked: &'a Asked) -> Self {
        Self { publication, lang: &asked.lang, device: asked.device.as_ref(), state: &NOTHING }
    }

    /// The page that most see: with nothing filled in, on a device of one's own.
    pub(crate) fn usual(publication: &'a Publication, lang: &'a Lang) -> Self {
        Self { publication, lang, device: None, state: &NOTHING }
    }

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
        self.address_in(self.lang, below)
    }

    /// The same in another language. French on a device of one's own is the page without a query.
    pub(crate) fn address_in(&self, lang: &Lang, below: &str) -> String {
        let lang_query = (!lang.is_french()).then(|| format!("lang={lang}"));
        let query: Vec<String> = lang_query.into_iter().chain(self.device.map(|device| device.query(lang))).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/s/{}{below}{mark}{}", self.questionnaire().id, query.join("&"))
    }

    /// Where the next person starts, on a device that others use next.
    pub(crate) fn start(&self) -> Option<String> {
        self.device.map(|device| self.address_in(&device.start_lang, ""))
    }

    /// The frame of a page of this survey.
    pub(crate) fn frame<'t>(&self, title: &'t str) -> Page<'t>
    where
        'a: 't,
    {
        let questionnaire = self.questionnaire();
        let trust = self.say("Comment votre anonymat est protégé", "Comment vos réponses restent secrètes");
        Page {
            lang: reading(self.lang).tag(),
            survey: self.text(&questionnaire.title),
            organiser: self.text(&questionnaire.organiser),
            logo: questionnaire.logo.as_ref().map(|logo| PageLogo {
                address: format!("/s/{}/logo", questionnaire.id),
                alt: logo.alt.get(self.lang),
                size: (logo.width, logo.height),
            }),
            colors: questionnaire.color.map(|_| format!("/s/{}/couleur.css", questionnaire.id)),
            footer: vec![(self.address("/confiance"), trust.to_owned())],
            start: self.start(),
            ..Page::new(title)
        }
    }
}

/// How our own texts are written in this language.
pub(crate) fn reading(lang: &Lang) -> Reading {
    if lang.is_french() { Reading::Usual } else { Reading::Easy }
}

/// Whom to call or to write to: « au 02 41 00 00 00, ou écrivez à … ».
pub(crate) fn contact(contact: &Contact) -> Markup {
    html! {
        a href={ "tel:" (contact.phone.replace(' ', "")) } { (contact.phone.replace(' ', "\u{a0}")) }
        @if let Some(email) = &contact.email { ", ou écrivez à " a href={ "mailto:" (email) } { (email) } }
        "."
    }
}
