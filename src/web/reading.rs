//! The two ways in which every text of ours is written for residents: usual French, and « facile à lire et à comprendre »
//! (FALC), with sentences of twelve words at most. Both stand beside each other where they are used, so that neither is
//! changed without the other.

use actix_web::HttpRequest;

/// How a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// Usual French.
    #[default]
    Usual,
    /// Easy French.
    Easy,
}

impl Reading {
    /// What a page's address asks for, with `?lang=fr-FALC`.
    pub fn asked(request: &HttpRequest) -> Self {
        let is_easy = request.query_string().split('&').any(|part| part == "lang=fr-FALC");
        if is_easy { Self::Easy } else { Self::Usual }
    }

    /// How a page is read whose `lang` attribute this is.
    pub fn of_tag(tag: &str) -> Self {
        if tag == Self::Easy.tag() { Self::Easy } else { Self::Usual }
    }

    /// The language of the page, as a BCP 47 tag. `simple` is a registered subtag: a screen reader speaks French all the same.
    pub fn tag(self) -> &'static str {
        self.say("fr", "fr-simple")
    }

    /// The lines in which a text stands: one in usual French; in easy French each sentence begins a line of its own, as the
    /// European rules for easy-to-read information have it (Inclusion Europe, « L’information pour tous »).
    ///
    /// ```
    /// use isoloir_web::Reading;
    ///
    /// assert_eq!(Reading::Easy.lines("Un code ? Il est à 1,5 km. Merci"), ["Un code ?", "Il est à 1,5 km.", "Merci"]);
    /// assert_eq!(Reading::Usual.lines("Un code ? Merci."), ["Un code ? Merci."]);
    /// ```
    pub fn lines(self, text: &str) -> Vec<&str> {
        let mut lines = Vec::new();
        let mut start = 0;
        for (space, _) in text.match_indices(' ').filter(|_| self == Self::Easy) {
            if text[..space].ends_with(['.', '?', '!']) {
                lines.push(&text[start..space]);
                start = space + 1;
            }
        }
        lines.push(&text[start..]);
        lines
    }

    /// One of two texts that mean the same.
    pub fn say<T>(self, usual: T, easy: T) -> T {
        match self {
            Self::Usual => usual,
            Self::Easy => easy,
        }
    }
}
