//! What is promised, by what, and what is not: in words that a resident understands.

use isoloir_survey::Access;
use isoloir_ui::{Page, french, page, prose};
use maud::{Markup, html};

use crate::view::{View, reading};

/// The trust page of a survey. Usual and easy texts say the same, section by section.
pub(crate) fn trust_page(view: View) -> Markup {
    let trust = Trust(view);
    let title = trust.say("Comment votre anonymat est protégé", "Comment vos réponses restent secrètes");
    let body = html! {
        h1 { (title) }
        (trust.introduction())
        (trust.separation())
        (trust.never_kept())
        (trust.ways())
        (trust.limits())
        (trust.key())
        (trust.verification())
        p { a.button href=(view.address("")) { "Aller au questionnaire" } }
    };
    let script = view.device.map(|_| "js/kiosk.js");
    // It would lead to itself.
    page(&Page { footer: Vec::new(), script, ..view.frame(&title) }, &body)
}

/// One trust page, in one language.
struct Trust<'a>(View<'a>);

impl Trust<'_> {
    fn say(&self, usual: &'static str, easy: &'static str) -> String {
        french(reading(self.0.lang).say(usual, easy))
    }

    /// The same in the lines in which it is read.
    fn tell(&self, usual: &'static str, easy: &'static str) -> Markup {
        prose(&self.say(usual, easy), reading(self.0.lang))
    }

    /// A way of answering, or a limit: its name, and what follows from it.
    fn item(&self, name: (&'static str, &'static str), usual: &'static str, easy: &'static str) -> Markup {
        html! { li { strong { (self.say(name.0, name.1)) } " " (self.tell(usual, easy)) } }
    }

    /// Whoever answers has a letter with a code; otherwise they come from a poster, and there is no code to speak of.
    fn has_letter(&self) -> bool {
        self.0.publication.questionnaire.access == Access::Invitation
    }

    fn introduction(&self) -> Markup {
        let languages = &self.0.publication.questionnaire.languages;
        let others = languages.iter().filter(|lang| *lang != self.0.lang);
        html! {
            @for lang in others {
                p.language {
                    a href=(self.0.address_in(lang, "/confiance")) {
                        @if lang.is_french() { "Lire le texte habituel" } @else { "Lire en français facile (FALC)" }
                    }
                }
            }
            p.lead {
                (self.tell(
                    "Isoloir est fait pour que personne ne puisse savoir ce que vous avez répondu : ni la collectivité, ni le \
                     bureau d’études, ni nous. Voici comment, et jusqu’où.",
                    "Personne ne doit savoir ce que vous avez répondu. Cette page explique comment nous faisons. Elle dit \
                     aussi ce que nous ne pouvons pas promettre.",
                ))
            }
        }
    }

    fn separation(&self) -> Markup {
        html! {
            @if self.has_letter() {
                h2 { "Votre code et vos réponses sont séparés" }
                p {
                    (self.tell(
                        "Votre code prouve que vous avez reçu une lettre. Votre navigateur l’échange contre un jeton : un bon pour \
                         une réponse, signé sans être vu, comme à travers une enveloppe fermée. Vos réponses partent avec le \
                         jeton, jamais avec le code. Le serveur qui signe ne voit pas le jeton. Celui qui reçoit le jeton ne \
                         voit pas le code.",
                        "Votre code montre que vous avez reçu une lettre. Votre appareil échange ce code contre un jeton. Le jeton est \
                         un bon pour répondre une fois. Le jeton ne dit pas qui vous êtes. Vos réponses partent avec le \
                         jeton. Elles partent sans le code.",
                    ))
                }
            } @else {
                h2 { (self.say("Rien ne vous désigne", "Rien ne dit qui vous êtes")) }
                p {
                    (self.tell(
                        "Tout le monde peut répondre à cette enquête, sans code. Vos réponses partent avec un jeton : un bon pour une \
                         réponse, signé sans être vu, comme à travers une enveloppe fermée. Une même personne peut répondre \
                         plusieurs fois : nous ne pouvons pas l’empêcher.",
                        "Tout le monde peut répondre à cette enquête. Il n’y a pas de code. Vos réponses partent avec un \
                         jeton. Le jeton est un bon pour répondre une fois. Le jeton ne dit pas qui vous êtes. Une personne \
                         peut répondre plusieurs fois. Nous ne pouvons pas l’empêcher.",
                    ))
                }
            }
        }
    }

    fn never_kept(&self) -> Markup {
        html! {
            h2 { (self.say("Ce qui n’est jamais enregistré", "Ce que nous ne gardons jamais")) }
            p {
                (self.tell(
                    "Ni votre nom, ni votre adresse, ni l’adresse de votre appareil, ni l’heure de votre réponse. Les réponses \
                     attendent d’être au moins vingt, puis sont mélangées. Les textes libres sont rangés à part.",
                    "Nous ne gardons pas votre nom ni votre adresse. Nous ne savons pas quel appareil vous utilisez. Nous ne \
                     gardons pas l’heure de votre réponse. Nous attendons 20 réponses. Puis nous les mélangeons. Nous rangeons à part les \
                     textes que vous écrivez.",
                ))
            }
        }
    }

    fn ways(&self) -> Markup {
        html! {
            h2 { (self.say("Ce qui dépend de votre façon de répondre", "Vous pouvez répondre de plusieurs façons")) }
            ul {
                @if self.has_letter() {
                    (self.item(
                        ("Avec un navigateur récent :", "Avec un appareil récent."),
                        "il fabrique lui-même le jeton. Vous n’avez à faire confiance à personne pour le lien entre votre \
                         code et vos réponses : il n’existe nulle part.",
                        "Votre appareil fait le jeton tout seul. Personne ne peut relier votre code à vos réponses.",
                    ))
                } @else {
                    (self.item(
                        ("Avec un navigateur récent :", "Avec un appareil récent."),
                        "il fabrique lui-même le jeton. Le serveur le signe sans le voir.",
                        "Votre appareil fait le jeton tout seul. L’ordinateur qui signe ne voit pas le jeton.",
                    ))
                }
                (self.item(
                    ("Sans JavaScript :", "Sans JavaScript."),
                    "le serveur fabrique le jeton à votre place. Il faut lui faire confiance à cet instant.",
                    "Notre ordinateur fait le jeton pour vous. Vous devez lui faire confiance à ce moment.",
                ))
                (self.item(
                    ("Sur papier ou par téléphone :", "Sur papier ou par téléphone."),
                    "la personne qui saisit vos réponses les connaît, sans savoir qui vous êtes. L’enveloppe sans nom vous protège ; au \
                     téléphone, ne dites pas votre nom.",
                    "Une personne recopie vos réponses. Sur l’enveloppe, n’écrivez pas votre nom. Au téléphone, ne dites pas \
                     votre nom.",
                ))
                @if self.0.publication.issuer_url.is_some() {
                    li {
                        (self.tell("Ici, deux machines séparées signent les jetons et reçoivent les réponses.",
                                  "Ici, il y a 2 ordinateurs. Un ordinateur signe les jetons. L’autre reçoit les réponses."))
                    }
                } @else {
                    li {
                        (self.tell("Ici, une seule machine signe les jetons et reçoit les réponses.",
                                  "Ici, un seul ordinateur signe les jetons et reçoit les réponses."))
                    }
                }
            }
        }
    }

    fn limits(&self) -> Markup {
        html! {
            h2 { (self.say("Ce que nous ne pouvons pas garantir", "Ce que nous ne pouvons pas promettre")) }
            ul {
                @if self.has_letter() {
                    li {
                        (self.tell(
                            "Sans JavaScript, le serveur voit passer votre code et vos réponses ensemble, au moment de \
                             l’envoi. Il les sépare et ne garde pas le lien, mais il faut lui faire confiance à cet instant.",
                            "Sans JavaScript, notre ordinateur reçoit votre code avec vos réponses. Il les sépare tout de \
                             suite. Il ne garde pas le lien. Mais vous devez lui faire confiance.",
                        ))
                    }
                    li {
                        (self.tell(
                            "Sur un ordinateur partagé, l’adresse de votre lettre peut rester dans l’historique du navigateur, \
                             avec votre code. Elle ne dit rien de vos réponses.",
                            "D’autres personnes utilisent votre ordinateur ? Elles peuvent retrouver votre code. Elles ne \
                             peuvent pas retrouver vos réponses.",
                        ))
                    }
                }
                li {
                    (self.tell(
                        "Si une seule machine signe les jetons et reçoit les réponses, la personne qui la gère pourrait, en \
                         observant les heures de passage sur le moment, deviner des liens. Isoloir n’écrit aucune de ces \
                         heures.",
                        "Une personne s’occupe de cet ordinateur. Elle pourrait regarder à quelle heure vous répondez. Elle \
                         pourrait deviner un lien. Notre programme n’écrit jamais ces heures.",
                    ))
                }
                li {
                    (self.tell(
                        "Vos textes libres sont lus tels que vous les écrivez. N’y mettez rien qui permette de vous \
                         reconnaître.",
                        "Des personnes lisent les textes que vous écrivez. N’écrivez pas votre nom. N’écrivez rien qui dit \
                         qui vous êtes.",
                    ))
                }
            }
        }
    }

    fn key(&self) -> Markup {
        let key = self.0.publication.token_key.id();
        html! {
            h2 { (self.say("La clé de cette enquête", "La clé de l’enquête")) }
            @if self.has_letter() {
                p {
                    (self.tell(
                        "Ces huit mots nomment la clé de cette enquête. Ils sont imprimés sur votre lettre. S’ils sont \
                         différents ici, ne répondez pas, et appelez le numéro de votre lettre.",
                        "Voici 8 mots. Ces mots sont aussi sur votre lettre. Les mots sont différents ? Ne répondez pas. \
                         Appelez le numéro de votre lettre.",
                    ))
                }
            } @else {
                p {
                    (self.tell(
                        "Ces huit mots nomment la clé de cette enquête. Ils sont imprimés sur l’affiche. S’ils sont \
                         différents ici, ne répondez pas, et appelez le numéro de l’affiche.",
                        "Voici 8 mots. Ces mots sont aussi sur l’affiche. Les mots sont différents ? Ne répondez pas. \
                         Appelez le numéro de l’affiche.",
                    ))
                }
            }
            p.control-words translate="no" { (key.words().join(" ")) }
            @if self.has_letter() {
                p {
                    (self.tell(
                        "La même empreinte, entière, est dans le lien de votre lettre. Si elle ne correspond pas, votre \
                         navigateur n’envoie rien :",
                        "Voici la clé entière. Elle est dans le lien de votre lettre. La clé est différente ? Votre \
                         appareil n’envoie rien.",
                    ))
                }
            } @else {
                p {
                    (self.tell(
                        "La même empreinte, entière, est dans le lien de l’affiche. Si elle ne correspond pas, votre \
                         navigateur n’envoie rien :",
                        "Voici la clé entière. Elle est dans le lien de l’affiche. La clé est différente ? Votre \
                         appareil n’envoie rien.",
                    ))
                }
            }
            p { code.fingerprint { (key.to_base64url()) } }
        }
    }

    fn verification(&self) -> Markup {
        let questionnaire = &self.0.publication.questionnaire;
        html! {
            h2 { (self.say("Vérifier par vous-même", "Pour vérifier vous-même")) }
            p {
                (self.tell(
                    "Voici tout le code qui travaille dans votre navigateur, tel qu’il est servi. Il n’est ni transformé ni \
                     raccourci : vous pouvez le lire. L’empreinte SHA-256 de chaque fichier permet de le comparer à celui de \
                     la version publiée.",
                    "Cette partie est pour les personnes qui connaissent l’informatique. Voici les programmes que votre \
                     appareil reçoit. Vous pouvez les lire. Chaque programme a une empreinte. L’empreinte sert à comparer.",
                ))
            }
            details {
                summary { (self.say("Les fichiers et leurs empreintes", "La liste des programmes")) }
                (files(self.0.device.is_none()))
            }
            p {
                (self.tell(
                    "Une personne qui s’y connaît peut tout comparer d’un coup, depuis sa propre machine, avec le programme \
                     Isoloir de la même version :",
                    "Ce programme compare tout :",
                ))
            }
            p { code.fingerprint { "isoloir verify https://…/s/" (questionnaire.id) } }
        }
    }
}

/// What a browser is served, with what each file is compared by. A shared device does not lead to them: a file has no way back.
fn files(may_leave: bool) -> Markup {
    html! {
        table.files {
            caption { (french(concat!("Fichiers servis par Isoloir ", env!("CARGO_PKG_VERSION")))) }
            thead { tr { th scope="col" { "Fichier" } th scope="col" { "Empreinte SHA-256" } } }
            tbody {
                @for asset in isoloir_ui::assets() {
                    tr {
                        th scope="row" {
                            @if may_leave { a href=(isoloir_ui::asset_path(asset.path)) { (asset.path) } } @else { (asset.path) }
                        }
                        td { code { (asset.sha256) } }
                    }
                }
            }
        }
    }
}
