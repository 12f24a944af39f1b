//! The numbers that are called in distress or danger. Wherever they stand in a questionnaire, pages make links of them, paper
//! prints them, and the lint of sensitive questions looks for them: by this one list.

use crate::calendar::begins_with_month;

/// A number to call, or to write to.
#[derive(Debug, PartialEq, Eq)]
pub struct HelpLine {
    /// As it is written, with no-break spaces.
    pub number: &'static str,
    /// The address that calls it. 114 takes text messages, from people who cannot speak or hear.
    pub address: &'static str,
}

const fn line(number: &'static str, address: &'static str) -> HelpLine {
    HelpLine { number, address }
}

/// French help lines and emergency numbers.
pub const HELP_LINES: [HelpLine; 15] = [
    line("15", "tel:15"),
    line("17", "tel:17"),
    line("18", "tel:18"),
    line("112", "tel:112"),
    line("114", "sms:114"),
    line("115", "tel:115"),
    line("119", "tel:119"),
    line("3018", "tel:3018"),
    line("3114", "tel:3114"),
    line("3919", "tel:3919"),
    line("3977", "tel:3977"),
    line("3989", "tel:3989"),
    line("116\u{a0}006", "tel:116006"),
    line("0\u{a0}980\u{a0}980\u{a0}930", "tel:0980980930"),
    line("0\u{a0}800\u{a0}23\u{a0}13\u{a0}13", "tel:0800231313"),
];

/// The help line that the word at `index` is, in a text that was cut at its spaces: after « le » or « au », and no day of a month.
pub fn help_line(words: &[&str], index: usize) -> Option<&'static HelpLine> {
    let article = words.get(index.checked_sub(1)?)?.rsplit('\n').next()?;
    let word = words.get(index)?;
    let number = word.trim_end_matches(['.', ',', ';', ':', '?', '!', ')', '\u{a0}', '\u{202f}', '\n']);
    let is_day = number.len() == word.len() && words.get(index + 1).is_some_and(|next| begins_with_month(next));
    let follows_article = matches!(article, "le" | "Le" | "au" | "Au");
    HELP_LINES.iter().find(|line| follows_article && !is_day && line.number == number)
}

/// Whether a text gives a number to call.
pub fn names_help_line(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    (0..words.len()).any(|index| help_line(&words, index).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_to_call_is_told_from_a_day_and_from_other_numbers() {
        for text in [
            "Appelez le 15.",
            "Vous pouvez passer.\n\nLe 3114 répond",
            "contactez le 114 par SMS",
            "au 116\u{a0}006",
            "le 15, le 17",
        ] {
            assert!(names_help_line(text), "{text}");
        }
        for text in ["jusqu’au 15 janvier 2027", "le 17\u{a0}mars", "ni 15 fois", "le 31141", "à 18 h", "Au 1er août"]
        {
            assert!(!names_help_line(text), "{text}");
        }
    }
}
