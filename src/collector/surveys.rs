//! Published questionnaires: what the collector takes answers to. Once published, a version never changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use isoloir_store::Database;
use isoloir_survey::{Questionnaire, SurveyId, VersionHash};
use isoloir_token::key::PublicKey;
use isoloir_token::wire::{TokenChallenge, WireError};
use sha2::{Digest, Sha256};

use crate::ballot_box::CollectorError;
use crate::sql;

/// A questionnaire that is published, with what its tokens are checked against.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The questionnaire.
    pub questionnaire: Arc<Questionnaire>,
    /// Its version, which every response names.
    pub version: VersionHash,
    /// The issuer's public key for this survey.
    pub token_key: PublicKey,
    /// What tokens are asked for.
    pub challenge: TokenChallenge,
    /// Where browsers ask for tokens, when the issuer is another site.
    pub issuer_url: Option<String>,
    /// Whether the survey was closed when this was read; [`crate::Collector::is_closed`] knows what happened since.
    pub is_closed: bool,
}

/// The names under which the two servers are known to token clients (RFC 9577 §2.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerNames {
    /// `host[:port]` of the issuer.
    pub issuer: String,
    /// The origins that take its tokens, joined by commas when there are several.
    pub origins: String,
    /// Address of the issuer, when it is another site than ours.
    pub issuer_url: Option<String>,
}

/// Why a questionnaire cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Another version is already answered by residents.
    #[error(
        "le questionnaire {survey} est déjà ouvert dans une autre version, et des réponses lui sont peut-être déjà \
         parvenues ; une version publiée ne change plus : donnez un autre « id » à la nouvelle"
    )]
    OtherVersion {
        /// The survey.
        survey: SurveyId,
    },
    /// The database.
    #[error(transparent)]
    Collector(#[from] CollectorError),
}

/// The challenge of a survey: its redemption context is the hash of its name, so that a token of one survey is worthless
/// in another.
fn challenge(survey: &SurveyId, names: &ServerNames) -> Result<TokenChallenge, WireError> {
    TokenChallenge::new(&names.issuer, Sha256::digest(survey.as_str()).into(), &names.origins)
}

/// Reads every published questionnaire.
pub(crate) async fn load(
    database: &Database,
    names: &ServerNames,
) -> Result<BTreeMap<SurveyId, Publication>, CollectorError> {
    let rows: Vec<(String, String, Vec<u8>, String, bool)> = database.rows(sql::SELECT_SURVEYS, &[]).await?;
    let mut surveys = BTreeMap::new();
    for (survey, version, token_key, questionnaire, is_closed) in rows {
        let corrupt = || CollectorError::CorruptSurvey(survey.clone());
        let id = SurveyId::parse(&survey).map_err(|_| corrupt())?;
        let questionnaire: Questionnaire = serde_json::from_str(&questionnaire).map_err(|_| corrupt())?;
        let version = VersionHash::from_text(&version);
        if *questionnaire.version() != version {
            return Err(corrupt());
        }
        let token_key = PublicKey::from_spki(&token_key).map_err(|_| corrupt())?;
        let challenge = challenge(&id, names)?;
        let questionnaire = Arc::new(questionnaire);
        surveys.insert(
            id,
            Publication {
                questionnaire,
                version,
                token_key,
                challenge,
                issuer_url: names.issuer_url.clone(),
                is_closed,
            },
        );
    }
    Ok(surveys)
}
