//! Whether bytes that should be random are, at each place of a key: a counter between random bytes leaves its place too
//! narrow, too even or too regular.
//!
//! Each test errs less than once in a million audits on random keys; at most a hundred and fifty places are looked at.

/// Below this many keys, their spread says nothing.
const FEWEST: usize = 10;
/// Below this many, regular distances are chance.
const FEWEST_DISTANCES: usize = 150;
/// Kolmogorov and Smirnov's D·√n is above 3.6 for random keys once in ninety thousand million places: 2·exp(−2·3.6²).
const NARROW: f64 = 3.6;
/// Standard deviations.
const EQUAL_BYTES: f64 = 8.0;
const EVEN_BYTES: f64 = -7.0;
const REGULAR: f64 = -6.0;

/// Whether a key is among the one in so many that are looked at. Keys come sorted: every tenth would be too regular, and so
/// would be those that a mere multiplication picks; any in ten, mixed well (`SplitMix64`), is as random as all.
pub(crate) fn is_drawn(row: u64, one_in: u64) -> bool {
    let mut mixed = row.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ mixed >> 31).is_multiple_of(one_in.max(1))
}

/// What is wrong with keys of one length, in French.
pub(crate) fn fault(keys: &[Vec<u8>]) -> Option<String> {
    let bytes = keys.iter().map(Vec::len).min().unwrap_or(0);
    if keys.len() < FEWEST {
        return None;
    }
    for place in 0..bytes {
        let excess = equal_bytes(keys, place);
        if excess > EQUAL_BYTES {
            return Some(format!("l’octet {} prend trop peu de valeurs", place + 1));
        }
        if excess < EVEN_BYTES {
            return Some(format!("l’octet {} prend toutes les valeurs à tour de rôle", place + 1));
        }
    }
    for place in 0..bytes.saturating_sub(7) {
        let mut values: Vec<u64> = keys.iter().filter_map(|key| number(&key[place..])).collect();
        values.sort_unstable();
        let spread = deviation(&values);
        if spread > NARROW {
            return Some(format!("répartition impossible au hasard à l’octet {} (D·√n = {spread:.1})", place + 1));
        }
        if has_few_distances(&values) || regularity(&values) < REGULAR {
            return Some(format!("distances trop régulières à l’octet {}", place + 1));
        }
    }
    None
}

fn number(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

/// By how many standard deviations there are more pairs of keys with the same byte at a place than chance makes. Pairs come
/// by twos and more when they are few: twelve are let pass.
#[expect(clippy::cast_precision_loss, reason = "a ratio is compared")]
fn equal_bytes(keys: &[Vec<u8>], place: usize) -> f64 {
    const LET_PASS: f64 = 12.0;
    let mut counts = [0_u64; 256];
    for key in keys {
        counts[usize::from(key[place])] += 1;
    }
    let pairs: u64 = counts.iter().map(|count| count * count.saturating_sub(1) / 2).sum();
    let rows = keys.len() as f64;
    let expected = rows * (rows - 1.0) / 512.0;
    let excess = pairs as f64 - expected;
    if excess > 0.0 { (excess - LET_PASS).max(0.0) / expected.sqrt() } else { excess / expected.sqrt() }
}

/// Kolmogorov and Smirnov's statistic times √n of sorted values, against the uniform distribution on 64 bits.
#[expect(clippy::cast_precision_loss, reason = "53 bits are more than the statistic needs")]
pub(crate) fn deviation(sorted: &[u64]) -> f64 {
    let rows = sorted.len() as f64;
    let largest = sorted
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let expected = *value as f64 / u64::MAX as f64;
            (expected - index as f64 / rows).abs().max(((index + 1) as f64 / rows - expected).abs())
        })
        .fold(0.0, f64::max);
    largest * rows.sqrt()
}

/// Whether one distance in ten occurs twice: multiples of a constant have three distances in all.
fn has_few_distances(sorted: &[u64]) -> bool {
    let mut distances: Vec<u64> = sorted.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let all = distances.len();
    distances.sort_unstable();
    distances.dedup();
    (all - distances.len()) * 10 > all
}

