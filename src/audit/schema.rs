//! What a database holds beside rows: exactly the tables and columns that are known, and nothing that could keep a trace
//! elsewhere (another table, a view, a trigger, a function…).
//!
//! The list below is the audit's own and is compared with the catalogue, not with the program's migrations: a change of
//! theirs that nobody meant to make shows here.

use sqlx::Row;

use crate::Role;
use crate::catalogue::Table;
use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::source::{Connected, Opened};

const SCHEMA: Question = Question {
    name: "schema",
    title: "Rien d’autre que les tables prévues",
    advice: "ce que cette base contient de plus peut garder la trace de qui répond : supprimez-le après en avoir cherché \
             l’origine ; si la base vient d’une autre version d’Isoloir, auditez-la avec cette version",
};

/// Kinds of columns, as SQLite and as PostgreSQL name them.
const TEXT: [&str; 2] = ["text", "text"];
const BYTES: [&str; 2] = ["blob", "bytea"];
const TRUTH: [&str; 2] = ["integer", "bool"];
const COUNT: [&str; 2] = ["integer", "int8"];

type Columns = &'static [(&'static str, [&'static str; 2])];

const ISSUER: &[(&str, Columns)] = &[
    (
        "surveys",
        &[
            ("survey", TEXT),
            ("access", TEXT),
            ("opens", TEXT),
            ("closes", TEXT),
            ("closed", TRUTH),
            ("token_key_id", BYTES),
        ],
    ),
    ("invitations", &[("code_mac", BYTES), ("survey", TEXT), ("used", TRUTH), ("blinded_hash", BYTES)]),
];
const COLLECTOR: &[(&str, Columns)] = &[
    (
        "surveys",
        &[("survey", TEXT), ("version", TEXT), ("token_key", BYTES), ("questionnaire", TEXT), ("closed", TRUTH)],
    ),
    ("spent", &[("mark", BYTES), ("survey", TEXT)]),
    ("intake", &[("id", BYTES), ("survey", TEXT), ("version", TEXT), ("answers", TEXT)]),
    ("intake_marks", &[("mark", BYTES), ("survey", TEXT)]),
    ("responses", &[("id", BYTES), ("survey", TEXT), ("version", TEXT), ("answers", TEXT)]),
    ("free_texts", &[("id", BYTES), ("survey", TEXT), ("question", TEXT), ("text", TEXT)]),
    ("channels", &[("survey", TEXT), ("channel", TEXT), ("responses", COUNT)]),
    ("intake_channels", &[("survey", TEXT), ("channel", TEXT), ("responses", COUNT)]),
    ("imports", &[("fingerprint", BYTES), ("survey", TEXT)]),
];
/// The migration runner's table, and its columns.
const MIGRATIONS: &str = "_sqlx_migrations";
const MIGRATIONS_COLUMNS: &str = "version, description, installed_on, success, checksum, execution_time";
const MOST_MIGRATIONS: i64 = 50;

fn expected(role: Role) -> &'static [(&'static str, Columns)] {
    match role {
        Role::Issuer => ISSUER,
        Role::Collector => COLLECTOR,
    }
}

/// Tables and columns that are not there: the database is another one, or of an older version.
pub(crate) fn absent(role: Role, tables: &[Table]) -> Vec<String> {
    let mut absent = Vec::new();
    for (name, columns) in expected(role) {
        match tables.iter().find(|table| table.name == *name) {
            None => absent.push((*name).to_owned()),
            Some(table) => absent.extend(
                columns
                    .iter()
                    .filter(|(column, _)| table.kind_of(column).is_none())
                    .map(|(column, _)| format!("{name}.{column}")),
            ),
        }
    }
    absent
}

pub(crate) async fn check(opened: &mut Opened) -> Vec<Check> {
    let mut found = columns(opened);
    let others = match others(opened).await {
        Ok(others) => others,
        Err(error) => return vec![SCHEMA.impossible(&opened.name, &error)],
    };
    found.extend(others);
    let measured = match found.len() {
        0 => format!("{}, rien de plus", count(opened.tables.len() as u64, "table prévue", "tables prévues")),
        _ => list(found.clone()),
    };
    vec![SCHEMA.judge(&opened.name, found.is_empty(), &measured)]
}

