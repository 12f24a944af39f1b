//! Identifiers, parsed once at the edge so that no other code checks them again.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that is not a well-formed identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("« {text} » n’est pas un identifiant de {what} : {rule}")]
pub struct InvalidId {
    /// What kind of identifier was expected, in French.
    pub what: &'static str,
    /// The text that was refused.
    pub text: String,
    /// The rule, in French.
    pub rule: &'static str,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses an identifier.
            ///
            /// # Errors
            /// [`InvalidId`] with the rule that the text breaks.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    let text = text.chars().take(60).collect();
                    Err(InvalidId { what: $what, text, rule: $rule })
                }
            }

            /// The identifier as it is written in YAML, in URLs and in exports.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

fn is_slug(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
}

fn is_variable(text: &str) -> bool {
    is_slug(text) && !text.contains('-')
}

fn is_code(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
}

fn is_lang(text: &str) -> bool {
    matches!(text, "fr" | "fr-FALC")
}

identifier!(
    /// A survey's short name, as it stands in its URL: `mauges-2026`.
    SurveyId,
    "questionnaire",
    "une lettre minuscule, puis des lettres minuscules sans accent, des chiffres, « - » ou « _ » (60 au plus)",
    is_slug
);
identifier!(
    /// A page of a questionnaire.
    PageId,
    "page",
    "une lettre minuscule, puis des lettres minuscules sans accent, des chiffres, « - » ou « _ » (60 au plus)",
    is_slug
);
identifier!(
    /// An axis of the *Contrat Local de Santé*.
    AxisId,
    "axe",
    "une lettre minuscule, puis des lettres minuscules sans accent, des chiffres, « - » ou « _ » (60 au plus)",
    is_slug
);
identifier!(
    /// A priority of an axis.
    PriorityId,
    "priorité",
    "une lettre minuscule, puis des lettres minuscules sans accent, des chiffres, « - » ou « _ » (60 au plus)",
    is_slug
);
identifier!(
    /// A question, which is also the variable's name in every export.
    QuestionId,
    "question",
    "une lettre minuscule, puis des lettres minuscules sans accent, des chiffres ou « _ » (60 au plus)",
    is_variable
);
identifier!(
    /// A choice's code, as it is stored and exported.
    ChoiceCode,
    "choix",
    "des lettres sans accent, des chiffres, « - », « _ » ou « + » (40 au plus)",
    is_code
);
identifier!(
    /// A language of the questionnaire: `fr`, or `fr-FALC` (facile à lire et à comprendre).
    Lang,
    "langue",
    "« fr » ou « fr-FALC »",
    is_lang
);

impl Lang {
    /// French, which every questionnaire has.
    pub fn french() -> Self {
        Self("fr".to_owned())
    }

    /// French that is easy to read and to understand.
    pub fn easy_french() -> Self {
        Self("fr-FALC".to_owned())
    }

    /// Whether it is French as it is usually written.
    pub fn is_french(&self) -> bool {
        self.0 == "fr"
    }
}
