//! Lints on what is read: sentences that should be easy, and the time that reading and answering takes.

use crate::calendar::{french_date, named_days};
use crate::lint::{Warning, raw_questions};
use crate::model::{Content, Kind, Question};
use crate::yaml::{RawQuestion, RawQuestionnaire, RawText};

/// Words in a sentence that is easy to read, from the European rules of « facile à lire et à comprendre ».
const MAX_EASY_WORDS: usize = 12;

/// Words that an adult reads silently in a minute, in French: Brysbaert, Journal of Memory and Language, 2019, gives 238 in
/// English; instructions are read more slowly than stories.
const WORDS_PER_MINUTE: usize = 200;

/// How far the announced time may be from the estimate before it misleads; a minute never does.
const TOLERANCE_PERCENT: usize = 30;

/// Sentences of the easy version that are too long.
pub(crate) fn long_sentences(raw: &RawQuestionnaire) -> Vec<Warning> {
    let texts = texts_around(raw).into_iter().chain(raw_questions(raw).flat_map(texts_of));
    let easy = texts.filter_map(|text| text.value.get("fr-FALC"));
    easy.flat_map(|text| {
        let long = sentences(&text.value).filter(|sentence| words(sentence) > MAX_EASY_WORDS);
        long.map(|sentence| {
            let message = format!("cette phrase a {} mots : « {} »", words(sentence), sentence.trim());
            let fix = format!("coupez-la : {MAX_EASY_WORDS} mots au plus, une idée par phrase");
            Warning::new("falc-phrase-longue", text.at, message, fix)
        })
    })
    .collect()
}

/// What is read around the questions.
fn texts_around(raw: &RawQuestionnaire) -> Vec<&RawText> {
    let mut texts: Vec<&RawText> = vec![&raw.title, &raw.organiser, &raw.welcome, &raw.thanks];
    texts.extend(&raw.welcome_paper);
    texts.extend(raw.axes.iter().flat_map(|axis| [&axis.title, &axis.summary]));
    texts.extend(raw.pages.iter().flat_map(|page| std::iter::once(&page.title).chain(&page.intro)));
    texts
}

fn texts_of(question: &RawQuestion) -> Vec<&RawText> {
    let RawQuestion { text, short, hint, low, high, missing, .. } = question;
    let mut texts: Vec<&RawText> = vec![text];
    texts.extend([short, hint, low, high, missing].into_iter().flatten());
    texts.extend(question.choices.iter().flatten().map(|choice| &choice.label));
    texts.extend(question.rows.iter().flatten().flat_map(|row| std::iter::once(&row.label).chain(&row.short)));
    texts.extend(question.levels.iter().flatten().map(|level| &level.label));
    texts
}

/// Words for women and men squeezed into one, of which a voice makes « seul parenthèse e ». The locked words of an instrument
/// are as they were published.
pub(crate) fn squeezed_genders(raw: &RawQuestionnaire) -> Vec<Warning> {
    let ours = raw_questions(raw).filter(|question| question.instrument.is_none()).flat_map(texts_of);
    let texts = texts_around(raw).into_iter().chain(ours).flat_map(|text| text.value.values());
    let found = texts.filter_map(|text| Some((text.at, text.value.split_whitespace().find(|word| is_squeezed(word))?)));
    found
        .map(|(at, word)| {
            let message = format!("« {word} » se lit mal à voix haute");
            let fix = "écrivez les deux mots, par exemple « seul ou seule », ou tournez la phrase autrement";
            Warning::new("mot-abrege", at, message, fix)
        })
        .collect()
}

/// « seul(e) », « seul·e » or « seul.e », but neither « (seule) » nor « ameli.fr ».
fn is_squeezed(word: &str) -> bool {
    let follows_a_letter =
        |mark: char| word.char_indices().any(|(index, c)| c == mark && word[..index].ends_with(char::is_alphabetic));
    let end = word.trim_end_matches(|c: char| !c.is_alphabetic());
    follows_a_letter('(') || follows_a_letter('·') || [".e", ".es", ".s"].iter().any(|tail| end.ends_with(tail))
}

/// A full stop between two digits ends no sentence, nor does one inside a word.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let ends = |(index, end): (usize, char)| {
            let after = rest[index + end.len_utf8()..].chars().next();
            let is_end = end == '\n'
                || (matches!(end, '.' | '!' | '?' | '…' | ':' | ';') && after.is_none_or(char::is_whitespace));
            is_end.then_some(index + end.len_utf8())
        };
        let end = rest.char_indices().find_map(ends).unwrap_or(rest.len());
        let (sentence, after) = rest.split_at(end);
        rest = after;
        Some(sentence)
    })
}

/// « l’accès » is read as one word; punctuation alone is none.
fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

/// Compares the time that is announced with an estimate.
pub(crate) fn announced_time(raw: &RawQuestionnaire, content: &Content) -> Option<Warning> {
    let estimate = estimated_seconds(content).div_ceil(60).max(1);
    let announced = usize::from(content.minutes);
    let apart = announced.abs_diff(estimate);
    let is_far = apart > 1 && apart * 100 > estimate.max(announced) * TOLERANCE_PERCENT;
    is_far.then(|| {
        let message = format!("durée annoncée : {announced} min ; il en faut sans doute {estimate}");
        let fix = "chronométrez trois personnes, puis corrigez « minutes » ou enlevez des questions";
        Warning::new("duree-annoncee", raw.minutes.at, message, fix)
    })
}

