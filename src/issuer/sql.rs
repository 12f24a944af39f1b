//! The issuer's tables and statements.

use isoloir_store::{Column, ColumnKind, Table};

const fn column(name: &'static str, kind: ColumnKind) -> Column {
    Column { name, kind }
}

pub(crate) const SURVEYS: Table = Table {
    name: "surveys",
    columns: &[
        column("survey", ColumnKind::Text),
        column("access", ColumnKind::Text),
        column("opens", ColumnKind::OptionalText),
        column("closes", ColumnKind::OptionalText),
        column("closed", ColumnKind::Flag),
        column("token_key_id", ColumnKind::Bytes),
    ],
};
pub(crate) const INVITATIONS: Table = Table {
    name: "invitations",
    columns: &[
        column("code_mac", ColumnKind::Bytes),
        column("survey", ColumnKind::Text),
        column("used", ColumnKind::Flag),
        column("blinded_hash", ColumnKind::Bytes),
    ],
};

/// Every table of which rows change as residents come.
pub(crate) static CHANGING: [Table; 1] = [INVITATIONS];

pub(crate) const SELECT_SURVEYS: &str =
    "SELECT survey, access, opens, closes, closed, token_key_id FROM surveys ORDER BY survey";
pub(crate) const USE_INVITATION: &str =
    "UPDATE invitations SET used = TRUE, blinded_hash = $2 WHERE code_mac = $1 AND NOT used RETURNING 1";
pub(crate) const SELECT_BLINDED_HASH: &str = "SELECT blinded_hash FROM invitations WHERE code_mac = $1";
pub(crate) const CLOSE_SURVEY: &str = "UPDATE surveys SET closed = TRUE WHERE survey = $1";
pub(crate) const COUNT_INVITATIONS: &str =
    "SELECT COUNT(*), COUNT(*) FILTER (WHERE used) FROM invitations WHERE survey = $1";
