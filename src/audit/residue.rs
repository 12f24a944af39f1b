//! What is left of rows that are no longer there.

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Row};

use crate::catalogue::Table;
use crate::french::{count, list};
use crate::leftovers::{Leftovers, leftovers};
use crate::place::{place_of, quiet};
use crate::report::{Check, Question};
use crate::source::{Connected, Opened, SourceError, quoted};

const RESIDUE: Question = Question {
    name: "leftovers",
    title: "Aucun reste de ligne effacée",
    advice: "des lignes effacées se lisent encore : réécrivez la base (VACUUM avec secure_delete sous SQLite ; \
             réécriture puis VACUUM FULL sous PostgreSQL)",
};

pub(crate) async fn check(opened: &mut Opened) -> Vec<Check> {
    let name = opened.name.clone();
    let judged = match &opened.connected {
        Connected::Sqlite { .. } => sqlite(opened).await,
        Connected::Postgres(_) => postgres(opened).await,
    };
    vec![match judged {
        Ok((passed, measured)) => RESIDUE.judge(&name, passed, &measured),
        Err(error) => RESIDUE.impossible(&name, &error),
    }]
}

async fn sqlite(opened: &mut Opened) -> Result<(bool, String), SourceError> {
    let Connected::Sqlite { path, .. } = &opened.connected else { return Ok((true, String::new())) };
    let path = path.clone();
    let mut roots = vec![1];
    opened
        .connected
        .each_text("SELECT CAST(rootpage AS TEXT) FROM sqlite_schema WHERE rootpage > 0".to_owned(), |root| {
            roots.extend(root.parse::<u32>());
        })
        .await?;
    let left = quiet(&path, |file| leftovers(file, &roots)).await?;
    let Leftovers { pages, free_pages, in_free_pages, in_free_space, behind_values, in_lost_pages, idle, .. } = left;
    let mut found: Vec<String> = [
        (in_free_pages, "dans les pages libres"),
        (in_free_space, "dans l’espace libre des pages"),
        (behind_values, "derrière des valeurs longues"),
        (in_lost_pages, "dans des pages sans usage"),
        (idle, "hors des pages ou dans l’en-tête du fichier"),
    ]
    .into_iter()
    .filter(|(bytes, _)| *bytes > 0)
    .map(|(bytes, place)| format!("{} {place}", count(bytes, "octet", "octets")))
    .collect();
    // Rows that came one by one leave as many, and are told by their order.
    if opened.in_order && left.has_disguise() {
        let places = count(left.unclean_pages, "page", "pages");
        found.push(format!("des nombres dans l’espace libre de {places} sur {}", left.tree_pages));
    }
    let looked_at = format!("{} dont {}", count(pages, "page", "pages"), count(free_pages, "libre", "libres"));
    let measured =
        if found.is_empty() { format!("{looked_at}, rien d’effacé n’y reste") } else { list(found.clone()) };
    Ok((found.is_empty(), measured))
}

/// PostgreSQL notes the room left in a page in steps of 32 bytes, rounded down, and may leave as much unused.
const FREE_SPACE_STEPS: i64 = 64;

/// What the rows of a table do not cover.
#[derive(Default)]
struct Gaps {
    pages: u64,
    empty_pages: u64,
    lines: u64,
    /// Pages with so much room left that the next page's first row would have found a place.
    short_pages: u64,
}

async fn postgres(opened: &mut Opened) -> Result<(bool, String), SourceError> {
    let (mut found, mut pages) = (Vec::new(), 0);
    for table in &opened.tables {
        let gaps = gaps(&mut opened.connected, table).await?;
        pages += gaps.pages;
        if table.random_key.is_none() {
            // Surveys are changed in place, and what they were before is public.
            continue;
        }
        let missing: Vec<String> = [
            (gaps.empty_pages, "page vide", "pages vides"),
            (gaps.lines, "ligne effacée", "lignes effacées"),
            (gaps.short_pages, "page non remplie", "pages non remplies"),
        ]
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| count(number, one, many))
        .collect();
        if !missing.is_empty() {
            found.push(format!("{} : {}", table.name, missing.join(" et ")));
        }
    }
    let measured = match found.len() {
        0 => format!("{}, sans trou entre les lignes", count(pages, "page", "pages")),
        _ => list(found.clone()),
    };
    Ok((found.is_empty(), measured))
}

/// The rows that can be seen must fill the pages without a gap: a gap is a row that was deleted or changed, whose bytes
/// PostgreSQL keeps.
async fn gaps(connected: &mut Connected, table: &Table) -> Result<Gaps, SourceError> {
    let name = quoted(&table.name);
    let mut gaps = Gaps::default();
    let size = format!("SELECT pg_relation_size('{}'::regclass)", name.replace('\'', "''"));
    let page_bytes = connected.number("SELECT current_setting('block_size')::int8".to_owned()).await?;
    gaps.pages = u64::try_from(connected.number(size).await? / page_bytes).unwrap_or(0);
    let Connected::Postgres(connection) = connected else { return Ok(gaps) };
    // A tuple takes its size, rounded up to eight bytes, and four bytes of line pointer; a page has 24 bytes of header.
    // Sizes are taken below the sort, which would pack rows of less than 127 bytes three bytes shorter than they lie.
    let sql = format!(
        "SELECT min(r.ctid)::text, max(r.ctid)::text, count(*), ({page_bytes} - 24 - sum(r.size))::int8, \
         (array_agg(r.size ORDER BY r.ctid))[1]::int8 \
         FROM (SELECT ctid, (pg_column_size(t.*) + 7) / 8 * 8 + 4 AS size FROM {name} t OFFSET 0) r \
         GROUP BY (r.ctid::text::point)[0] ORDER BY (r.ctid::text::point)[0]"
    );
    let mut covered = 0;
    let mut room = 0_i64;
    let mut found = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
    while let Some(row) = found.try_next().await? {
        let (last, rows): (u64, i64) = (place_of(row.try_get(1)?) & 0xffff, row.try_get(2)?);
        covered += 1;
        gaps.lines += last.saturating_sub(u64::try_from(rows).unwrap_or(0));
        // Values that are kept apart or compressed are counted longer than they are: those pages look too full, never too
        // empty.
        gaps.short_pages += u64::from(covered > 1 && room >= row.try_get::<i64, _>(4)? + FREE_SPACE_STEPS);
        room = row.try_get(3)?;
    }
    gaps.empty_pages = gaps.pages.saturating_sub(covered);
    Ok(gaps)
}
