//! Finding a part of one value inside another: eight bytes in a row that two random values share are no chance.

/// Bytes in a row that count as shared.
const WINDOW: usize = 8;
/// A window of fewer different bytes is padding, not something random.
const DIFFERENT_BYTES: usize = 4;

/// The windows of some values, each kept as a number.
#[derive(Default)]
pub(crate) struct Windows {
    values: Vec<u64>,
    sorted: bool,
    /// Which mixtures of their bytes the values have: most bytes of a large file end their search here.
    mixtures: Vec<bool>,
}

/// The place of a value among the mixtures, whose number is a power of two.
fn mixture(value: u64, mixtures: usize) -> usize {
    usize::try_from((value ^ value >> 23 ^ value >> 41) & (mixtures as u64 - 1)).unwrap_or(0)
}

/// A value of eight bytes, unless it is padding.
fn window(bytes: [u8; WINDOW]) -> Option<u64> {
    let mut sorted = bytes;
    sorted.sort_unstable();
    let different = 1 + sorted.windows(2).filter(|pair| pair[0] != pair[1]).count();
    (different >= DIFFERENT_BYTES).then(|| u64::from_be_bytes(bytes))
}

impl Windows {
    /// Keeps the windows of a value that begin at every `step`-th byte. With steps of one, any shared part of eight bytes
    /// is found; with steps of eight, any of fifteen, in an eighth of the memory.
    pub(crate) fn add(&mut self, value: &[u8], step: usize) {
        let starts = (0..value.len().saturating_sub(WINDOW - 1)).step_by(step);
        self.values.extend(starts.filter_map(|start| window(*value[start..].first_chunk()?)));
        self.sorted = false;
    }

    pub(crate) fn sort(&mut self) {
        self.values.sort_unstable();
        self.values.dedup();
        self.mixtures = vec![false; (self.values.len() * 16).next_power_of_two()];
        for value in &self.values {
            let place = mixture(*value, self.mixtures.len());
            self.mixtures[place] = true;
        }
        self.sorted = true;
    }

    /// Whether a part of the value is among them, wherever it begins.
    pub(crate) fn share_a_part_with(&self, value: &[u8]) -> bool {
        debug_assert!(self.sorted, "sorted before the search");
        value.windows(WINDOW).filter_map(|part| part.first_chunk()).any(|part| {
            let number = u64::from_be_bytes(*part);
            self.mixtures[mixture(number, self.mixtures.len())]
                && window(*part).is_some()
                && self.values.binary_search(&number).is_ok()
        })
    }
}

/// The bytes that a text may stand for: its long words as they are, and what they are in hexadecimal or base 64.
pub(crate) fn written_values(text: &str, public: &[String], mut visit: impl FnMut(&[u8])) {
    const SHORTEST: usize = 11;
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '+' | '/'));
    for word in words.filter(|word| word.len() >= SHORTEST && !public.iter().any(|name| name == word)) {
        visit(word.as_bytes());
        // Digits may stand behind a letter or a sign, and the first may be half of a byte.
        for digits in word.split(|c: char| !c.is_ascii_hexdigit()).filter(|digits| digits.len() >= SHORTEST) {
            for start in 0..2 {
                let whole = &digits.as_bytes()[start..start + (digits.len() - start) / 2 * 2];
                if let Ok(bytes) = data_encoding::HEXLOWER_PERMISSIVE.decode(whole) {
                    visit(&bytes);
                }
            }
        }
        let url_safe: String = word.replace('+', "-").replace('/', "_");
        // Trailing bits differ between encoders; the whole groups of four do not.
        for start in 0..4 {
            let whole = &url_safe.as_bytes()[start..start + (url_safe.len() - start) / 4 * 4];
            if let Ok(bytes) = data_encoding::BASE64URL_NOPAD.decode(whole) {
                visit(&bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_part_is_found_wherever_it_begins() {
        let mut windows = Windows::default();
        windows.add(b"0123456789abcdefghij", 8);
        windows.add(&[0; 32], 8);
        windows.sort();
        assert!(windows.share_a_part_with(b"--23456789abcdefgh--"));
        assert!(!windows.share_a_part_with(b"--3456789--"));
        assert!(!windows.share_a_part_with(&[0; 32]), "padding is not shared");
    }

    #[test]
    fn texts_are_read_as_hexadecimal_and_base_64() {
        let mut found: Vec<Vec<u8>> = Vec::new();
        let secret = [0xfb, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
        let hex = data_encoding::HEXLOWER.encode(&secret);
        let base64 = data_encoding::BASE64URL_NOPAD.encode(&secret);
        let text = format!("{{\"a\":\"mark_{hex}\",\"b\":\"{base64}\",\"c\":\"mauges-2026\"}}");
        written_values(&text, &["mauges-2026".to_owned()], |bytes| found.push(bytes.to_vec()));
        assert_eq!(found.iter().filter(|bytes| **bytes == secret).count(), 2);
        assert!(!found.contains(&b"mauges-2026".to_vec()));
    }
}
