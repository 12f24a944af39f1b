//! The office's statements.

pub(crate) const INSERT_PUBLICATION: &str =
    "INSERT INTO publications (survey, title, published_on) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1";
pub(crate) const SELECT_PUBLICATIONS: &str = "SELECT survey, title, published_on FROM publications ORDER BY survey";
pub(crate) const INSERT_ARTEFACT: &str =
    "INSERT INTO artefacts (survey, path, media_type, body) VALUES ($1, $2, $3, $4)";
pub(crate) const SELECT_ARTEFACTS: &str = "SELECT survey, path, media_type, body FROM artefacts ORDER BY survey, path";
