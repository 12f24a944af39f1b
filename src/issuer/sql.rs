//! The issuer's statements.

pub(crate) const INSERT_SURVEY: &str =
    "INSERT INTO surveys (survey, access, opens, closes, closed, token_key_id) VALUES ($1, $2, $3, $4, 0, $5)";
pub(crate) const SELECT_SURVEYS: &str =
    "SELECT survey, access, opens, closes, closed, token_key_id FROM surveys ORDER BY survey";
pub(crate) const INSERT_INVITATION: &str =
    "INSERT INTO invitations (code_mac, survey, used, blinded_hash) VALUES ($1, $2, 0, $3)";
pub(crate) const USE_INVITATION: &str =
    "UPDATE invitations SET used = 1, blinded_hash = $2 WHERE code_mac = $1 AND used = 0 RETURNING 1";
pub(crate) const SELECT_BLINDED_HASH: &str = "SELECT blinded_hash FROM invitations WHERE code_mac = $1";
pub(crate) const CLOSE_SURVEY: &str = "UPDATE surveys SET closed = 1 WHERE survey = $1";
pub(crate) const COUNT_INVITATIONS: &str = "SELECT COUNT(*), COALESCE(SUM(used), 0) FROM invitations WHERE survey = $1";