/// Greenwood's statistic, the sum of the squared distances as parts of the whole, in standard deviations from what chance
/// makes (Moran 1947): values that keep away from each other are far below.
#[expect(clippy::cast_precision_loss, reason = "a ratio is compared")]
fn regularity(sorted: &[u64]) -> f64 {
    if sorted.len() < FEWEST_DISTANCES {
        return 0.0;
    }
    let rows = sorted.len() as f64;
    let distance = |from: u64, to: u64| (to - from) as f64 / u64::MAX as f64;
    let ends = [distance(0, sorted[0]), distance(sorted[sorted.len() - 1], u64::MAX)];
    let within = sorted.windows(2).map(|pair| distance(pair[0], pair[1]));
    let sum: f64 = within.chain(ends).map(|part| part * part).sum();
    let variance = 4.0 * rows / ((rows + 2.0).powi(2) * (rows + 3.0) * (rows + 4.0));
    (sum - 2.0 / (rows + 2.0)) / variance.sqrt()
}

/// Fewest keys of one table that must differ from one of another by the same.
const RELATED: usize = 3;
/// Differences that are kept in memory.
const MOST_DIFFERENCES: usize = 4 << 20;
const MOST_SAMPLES: usize = 64;

/// Whether keys of two tables are the same but for a constant that was added or mixed in (XOR). Some keys of the smaller
/// table are compared with all of the larger: three with the same difference are no chance in 2⁶⁴.
pub(crate) fn are_related(one: &[u64], other: &[u64]) -> bool {
    let (smaller, larger) = if one.len() < other.len() { (one, other) } else { (other, one) };
    if smaller.len() < RELATED {
        return false;
    }
    let samples = (MOST_DIFFERENCES / larger.len()).clamp(RELATED, MOST_SAMPLES).min(smaller.len());
    let step = smaller.len() / samples;
    let repeats = |difference: fn(u64, u64) -> u64| {
        let chosen = smaller.iter().step_by(step).take(samples);
        let mut differences: Vec<u64> =
            chosen.flat_map(|left| larger.iter().map(move |right| difference(*left, *right))).collect();
        differences.sort_unstable();
        // The same keys are another fault, and are told as that.
        differences.chunk_by(|left, right| left == right).any(|run| run[0] != 0 && run.len() >= RELATED)
    };
    repeats(|left, right| left ^ right) || repeats(u64::wrapping_sub)
}

/// Kolmogorov and Smirnov's D·√n of distances to the nearest value. They depend a little on each other, so that the limit is
/// larger than for single values.
const NEAR: f64 = 5.0;

