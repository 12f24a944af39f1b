//! Responses that come without tokens: by which channel, and from which file.
//!
//! # What a file's fingerprint may tell
//! The hash of a file lets whoever has the file, or can rebuild it, know that it was imported. A file of one response can be
//! rebuilt by trying each response of the box, which would say that this one came alone, on paper. From
//! [`MIXING_THRESHOLD`](crate::MIXING_THRESHOLD) responses on, in an order that nobody keeps, there is nothing to try: only
//! those files are remembered.

use std::fmt;

use isoloir_survey::AnswerSheet;

use crate::mixing::MIXING_THRESHOLD;

/// How responses came. It is counted in totals, and never kept with a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// With a token, from a browser.
    Web,
    /// On a paper questionnaire, keyed in.
    Paper,
    /// Told to somebody, by telephone or face to face.
    Interview,
    /// On a tablet or kiosk that keeps its answers until somebody collects them.
    Kiosk,
    /// With another survey tool.
    Elsewhere,
}

impl Channel {
    /// Those that are imported.
    pub const IMPORTED: [Self; 4] = [Self::Paper, Self::Interview, Self::Kiosk, Self::Elsewhere];

    /// Its name, as it is stored and given on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Paper => "papier",
            Self::Interview => "entretien",
            Self::Kiosk => "borne",
            Self::Elsewhere => "ailleurs",
        }
    }

    /// The channel of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Web].into_iter().chain(Self::IMPORTED).find(|channel| channel.name() == name)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Responses that are imported together: all of them or none.
#[derive(Debug)]
pub struct Lot<'a> {
    /// How they came.
    pub channel: Channel,
    /// The responses.
    pub sheets: &'a [AnswerSheet],
    /// The bytes of the file that they were read from, where there is one that must not count twice.
    pub file: Option<&'a [u8]>,
    /// Whether the same file may count again.
    pub again: bool,
}

impl Lot<'_> {
    /// What the file is recognised by; `None` when it is too small to be remembered.
    pub(crate) fn fingerprint(&self) -> Option<[u8; 32]> {
        let file = self.file.filter(|_| self.is_remembered())?;
        Some(blake3::derive_key("isoloir 2026-11 fingerprint of an imported file", file))
    }

    /// Whether the lot is large enough for its file to be remembered.
    pub fn is_remembered(&self) -> bool {
        self.sheets.len() >= MIXING_THRESHOLD
    }
}
