//! The office's tables and statements.

use isoloir_store::{Column, Table};

/// Every table, those first to which others refer.
pub(crate) static ALL: [Table; 2] = [
    Table::new("publications", &[Column::text("survey"), Column::text("title"), Column::text("published_on")]),
    Table {
        name: "artefacts",
        columns: &[Column::text("survey"), Column::text("path"), Column::text("media_type"), Column::bytes("body")],
        key_columns: 2,
    },
];

pub(crate) const INSERT_PUBLICATION: &str =
    "INSERT INTO publications (survey, title, published_on) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1";
pub(crate) const SELECT_PUBLICATIONS: &str = "SELECT survey, title, published_on FROM publications ORDER BY survey";
pub(crate) const INSERT_ARTEFACT: &str =
    "INSERT INTO artefacts (survey, path, media_type, body) VALUES ($1, $2, $3, $4)";
pub(crate) const SELECT_ARTEFACTS: &str = "SELECT survey, path, media_type, body FROM artefacts ORDER BY survey, path";
