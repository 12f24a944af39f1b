//! Columns that could hold when somebody answered, or from where: by their names, by their types and by their values.

use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::source::{Connected, Opened, quoted};

const TIMES: Question = Question {
    name: "times",
    title: "Aucune date ni heure",
    advice: "une heure d’arrivée, rapprochée d’un journal d’accès, dit qui a répondu : supprimez la colonne ou les \
             valeurs, puis réécrivez la base",
};
const ADDRESSES: Question = Question {
    name: "addresses",
    title: "Aucune adresse ni navigateur",
    advice: "supprimez cette colonne : une adresse, un navigateur ou une session désigne une personne",
};

const TIME_WORDS: [&str; 17] = [
    "at",
    "date",
    "datetime",
    "time",
    "created",
    "updated",
    "modified",
    "timestamp",
    "ts",
    "hour",
    "heure",
    "day",
    "jour",
    "minute",
    "second",
    "when",
    "horodatage",
];
const ADDRESS_WORDS: [&str; 16] = [
    "ip",
    "ipv4",
    "ipv6",
    "addr",
    "address",
    "adresse",
    "host",
    "agent",
    "useragent",
    "ua",
    "referer",
    "referrer",
    "session",
    "cookie",
    "email",
    "phone",
];
const TIME_TYPES: [&str; 8] = ["timestamp", "timestamptz", "date", "datetime", "time", "timetz", "interval", "abstime"];
const ADDRESS_TYPES: [&str; 4] = ["inet", "cidr", "macaddr", "macaddr8"];

/// The survey's own first and last day, which everybody knows.
fn is_public_day(table: &str, column: &str) -> bool {
    table == "surveys" && matches!(column, "opens" | "closes")
}

/// Whether one of the words of a column's name is in the list: `used_at` and `usedAt` have the word `at`, `format` has not.
fn has_word(column: &str, words: &[&str]) -> bool {
    let mut spaced = String::new();
    for character in column.chars() {
        if character.is_uppercase() {
            spaced.push('_');
        }
        spaced.extend(character.to_lowercase());
    }
    let whole = column.to_lowercase();
    words.contains(&whole.as_str()) || spaced.split(['_', '-', ' ', '.']).any(|word| words.contains(&word))
}

/// Names and types of columns that are for an address, an agent or a session.
pub(crate) fn addresses(opened: &mut Opened) -> Check {
    let (mut found, mut told) = (Vec::new(), Vec::new());
    let mut looked_at = 0;
    for table in &opened.tables {
        for column in &table.columns {
            looked_at += 1;
            if has_word(&column.name, &ADDRESS_WORDS) || ADDRESS_TYPES.contains(&column.kind.as_str()) {
                told.push(format!("{}.{}", table.name, column.name));
                found.push(format!("{}.{} ({})", table.name, column.name, column.kind));
            }
        }
    }
    opened.told.extend(told);
    let measured = match found.len() {
        0 => format!("{}, aucune pour une adresse", count(looked_at, "colonne lue", "colonnes lues")),
        _ => list(found.clone()),
    };
    ADDRESSES.judge(&opened.name, found.is_empty(), &measured)
}

/// Names, types and values that tell a time.
pub(crate) async fn times(opened: &mut Opened) -> Check {
    let (mut found, mut told) = (Vec::new(), Vec::new());
    let (mut columns, mut rows) = (0, 0);
    for table in &opened.tables {
        for column in &table.columns {
            columns += 1;
            rows += table.rows;
            let place = format!("{}.{}", table.name, column.name);
            if is_public_day(&table.name, &column.name) {
                continue;
            }
            let before = found.len();
            if has_word(&column.name, &TIME_WORDS) {
                found.push(format!("{place} (par son nom)"));
            } else if TIME_TYPES.contains(&column.kind.as_str()) {
                found.push(format!("{place} ({})", column.kind));
            } else {
                match values(&mut opened.connected, table, &column.name).await {
                    Ok(0) => {}
                    Ok(times) => found.push(format!("{place} ({})", count(times, "valeur", "valeurs"))),
                    Err(error) => return TIMES.impossible(&opened.name, &error),
                }
            }
            if found.len() > before {
                told.push(place);
            }
        }
    }
    opened.told.extend(told);
    let measured = match found.len() {
        0 => format!("{}, {}", count(columns, "colonne", "colonnes"), count(rows, "valeur lue", "valeurs lues")),
        _ => list(found.clone()),
    };
    TIMES.judge(&opened.name, found.is_empty(), &measured)
}

