//! Invitation codes: 60 bits in Crockford's base 32 with his check symbol, easy to read aloud and to type.

use std::fmt;

use rand::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Crockford's alphabet: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS: usize = 12;
const GROUP: usize = 4;
/// The check symbol is the code modulo 37, the smallest prime above 32.
const CHECK_MODULUS: u64 = 37;

/// A text that is no invitation code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCode {
    /// Not 13 letters and digits.
    #[error("a code has 13 letters and digits")]
    Shape,
    /// A letter was mistyped, or two were swapped.
    #[error("the check symbol does not match")]
    Check,
}

/// An invitation code. It is wiped from memory when dropped, and printed only on purpose.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct InvitationCode(u64);

impl InvitationCode {
    /// Draws a code whose check symbol is a letter or a digit: Crockford's five others (`*~$=U`) are hard to find on a
    /// telephone's keyboard. This costs a fifth of a bit.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        loop {
            let bits = rng.next_u64() >> 4;
            if bits % CHECK_MODULUS < 32 {
                return Self(bits);
            }
        }
    }

    /// Reads a code as people type it: any case, with or without dashes and spaces, O for 0, I or L for 1.
    ///
    /// # Errors
    /// [`InvalidCode`].
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        let mut values = Vec::with_capacity(SYMBOLS + 1);
        for character in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '—' | '.')) {
            let character = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let value = ALPHABET.iter().position(|symbol| char::from(*symbol) == character);
            values.push(value.and_then(|value| u64::try_from(value).ok()).ok_or(InvalidCode::Shape)?);
        }
        let [symbols @ .., check] = &values[..] else { return Err(InvalidCode::Shape) };
        if symbols.len() != SYMBOLS {
            return Err(InvalidCode::Shape);
        }
        let bits = symbols.iter().fold(0, |bits, value| (bits << 5) | value);
        if bits % CHECK_MODULUS == *check { Ok(Self(bits)) } else { Err(InvalidCode::Check) }
    }

    /// The code as it is printed: `7K3M-9QZT-4H2X-B`. This is the only way to read one.
    pub fn reveal(&self) -> String {
        let symbol = |value: u64| char::from(ALPHABET[usize::try_from(value & 31).expect("below 32")]);
        let mut text = String::with_capacity(SYMBOLS + 4);
        for index in 0..SYMBOLS {
            if index > 0 && index % GROUP == 0 {
                text.push('-');
            }
            text.push(symbol(self.0 >> (5 * (SYMBOLS - 1 - index))));
        }
        text.push('-');
        text.push(symbol(self.0 % CHECK_MODULUS));
        text
    }

    /// What is stored: the keyed hash of the code, with the survey that it opens.
    pub(crate) fn mac(&self, key: &[u8; 32], survey: &str) -> [u8; 32] {
        blake3::Hasher::new_keyed(key).update(&self.0.to_be_bytes()).update(survey.as_bytes()).finalize().into()
    }
}

impl fmt::Debug for InvitationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationCode(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for _ in 0..200 {
            let code = InvitationCode::generate(&mut rand::rng());
            let printed = code.reveal();
            assert_eq!(printed.len(), 16, "{printed}");
            for typed in [
                printed.clone(),
                printed.to_lowercase(),
                printed.replace('-', " "),
                format!(" {} ", printed.replace('-', "").replace('0', "o").replace('1', "l")),
            ] {
                assert_eq!(InvitationCode::parse(&typed), Ok(code.clone()), "{typed}");
            }
        }
    }

    #[test]
    fn a_mistyped_code_is_told_from_an_unknown_one() {
        let code = InvitationCode(0x0123_4567_89ab_cdef >> 4);
        let printed = code.reveal().replace('-', "");
        for position in 0..SYMBOLS {
            let mut typed: Vec<u8> = printed.bytes().collect();
            typed[position] = if typed[position] == b'7' { b'8' } else { b'7' };
            let typed = String::from_utf8(typed).expect("ASCII");
            assert_eq!(InvitationCode::parse(&typed), Err(InvalidCode::Check), "{typed}");
        }
        for bad in ["", "7K3M", "7K3M-9QZT-4H2X-B-B", "é", "7K3M-9QZT-4H2X-!"] {
            assert_eq!(InvitationCode::parse(bad), Err(InvalidCode::Shape), "{bad}");
        }
    }

    #[test]
    fn a_code_is_not_printed_by_mistake() {
        let code = InvitationCode::generate(&mut rand::rng());
        assert_eq!(format!("{code:?}"), "InvitationCode(redacted)");
    }
}
