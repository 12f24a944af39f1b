//! What may keep a text from being printed.

use crate::sheet::mm;

/// A letter or a poster could not be made. No message holds a code or a link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrintError {
    /// There is no letter to print.
    #[error("il n’y a aucune lettre à imprimer")]
    NoLetters,
    /// Two letters would open the same place in the survey.
    #[error("les lettres {first} et {second} portent le même code ; chaque lettre doit avoir le sien")]
    SharedCode {
        /// Page of the first letter, from 1.
        first: usize,
        /// Page of the second letter, from 1.
        second: usize,
    },
    /// A text needs more room than the page has for it.
    #[error("{what} : le texte est trop long de {excess_mm} mm ; raccourcissez-le")]
    TooLong {
        /// What is too long, in French.
        what: &'static str,
        /// How much too long, in millimetres, at least 1.
        excess_mm: u16,
    },
    /// The font has no such character.
    #[error("{what} : le caractère « {character} » ne peut pas être imprimé ; remplacez-le")]
    UnknownCharacter {
        /// Where the character is, in French.
        what: &'static str,
        /// The character.
        character: char,
    },
    /// The squares of the QR code would be too small for a telephone.
    #[error("le lien a {bytes} octets, trop pour un QR code lisible ; raccourcissez l’adresse du serveur")]
    LinkTooLong {
        /// Length of the link.
        bytes: usize,
    },
    /// A fault in this crate: the PDF broke one of its own rules.
    #[error("le PDF n’a pas pu être écrit : {reason}")]
    Pdf {
        /// What the PDF writer says.
        reason: String,
    },
}

impl PrintError {
    /// A text that needs so many more points than it has.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
    pub(crate) fn too_long(what: &'static str, excess: f32) -> Self {
        Self::TooLong { what, excess_mm: (excess / mm(1.0)).ceil().max(1.0) as u16 }
    }
}
