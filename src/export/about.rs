//! What every file says of itself besides its numbers.

use jiff::civil::Date;

/// Where the numbers come from. Title, organiser and territory are the questionnaire's; protection and weighting are the
/// release's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The edition's label, such as « Édition définitive ».
    pub edition: String,
    /// The day on which it was made.
    pub made_on: Date,
    /// The program that made it, with its version.
    pub software: String,
    /// Under what terms others may use it, where the organiser said so.
    pub licence: Option<Licence>,
    /// Whether the responses were made up, which every file must then say.
    pub synthetic: bool,
}

/// The two licences under which French administrations may publish data (décret n° 2017-638).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Licence {
    /// Licence Ouverte 2.0.
    Ouverte,
    /// Open Database License 1.0.
    Odbl,
}

impl Licence {
    /// Its SPDX identifier.
    pub fn spdx(self) -> &'static str {
        match self {
            Self::Ouverte => "etalab-2.0",
            Self::Odbl => "ODbL-1.0",
        }
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ouverte => "Licence Ouverte 2.0",
            Self::Odbl => "Open Database License 1.0",
        }
    }

    /// Where it is published.
    pub fn address(self) -> &'static str {
        match self {
            Self::Ouverte => "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
            Self::Odbl => "https://opendatacommons.org/licenses/odbl/1-0/",
        }
    }
}