/// Tables and columns that are not in the list, or are of another type. What another check has named is not told twice.
fn columns(opened: &Opened) -> Vec<String> {
    let dialect = usize::from(matches!(opened.connected, Connected::Postgres(_)));
    let mut found = Vec::new();
    for table in opened.tables.iter().filter(|table| !opened.told.contains(&table.name)) {
        let Some((_, known)) = expected(opened.role).iter().find(|(name, _)| *name == table.name) else {
            found.push(format!("table {}", table.name));
            continue;
        };
        for column in &table.columns {
            let name = format!("{}.{}", table.name, column.name);
            let kind = known.iter().find(|(known, _)| *known == column.name).map(|(_, kinds)| kinds[dialect]);
            match kind {
                None if !opened.told.contains(&name) => found.push(format!("colonne {name}")),
                Some(kind) if kind != column.kind => {
                    found.push(format!("colonne {name} de type {} au lieu de {kind}", column.kind));
                }
                _ => {}
            }
        }
    }
    found
}

/// Whatever is neither a table nor a column.
async fn others(opened: &mut Opened) -> Result<Vec<String>, sqlx::Error> {
    let known: Vec<String> =
        expected(opened.role).iter().map(|(name, _)| (*name).to_owned()).chain([MIGRATIONS.to_owned()]).collect();
    let mut found: Vec<(String, String)> = Vec::new();
    match &mut opened.connected {
        Connected::Sqlite { connection, .. } => {
            for row in sqlx::query(SQLITE_OTHERS).fetch_all(connection).await? {
                found.push((row.try_get(0)?, row.try_get(1)?));
            }
        }
        Connected::Postgres(connection) => {
            for row in sqlx::query(POSTGRES_OTHERS).bind(&known).fetch_all(connection).await? {
                found.push((row.try_get(0)?, row.try_get(1)?));
            }
        }
    }
    found.retain(|(_, name)| {
        let owner = name.split_once(" sur ").map_or(name.as_str(), |(_, table)| table);
        let is_other_roles =
            opened.others_schema.as_ref().is_some_and(|schema| owner.starts_with(&format!("{schema}.")));
        !opened.told.iter().any(|told| told == owner) && !is_other_roles
    });
    let mut found: Vec<String> = found.into_iter().map(|(kind, name)| format!("{kind} {name}")).collect();
    found.extend(definitions(opened).await?);
    found.extend(migrations(opened).await?);
    Ok(found)
}

/// SQLite keeps the text of each table's definition, in which anything may be written: comments, other words, long lists.
async fn definitions(opened: &mut Opened) -> Result<Vec<String>, sqlx::Error> {
    const LONGEST: usize = 400;
    const WORDS: &str = "CREATE TABLE TEXT BLOB INTEGER NOT NULL PRIMARY KEY CHECK length IN STRICT WITHOUT ROWID REFERENCES \
                         surveys survey 0 1 16 32 invitation open";
    const COMMENTS: [&str; 2] = [
        "-- Fingerprint of the published key: what the letters carry. A key file that does not match it is refused.",
        "-- SHA-256 of the blinded message that was signed: the same message may be signed again when a reply was lost.",
    ];
    let Connected::Sqlite { connection, .. } = &mut opened.connected else { return Ok(Vec::new()) };
    let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL";
    let rows: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(connection).await?;
    let is_known = |name: &str| expected(opened.role).iter().any(|(known, _)| *known == name);
    let is_strange = |(name, sql): &(String, String)| {
        let lines = sql.lines().map(str::trim).filter(|line| !COMMENTS.contains(line));
        let text: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
        let is_column = |word: &str| opened.table(name).is_some_and(|table| table.kind_of(word).is_some());
        let mut words = text.iter().flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_'));
        let is_usual =
            |word: &str| word.is_empty() || word == name || is_column(word) || WORDS.split(' ').any(|w| w == word);
        text.join(" ").len() > LONGEST || !words.all(is_usual)
    };
    let is_told = |name: &str| opened.told.iter().any(|told| told.split('.').next() == Some(name));
    let strange = rows.iter().filter(|row| is_known(&row.0) && !is_told(&row.0) && is_strange(row));
    Ok(strange.map(|(name, _)| format!("définition de la table {name}")).collect())
}

