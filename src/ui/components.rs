//! Small pieces that several pages share.

use maud::{Markup, PreEscaped, html};

/// Splits a text at its blank lines into paragraphs.
pub fn paragraphs(text: &str) -> Markup {
    html! {
        @for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
            p { (paragraph) }
        }
    }
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

/// The summary at the top of a form that came back: how many errors, and a link to each.
pub fn error_summary(errors: &[ErrorLink]) -> Markup {
    let title = match errors.len() {
        1 => "Une réponse est à corriger".to_owned(),
        count => format!("{count} réponses sont à corriger"),
    };
    html! {
        div.error-summary #erreurs role="alert" aria-labelledby="erreurs-titre" tabindex="-1" {
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
