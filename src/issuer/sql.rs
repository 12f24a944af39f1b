//! The issuer's tables and statements.

use isoloir_store::{Column, Table};

pub(crate) const SURVEYS: Table = Table::new(
    "surveys",
    &[
        Column::text("survey"),
        Column::text("access"),
        Column::optional_text("opens"),
        Column::optional_text("closes"),
        Column::flag("closed"),
        Column::bytes("token_key_id"),
    ],
);
pub(crate) const INVITATIONS: Table = Table::new(
    "invitations",
    &[Column::bytes("code_mac"), Column::text("survey"), Column::flag("used"), Column::bytes("blinded_hash")],
);

/// Every table, those first to which others refer.
pub(crate) static ALL: [Table; 2] = [SURVEYS, INVITATIONS];
/// Every table of which rows change as residents come.
pub(crate) static CHANGING: [Table; 1] = [INVITATIONS];

pub(crate) const SELECT_SURVEYS: &str =
    "SELECT survey, access, opens, closes, closed, token_key_id FROM surveys ORDER BY survey";
pub(crate) const SELECT_CLOSED: &str = "SELECT survey FROM surveys WHERE closed";
/// Another process may have closed the survey meanwhile.
pub(crate) const USE_INVITATION: &str = "UPDATE invitations SET used = TRUE, blinded_hash = $2 \
     WHERE code_mac = $1 AND NOT used AND survey IN (SELECT survey FROM surveys WHERE NOT closed) RETURNING 1";
pub(crate) const SELECT_INVITATION: &str = "SELECT used, blinded_hash FROM invitations WHERE code_mac = $1";
pub(crate) const CLOSE_SURVEY: &str = "UPDATE surveys SET closed = TRUE WHERE survey = $1";
pub(crate) const COUNT_INVITATIONS: &str =
    "SELECT COUNT(*), COUNT(*) FILTER (WHERE used) FROM invitations WHERE survey = $1";
