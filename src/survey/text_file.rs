//! The text of a file that a person saved, in the two encodings that spreadsheets write in France: UTF-8, with or without its
//! mark, and Windows-1252. It must not know what the text is about.

use std::borrow::Cow;

/// The bytes of a text in UTF-8, without its mark, and whether they were written in Windows-1252.
///
/// A text in Windows-1252 is taken for one only if each of its letters is one that people here write. The accents of older
/// encodings (Mac OS, DOS) then give it away, and so does a text of which one part is in UTF-8: both are left as they are, for
/// the reader to say where they cannot be read.
pub(crate) fn decoded(bytes: &[u8]) -> (Cow<'_, [u8]>, bool) {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    if text.len() < bytes.len() || std::str::from_utf8(text).is_ok() {
        return (Cow::Borrowed(text), false);
    }
    match text.iter().map(|byte| windows_1252(*byte)).collect::<Option<String>>() {
        Some(text) => (Cow::Owned(text.into_bytes()), true),
        None => (Cow::Borrowed(text), false),
    }
}

/// What was to be read is a workbook, or a text in an encoding that nobody here writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ce n’est pas un fichier CSV en UTF-8 ; dans le tableur, choisissez « Enregistrer sous », puis « CSV UTF-8 »")]
pub struct NotText;

/// The text of a whole file.
///
/// # Errors
/// [`NotText`].
pub fn text_of(bytes: &[u8]) -> Result<String, NotText> {
    let text = String::from_utf8(decoded(bytes).0.into_owned()).map_err(|_| NotText)?;
    let is_text = |character: char| !character.is_control() || matches!(character, '\t' | '\n' | '\r');
    if text.chars().all(is_text) { Ok(text) } else { Err(NotText) }
}

/// The character of a byte, where it is one that a text in French has.
///
/// Source: <https://encoding.spec.whatwg.org/index-windows-1252.txt>
fn windows_1252(byte: u8) -> Option<char> {
    match byte {
        0x80 => Some('€'),
        0x85 => Some('…'),
        0x8c => Some('Œ'),
        0x91 => Some('‘'),
        0x92 => Some('’'),
        0x93 => Some('“'),
        0x94 => Some('”'),
        0x95 => Some('•'),
        0x96 => Some('–'),
        0x97 => Some('—'),
        0x9c => Some('œ'),
        0x9f => Some('Ÿ'),
        // « Ã » begins every accent of UTF-8, and no word here.
        0x81..=0x9e | 0xc3 => None,
        other if other.is_ascii_control() && !matches!(other, b'\t' | b'\n' | b'\r') => None,
        other => Some(char::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "L’été, « ça » coûte 5 € à Nœux…";

    fn read(bytes: &[u8]) -> (String, bool) {
        let (text, is_windows_1252) = decoded(bytes);
        (String::from_utf8_lossy(&text).into_owned(), is_windows_1252)
    }

    #[test]
    fn a_text_reads_the_same_in_both_encodings() {
        let windows = b"L\x92\xe9t\xe9, \xab \xe7a \xbb co\xfbte 5 \x80 \xe0 N\x9cux\x85";
        assert_eq!(read(windows), (TEXT.to_owned(), true));
        assert_eq!(read(TEXT.as_bytes()), (TEXT.to_owned(), false));
        assert_eq!(read(format!("\u{feff}{TEXT}").as_bytes()), (TEXT.to_owned(), false));
    }

    #[test]
    fn what_is_in_no_encoding_of_these_is_left_as_it_is() {
        let (mac_os, dos) = (b"ch\x8fre sant\x8e", b"ch\x8are sant\x82");
        let mixed = ["santé ".as_bytes(), b"sant\xe9"].concat();
        let marked = ["\u{feff}santé ".as_bytes(), b"sant\xe9"].concat();
        for bytes in [&mac_os[..], dos, &mixed, &marked, b"\xff\xfeo\0u\0i\0", b"PK\x03\x04\xe9"] {
            let (text, is_windows_1252) = decoded(bytes);
            assert!(!is_windows_1252 && std::str::from_utf8(&text).is_err(), "{bytes:?}");
            assert_eq!(text_of(bytes), Err(NotText));
        }
        assert_eq!(text_of(b"PK\x03\x04"), Err(NotText));
    }
}
