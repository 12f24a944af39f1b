//! Every sentence that is printed, in plain French. A space that must not be broken is U+00A0.

use crate::Survey;
use crate::text::{BREAK, Piece, bold, plain};

pub(crate) const RECIPIENT: &str = "Aux habitantes et habitants";
pub(crate) const ENVELOPE: &str = "Enquête santé – courrier personnel, à\u{a0}ne\u{a0}pas transmettre";

pub(crate) const BY_TELEPHONE: &str = "Avec un téléphone";
pub(crate) const BY_COMPUTER: &str = "Avec un ordinateur ou une tablette";
pub(crate) const TYPE_LINK: &str = "Tapez cette adresse\u{a0}:";
pub(crate) const TYPE_CODE: &str = "À la fin, votre code\u{a0}:";
pub(crate) const HELP: &str = "Sans internet\u{a0}?";
pub(crate) const WORDS: &str = "Les mots de contrôle de cette enquête";
pub(crate) const PRIVACY: &str = "Vos réponses restent anonymes";

pub(crate) const POSTER_LINK: &str = "Sur ordinateur ou tablette, tapez\u{a0}:";

const EASY_TEXT: &str = " Le questionnaire existe aussi en français facile à lire.";

pub(crate) const QR_ALT: &str = "QR code\u{a0}: le lien vers l’enquête, avec votre code.";
pub(crate) const POSTER_QR_ALT: &str = "QR code\u{a0}: le lien vers l’enquête.";

