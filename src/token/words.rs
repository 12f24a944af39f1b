//! Words that name a key, for people to compare the letter with the page.

use std::sync::LazyLock;

use bip39::Language;

/// Eight words of 11 bits are 88 bits: too many for a forger to find another key of the same words.
const WORDS: usize = 8;
const BITS: usize = 11;

/// The list spells é and è as two characters each, as BIP-39 wants to hash them. Fonts and eyes prefer one.
static LIST: LazyLock<Vec<String>> = LazyLock::new(|| {
    let composed = |word: &&str| word.replace("e\u{301}", "é").replace("e\u{300}", "è");
    Language::French.word_list().iter().map(composed).collect()
});

/// Eight French words that name a key: the first 88 bits of its SHA-256 fingerprint, 11 bits a word, the most significant
/// first, in the French list of [BIP-39](https://github.com/bitcoin/bips/blob/master/bip-0039/french.txt).
///
/// They are no mnemonic: there is no checksum, and nothing can be found back from them.
///
/// ```
/// let words = isoloir_token::words::fingerprint_words(&[0; 32]);
/// assert_eq!(words, ["abaisser"; 8]);
/// ```
pub fn fingerprint_words(key_fingerprint: &[u8; 32]) -> [&'static str; WORDS] {
    std::array::from_fn(|word| {
        let index = (word * BITS..(word + 1) * BITS)
            .fold(0, |index, bit| (index << 1) | usize::from(key_fingerprint[bit / 8] >> (7 - bit % 8) & 1));
        LIST[index].as_str()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// SHA-256 of the empty text, the best known of all fingerprints.
    const EMPTY: [u8; 32] = [
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae,
        0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ];

    #[test]
    fn the_words_of_a_key_never_change() {
        let words = ["subvenir", "janvier", "ardeur", "cirque", "problème", "allouer", "franchir", "imbiber"];
        assert_eq!(fingerprint_words(&EMPTY), words);
        assert_eq!(fingerprint_words(&[0xff; 32]), ["zoologie"; 8]);
    }

    #[test]
    fn one_bit_of_the_first_88_changes_one_word() {
        let words = fingerprint_words(&EMPTY);
        for bit in 0..256 {
            let mut other = EMPTY;
            other[bit / 8] ^= 0x80 >> (bit % 8);
            let changed: Vec<usize> = (0..WORDS).filter(|&i| fingerprint_words(&other)[i] != words[i]).collect();
            assert_eq!(changed, if bit < 88 { vec![bit / 11] } else { Vec::new() }, "bit {bit}");
        }
    }

    #[test]
    fn the_list_has_2048_different_words_in_composed_characters() {
        assert_eq!(LIST.iter().collect::<HashSet<_>>().len(), 2048);
        assert!(LIST.iter().flat_map(|word| word.chars()).all(|c| c.is_ascii_lowercase() || matches!(c, 'é' | 'è')));
    }
}