/// From 2015 to 2040, in seconds since 1970. Multiplied, also milliseconds, microseconds and nanoseconds.
const UNIX: (i64, i64) = (1_420_070_400, 2_208_988_800);
/// The same years as Julian days.
const JULIAN: (i64, i64) = (2_457_023, 2_466_155);

/// How many values of a column are times. A single moment inside a text is one too many; whole texts that are days or
/// long numbers count when most are, since anybody may write a date in an answer.
async fn values(connected: &mut Connected, table: &crate::catalogue::Table, column: &str) -> Result<u64, sqlx::Error> {
    let (name, quoted_column) = (quoted(&table.name), quoted(column));
    let count_where = |condition: &str| format!("SELECT COUNT(*) FROM {name} WHERE {condition}");
    let mut times = 0;
    if table.numbers().any(|known| known == column) {
        let typed = match connected {
            Connected::Sqlite { .. } => format!("typeof({quoted_column}) IN ('integer', 'real') AND "),
            Connected::Postgres(_) => String::new(),
        };
        let ranges: Vec<String> = [1, 1_000, 1_000_000, 1_000_000_000]
            .iter()
            .map(|unit| (UNIX.0 * unit, UNIX.1 * unit))
            .chain([JULIAN])
            .map(|(from, to)| format!("{quoted_column} BETWEEN {from} AND {to}"))
            .collect();
        times += connected.number(count_where(&format!("{typed}({})", ranges.join(" OR ")))).await?;
    }
    if table.texts().any(|known| known == column) {
        let (moment, most) = match connected {
            Connected::Sqlite { .. } => {
                let day = "20[1-4][0-9]-[01][0-9]-[0-3][0-9]";
                (
                    format!("{quoted_column} GLOB '*{day}[T ][0-2][0-9]:[0-5][0-9]*'"),
                    format!(
                        "{quoted_column} GLOB '{day}' OR (length({quoted_column}) IN (10, 13) AND {quoted_column} \
                         NOT GLOB '*[^0-9]*' AND substr({quoted_column}, 1, 10) BETWEEN '{}' AND '{}')",
                        UNIX.0, UNIX.1
                    ),
                )
            }
            Connected::Postgres(_) => {
                let day = "20[1-4][0-9]-[01][0-9]-[0-3][0-9]";
                let text = format!("{quoted_column}::text");
                (
                    format!("{text} ~ '{day}[T ][0-2][0-9]:[0-5][0-9]'"),
                    format!(
                        "{text} ~ '^{day}$' OR ({text} ~ '^[0-9]{{10}}([0-9]{{3}})?$' AND left({text}, 10) COLLATE \
                         \"C\" BETWEEN '{}' AND '{}')",
                        UNIX.0, UNIX.1
                    ),
                )
            }
        };
        times += connected.number(count_where(&moment)).await?;
        let days = connected.number(count_where(&most)).await?;
        if days.saturating_mul(2) > connected.number(count_where(&format!("{quoted_column} IS NOT NULL"))).await? {
            times += days;
        }
    }
    Ok(u64::try_from(times).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_word_by_word() {
        for name in ["used_at", "usedAt", "created", "DATE", "submit_time", "Timestamp"] {
            assert!(has_word(name, &TIME_WORDS), "{name}");
        }
        for name in ["format", "survey", "state", "data", "sentiment", "closed", "answers"] {
            assert!(!has_word(name, &TIME_WORDS), "{name}");
        }
        assert!(has_word("user_agent", &ADDRESS_WORDS) && has_word("IP", &ADDRESS_WORDS));
        assert!(!has_word("description", &ADDRESS_WORDS));
    }
}