/// The migration runner's table has few rows, of which none is about a response.
async fn migrations(opened: &mut Opened) -> Result<Option<String>, sqlx::Error> {
    let (sql, kind) = match &opened.connected {
        Connected::Sqlite { .. } => (
            "SELECT COALESCE(group_concat(name, ', '), '') FROM pragma_table_xinfo('_sqlx_migrations')",
            "typeof(version) <> 'integer' OR typeof(execution_time) <> 'integer' OR typeof(installed_on) <> 'text' OR \
             length(installed_on) > 30",
        ),
        Connected::Postgres(_) => (
            "SELECT COALESCE(string_agg(attname, ', ' ORDER BY attnum), '') FROM pg_catalog.pg_attribute \
             WHERE attrelid = to_regclass(quote_ident(current_schema()) || '._sqlx_migrations') AND attnum > 0 \
             AND NOT attisdropped",
            "false",
        ),
    };
    let mut columns = String::new();
    opened.connected.each_text(sql.to_owned(), |text| text.clone_into(&mut columns)).await?;
    if columns.is_empty() {
        return Ok(None);
    }
    if columns != MIGRATIONS_COLUMNS {
        return Ok(Some(format!("table {MIGRATIONS} avec les colonnes {columns}")));
    }
    let strange = format!(
        "SELECT COUNT(*) FROM {MIGRATIONS} WHERE {kind} OR length(description) > 100 OR length(checksum) <> 48 OR \
         version NOT BETWEEN 1 AND {MOST_MIGRATIONS}"
    );
    let strange = opened.connected.number(strange).await?;
    Ok((strange > 0).then(|| format!("table {MIGRATIONS} avec {strange} lignes qui ne sont pas d’une migration")))
}

/// What is in the file's catalogue: kind and name.
const SQLITE_OTHERS: &str = "SELECT CASE type WHEN 'index' THEN 'index' WHEN 'trigger' THEN 'déclencheur' WHEN 'view' THEN \
    'vue' ELSE 'table' END, name || CASE WHEN name = tbl_name THEN '' ELSE ' sur ' || tbl_name END FROM sqlite_schema \
    WHERE (type <> 'table' OR name LIKE 'sqlite\\_%' ESCAPE '\\' OR sql LIKE 'CREATE VIRTUAL%') \
    AND NOT (type = 'index' AND tbl_name = '_sqlx_migrations') ORDER BY 1, 2";

