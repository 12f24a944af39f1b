//! French typography for the texts that the program itself writes.

/// Puts no-break spaces where French wants them, so that sources can be written with plain ones: before `: ; ? ! »` and
/// after `«`.
///
/// ```
/// assert_eq!(isoloir_web::french("Prêt ? « Oui » !"), "Prêt\u{a0}? «\u{a0}Oui\u{a0}»\u{a0}!");
/// ```
pub fn french(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let before_punctuation = matches!(characters.peek(), Some(':' | ';' | '?' | '!' | '»'));
        if character == ' ' && (before_punctuation || out.ends_with('«')) {
            out.push('\u{a0}');
        } else {
            out.push(character);
        }
    }
    out
}
