//! Which tables there are, as the database's own catalogue says, and whether any of them numbers its rows.

use sqlx::{AssertSqlSafe, Row};

use crate::french::list;
use crate::report::{Check, Question};
use crate::source::{Connected, Opened, SourceError, quoted};

const NUMBERING: Question = Question {
    name: "row-numbers",
    title: "Lignes non numérotées",
    advice: "un numéro de ligne donne l’ordre d’arrivée : recréez la table sans séquence ni rowid (STRICT, WITHOUT \
             ROWID sous SQLite), avec des identifiants tirés au hasard",
};

/// The migration runner's table, which holds when the database was made and nothing of any response.
const MIGRATIONS: &str = "_sqlx_migrations";
/// A shorter key is no random identifier.
const RANDOM_KEY_BYTES: i64 = 8;

/// A column, as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Lower case, without length or precision.
    pub(crate) kind: String,
}

/// A table, as declared, with its number of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: u64,
    /// The first column of the primary key, when it holds random identifiers.
    pub(crate) random_key: Option<String>,
    /// SQLite only: rows have a number (`rowid`) beside their key.
    pub(crate) has_rowid: bool,
    /// SQLite only: values have the declared types.
    pub(crate) is_strict: bool,
}

impl Table {
    pub(crate) fn kind_of(&self, column: &str) -> Option<&str> {
        self.columns.iter().find(|known| known.name == column).map(|known| known.kind.as_str())
    }

    pub(crate) fn blobs(&self) -> impl Iterator<Item = &str> {
        self.named(|kind| matches!(kind, "blob" | "bytea" | "uuid"))
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.named(|kind| {
            kind.contains("char") || kind.contains("text") || matches!(kind, "json" | "jsonb" | "any" | "clob" | "")
        })
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = &str> {
        self.named(|kind| {
            kind.contains("int") || matches!(kind, "real" | "float4" | "float8" | "numeric" | "double" | "any" | "")
        })
    }

    fn named(&self, fits: fn(&str) -> bool) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(move |column| fits(&column.kind)).map(|column| column.name.as_str())
    }
}

/// Reads the catalogue, and counts the rows of each table.
pub(crate) async fn read(connected: &mut Connected) -> Result<Vec<Table>, SourceError> {
    let mut found = match connected {
        Connected::Sqlite { connection, .. } => {
            let sql = "SELECT t.name, t.wr = 0, t.strict = 1, c.name, c.type, c.pk FROM pragma_table_list AS t \
                       JOIN pragma_table_xinfo(t.name) AS c \
                       WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                       ORDER BY t.name, c.cid";
            let rows = sqlx::query(sql).fetch_all(connection).await?;
            grouped(rows.iter().map(described))?
        }
        Connected::Postgres(connection) => {
            let sql = "SELECT c.relname::text, false, true, a.attname::text, t.typname::text, \
                       COALESCE(array_position(i.indkey::int2[], a.attnum), -1)::int8 + 1 \
                       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
                       JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
                       LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary \
                       WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped \
                       AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname, a.attnum";
            let rows = sqlx::query(sql).fetch_all(connection).await?;
            grouped(rows.iter().map(described))?
        }
    };
    for table in &mut found {
        let name = quoted(&table.name);
        let rows = connected.number(format!("SELECT COUNT(*) FROM {name}")).await?;
        table.rows = u64::try_from(rows).unwrap_or(0);
        let Some(key) = &table.random_key else { continue };
        let column = quoted(key);
        let is_uuid = table.kind_of(key) == Some("uuid");
        let short = format!("SELECT COUNT(*) FROM {name} WHERE length({column}) < {RANDOM_KEY_BYTES}");
        if !is_uuid && connected.number(short).await? > 0 {
            table.random_key = None;
        }
    }
    Ok(found)
}

/// One column of one table, as both catalogues are asked for it.
type Described = (String, bool, bool, String, String, i64);

fn described<'r, R>(row: &'r R) -> Result<Described, sqlx::Error>
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    bool: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?, row.try_get(5)?))
}

fn grouped(rows: impl Iterator<Item = Result<Described, sqlx::Error>>) -> Result<Vec<Table>, sqlx::Error> {
    let mut tables: Vec<Table> = Vec::new();
    for row in rows {
        let (name, has_rowid, is_strict, column, kind, place_in_key) = row?;
        if name == MIGRATIONS {
            continue;
        }
        if tables.last().is_none_or(|table| table.name != name) {
            tables.push(Table { name, columns: Vec::new(), rows: 0, random_key: None, has_rowid, is_strict });
        }
        let kind = kind.to_lowercase();
        let kind = kind.split('(').next().unwrap_or_default().trim().to_owned();
        if let Some(table) = tables.last_mut() {
            if place_in_key == 1 && matches!(kind.as_str(), "blob" | "bytea" | "uuid") {
                table.random_key = Some(column.clone());
            }
            table.columns.push(Column { name: column, kind });
        }
    }
    Ok(tables)
}

/// Row numbers of any kind: `rowid`, sequences, identity columns.
pub(crate) async fn numbering(opened: &mut Opened) -> Check {
    let mut numbered: Vec<String> = Vec::new();
    let mut told = Vec::new();
    for table in &opened.tables {
        if table.has_rowid || !table.is_strict {
            told.push(table.name.clone());
        }
        if table.has_rowid {
            numbered.push(format!("{} (rowid)", table.name));
        }
        if !table.is_strict {
            numbered.push(format!("{} (pas STRICT)", table.name));
        }
    }
    match sequences(&mut opened.connected).await {
        Ok(sequences) => {
            told.extend(sequences.iter().filter_map(|line| Some(line.split_once(" (")?.0.to_owned())));
            numbered.extend(sequences);
        }
        Err(error) => return NUMBERING.impossible(&opened.name, &error),
    }
    opened.told.extend(told);
    let measured = if numbered.is_empty() {
        "aucune table n’a de numéro de ligne ni de séquence".to_owned()
    } else {
        list(numbered.clone())
    };
    NUMBERING.judge(&opened.name, numbered.is_empty(), &measured)
}

async fn sequences(connected: &mut Connected) -> Result<Vec<String>, sqlx::Error> {
    match connected {
        Connected::Sqlite { connection, .. } => {
            let sql = "SELECT name || ' (AUTOINCREMENT)' FROM sqlite_schema WHERE name = 'sqlite_sequence'";
            sqlx::query_scalar(sql).fetch_all(connection).await
        }
        Connected::Postgres(connection) => {
            let sql = format!(
                "SELECT c.relname || ' (séquence)' FROM pg_catalog.pg_class c WHERE c.relkind = 'S' \
                 AND c.relnamespace = current_schema()::regnamespace \
                 UNION ALL SELECT c.relname || '.' || a.attname || ' (numéro automatique)' \
                 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
                 LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
                 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace \
                 AND c.relname <> '{MIGRATIONS}' AND a.attnum > 0 \
                 AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval%')"
            );
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(connection).await
        }
    }
}
