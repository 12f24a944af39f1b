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
}

fn window(bytes: &[u8]) -> Option<u64> {
    let bytes: &[u8; WINDOW] = bytes.first_chunk()?;
    let mut sorted = *bytes;
    sorted.sort_unstable();
    let different = 1 + sorted.windows(2).filter(|pair| pair[0] != pair[1]).count();
    (different >= DIFFERENT_BYTES).then(|| u64::from_be_bytes(*bytes))
}

impl Windows {
    /// Keeps the windows of a value that begin at every `step`-th byte. With steps of one, any shared part of eight bytes
    /// is found; with steps of eight, any of fifteen, in an eighth of the memory.
    pub(crate) fn add(&mut self, value: &[u8], step: usize) {
        let starts = (0..value.len().saturating_sub(WINDOW - 1)).step_by(step);
        self.values.extend(starts.filter_map(|start| window(&value[start..])));
        self.sorted = false;
    }

    pub(crate) fn sort(&mut self) {
        self.values.sort_unstable();
        self.values.dedup();
        self.sorted = true;
    }

    /// Whether a part of the value is among them, wherever it begins.
    pub(crate) fn share_a_part_with(&self, value: &[u8]) -> bool {
        debug_assert!(self.sorted, "sorted before the search");
        (0..value.len().saturating_sub(WINDOW - 1))
            .filter_map(|start| window(&value[start..]))
            .any(|part| self.values.binary_search(&part).is_ok())
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
