//! The front page: which surveys can be answered, which results can be read.

use isoloir_collector::Collector;
use isoloir_office::Office;
use isoloir_survey::Access;
use isoloir_ui::{Page, french, french_date, page};
use maud::{Markup, html};

pub(crate) fn home_page(collector: &Collector, office: &Office) -> Markup {
    let open: Vec<_> = collector.surveys().filter(|publication| collector.is_open(publication)).collect();
    let published = office.published();
    let body = html! {
        h1 { "Enquêtes anonymes sur les besoins de santé" }
        p.lead { (french("Votre territoire prépare son contrat local de santé. Dites ce dont vous avez besoin : personne ne \
                          peut savoir qui a répondu quoi.")) }
        h2 { "Répondre" }
        @if open.is_empty() { p { (french("Aucune enquête n’est ouverte en ce moment.")) } }
        ul.cards {
            @for publication in &open {
                @let questionnaire = &publication.questionnaire;
                @let id = &questionnaire.id;
                li.card {
                    h3 { (questionnaire.title.fr()) }
                    p {
                        (questionnaire.organiser.fr()) " · " (questionnaire.minutes) " minutes"
                        @if let Some(closes) = questionnaire.closes { " · jusqu’au " (french_date(closes)) }
                    }
                    @if questionnaire.access == Access::Invitation { p { "Avec le code de votre lettre d’invitation." } }
                    p { a.button href={ "/s/" (id) } { "Répondre" span.visually-hidden { (french(" : ")) (questionnaire.title.fr()) } } }
                    p.link { a href={ "/s/" (id) "/confiance" } { "Comment votre anonymat est protégé" } }
                }
            }
        }
        h2 { "Lire les résultats" }
        @if published.is_empty() { p { (french("Aucun résultat n’est encore publié.")) } }
        ul.cards {
            @for results in published {
                li.card {
                    h3 { a href={ "/r/" (results.survey) } { (french("Résultats : ")) (results.title) } }
                    p { "Publié le " (french_date(results.published_on)) }
                }
            }
        }
    };
    page(&Page::new("Enquêtes anonymes de santé"), &body)
}