/// Whether the values of the smaller list lie nearer to those of the larger than chance puts them: then the order of one is
/// the order of the other, with a little noise.
#[expect(clippy::cast_precision_loss, reason = "a ratio is compared")]
pub(crate) fn are_near(one: &[u64], other: &[u64]) -> bool {
    let (smaller, larger) = if one.len() < other.len() { (one, other) } else { (other, one) };
    if larger.is_empty() {
        return false;
    }
    let mut sorted = larger.to_vec();
    sorted.sort_unstable();
    // The chance that none of the larger list is as near, as a number of 64 bits: even, if chance put them there.
    let mut chances: Vec<f64> = smaller
        .iter()
        .map(|value| {
            let after = sorted.partition_point(|known| known < value);
            let neighbours =
                sorted.get(after).into_iter().chain(after.checked_sub(1).and_then(|before| sorted.get(before)));
            let nearest = neighbours.map(|known| known.abs_diff(*value)).min().unwrap_or(u64::MAX);
            1.0 - (-2.0 * sorted.len() as f64 * (nearest as f64 / u64::MAX as f64)).exp()
        })
        .collect();
    chances.sort_unstable_by(f64::total_cmp);
    let rows = chances.len() as f64;
    let nearer =
        chances.iter().enumerate().map(|(index, chance)| (index + 1) as f64 / rows - chance).fold(0.0, f64::max);
    nearer * rows.sqrt() > NEAR
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn random(rows: usize, seed: u64) -> Vec<Vec<u8>> {
        let mut rng = StdRng::seed_from_u64(seed);
        (0..rows).map(|_| rng.random::<[u8; 16]>().to_vec()).collect()
    }

    #[test]
    fn random_keys_have_no_fault() {
        for (rows, times) in [(10, 300), (30, 200), (150, 100), (500, 60), (20_000, 2)] {
            for seed in 0..times {
                assert_eq!(fault(&random(rows, seed)), None, "{rows} keys, seed {seed}");
            }
        }
    }

    /// As many as are in a large installation, in their order, of which some are looked at.
    #[test]
    fn a_part_of_many_sorted_random_keys_has_no_fault() {
        for one_in in [2, 3] {
            let mut keys = random(30_000 * one_in, 41);
            keys.sort_unstable();
            let drawn = (0..).zip(keys).filter(|(row, _)| is_drawn(*row, one_in as u64)).map(|(_, key)| key);
            assert_eq!(fault(&drawn.collect::<Vec<_>>()), None, "one in {one_in}");
        }
    }

    #[test]
    fn a_counter_between_random_bytes_is_seen() {
        let between = |rows: u16, of: fn(u16) -> [u8; 2]| {
            let mut keys = random(usize::from(rows), 7);
            for (row, key) in (0..rows).zip(&mut keys) {
                key[6..8].copy_from_slice(&of(row));
            }
            fault(&keys)
        };
        for rows in [10, 60, 140, 5_000] {
            assert!(between(rows, u16::to_be_bytes).is_some(), "{rows}");
            assert!(between(rows, u16::to_le_bytes).is_some(), "{rows}");
            assert!(between(rows, |row| (row ^ 0x5aa5).to_be_bytes()).is_some(), "{rows}");
        }
        // A counter that is spread over the whole range.
        assert!(between(200, |row| row.wrapping_mul(40_503).to_be_bytes()).is_some());
        let mut keys = random(30, 9);
        for (row, key) in (0_u64..).zip(&mut keys) {
            key[..8].copy_from_slice(&row.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        }
        assert!(fault(&keys).is_some());
    }

    #[test]
    fn keys_that_differ_by_a_constant_are_seen() {
        let mut rng = StdRng::seed_from_u64(3);
        let large: Vec<u64> = (0..2_000).map(|_| rng.random()).collect();
        let other: Vec<u64> = (0..300).map(|_| rng.random()).collect();
        assert!(!are_related(&large, &other));
        let mut mixed: Vec<u64> = large.iter().step_by(7).map(|key| key ^ 0x1234_5678_9abc_def0).collect();
        mixed.sort_unstable();
        assert!(are_related(&large, &mixed) && are_related(&mixed, &large));
        let added: Vec<u64> = large.iter().step_by(7).map(|key| key.wrapping_add(977)).collect();
        assert!(are_related(&large, &added));
        // Every second one of another origin.
        let half: Vec<u64> = mixed.iter().zip(&other).flat_map(|(mixed, other)| [*mixed, *other]).collect();
        assert!(are_related(&large, &half));
        assert!(!are_related(&large, &large[..200]), "the same keys are told elsewhere");
    }

    #[test]
    fn keys_that_keep_the_order_of_others_are_seen_and_random_ones_never() {
        let mut rng = StdRng::seed_from_u64(31);
        for rows in [0, 1, 3, 30, 500, 5_000] {
            for _ in 0..40 {
                let codes: Vec<u64> = (0..rows).map(|_| rng.random()).collect();
                let marks: Vec<u64> = (0..rows * 2 / 3).map(|_| rng.random()).collect();
                assert!(!are_near(&codes, &marks), "{rows}");
                // Half of the bits are those of a code, then chance.
                let noisy: Vec<u64> =
                    codes.iter().step_by(2).map(|code| code >> 32 << 32 | rng.random::<u64>() >> 32).collect();
                assert_eq!(are_near(&codes, &noisy), rows >= 500, "{rows}");
            }
        }
    }
}
