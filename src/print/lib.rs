//! Printed matter as PDF: a letter per invitation code, a poster for surveys that are open to all, and the questionnaire on
//! paper.
//!
//! This crate is given texts and returns bytes. It draws no code, knows no database, and reads no clock: the same letters
//! make the same file. A letter holds nothing that tells one household from another but its code.
//!
//! | file | holds |
//! | --- | --- |
//! | `letter.rs`, `poster.rs` | what stands where |
//! | `paper.rs`, `paper_question.rs`, `paper_matrix.rs` | the questionnaire: its pages, its questions |
//! | `flow.rs` | where the questionnaire's pages end |
//! | `wording.rs`, `paper_words.rs` | the sentences |
//! | `column.rs`, `control.rs`, `code.rs` | texts set in columns, the frame of the words, the code |
//! | `text.rs`, `qr.rs` | texts shaped and broken into lines; QR codes as outlines |
//! | `sheet.rs`, `booklet.rs` | a sheet, and its printings in a tagged PDF (PDF/UA-1) |
//!
//! ```
//! use isoloir_print::{Letter, Survey, letters};
//!
//! let survey = Survey {
//!     title: "La santé dans les Mauges : donnez votre avis".to_owned(),
//!     organiser: "Mauges Communauté".to_owned(),
//!     territory_name: "des Mauges".to_owned(),
//!     minutes: 9,
//!     has_easy_text: true,
//!     minimum_age: Some(16),
//!     closes: Some("31 janvier 2027".to_owned()),
//!     phone: "02 41 71 77 00".to_owned(),
//!     email: None,
//!     short_link: "sante.exemple.fr/s/mauges-2026".to_owned(),
//!     key_words: ["abaisser"; 8],
//! };
//! let code = "7K3M-9QZT-4H2X-B";
//! let letter = Letter { code: code.to_owned(), link: format!("https://sante.exemple.fr/s/mauges-2026#c={code}") };
//! let pdf = letters(&survey, [letter].into_iter(), |_pages| {})?;
//! assert!(pdf.starts_with(b"%PDF-1.7"));
//! # Ok::<(), isoloir_print::PrintError>(())
//! ```

mod booklet;
mod code;
mod column;
mod control;
mod error;
mod flow;
mod letter;
mod paper;
mod paper_matrix;
mod paper_question;
#[cfg(test)]
mod paper_tests;
mod paper_words;
mod poster;
mod qr;
mod sheet;
mod text;
mod wording;

use std::collections::HashMap;

pub use error::PrintError;
pub use paper::{Paper, questionnaire};

use booklet::Booklet;
use code::Code;
use qr::Qr;
use text::Fonts;

/// What is the same on every letter of a survey. All texts are in French and already typographically correct.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Title of the survey; at most two lines of a letter.
    pub title: String,
    /// Who asks, and who is responsible for the answers, as it follows "menée par": "Mauges Communauté", "la communauté
    /// de communes Baugeois-Vallée". Where it stands alone, it gets a capital.
    pub organiser: String,
    /// Name of the territory as it follows "du territoire": "des Mauges", "de Laval"; or empty.
    pub territory_name: String,
    /// How long answering takes.
    pub minutes: u8,
    /// Whether the questionnaire can also be read in easy French.
    pub has_easy_text: bool,
    /// The age from which one may answer, where not everybody may.
    pub minimum_age: Option<u8>,
    /// The last day to answer: "31 janvier 2027".
    pub closes: Option<String>,
    /// Number to call for help, for paper, or to answer aloud.
    pub phone: String,
    /// Address to write to for the same.
    pub email: Option<String>,
    /// The address to type, without its scheme: "sante.exemple.fr/s/mauges-2026".
    pub short_link: String,
    /// The fingerprint of the survey's public key, in words that the page shows too.
    pub key_words: [&'static str; 8],
}

/// What is on one letter only.
#[derive(Clone)]
pub struct Letter {
    /// The invitation code as it is printed: "7K3M-9QZT-4H2X-B".
    pub code: String,
    /// The whole link, with its fragment, for the QR code.
    pub link: String,
}

/// One page of A4 per letter, in their order, as one PDF. `on_page` is told how many pages are ready after each of them.
///
/// All is held in memory, about 8 kB a letter.
///
/// # Errors
/// [`PrintError`]: no letter, a code on two letters, or a text that does not fit.
pub fn letters(
    survey: &Survey,
    letters: impl ExactSizeIterator<Item = Letter>,
    mut on_page: impl FnMut(usize),
) -> Result<Vec<u8>, PrintError> {
    let count = letters.len();
    if count == 0 {
        return Err(PrintError::NoLetters);
    }
    let fonts = Fonts::load();
    let sheet = letter::sheet(&fonts, survey)?;
    let mut booklet = Booklet::new(&fonts, &sheet, wording::QR_ALT);
    let mut pages = HashMap::with_capacity(count);
    for (page, Letter { code, link }) in (1..).zip(letters) {
        let printed = Code::new(&fonts, &code, letter::CODE_WIDTH)?;
        if let Some(first) = pages.insert(code, page) {
            return Err(PrintError::SharedCode { first, second: page });
        }
        booklet.page(&Qr::new(&link)?, Some(printed));
        on_page(page);
    }
    booklet.finish(survey)
}

