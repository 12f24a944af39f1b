//! Small pieces that several pages share.

use isoloir_survey::{HelpLine, help_line};
use isoloir_web::Reading;
use maud::{Markup, PreEscaped, html};

/// Splits a text at its blank lines into paragraphs ([`prose`]).
pub fn paragraphs(text: &str, reading: Reading) -> Markup {
    html! {
        @for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
            p { (prose(paragraph, reading)) }
        }
    }
}

/// A text in the lines in which it is read ([`Reading::lines`]), where help lines can be called ([`with_help_lines`]).
pub fn prose(text: &str, reading: Reading) -> Markup {
    let lines = reading.lines(text);
    html! {
        @if let [line] = lines.as_slice() {
            (with_help_lines(line))
        } @else {
            // The space is for whoever copies the text, or hears it.
            @for line in lines { span.line { (with_help_lines(line)) } " " }
        }
    }
}

/// The text, in which a help line after « le » or « au » is a link that calls it, and is never cut from its article.
pub fn with_help_lines(text: &str) -> Markup {
    let words: Vec<&str> = text.split(' ').collect();
    html! {
        @for (index, word) in words.iter().enumerate() {
            @if let Some(HelpLine { number, address }) = help_line(&words, index) {
                "\u{a0}" a href=(address) { (number) } (word[number.len()..])
            } @else {
                @if index > 0 { " " }
                // « Baugé-en-Anjou » and « avez-vous » are not cut at the end of a line, while they fit in one.
                @if is_compound(word) { span.whole { (word) } } @else { (word) }
            }
        }
    }
}

/// Whether a hyphen joins two parts of a word, as in « rendez-vous »; not in « 16-25 ».
fn is_compound(word: &str) -> bool {
    word.split_once('-')
        .is_some_and(|(before, after)| before.ends_with(char::is_alphabetic) && after.starts_with(char::is_alphabetic))
}

/// One entry of an error summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLink {
    /// Identifier of the element to go to, without `#`.
    pub target: String,
    /// Which question.
    pub label: String,
    /// What is wrong.
    pub message: String,
}

/// The summary at the top of a form that came back: how many errors, and a link to each. It takes the focus, so that the
/// keyboard and a screen reader start there also without a script.
pub fn error_summary(errors: &[ErrorLink], reading: Reading) -> Markup {
    let title = match (errors.len(), reading) {
        (1, Reading::Usual) => "Une réponse est à corriger".to_owned(),
        (count, Reading::Usual) => format!("{count} réponses sont à corriger"),
        (1, Reading::Easy) => "Il faut changer 1 réponse".to_owned(),
        (count, Reading::Easy) => format!("Il faut changer {count} réponses"),
    };
    html! {
        div.error-summary #erreurs role="alert" aria-labelledby="erreurs-titre" tabindex="-1" autofocus {
            h2 #erreurs-titre { (title) }
            ul {
                @for error in errors {
                    li { a href={ "#" (error.target) } { (error.label) } " – " (error.message) }
                }
            }
        }
    }
}

/// Data for a script, where the browser does not run it. `</script>` cannot end it early: `<` is written as an escape.
pub fn json_island(id: &str, json: &str) -> Markup {
    let safe = json.replace('<', "\\u003c");
    html! { script type="application/json" id=(id) { (PreEscaped(safe)) } }
}

/// A drawing made by our own charts, inside a page.
pub fn figure_svg(svg: &str) -> Markup {
    html! { (PreEscaped(svg)) }
}

#[cfg(test)]
mod tests {
    use isoloir_survey::HELP_LINES;

    use super::with_help_lines;

    #[test]
    fn a_help_line_can_be_called_and_other_numbers_are_left_alone() {
        assert_eq!(
            with_help_lines("Appelez le 15. Le 3114 répond 24\u{a0}h/24, pas le 16 ni 15 fois.").into_string(),
            "Appelez le\u{a0}<a href=\"tel:15\">15</a>. Le\u{a0}<a href=\"tel:3114\">3114</a> répond 24\u{a0}h/24, pas le 16 ni \
             15 fois."
        );
        assert_eq!(
            with_help_lines("Alcool info service au 0\u{a0}980\u{a0}980\u{a0}930, tous les jours.").into_string(),
            "Alcool info service au\u{a0}<a href=\"tel:0980980930\">0\u{a0}980\u{a0}980\u{a0}930</a>, tous les jours."
        );
        for line in HELP_LINES {
            let link = format!("Le\u{a0}<a href=\"{}\">{}</a>.", line.address, line.number);
            assert_eq!(with_help_lines(&format!("Le {}.", line.number)).into_string(), link);
        }
        assert_eq!(with_help_lines("Jusqu’au 3, puis le 15 mai").into_string(), "Jusqu’au 3, puis le 15 mai", "a day");
        assert_eq!(
            with_help_lines("Les 16-25 ans d’Orée-en-Anjou.").into_string(),
            "Les 16-25 ans <span class=\"whole\">d’Orée-en-Anjou.</span>"
        );
    }
}
