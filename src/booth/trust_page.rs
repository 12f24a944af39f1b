//! What is promised, by what, and what is not: in words that a resident understands.

use isoloir_collector::Publication;
use isoloir_survey::{Access, Lang};
use isoloir_ui::{Page, french, page};
use maud::{Markup, html};

use crate::view::frame;

/// The trust page of a survey.
pub(crate) fn trust_page(publication: &Publication) -> Markup {
    let questionnaire = &publication.questionnaire;
    let body = html! {
        h1 { "Comment votre anonymat est protégé" }
        p.lead { (french("Isoloir est fait pour que personne ne puisse savoir ce que vous avez répondu : ni la collectivité, \
                          ni le bureau d’études, ni nous. Voici comment, et jusqu’où.")) }
        h2 { "Votre code et vos réponses sont séparés" }
        @if questionnaire.access == Access::Invitation {
            p { (french("Votre code prouve que vous êtes invité. Votre navigateur l’échange contre un jeton : un bon pour \
                         une réponse, signé sans être vu, comme à travers une enveloppe fermée. Vos réponses partent \
                         avec le jeton, jamais avec le code. Le serveur qui signe ne voit pas le jeton. Celui qui reçoit \
                         le jeton ne voit pas le code.")) }
        } @else {
            p { (french("Cette enquête est ouverte à tous, sans code. Rien ne vous désigne. Une même personne peut \
                         répondre plusieurs fois : nous ne pouvons pas l’empêcher.")) }
        }
        h2 { "Ce qui n’est jamais enregistré" }
        p { (french("Ni votre nom, ni votre adresse, ni l’adresse de votre appareil, ni l’heure de votre réponse. Les \
                     réponses attendent d’être au moins vingt, puis sont mélangées. Les textes libres sont rangés à \
                     part.")) }
        h2 { "Ce qui dépend de votre façon de répondre" }
        ul {
            li { strong { "Avec un navigateur récent" } (french(" : il fabrique lui-même le jeton. Vous n’avez à faire \
                 confiance à personne pour le lien entre votre code et vos réponses : il n’existe nulle part.")) }
            li { strong { "Sans JavaScript" } (french(" : le serveur fabrique le jeton à votre place. Il faut lui faire \
                 confiance à cet instant.")) }
            li { strong { "Sur papier ou par téléphone" } (french(" : la personne qui saisit vos réponses les lit. L’enveloppe \
                 sans nom vous protège.")) }
            @if publication.issuer_url.is_some() {
                li { (french("Ici, deux machines séparées signent les jetons et reçoivent les réponses.")) }
            } @else {
                li { (french("Ici, une seule machine signe les jetons et reçoit les réponses.")) }
            }
        }
        h2 { "Ce que nous ne pouvons pas garantir" }
        ul {
            li { (french("Sans JavaScript, le serveur voit passer votre code et vos réponses ensemble, au moment de \
                          l’envoi. Il les sépare et ne garde pas le lien, mais il faut lui faire confiance à cet \
                          instant.")) }
            li { (french("Si une seule machine signe les jetons et reçoit les réponses, la personne qui la gère pourrait, \
                          en observant les heures de passage sur le moment, deviner des liens. Isoloir n’écrit aucune \
                          de ces heures.")) }
            li { (french("Vos textes libres sont lus tels que vous les écrivez. N’y mettez rien qui permette de vous \
                          reconnaître.")) }
        }
        h2 { "La clé de cette enquête" }
        p { (french("Ces huit mots nomment la clé de cette enquête. Ils sont imprimés sur votre lettre. S’ils sont différents \
                     ici, ne répondez pas, et appelez le numéro de votre lettre.")) }
        p { strong { (publication.token_key.id().words().join(" ")) } }
        p { (french("La même empreinte, entière, est dans le lien de votre lettre. Si elle ne correspond pas, votre navigateur \
                     n’envoie rien :")) }
        p { code.fingerprint { (publication.token_key.id().to_base64url()) } }
        h2 { "Vérifier par vous-même" }
        p { (french("Voici tout le code qui travaille dans votre navigateur, tel qu’il est servi. Il n’est ni transformé ni \
                     raccourci : vous pouvez le lire. L’empreinte SHA-256 de chaque fichier permet de le comparer à celui \
                     de la version publiée.")) }
        div.table-scroll tabindex="0" role="region" aria-label="Fichiers servis au navigateur" {
            table {
                caption { (french(concat!("Fichiers servis par Isoloir ", env!("CARGO_PKG_VERSION")))) }
                thead { tr { th scope="col" { "Fichier" } th scope="col" { "Empreinte SHA-256" } } }
                tbody {
                    @for asset in isoloir_ui::assets() {
                        tr {
                            th scope="row" { a href=(isoloir_ui::asset_path(asset.path)) { (asset.path) } }
                            td { code { (asset.sha256) } }
                        }
                    }
                }
            }
        }
        p { (french("Une personne qui s’y connaît peut tout comparer d’un coup, depuis sa propre machine, avec le programme \
                     Isoloir de la même version :")) }
        p { code.fingerprint { "isoloir verify https://…/s/" (questionnaire.id) } }
        p { (french("Sur un ordinateur partagé, l’adresse de votre lettre peut rester dans l’historique du navigateur, avec \
                     votre code. Elle ne dit rien de vos réponses.")) }
        p { a.button href=(format!("/s/{}", questionnaire.id)) { "Aller au questionnaire" } }
    };
    let frame = frame(publication, &Lang::french(), "Comment votre anonymat est protégé");
    // It would lead to itself.
    page(&Page { footer: Vec::new(), ..frame }, &body)
}