/// The organiser where no sentence leads to it: "La communauté de communes".
pub(crate) fn organiser(survey: &Survey) -> String {
    let mut characters = survey.organiser.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// "du territoire des Mauges", or "de votre territoire".
pub(crate) fn of_territory(survey: &Survey) -> String {
    match survey.territory_name.trim() {
        "" => "de votre territoire".to_owned(),
        name => format!("du territoire {name}"),
    }
}

pub(crate) fn minutes(survey: &Survey) -> String {
    format!("{}\u{a0}minute{}", survey.minutes, if survey.minutes > 1 { "s" } else { "" })
}

fn years(age: u8) -> String {
    format!("{age}\u{a0}ans")
}

/// A date or a number that must stay on one line.
fn solid(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// An address that may be broken after a slash or an at sign.
pub(crate) fn breakable(address: &str) -> String {
    address.chars().flat_map(|c| [Some(c), matches!(c, '/' | '@').then_some(BREAK)]).flatten().collect()
}

pub(crate) fn introduction(survey: &Survey) -> Vec<Piece> {
    let mut pieces = vec![
        plain("Cette enquête est menée par "),
        bold(survey.organiser.as_str()),
        plain(". Elle sert à mieux connaître les besoins de santé des habitantes et des habitants "),
        plain(of_territory(survey)),
        plain(". Vos réponses aideront à choisir les actions à mener près de chez vous. Elles restent "),
        bold("anonymes"),
        plain(". Il faut environ "),
        bold(minutes(survey)),
        plain("."),
    ];
    let age = survey.minimum_age.map(|age| [plain(" à partir de "), bold(years(age))]);
    let day = survey.closes.as_ref().map(|closes| [plain(" jusqu’au "), bold(solid(closes))]);
    if age.is_some() || day.is_some() {
        let comma = (age.is_some() && day.is_some()).then(|| plain(","));
        pieces.push(plain(" Vous pouvez répondre"));
        pieces.extend(age.into_iter().flatten().chain(comma).chain(day.into_iter().flatten()));
        pieces.push(plain("."));
    }
    if survey.has_easy_text {
        pieces.push(plain(EASY_TEXT));
    }
    pieces.push(plain(" Merci de votre aide\u{a0}!"));
    pieces
}

/// What telephones do with the QR code of a letter.
pub(crate) fn scan() -> Vec<Piece> {
    vec![plain("Visez ce carré avec l’appareil photo, puis touchez le lien. Votre code est dedans.")]
}

pub(crate) fn help(survey: &Survey) -> Vec<Piece> {
    let mut pieces = vec![plain("Appelez le "), bold(solid(&survey.phone))];
    if let Some(email) = &survey.email {
        pieces.extend([plain(" ou écrivez à "), bold(breakable(email))]);
    }
    pieces.push(plain(". Vous pourrez répondre par téléphone ou recevoir un questionnaire papier."));
    pieces
}

pub(crate) fn words() -> Vec<Piece> {
    vec![plain(
        "La page de l’enquête doit montrer ces huit mots. S’ils sont différents, ne répondez pas et appelez-nous\u{a0}: \
         ce\u{a0}n’est pas notre page.",
    )]
}

/// What a resident is owed by the RGPD, one promise after the other.
pub(crate) fn privacy(survey: &Survey) -> [Vec<Piece>; 4] {
    [
        vec![plain("Nous n’enregistrons ni votre nom, ni votre adresse, ni votre appareil, ni l’heure.")],
        vec![plain(
            "Votre code sert une seule fois, à une seule personne. Il n’est pas gardé avec vos réponses\u{a0}: rien ne dira ce que vous avez \
             répondu.",
        )],
        vec![plain("Répondre n’est pas obligatoire. Ne pas répondre ne change rien pour vous.")],
        vec![
            plain("Responsable au sens du RGPD\u{a0}: "),
            plain(survey.organiser.as_str()),
            plain(
                ". Vos réponses étant anonymes, nous ne pourrons ensuite ni les retrouver, ni les modifier, ni les \
                 effacer.",
            ),
        ],
    ]
}

pub(crate) fn poster_call(survey: &Survey) -> Vec<Piece> {
    let territory = of_territory(survey);
    let age = survey.minimum_age.map(|age| format!(", à partir de {}", years(age))).unwrap_or_default();
    vec![plain(format!(
        "Une enquête anonyme sur les besoins de santé des habitantes et des habitants {territory}{age}."
    ))]
}

pub(crate) fn poster_scan() -> Vec<Piece> {
    vec![bold("Visez ce carré"), plain(" avec l’appareil photo de votre téléphone, puis touchez le lien.")]
}

/// What people want to know before they stop walking.
pub(crate) fn poster_facts(survey: &Survey) -> Vec<Vec<Piece>> {
    let mut facts = vec![vec![bold(minutes(survey)), plain(" environ")], vec![plain("Réponses "), bold("anonymes")]];
    facts.extend(survey.closes.as_ref().map(|closes| vec![plain("Jusqu’au "), bold(solid(closes))]));
    facts
}

pub(crate) fn poster_help(survey: &Survey) -> Vec<Piece> {
    let mut pieces = vec![bold(HELP), plain(" Appelez le "), bold(solid(&survey.phone))];
    if let Some(email) = &survey.email {
        pieces.extend([plain(" ou écrivez à "), bold(breakable(email))]);
    }
    pieces.push(plain("."));
    if survey.has_easy_text {
        pieces.push(plain(EASY_TEXT));
    }
    pieces
}

pub(crate) fn poster_privacy(survey: &Survey) -> Vec<Piece> {
    vec![
        plain(
            "Nous n’enregistrons ni nom, ni adresse, ni heure. Répondre n’est pas obligatoire. Vos réponses étant anonymes, \
             elles ne pourront ensuite être ni retrouvées, ni modifiées, ni effacées. Responsable au sens du RGPD\u{a0}: ",
        ),
        plain(survey.organiser.as_str()),
        plain("."),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::survey;

    fn said(pieces: &[Piece]) -> String {
        pieces.iter().map(Piece::text).collect::<String>().replace('\u{a0}', " ")
    }

    #[test]
    fn letter_and_poster_say_from_what_age_one_may_answer() {
        let both = survey();
        let everybody = Survey { minimum_age: None, ..survey() };
        let always = Survey { closes: None, ..survey() };
        let neither = Survey { minimum_age: None, closes: None, ..survey() };
        for (survey, letter, poster) in [
            (both, "à partir de 16 ans, jusqu’au 31 janvier 2027. Le", "des Mauges, à partir de 16 ans."),
            (everybody, "Vous pouvez répondre jusqu’au 31 janvier 2027. Le", "des Mauges."),
            (always, "Vous pouvez répondre à partir de 16 ans. Le", "des Mauges, à partir de 16 ans."),
            (neither, "9 minutes. Le questionnaire", "des Mauges."),
        ] {
            let introduction = said(&introduction(&survey));
            assert!(introduction.contains(letter), "{introduction}");
            let call = said(&poster_call(&survey));
            assert!(call.ends_with(poster), "{call}");
        }
    }
}
