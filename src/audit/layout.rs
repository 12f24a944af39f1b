//! How far the places of rows follow the order of their keys. When they do, the places say nothing that the random keys do
//! not; what does not follow was written at another moment than its neighbours.
//!
//! # What SQLite leaves, measured
//! Tables of 3 to 2,000 rows of 20 to 3,000 bytes with random keys, as inserted, after `VACUUM`, and after deleting all
//! rows and inserting them again in the order of their keys in one transaction. Within a page, cells are laid from the end
//! down, so that rows in the order of their keys lie at descending places. When a page fills up, its first rows go to its
//! neighbour and the last are put into their place: one step up in most pages, in every table that was written in order.
//! Counting, for neighbours in the order of keys, the steps up beyond one in each page and the pages that lie before the
//! page of smaller keys, the share of neighbours is
//!
//! | rows | as inserted | after `VACUUM` | rewritten in one transaction |
//! | --- | --- | --- | --- |
//! | 80 and more | 6 to 54 %, mostly above 11 % | 0 to 0.5 % | 0 to 3.8 % |
//! | 40 | 3 to 54 % | 0 % | 0 to 2 neighbours |
//! | one page | steps up: half of the neighbours | no step up | no step up |
//!
//! After `VACUUM`, 0.1 % is the most that was seen: what a server leaves when it stops is judged by that ([`AT_REST_PERCENT`]).
//! For a file that a server has open, the rule below was tried on 2,700 tables of each size. After `VACUUM` none failed; of those rewritten none of up to 19
//! rows, one in 500 of 25 to 63, one in 1,000 above. As inserted, one in 200 of 63 rows passes and none of 80 or more; of 19
//! rows with 400 bytes and more each, which fill a page by fives, three in ten do: so few rows say little.

/// Neighbours out of order, at most, while a server is running: it rewrites the file whenever it has grown by a twentieth.
pub(crate) const OUT_OF_ORDER_PERCENT: u64 = 5;
/// At most, once it has stopped, which rewrites the file at last.
pub(crate) const AT_REST_PERCENT: u64 = 1;
/// From this many rows on, `VACUUM` left none out of order in tables of up to 300 (150 tables of each size).
const FEWEST_AT_REST: usize = 20;
/// Below this many rows a percentage is no number of rows.
const SMALL: u64 = 64;

/// Where the rows of a table lie, read in the order of their keys.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The place of each row in the order in which the file is filled: pages forward, each from its end.
    pub(crate) places: Vec<u64>,
    pub(crate) leaf_pages: u64,
    /// Steps up within pages, and those beyond one in each page.
    pub(crate) steps_up: u64,
    pub(crate) excess: u64,
    /// Leaf pages that lie before the one of smaller keys.
    pub(crate) pages_back: u64,
}

impl Layout {
    pub(crate) fn neighbours(&self) -> u64 {
        (self.places.len() as u64).saturating_sub(1)
    }

    pub(crate) fn out_of_order(&self) -> u64 {
        self.excess + self.pages_back
    }

    /// Whether the table lies as one that was written in the order of its keys, up to so many neighbours in a hundred.
    pub(crate) fn follows_keys(&self, percent: u64) -> bool {
        if self.neighbours() >= SMALL {
            return self.out_of_order() * 100 <= self.neighbours() * percent;
        }
        if self.leaf_pages <= 1 {
            return self.steps_up == 0;
        }
        if percent <= AT_REST_PERCENT && self.places.len() >= FEWEST_AT_REST {
            return self.out_of_order() == 0;
        }
        let few = 2 + self.places.len() as u64 / 32;
        self.out_of_order() <= few && self.steps_up + self.pages_back <= self.leaf_pages + self.leaf_pages / 4
    }
}

/// Kendall's τ between the order of keys and that of places, counting inversions by merging: 1 is the same order, 0 is
/// chance.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
pub(crate) fn kendall(places: &[u64]) -> f64 {
    let rows = places.len() as f64;
    if places.len() < 2 {
        return 1.0;
    }
    let mut sorted = places.to_vec();
    let mut spare = places.to_vec();
    let inversions = merge(&mut sorted, &mut spare) as f64;
    1.0 - 4.0 * inversions / (rows * (rows - 1.0))
}

fn merge(values: &mut [u64], spare: &mut [u64]) -> u64 {
    if values.len() < 2 {
        return 0;
    }
    let middle = values.len() / 2;
    let mut inversions = merge(&mut values[..middle], &mut spare[..middle]);
    inversions += merge(&mut values[middle..], &mut spare[middle..]);
    let (mut left, mut right) = (0, middle);
    for slot in spare.iter_mut() {
        if right == values.len() || left < middle && values[left] <= values[right] {
            *slot = values[left];
            left += 1;
        } else {
            *slot = values[right];
            right += 1;
            inversions += (middle - left) as u64;
        }
    }
    values.copy_from_slice(spare);
    inversions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kendall_is_one_for_the_same_order_and_minus_one_for_the_reverse() {
        let rising: Vec<u64> = (0..101).collect();
        let falling: Vec<u64> = (0..101).rev().collect();
        assert!((kendall(&rising) - 1.0).abs() < 1e-12);
        assert!((kendall(&falling) + 1.0).abs() < 1e-12);
        // 3 1 2: one pair of three in order.
        assert!((kendall(&[3, 1, 2]) + 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn few_rows_may_lie_only_as_they_were_written_in_order() {
        let one_page = |steps_up| Layout { places: vec![0; 8], leaf_pages: 1, steps_up, ..Layout::default() };
        assert!(one_page(0).follows_keys(5) && !one_page(1).follows_keys(5));
        let many = |excess| Layout { places: vec![0; 1001], leaf_pages: 50, excess, ..Layout::default() };
        assert!(many(50).follows_keys(5) && !many(51).follows_keys(5) && !many(11).follows_keys(1));
    }
}
