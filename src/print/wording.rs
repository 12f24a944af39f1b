//! Every sentence that is printed, in plain French. A space that must not be broken is U+00A0.

use crate::Survey;
use crate::text::{BREAK, Piece, bold, plain};

pub(crate) const RECIPIENT: &str = "Aux habitantes et habitants";
pub(crate) const ENVELOPE: &str = "Enquête santé – courrier personnel, à\u{a0}ne\u{a0}pas transmettre";

pub(crate) const BY_TELEPHONE: &str = "Avec un téléphone";
pub(crate) const BY_COMPUTER: &str = "Avec un ordinateur ou une tablette";
pub(crate) const TYPE_LINK: &str = "Tapez cette adresse\u{a0}:";
pub(crate) const TYPE_CODE: &str = "Puis votre code\u{a0}:";
pub(crate) const HELP: &str = "Sans internet\u{a0}?";
pub(crate) const WORDS: &str = "Les mots de contrôle de cette enquête";
pub(crate) const PRIVACY: &str = "Vos réponses restent anonymes";

pub(crate) const QR_ALT: &str = "QR code\u{a0}: le lien vers l’enquête, avec votre code.";
pub(crate) const POSTER_QR_ALT: &str = "QR code\u{a0}: le lien vers l’enquête.";

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

/// An address that may be broken after a slash, a dot or an at sign.
pub(crate) fn breakable(address: &str) -> String {
    address.chars().flat_map(|c| [Some(c), matches!(c, '/' | '@').then_some(BREAK)]).flatten().collect()
}

pub(crate) fn introduction(survey: &Survey) -> Vec<Piece> {
    let mut pieces = vec![
        plain("Cette enquête est menée par "),
        bold(survey.organiser.as_str()),
        plain(". Elle sert à mieux connaître les besoins de santé des habitantes et des habitants "),
        plain(of_territory(survey)),
        plain(". Vos réponses aideront à choisir les actions à mener près de chez vous. Elles sont "),
        bold("anonymes"),
        plain(". Il faut environ "),
        bold(minutes(survey)),
        plain("."),
    ];
    if let Some(closes) = &survey.closes {
        pieces.extend([plain(" Vous pouvez répondre jusqu’au "), bold(closes.replace(' ', "\u{a0}")), plain(".")]);
    }
    pieces
}

pub(crate) fn scan() -> Vec<Piece> {
    vec![plain("Visez ce carré avec l’appareil photo, puis touchez le lien. Votre code est déjà dedans.")]
}

pub(crate) fn help(survey: &Survey) -> Vec<Piece> {
    let mut pieces = vec![plain("Appelez le "), bold(survey.phone.replace(' ', "\u{a0}"))];
    if let Some(email) = &survey.email {
        pieces.extend([plain(" ou écrivez à "), bold(breakable(email))]);
    }
    pieces.push(plain(". Vous pourrez répondre par téléphone ou recevoir un questionnaire papier."));
    pieces
}

pub(crate) fn words() -> Vec<Piece> {
    vec![plain(
        "La page de l’enquête doit montrer ces huit mots. S’ils sont différents, ne répondez pas et appelez-nous\u{a0}: \
         ce n’est pas notre page.",
    )]
}

/// What a resident is owed by the RGPD, one promise after the other.
pub(crate) fn privacy(survey: &Survey) -> [Vec<Piece>; 4] {
    [
        vec![plain(
            "Nous n’enregistrons ni votre nom, ni votre adresse, ni l’heure, ni l’adresse internet de votre appareil.",
        )],
        vec![plain(
            "Votre code sert une seule fois. Il n’est pas gardé avec vos réponses\u{a0}: personne ne peut savoir ce que \
             vous avez répondu.",
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