/// A poster of one page of A4, for a survey that is open to all.
///
/// # Errors
/// [`PrintError`]: a text or the link is too long.
pub fn poster(survey: &Survey, link: &str) -> Result<Vec<u8>, PrintError> {
    let fonts = Fonts::load();
    let sheet = poster::sheet(&fonts, survey)?;
    let mut booklet = Booklet::new(&fonts, &sheet, wording::POSTER_QR_ALT);
    booklet.page(&Qr::new(link)?, None);
    booklet.finish(survey)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn survey() -> Survey {
        Survey {
            title: "La santé dans les Mauges\u{a0}: donnez votre avis".to_owned(),
            organiser: "Mauges Communauté".to_owned(),
            territory_name: "des Mauges".to_owned(),
            minutes: 9,
            has_easy_text: true,
            minimum_age: Some(16),
            closes: Some("31 janvier 2027".to_owned()),
            phone: "02 41 71 77 00".to_owned(),
            email: Some("solidarites-sante@maugescommunaute.fr".to_owned()),
            short_link: "sante.exemple.fr/s/mauges-2026".to_owned(),
            key_words: ["subvenir", "janvier", "ardeur", "cirque", "problème", "allouer", "franchir", "imbiber"],
        }
    }

    fn letter(code: &str) -> Letter {
        let fingerprint = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
        let link = format!("https://sante.exemple.fr/s/mauges-2026#k={fingerprint}&c={code}");
        Letter { code: code.to_owned(), link }
    }

    fn print(codes: &[&str]) -> Result<Vec<u8>, PrintError> {
        letters(&survey(), codes.iter().map(|code| letter(code)), |_| {})
    }

    /// Dictionaries are written as they are; only streams are compressed.
    fn count(pdf: &[u8], text: &str) -> usize {
        pdf.windows(text.len()).filter(|window| *window == text.as_bytes()).count()
    }

    #[test]
    fn each_letter_is_one_page_and_is_announced_when_ready() {
        let codes = ["7K3M-9QZT-4H2X-B", "1111-1111-1111-1", "WWWW-1111-WWWW-1"];
        let mut ready = Vec::new();
        let pdf =
            letters(&survey(), codes.iter().map(|code| letter(code)), |pages| ready.push(pages)).expect("letters");
        assert_eq!(count(&pdf, "/Type/Page/"), 3);
        assert_eq!(ready, [1, 2, 3]);
        let poster = poster(&survey(), "https://sante.exemple.fr/s/mauges-2026").expect("a poster");
        assert_eq!(count(&poster, "/Type/Page/"), 1);
    }

    #[test]
    fn the_same_letters_make_the_same_file_and_another_code_another() {
        let pdf = print(&["7K3M-9QZT-4H2X-B"]).expect("a letter");
        assert_eq!(pdf, print(&["7K3M-9QZT-4H2X-B"]).expect("a letter"));
        assert_ne!(pdf, print(&["7K3M-9QZT-4H2X-C"]).expect("a letter"));
        assert_eq!(count(&pdf, "CreationDate") + count(&pdf, "ModDate") + count(&pdf, "xmp:CreateDate"), 0);
    }

    #[test]
    fn two_letters_never_share_a_code() {
        let error = print(&["7K3M-9QZT-4H2X-B", "1111-1111-1111-1", "7K3M-9QZT-4H2X-B"]).expect_err("a shared code");
        assert_eq!(error, PrintError::SharedCode { first: 1, second: 3 });
        assert!(!error.to_string().contains("7K3M"));
        assert_eq!(print(&[]), Err(PrintError::NoLetters));
    }

    #[test]
    fn the_file_says_its_language_and_what_is_a_heading_or_a_figure() {
        let pdf = print(&["7K3M-9QZT-4H2X-B", "1111-1111-1111-1"]).expect("two letters");
        assert_eq!(count(&pdf, "/Lang(fr)"), 1);
        assert_eq!(count(&pdf, "/S/H1"), 2);
        assert_eq!(count(&pdf, "/S/Figure"), 2);
        assert_eq!(count(&pdf, "/S/LI/"), 8);
        // The fonts are in the file once, and none of their texts per letter.
        assert_eq!(count(&pdf, "/FontFile2"), 2);
    }

    #[test]
    fn a_text_that_cannot_be_printed_is_refused_with_its_name() {
        let refused = |change: fn(&mut Survey)| {
            let mut survey = survey();
            change(&mut survey);
            let letter = letters(&survey, [letter("7K3M-9QZT-4H2X-B")].into_iter(), |_| {}).expect_err("a letter");
            (letter.to_string(), poster(&survey, "https://a.fr").expect_err("a poster").to_string())
        };
        let (letter, poster) = refused(|survey| survey.title = "Santé 健康".to_owned());
        assert_eq!(letter, "le titre : le caractère « 健 » ne peut pas être imprimé ; remplacez-le");
        assert_eq!(poster, letter);
        let (letter, poster) = refused(|survey| survey.title = "La santé dans les Mauges ".repeat(30));
        assert!(
            letter.starts_with("le titre, l’organisateur et le territoire : le texte est trop long de "),
            "{letter}"
        );
        assert!(poster.starts_with("le titre et le territoire : le texte est trop long de "), "{poster}");
    }
}
