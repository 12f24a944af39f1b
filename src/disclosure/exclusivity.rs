//! A question is published in one way: in the catalogue or in the annex.
//!
//! # Guarantee
//! Whoever keeps a [`PublishedQuestions`] with an edition, and admits to it all that is published of the edition, publishes no
//! question both with noise and exactly: exact margins and noisy cells of the same people are in no system that was examined
//! together. Nor is a question published twice with noise, which was drawn anew.
//!
//! # Worked example
//! The annex says that 43 of the 60 residents of a commune answered « oui »; the catalogue of the same edition then may not
//! show « renonce » in any breakdown, where the noise of « oui » could be read off.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::policy::Protection;
use crate::release::Release;

/// How each question of an edition has been published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublishedQuestions(BTreeMap<String, Protection>);

/// A question is public already, or the release is not for publication.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExclusivityError {
    /// The question is public in some way.
    #[error(
        "«\u{a0}{question}\u{a0}» est déjà publiée ({})\u{202f}; une question va dans le catalogue ou dans l’annexe, une seule fois\u{a0}: \
         retirez-la de l’un des deux", .already.words()
    )]
    Published {
        /// The question.
        question: String,
        /// How it was published.
        already: Protection,
    },
    /// Nothing unprotected is published.
    #[error("ces résultats ne sont pas protégés\u{202f}; refaites l’analyse avec --policy cell-key ou suppress")]
    Unprotected,
}

impl PublishedQuestions {
    /// Takes note of the publication of a release, all of it or nothing.
    ///
    /// # Errors
    /// [`ExclusivityError`].
    pub fn admit(&mut self, release: &Release) -> Result<(), ExclusivityError> {
        if release.protection() == Protection::None {
            return Err(ExclusivityError::Unprotected);
        }
        let questions = || release.tables().iter().map(|table| &table.spec().question);
        if let Some((question, already)) = questions().find_map(|question| self.0.get_key_value(question)) {
            return Err(ExclusivityError::Published { question: question.clone(), already: *already });
        }
        self.0.extend(questions().map(|question| (question.clone(), release.protection())));
        Ok(())
    }
}