/// Seconds that a respondent takes: to read everything, and to answer what they are shown. A conditional question counts
/// half, as if half of the respondents saw it.
fn estimated_seconds(content: &Content) -> usize {
    let around = words(content.welcome.fr()) + content.pages.iter().map(|page| words(page.title.fr())).sum::<usize>();
    let each = |question: &Question| {
        let seconds = reading_seconds(question) + answering_seconds(question);
        if question.show_if.is_some() { seconds / 2 } else { seconds }
    };
    around * 60 / WORDS_PER_MINUTE + content.questions().map(each).sum::<usize>()
}

fn reading_seconds(question: &Question) -> usize {
    // The choices of a matrix are read once and the communes are searched, not read. How not to answer is said in the same
    // words everywhere: it is recognised.
    let is_long_list = question.choices().len() > 20;
    let choices = if question.row_of.is_some() || is_long_list { &[][..] } else { question.choices() };
    let labels: usize = choices.iter().filter(|choice| !choice.missing).map(|choice| words(choice.label.fr())).sum();
    let hint = question.hint.as_ref().map_or(0, |hint| words(hint.fr()));
    (words(question.text.fr()) + hint + labels) * 60 / WORDS_PER_MINUTE
}

fn answering_seconds(question: &Question) -> usize {
    match &question.kind {
        Kind::Single { .. } | Kind::Scale { .. } => 3,
        Kind::Multiple { .. } | Kind::Integer { .. } => 5,
        Kind::RankTop { ranks, .. } => 6 * usize::from(*ranks),
        Kind::TextLong { one_line: true, .. } => 10,
        Kind::TextLong { .. } => 30,
        Kind::Matrix | Kind::Score { .. } | Kind::Note => 0,
    }
}

/// Days that the welcome or the thanks name and that are neither the first nor the last. Everything else that residents read,
/// letters and posters included, takes the days from `opens` and `closes`.
pub(crate) fn other_days(raw: &RawQuestionnaire, content: &Content) -> Vec<Warning> {
    let known: Vec<String> = [content.opens, content.closes].into_iter().flatten().map(french_date).collect();
    let texts = [&raw.welcome, &raw.thanks].into_iter().chain(&raw.welcome_paper).flat_map(|text| text.value.values());
    let others = texts.flat_map(|text| named_days(&text.value).map(|day| (text.at, day)));
    others
        .filter(|(_, day)| !known.contains(day))
        .map(|(at, day)| {
            let last = content.closes.map_or("n’a pas de dernier jour".to_owned(), |closes| {
                format!("se termine le {}", french_date(closes))
            });
            let message = format!("ce texte parle du {day}, et l’enquête {last}");
            let fix = "corrigez le texte, ou « closes » : les pages, les lettres et les affiches montrent « closes »";
            Warning::new("autre-jour", at, message, fix)
        })
        .collect()
}

/// Numbers that the regulator keeps for fiction (ARCEP, decision 2012-0855): nobody answers.
const NOBODYS: [&str; 6] = ["019900", "026191", "035301", "046571", "053649", "063998"];

/// A telephone number that stands in for one that is not known yet. Letters and posters carry it.
pub(crate) fn made_up_phone(raw: &RawQuestionnaire) -> Option<Warning> {
    let phone = &raw.contact.phone;
    let digits: String = phone.value.chars().filter(char::is_ascii_digit).collect();
    let national = digits.strip_prefix("33").map_or(digits.clone(), |rest| format!("0{rest}"));
    let is_repeated =
        national.len() >= 8 && national.get(2..).is_some_and(|rest| rest.chars().all(|c| rest.starts_with(c)));
    let is_made_up = is_repeated || national == "0123456789" || NOBODYS.iter().any(|start| national.starts_with(start));
    is_made_up.then(|| {
        let message = format!("« {} » n’est le numéro de personne", phone.value);
        let fix =
            "écrivez le numéro où les habitants peuvent appeler : les lettres, les affiches et les pages le portent";
        Warning::new("telephone-exemple", phone.at, message, fix)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_a_reader_breathes() {
        let found: Vec<&str> =
            sentences("Appelez le 15. C’est gratuit\u{a0}! Le 3.14 aussi\nFin").map(str::trim).collect();
        assert_eq!(found, ["Appelez le 15.", "C’est gratuit\u{a0}!", "Le 3.14 aussi", "Fin"]);
        assert_eq!(words("Où habitez-vous, l’été\u{a0}?"), 3);
    }

    #[test]
    fn two_words_squeezed_into_one_are_told_from_parentheses_and_addresses() {
        for word in ["seul(e)", "enfant(s),", "habitant·es", "informé.e", "étudiant.e.s."] {
            assert!(is_squeezed(word), "{word}");
        }
        for word in ["(seule)", "ameli.fr", "Fin.", "3.14", "etc."] {
            assert!(!is_squeezed(word), "{word}");
        }
    }
}
