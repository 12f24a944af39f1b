//! The office's tables and statements.

use isoloir_store::{Column, Table};

/// Every table, those first to which others refer.
pub(crate) static ALL: [Table; 3] = [
    Table {
        name: "editions",
        columns: &[
            Column::text("survey"),
            Column::text("label"),
            Column::text("kind"),
            Column::text("made_on"),
            Column::optional_text("manifest"),
            Column::optional_text("published_on"),
            Column::optional_text("withdrawn_on"),
        ],
        key_columns: 2,
    },
    Table::new(
        "publications",
        &[
            Column::text("survey"),
            Column::text("title"),
            Column::text("published_on"),
            Column::text("label"),
            Column::optional_text("compared_with"),
        ],
    ),
    Table {
        name: "artefacts",
        columns: &[Column::text("survey"), Column::text("path"), Column::text("media_type"), Column::bytes("body")],
        key_columns: 2,
    },
];

pub(crate) const INSERT_PUBLICATION: &str =
    "INSERT INTO publications (survey, title, published_on, label, compared_with) VALUES ($1, $2, $3, $4, $5)";
pub(crate) const DELETE_PUBLICATION: &str = "DELETE FROM publications WHERE survey = $1";
pub(crate) const SELECT_SERVED: &str = "SELECT label FROM publications WHERE survey = $1";
pub(crate) const SELECT_PUBLICATIONS: &str =
    "SELECT survey, title, published_on, label, compared_with FROM publications ORDER BY survey";
pub(crate) const INSERT_ARTEFACT: &str =
    "INSERT INTO artefacts (survey, path, media_type, body) VALUES ($1, $2, $3, $4)";
pub(crate) const SELECT_ARTEFACTS: &str = "SELECT survey, path, media_type, body FROM artefacts ORDER BY survey, path";
pub(crate) const DELETE_ARTEFACTS: &str = "DELETE FROM artefacts WHERE survey = $1";
pub(crate) const INSERT_EDITION: &str = "INSERT INTO editions (survey, label, kind, made_on, manifest) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1";
pub(crate) const SELECT_EDITIONS: &str = "SELECT survey, label, kind, made_on, manifest, published_on, withdrawn_on \
    FROM editions ORDER BY survey, label";
pub(crate) const MARK_PUBLISHED: &str =
    "UPDATE editions SET published_on = $3, withdrawn_on = NULL WHERE survey = $1 AND label = $2";
pub(crate) const MARK_WITHDRAWN: &str = "UPDATE editions SET withdrawn_on = $3 WHERE survey = $1 AND label = $2";
