//! French typography, checked so that no resident reads a line that starts with a question mark.

/// How words begin whose capital is often left without its accent.
const UNACCENTED: [&str; 8] = ["Etes", "Etat", "Etre", "Etud", "Ecol", "Ecri", "Ecout", "Evit"];

/// The first thing in `text` that a French typographer would mend, with the fix; `None` when there is nothing.
///
/// Checked: straight apostrophes between letters, the no-break space before `: ; ? ! »` and after `«`, and the accent of a
/// capital that begins a word.
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
    unaccented_capital(text)
}

/// « A la retraite » for « À la retraite », « Etes-vous » for « Êtes-vous ».
fn unaccented_capital(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_followed = |index: usize| words.get(index + 1).is_some_and(|next| next.starts_with(char::is_lowercase));
    let is_bare = |(index, word): &(usize, &&str)| {
        (**word == "A" && is_followed(*index)) || UNACCENTED.iter().any(|start| word.starts_with(start))
    };
    let (_, word) = words.iter().enumerate().find(is_bare)?;
    Some(format!("« {word} » : mettez l’accent, aussi sur une majuscule"))
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn good_typography_passes() {
        for text in [
            "Où habitez-vous\u{a0}?",
            "L’accès\u{a0}: «\u{a0}oui\u{a0}»",
            "https://exemple.fr",
            "Vraiment\u{a0}?!",
            "Hépatite A",
            "Êtes-vous à l’aise",
        ] {
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
            ("A la retraite", "« A » : mettez l’accent"),
            ("Etes-vous d’accord", "« Etes-vous » : mettez l’accent"),
        ] {
            let message = fault(text).expect(text);
            assert!(message.contains(word), "{text}: {message}");
        }
    }
}
