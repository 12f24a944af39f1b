//! The front page: which surveys can be answered, which results can be read.

use std::sync::{PoisonError, RwLock};

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use isoloir_collector::Collector;
use isoloir_office::Office;
use isoloir_survey::{Access, Lang};
use isoloir_ui::{Page, Reading, StaticBody, french, french_date, page};
use maud::{Markup, html};

const HTML: &str = "text/html; charset=utf-8";

/// The front page, rendered when the server starts, when a survey is closed and when results are withdrawn; a survey whose last
/// day passes meanwhile says so on its own page.
pub(crate) struct Home(RwLock<StaticHome>);

struct StaticHome {
    usual: StaticBody,
    easy: StaticBody,
}

impl StaticHome {
    fn new(collector: &Collector, office: &Office) -> Self {
        let body = |reading| StaticBody::new(HTML, "no-cache", home_page(collector, office, reading).into_string());
        Self { usual: body(Reading::Usual), easy: body(Reading::Easy) }
    }
}

impl Home {
    /// Renders it.
    pub(crate) fn new(collector: &Collector, office: &Office) -> Self {
        Self(RwLock::new(StaticHome::new(collector, office)))
    }

    /// Looks for closed surveys and withdrawn results: neither the results nor a link to any of them are sent any more.
    pub(crate) async fn notice_changes(&self, collector: &Collector, office: &Office) {
        let closings = collector.notice_closings().await.unwrap_or_else(|error| {
            tracing::warn!("l’urne ne se lit pas : {error} ; une clôture ne sera pas remarquée");
            false
        });
        let withdrawals = office.notice_withdrawals().await.unwrap_or_else(|error| {
            tracing::warn!("le registre des publications ne se lit pas : {error} ; un retrait ne sera pas remarqué");
            false
        });
        if closings || withdrawals {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = StaticHome::new(collector, office);
        }
    }
}

pub(crate) async fn home_route(home: Data<Home>, request: HttpRequest) -> HttpResponse {
    let home = home.0.read().unwrap_or_else(PoisonError::into_inner);
    Reading::asked(&request).say(&home.usual, &home.easy).respond(&request)
}

fn home_page(collector: &Collector, office: &Office, reading: Reading) -> Markup {
    let open: Vec<_> = collector.surveys().filter(|publication| collector.is_open(publication)).collect();
    let published = office.served();
    let lang = reading.say(Lang::french(), Lang::easy_french());
    let query = reading.say("", "?lang=fr-FALC");
    let title = reading.say("Enquêtes anonymes sur les besoins de santé", "Donnez votre avis sur la santé");
    let has_easy = open.iter().any(|publication| publication.questionnaire.languages.contains(&Lang::easy_french()));
    let body = html! {
        h1 { (title) }
        @if reading == Reading::Easy { p.language { a href="/" { "Lire le texte habituel" } } }
        @else if has_easy { p.language { a href="/?lang=fr-FALC" { "Lire en français facile (FALC)" } } }
        p.lead {
            (french(reading.say(
                "Votre territoire prépare son contrat local de santé. Dites ce dont vous avez besoin : nous ne gardons rien \
                 qui dise qui a répondu quoi.",
                "De quoi avez-vous besoin pour votre santé ? Vos réponses restent secrètes.",
            )))
        }
        h2 { "Répondre" }
        @if open.is_empty() {
            p { (reading.say("Aucune enquête n’est ouverte en ce moment.", "Il n’y a pas d’enquête en ce moment.")) }
        }
        ul.cards {
            @for publication in &open {
                @let questionnaire = &publication.questionnaire;
                @let id = &questionnaire.id;
                @let title = questionnaire.title.get(&lang);
                li.card {
                    h3 { (title) }
                    p {
                        (questionnaire.organiser.get(&lang)) " · environ " (questionnaire.minutes) "\u{a0}minute" @if questionnaire.minutes > 1 { "s" }
                        @if let Some(closes) = questionnaire.closes { " · jusqu’au " (french_date(closes)) }
                    }
                    @if questionnaire.access == Access::Invitation {
                        p { (reading.say("Avec le code de votre lettre d’invitation.", "Il faut le code de votre lettre.")) }
                    }
                    p { a.button href={ "/s/" (id) (query) } { "Répondre" span.visually-hidden { (french(" : ")) (title) } } }
                    p.link {
                        a href={ "/s/" (id) "/confiance" (query) } {
                            (reading.say("Comment votre anonymat est protégé", "Comment vos réponses restent secrètes"))
                        }
                    }
                }
            }
        }
        h2 { "Lire les résultats" }
        @if published.is_empty() {
            p { (reading.say("Aucun résultat n’est encore publié.", "Il n’y a pas encore de résultats.")) }
        }
        ul.cards {
            @for results in &published {
                li.card {
                    @let is_alone = published.iter().filter(|other| other.title == results.title).count() == 1;
                    h3 {
                        a href={ "/r/" (results.survey) } {
                            (french("Résultats : ")) (results.title)
                            // Two links of the same name would lead to two places.
                            @if !is_alone { " (" (results.label) ")" }
                        }
                    }
                    p {
                        (french("Édition « ")) (results.label) (french(" », publiée le ")) (french_date(results.published_on))
                    }
                }
            }
        }
    };
    let title = reading.say("Enquêtes anonymes de santé", "Donnez votre avis, en français facile");
    page(&Page { lang: reading.tag(), ..Page::new(title) }, &body)
}
