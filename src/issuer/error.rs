//! Why the issuer does not start, open a survey, hand out codes or give a token.

use isoloir_store::StoreError;
use isoloir_survey::SurveyId;
use isoloir_token::key::KeyError;

use crate::invitations::MOST_SURVEYS;
use crate::keys::KeyFileError;

/// The issuer cannot start, open a survey or hand out codes.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// Its database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key file.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// A new key could not be made.
    #[error("la clé n’a pas pu être créée : {0}")]
    Key(#[from] KeyError),
    /// The key file holds another key than the one that was published.
    #[error(
        "la clé du questionnaire {0} n’est pas celle qui a été publiée : les lettres portent une autre empreinte ; \
         restaurez le bon fichier de clé"
    )]
    OtherKey(SurveyId),
    /// The database knows a survey whose key file is gone.
    #[error("la clé du questionnaire {0} a disparu du dossier des clés ; restaurez-la depuis une sauvegarde")]
    KeyMissing(SurveyId),
    /// The keys that one byte can tell apart are used up.
    #[error("cet émetteur tient déjà {MOST_SURVEYS} questionnaires ; ouvrez les suivants dans un autre dossier")]
    TooManySurveys,
    /// The survey is closed.
    #[error("le questionnaire {0} est clos ; on n’y invite plus personne")]
    Closed(SurveyId),
    /// The survey was not opened here.
    #[error("le questionnaire {0} n’est pas ouvert ; ouvrez-le avec « isoloir survey open {0} »")]
    UnknownSurvey(SurveyId),
    /// What is stored is not what this program writes.
    #[error("la base de l’émetteur contient une valeur inattendue : {0}")]
    Corrupt(String),
}

/// Why no token is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuanceError {
    /// No such survey here.
    #[error("unknown survey")]
    UnknownSurvey,
    /// The survey takes no answers yet.
    #[error("the survey is not open yet")]
    NotYetOpen,
    /// The survey takes no more answers.
    #[error("the survey is closed")]
    Closed,
    /// No code was given, or it is not one.
    #[error("malformed code")]
    MalformedCode,
    /// The code is well-formed and not ours.
    #[error("unknown code")]
    UnknownCode,
    /// The code already gave another token.
    #[error("used code")]
    UsedCode,
    /// The request is for another key, or its blinded message is out of range.
    #[error("malformed token request")]
    MalformedRequest,
    /// This address tried too many unknown codes, or had too many tokens; this request had no effect.
    #[error("too many attempts from one address")]
    TooManyAttempts {
        /// Seconds until the next attempt.
        retry_after_s: u64,
    },
    /// Too many requests; this one had no effect.
    #[error("too many requests")]
    Busy,
    /// The database does not take the mark now; the log says why. The same request may be sent again.
    #[error("the database is not available")]
    Unavailable,
    /// Our fault; the log says why.
    #[error("internal failure")]
    Internal,
}
