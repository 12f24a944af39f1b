//! A device that others use next, asked for by `?borne` in the address (`?borne=120` for other seconds of quiet): what its
//! pages hold more, without a script too. Every address on them keeps it so; no link leads to pages that do not.
//! `assets/js/kiosk.js` adds the countdown.

use isoloir_survey::Lang;
use maud::{Markup, html};

use crate::view::View;

/// Such a device, as its address describes it.
pub(crate) struct SharedDevice {
    /// Digits, as they were asked for; empty for the usual time.
    seconds: String,
    /// The language in which the next person starts, whatever this one chose.
    pub(crate) start_lang: Lang,
}

impl SharedDevice {
    /// What `value` finds in an address that is read in `lang`.
    pub(crate) fn asked<'a>(lang: &Lang, value: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let seconds = value("borne")?.chars().filter(char::is_ascii_digit).take(3).collect();
        let start_lang = value("depart").map_or(Ok(lang.clone()), Lang::parse).unwrap_or_else(|_| Lang::french());
        Some(Self { seconds, start_lang })
    }

    /// What an address in `lang` holds of it.
    pub(crate) fn query(&self, lang: &Lang) -> String {
        let seconds = if self.seconds.is_empty() { String::new() } else { format!("={}", self.seconds) };
        let depart = if *lang == self.start_lang { String::new() } else { format!("&depart={}", self.start_lang) };
        format!("borne{seconds}{depart}")
    }
}

/// What a page of answers says as long as nothing watches over it: without a script, the Back button brings them back.
pub(crate) fn warning(view: View) -> Markup {
    html! {
        @if view.device.is_some() {
            p.note #borne-sans-veille {
                (view.prose(view.say(
                    "Cet appareil sert à plusieurs personnes, et cette page ne peut pas tout effacer derrière vous. Quand vous avez \
                     fini, fermez la fenêtre, ou demandez à l’accueil de le faire.",
                    "D’autres personnes utilisent cet appareil après vous. Vos réponses peuvent rester dans l’appareil. Vous \
                     avez fini\u{a0}? Fermez la fenêtre. Ou demandez de l’aide à l’accueil.",
                )))
            }
        }
    }
}

/// The way back to the start, for whoever leaves: `text` says what becomes of the page.
pub(crate) fn end(view: View, text: &str) -> Markup {
    html! {
        @if let Some(start) = view.start() { a.button.button--secondary href=(start) { (text) } }
    }
}