/// What is in the database's catalogue and not the system's own, whose numbers are below 16,384. Objects of the current schema
/// go by their bare names.
const POSTGRES_OTHERS: &str = "WITH n AS (SELECT oid, CASE WHEN nspname = current_schema() THEN '' ELSE nspname || '.' END \
        AS prefix, nspname = current_schema() AS is_ours FROM pg_catalog.pg_namespace \
        WHERE nspname <> 'pg_toast' AND nspname NOT LIKE 'pg\\_toast\\_temp\\_%') \
    SELECT CASE c.relkind WHEN 'v' THEN 'vue' WHEN 'm' THEN 'vue matérialisée' WHEN 'S' THEN 'séquence' \
        WHEN 'i' THEN 'index' WHEN 'f' THEN 'table étrangère' WHEN 'c' THEN 'type' ELSE 'table' END, \
        prefix || c.relname || COALESCE(' sur ' || prefix || o.relname, '') \
        FROM pg_catalog.pg_class c JOIN n ON n.oid = c.relnamespace \
        LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_catalog.pg_class o ON o.oid = i.indrelid \
        WHERE c.oid >= 16384 AND NOT (is_ours AND c.relkind IN ('r', 'p')) \
        AND NOT (is_ours AND c.relkind = 'i' AND i.indisprimary AND o.relname = ANY ($1)) \
    UNION ALL SELECT 'table en plusieurs parties', c.relname FROM pg_catalog.pg_class c JOIN n ON n.oid = c.relnamespace \
        WHERE is_ours AND c.relkind = 'p' \
    UNION ALL SELECT 'fonction', prefix || p.proname FROM pg_catalog.pg_proc p JOIN n ON n.oid = p.pronamespace \
        WHERE p.oid >= 16384 \
    UNION ALL SELECT 'déclencheur', t.tgname || ' sur ' || prefix || c.relname FROM pg_catalog.pg_trigger t \
        JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal \
    UNION ALL SELECT 'règle', r.rulename || ' sur ' || prefix || c.relname FROM pg_catalog.pg_rewrite r \
        JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND r.oid >= 16384 \
    UNION ALL SELECT 'colonne calculée', a.attname || ' sur ' || prefix || c.relname FROM pg_catalog.pg_attribute a \
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN n ON n.oid = c.relnamespace WHERE a.attgenerated <> '' \
    UNION ALL SELECT 'statistiques étendues', prefix || s.stxname FROM pg_catalog.pg_statistic_ext s \
        JOIN n ON n.oid = s.stxnamespace \
    UNION ALL SELECT 'déclencheur d’événement', evtname::text FROM pg_catalog.pg_event_trigger \
    UNION ALL SELECT 'publication', pubname::text FROM pg_catalog.pg_publication \
    UNION ALL SELECT 'serveur étranger', srvname::text FROM pg_catalog.pg_foreign_server \
    UNION ALL SELECT 'grand objet', oid::text FROM pg_catalog.pg_largeobject_metadata \
    UNION ALL SELECT 'extension', extname::text FROM pg_catalog.pg_extension WHERE oid >= 16384 \
    UNION ALL SELECT 'type', prefix || t.typname FROM pg_catalog.pg_type t JOIN n ON n.oid = t.typnamespace \
        WHERE t.oid >= 16384 AND (t.typtype NOT IN ('b', 'c') OR t.typtype = 'b' AND t.typelem = 0) \
    UNION ALL SELECT 'valeur par défaut', prefix || c.relname || '.' || a.attname FROM pg_catalog.pg_attrdef d \
        JOIN pg_catalog.pg_class c ON c.oid = d.adrelid JOIN n ON n.oid = c.relnamespace \
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum \
        WHERE a.attgenerated = '' AND NOT (is_ours AND c.relname = '_sqlx_migrations') \
    UNION ALL SELECT 'contrainte', k.conname || ' sur ' || prefix || c.relname FROM pg_catalog.pg_constraint k \
        JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN n ON n.oid = c.relnamespace \
        WHERE k.contype = 'c' AND pg_get_constraintdef(k.oid) !~ '^CHECK \\(\\((length\\(\\w+\\) = \\d\\d|responses > 0|access = \
        ANY \\(ARRAY\\[''invitation''::text, ''open''::text\\]\\))\\)\\)$' \
    UNION ALL SELECT 'règle d’accès', p.polname || ' sur ' || prefix || c.relname FROM pg_catalog.pg_policy p \
        JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN n ON n.oid = c.relnamespace \
    UNION ALL SELECT DISTINCT 'commentaire sur', i.identity FROM pg_catalog.pg_description d, \
        pg_identify_object(d.classoid, d.objoid, d.objsubid) i WHERE d.objoid >= 16384 \
    UNION ALL SELECT DISTINCT 'étiquette sur', i.identity FROM pg_catalog.pg_seclabel d, \
        pg_identify_object(d.classoid, d.objoid, d.objsubid) i WHERE d.objoid >= 16384 \
    UNION ALL SELECT 'commentaire sur', 'la base' FROM pg_catalog.pg_shdescription s \
        JOIN pg_catalog.pg_database d ON d.oid = s.objoid WHERE d.datname = current_database() AND d.oid >= 16384 \
    UNION ALL SELECT DISTINCT 'objet', i.identity FROM pg_catalog.pg_depend d, pg_identify_object(d.classid, d.objid, 0) i \
        WHERE d.objid >= 16384 AND d.classid::regclass::text IN ('pg_operator', 'pg_collation', 'pg_conversion', \
        'pg_language', 'pg_ts_config', 'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template', 'pg_cast', 'pg_transform', 'pg_am', \
        'pg_opclass', 'pg_opfamily', 'pg_foreign_data_wrapper', 'pg_user_mapping', 'pg_subscription') \
    ORDER BY 1, 2";
