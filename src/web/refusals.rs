//! What residents are told when something is refused, in usual and in easy French: the same words on a page and in problem
//! details, from whichever role refuses.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use isoloir_survey::french_date;
use jiff::civil::Date;

use crate::problem::Problem;

impl Problem {
    /// No such thing here.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Page introuvable",
            "Cette adresse ne correspond à aucune page. Vérifiez le lien, ou repartez de l’accueil.",
        )
        .easy("Cette page n’existe pas", "Regardez bien l’adresse. Ou allez à l’accueil.")
    }

    /// No survey of this name.
    pub fn unknown_survey() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Cette enquête n’existe pas ici",
            "Vérifiez l’adresse de votre lettre, ou repartez de l’accueil.",
        )
        .easy("Cette enquête n’est pas ici", "Regardez l’adresse sur votre lettre. Ou allez à l’accueil.")
        .code("unknown-survey")
    }

    /// Before the survey's first day, if it has one.
    pub fn not_yet_open(opens: Option<Date>) -> Self {
        let day = opens.map(|day| format!("Elle commence le {}. ", french_date(day))).unwrap_or_default();
        Self::new(
            StatusCode::FORBIDDEN,
            "L’enquête n’est pas encore ouverte",
            format!("{day}Gardez votre lettre, si vous en avez reçu une. Rien n’a été enregistré."),
        )
        .easy("L’enquête n’a pas commencé", format!("{day}Gardez votre lettre. Nous n’avons rien enregistré."))
        .code("not-yet-open")
    }

    /// After the survey's last day.
    pub fn closed() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "L’enquête est terminée",
            "Elle ne prend plus de réponses. Merci de votre intérêt.",
        )
        .easy("L’enquête est finie", "Vous ne pouvez plus répondre. Merci.")
        .code("closed")
    }

    /// A code that no letter can hold.
    pub fn malformed_code(status: StatusCode) -> Self {
        Self::new(
            status,
            "Ce code n’a pas la bonne forme",
            "Un code a 13 lettres et chiffres, par exemple 7K3M-9QZT-4H2X-B. Vérifiez celui de votre lettre.",
        )
        .easy(
            "Ce code n’est pas bon",
            "Un code a 13 lettres et chiffres. Par exemple : 7K3M-9QZT-4H2X-B. Regardez le code de votre lettre.",
        )
        .code("malformed-code")
    }

    /// A code of no letter, or of another survey's.
    pub fn unknown_code() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Ce code n’est pas reconnu",
            "Comparez-le à celui de votre lettre : il sert pour une seule enquête. S’il est bien recopié, appelez le numéro de la \
             lettre.",
        )
        .easy(
            "Nous ne connaissons pas ce code",
            "Regardez le code de votre lettre. Un code sert pour une seule enquête. Le code est bien écrit ? Appelez le numéro de \
             la lettre.",
        )
        .code("unknown-code")
    }

    /// A code that has had its token.
    pub fn used_code() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "Ce code a déjà servi",
            "Un code sert une seule fois. Si vous avez déjà envoyé vos réponses, elles sont bien enregistrées. Sinon, appelez le \
             numéro de votre lettre.",
        )
        .easy(
            "Ce code a déjà servi",
            "Un code sert une seule fois. Vous avez déjà envoyé vos réponses ? Nous les avons bien reçues. Vous n’avez rien \
             envoyé ? Appelez le numéro de votre lettre.",
        )
        .code("used-code")
    }

    /// Sent by a page of another site, perhaps without the resident's knowing.
    pub fn other_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Cet envoi vient d’un autre site",
            "Nous ne prenons que les réponses envoyées depuis nos propres pages. Rien n’a été enregistré. Pour répondre, ouvrez \
             vous-même la page de l’enquête.",
        )
        .easy(
            "Cet envoi vient d’un autre site",
            "Nous n’avons rien enregistré. Vous voulez répondre ? Ouvrez la page de l’enquête. Puis répondez.",
        )
        .code("other-site")
    }

    /// Something failed on our side; the details are in the log.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Le serveur a rencontré une difficulté",
            "Rien n’a été enregistré. Réessayez dans quelques minutes.",
        )
        .easy("Il y a un problème", "Nous n’avons rien enregistré. Réessayez dans quelques minutes.")
    }

    /// One address tried too often; nothing was done.
    pub fn too_many_attempts(retry_after_s: u64) -> Self {
        let minutes = match retry_after_s.div_ceil(60) {
            0 | 1 => "1 minute".to_owned(),
            several => format!("{several} minutes"),
        };
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Trop d’essais",
            format!("Attendez {minutes}, puis réessayez. Votre code et vos réponses restent valables."),
        )
        .easy(
            "Vous avez essayé trop de fois",
            format!("Attendez {minutes}. Puis réessayez. Votre code et vos réponses sont toujours bons."),
        )
        .code("too-many-attempts")
        .header(RETRY_AFTER, retry_after_s.to_string())
    }

    /// Too much at once; nothing was done.
    pub fn busy() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Le serveur est très demandé",
            "Rien n’a été enregistré. Réessayez dans quelques secondes : vos réponses sont toujours là.",
        )
        .easy(
            "Beaucoup de personnes répondent en ce moment",
            "Attendez un peu. Puis réessayez. Vos réponses sont toujours là.",
        )
        .code("busy")
        .header(RETRY_AFTER, "5".to_owned())
    }

    /// The database does not answer for the moment. The same request may be sent again: it counts once.
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Le serveur ne peut rien enregistrer pour l’instant",
            "Gardez cette page ouverte et réessayez dans quelques minutes : vos réponses sont toujours là, et elles ne \
             compteront qu’une fois.",
        )
        .easy(
            "Nous ne pouvons rien enregistrer maintenant",
            "Gardez cette page ouverte. Réessayez dans quelques minutes. Vos réponses sont toujours là. Elles compteront une \
             seule fois.",
        )
        .code("unavailable")
        .header(RETRY_AFTER, "30".to_owned())
    }

    /// The media type is not one that the route takes: no page of ours sends it.
    pub fn unsupported_media_type(expected: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Format non accepté",
            format!("Cette adresse attend « {expected} ». Rien n’a été enregistré."),
        )
    }
}
