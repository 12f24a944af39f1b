//! The name of an edition, which is also that of its folder.

use std::fmt;

use anyhow::ensure;

const MAX_CHARS: usize = 60;

/// A name of letters, digits, spaces, `-`, `_` and `.`, which begins with a letter or a digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EditionLabel(String);

impl EditionLabel {
    /// # Errors
    /// What a name may be.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let is_allowed = |c: char| c.is_alphanumeric() || " -_.’".contains(c);
        ensure!(
            text.starts_with(char::is_alphanumeric)
                && text.chars().all(is_allowed)
                && !text.ends_with(' ')
                && text.chars().count() <= MAX_CHARS,
            "« {text} » n’est pas un nom d’édition : il commence par une lettre ou un chiffre, contient des lettres, des \
             chiffres, des espaces, des points et des tirets, et compte {MAX_CHARS} caractères au plus ; par exemple \
             « Printemps 2026 »"
        );
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EditionLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_no_other_folder() {
        for good in ["2026", "Printemps 2026", "Édition d’été", "v1.2_b-3"] {
            assert_eq!(EditionLabel::parse(good).expect(good).as_str(), good);
        }
        for bad in ["", ".", "..", "../x", "a/b", "a\\b", " a", "a ", ".cache", "-x", "a\n", "a\0", &"a".repeat(61)] {
            assert!(EditionLabel::parse(bad).is_err(), "{bad:?}");
        }
    }
}
