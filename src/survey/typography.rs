//! French typography, checked so that no resident reads a line that starts with a question mark.

/// The first thing in `text` that a French typographer would mend, with the fix; `None` when there is nothing.
///
/// Checked: straight apostrophes between letters, and the no-break space before `: ; ? ! »` and after `«`.
pub(crate) fn fault(text: &str) -> Option<String> {
    let characters: Vec<char> = text.chars().collect();
    for (index, &character) in characters.iter().enumerate() {
        let before = index.checked_sub(1).map(|i| characters[i]);
        let after = characters.get(index + 1).copied();
        let excerpt = || {
            let from = index.saturating_sub(12);
            characters[from..(index + 2).min(characters.len())].iter().collect::<String>()
        };
        if character == '\'' {
            return Some(format!("« …{} » : remplacez l’apostrophe droite ' par ’", excerpt()));
        }
        // A colon, question mark… inside a word (a URL, a time) is not punctuation: it is followed by no space.
        let ends_a_word = after.is_none_or(|c| c.is_whitespace() || matches!(c, '»' | ')' | '”' | '!' | '?' | '.'));
        let needs_space = match character {
            '?' | '!' | ':' | ';' => ends_a_word && !matches!(before, Some('?' | '!' | '(' | '…')),
            '»' => true,
            _ => false,
        };
        if needs_space && !matches!(before, None | Some('\u{a0}' | '\u{202f}')) {
            return Some(format!("« …{} » : mettez une espace insécable avant « {character} »", excerpt()));
        }
        if character == '«' && !matches!(after, Some('\u{a0}' | '\u{202f}')) {
            return Some(format!("« …{} » : mettez une espace insécable après « « »", excerpt()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn good_typography_passes() {
        for text in
            ["Où habitez-vous\u{a0}?", "L’accès\u{a0}: «\u{a0}oui\u{a0}»", "https://exemple.fr", "Vraiment\u{a0}?!"]
        {
            assert_eq!(fault(text), None, "{text}");
        }
    }

    #[test]
    fn each_fault_is_named() {
        for (text, word) in [
            ("L'accès", "apostrophe"),
            ("Pourquoi ?", "avant « ? »"),
            ("Pourquoi?", "avant « ? »"),
            ("Motif : le coût", "avant « : »"),
            ("« oui\u{a0}»", "après « « »"),
            ("«\u{a0}oui »", "avant « » »"),
        ] {
            let message = fault(text).expect(text);
            assert!(message.contains(word), "{text}: {message}");
        }
    }
}
