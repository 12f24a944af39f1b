//! Whether keys that should be random are: a counter or a clock in a key gives the order of arrival away.

use crate::french::{count, list};
use crate::report::{Check, Question};
use crate::source::{Opened, quoted};
use crate::spread::{self, are_related, deviation};

const RANDOMNESS: Question = Question {
    name: "key-randomness",
    title: "Identifiants tirés au hasard",
    advice: "ces identifiants suivent une horloge ou un compteur (UUIDv7, ULID, numéro…) ou d’autres identifiants : tirez-les au hasard \
             (128 bits), chacun pour lui, et récrivez les lignes",
};

/// From 2015 to 2040, in milliseconds since 1970.
const YEARS_MS: std::ops::Range<u64> = 1_420_070_400_000..2_208_988_800_000;
/// Below this many keys, their spread says nothing.
const SPREAD_ROWS: usize = 10;
/// Kolmogorov and Smirnov's D·√n is above 3 for random keys once in thirty million audits: 2·exp(−2·3²).
const SPREAD_LIMIT: f64 = 3.0;

/// Keys that are looked at byte by byte; of more, some are.
const MOST_WHOLE: u64 = 200_000;

/// What a column of keys looks like.
#[derive(Default)]
struct Keys {
    /// The first and the last 64 bits of each.
    heads: Vec<u64>,
    tails: Vec<u64>,
    /// Some of them as they are.
    whole: Vec<Vec<u8>>,
    /// One in so many is kept whole.
    one_in: u64,
    /// Version 7 of RFC 9562: 48 bits of milliseconds, then the version.
    version_7: usize,
    /// Version 1 or 6: a clock as well.
    version_1: usize,
    /// 48 bits of milliseconds without a version, as in an ULID.
    clock_first: usize,
}

impl Keys {
    fn of(rows: u64) -> Self {
        Self { one_in: rows / MOST_WHOLE + 1, ..Self::default() }
    }

    fn add(&mut self, key: &[u8]) {
        let (Some(head), Some(tail)) = (key.first_chunk::<8>(), key.last_chunk::<8>()) else { return };
        let head = u64::from_be_bytes(*head);
        self.heads.push(head);
        self.tails.push(u64::from_be_bytes(*tail));
        if spread::is_drawn(self.heads.len() as u64, self.one_in) {
            self.whole.push(key.to_vec());
        }
        if key.len() != 16 {
            return;
        }
        let (version, is_variant) = (key[6] >> 4, key[8] >> 6 == 0b10);
        let is_clock = YEARS_MS.contains(&(head >> 16));
        self.clock_first += usize::from(is_clock);
        self.version_7 += usize::from(is_clock && version == 7 && is_variant);
        self.version_1 += usize::from(matches!(version, 1 | 6) && is_variant);
    }

    /// What is wrong with them, in French. Single random keys look like a clock now and then, most of them never do.
    fn fault(&self) -> Option<String> {
        let rows = self.heads.len();
        if self.version_7 * 2 > rows {
            return Some(format!("{} sur {rows} sont des UUIDv7", self.version_7));
        }
        if rows >= 3 && self.clock_first * 2 > rows {
            return Some(format!("{} sur {rows} commencent par une heure", self.clock_first));
        }
        if rows >= 5 && self.version_1 * 2 > rows {
            return Some(format!("{} sur {rows} sont des UUID à horloge", self.version_1));
        }
        if rows < SPREAD_ROWS {
            return None;
        }
        let sorted = |ends: &[u64]| {
            let mut sorted = ends.to_vec();
            sorted.sort_unstable();
            sorted
        };
        let spread = deviation(&sorted(&self.heads)).max(deviation(&sorted(&self.tails)));
        if spread > SPREAD_LIMIT {
            return Some(format!("répartition impossible au hasard (D·√n = {spread:.1}, au plus 3)"));
        }
        spread::fault(&self.whole)
    }
}

pub(crate) async fn check(opened: &mut Opened) -> Check {
    let (mut faults, mut looked_at) = (Vec::new(), 0);
    let mut of_tables: Vec<(String, Keys)> = Vec::new();
    for table in opened.tables.iter().filter(|table| table.rows > 0) {
        let mut keys = Keys::of(table.rows);
        if let Some(column) = &table.random_key {
            let read = opened.connected.each_blob(table, column, |key| keys.add(key)).await;
            if let Err(error) = read {
                return RANDOMNESS.impossible(&opened.name, &error);
            }
        }
        for column in table.texts() {
            // Identifiers are also written as texts.
            let (name, column) = (quoted(&table.name), quoted(column));
            let sql = format!("SELECT {column} FROM {name} WHERE length(CAST({column} AS TEXT)) IN (32, 36)");
            let mut written = Keys::of(table.rows);
            let read = opened
                .connected
                .each_text(sql, |text| {
                    let digits: String = text.to_lowercase().chars().filter(|c| *c != '-').collect();
                    if let Ok(key) = data_encoding::HEXLOWER.decode(digits.as_bytes()) {
                        written.add(&key);
                    }
                })
                .await;
            if let Err(error) = read {
                return RANDOMNESS.impossible(&opened.name, &error);
            }
            looked_at += written.heads.len();
            faults.extend(written.fault().map(|fault| format!("{}.{column} : {fault}", table.name)));
        }
        looked_at += keys.heads.len();
        faults.extend(keys.fault().map(|fault| format!("{} : {fault}", table.name)));
        for (other, known) in &of_tables {
            if are_related(&keys.heads, &known.heads) || are_related(&keys.tails, &known.tails) {
                faults.push(format!("{other} et {} : identifiants égaux à une constante près", table.name));
            }
        }
        of_tables.push((table.name.clone(), Keys { whole: Vec::new(), ..keys }));
    }
    let measured = match faults.len() {
        0 => format!("{}, sans horloge ni compteur", count(looked_at as u64, "identifiant lu", "identifiants lus")),
        _ => list(faults.clone()),
    };
    RANDOMNESS.judge(&opened.name, faults.is_empty(), &measured)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, RngExt, SeedableRng};

    use super::*;

    fn keys(made: impl Iterator<Item = [u8; 16]>) -> Keys {
        let mut keys = Keys::default();
        made.for_each(|key| keys.add(&key));
        keys
    }

    #[test]
    fn random_keys_have_no_fault_however_many() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        for rows in [1, 2, 5, 10, 100, 10_000] {
            assert_eq!(keys((0..rows).map(|_| rng.random())).fault(), None, "{rows} keys");
        }
    }

    #[test]
    fn clocks_and_counters_are_seen() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        let mut clock = |version: bool, row: u64| {
            let mut key: [u8; 16] = rng.random();
            key[..6].copy_from_slice(&(1_790_000_000_000 + row * 40_000).to_be_bytes()[2..]);
            if version {
                (key[6], key[8]) = (0x70 | key[6] & 15, 0x80 | key[8] & 63);
            }
            key
        };
        assert!(keys((0..3).map(|row| clock(true, row))).fault().expect("a fault").contains("UUIDv7"));
        assert!(keys((0..3).map(|row| clock(false, row))).fault().expect("a fault").contains("heure"));
        // A counter in the first bytes, and one in the last.
        assert!(keys((0..30_u128).map(|row| (row << 64).to_be_bytes())).fault().is_some());
        let mut half = rand::rngs::StdRng::seed_from_u64(8);
        let tail = keys((0..30_u128).map(|row| (u128::from(half.next_u64()) << 64 | row).to_be_bytes())).fault();
        assert!(tail.expect("a fault").contains("D·√n"));
    }
}
