//! What a reviewer asks for: who was asked and how, how many answered, how answers were weighted and protected, what was
//! tested, what the numbers cannot say, and how to cite them.

use std::collections::BTreeSet;

use isoloir_charts::{Chart, Context, Denominator, Participation};
use isoloir_disclosure::{CellKey, NonResponse, Protection};
use isoloir_export::{caution, omissions};
use isoloir_survey::instrument;
use isoloir_ui::{french_date, page};
use maud::{Markup, html};

use super::evolution::PATH;
use super::figure::{take_away, titled_figure};
use super::overview::{access, communes};
use super::respondents::channels;
use super::topic::{Drawing, Topic};
use super::words::{decimal, french, period, rounded, share, thousands};
use super::{SOFTWARE, address, breadcrumb, frame, weights};
use crate::publication::{Edition, OfficeError, SITE};

const TITLE: &str = "Comment ces chiffres sont faits";

/// The sections, by anchor.
const SECTIONS: [(&str, &str); 10] = [
    ("limites", "Ce que ces chiffres ne disent pas"),
    ("collecte", "Qui a été interrogé, et comment"),
    ("participation", "Combien de personnes ont répondu"),
    ("redressement", "Redressement"),
    ("lire", "Lire un pourcentage et son intervalle"),
    ("protection", "Comment l’anonymat est protégé dans les résultats"),
    ("tests", "Comparer des groupes"),
    ("non-reponse", "Non-réponse, question par question"),
    ("instruments", "Questions reprises d’instruments publiés"),
    ("citer", "Version, citation, contact"),
];

/// The page of the method.
///
/// # Errors
/// [`OfficeError::Noise`].
pub(crate) fn method(
    edition: Edition,
    topics: &[Topic],
    unanswered: Option<&Drawing>,
    context: &Context,
) -> Result<Markup, OfficeError> {
    let policy = CellKey::standard()?;
    let bodies = [
        limits(edition),
        collection(edition),
        participation(edition, context),
        weights::section(edition),
        reading(),
        protection(edition, &policy),
        tests(edition),
        non_response(edition, topics, unanswered),
        instruments(edition),
        citing(edition),
    ];
    let body = html! {
        (breadcrumb(edition, "Méthode"))
        h1 { (TITLE) }
        p.lead { (french("Consultation volontaire, échantillon non probabiliste, intervalles indicatifs.")) }
        nav.contents aria-labelledby="sommaire" {
            h2 #sommaire { "Sur cette page" }
            ul { @for (anchor, title) in SECTIONS { li { a href={ "#" (anchor) } { (title) } } } }
        }
        @for ((anchor, title), body) in SECTIONS.iter().zip(&bodies) {
            section.method { h2 id=(anchor) { (title) } (body) }
        }
    };
    Ok(page(&frame(edition, TITLE), &body))
}

/// A paragraph, with its no-break spaces.
pub(crate) fn say(text: &str) -> Markup {
    html! { p { (french(text)) } }
}

fn limits(edition: Edition) -> Markup {
    let weighted = if edition.release.weighting().is_some() {
        "Le redressement corrige les écarts connus (par exemple l’âge ou le sexe), pas les autres : à âge et sexe égaux, les \
         personnes qui répondent peuvent différer de celles qui ne répondent pas."
    } else {
        "Rien n’est redressé : un groupe qui a beaucoup répondu compte davantage."
    };
    html! {
        ul {
            li { (french("Répondre était un choix. Personne n’a été tiré au sort : ces résultats décrivent d’abord les personnes qui ont \
                          répondu.")) }
            li { (french(weighted)) }
            li { (french("Les intervalles supposent un tirage au sort qui n’a pas eu lieu : ils donnent un ordre de grandeur de \
                          l’incertitude, et la sous-estiment sans doute.")) }
            li { (french("Ce sont des déclarations : ni diagnostic, ni dossier médical.")) }
            li { (french("Un écart entre deux communes ne dit pas sa cause.")) }
        }
    }
}

fn collection(edition: Edition) -> Markup {
    let questionnaire = edition.questionnaire;
    html! {
        dl.sheet {
            dt { "Enquête" }
            dd { (questionnaire.title.fr()) }
            dt { "Organisateur" }
            dd { (questionnaire.organiser.fr()) }
            dt { "Territoire" }
            dd { (communes(edition)) (french(" : ")) (commune_names(edition)) "." }
            dt { "Façon de répondre" }
            dd { (access(questionnaire.access)) }
            dt { "Période" } dd { (period(edition)) }
            dt { "Édition" }
            dd { (edition.kind.french()) (french(&format!(", « {} », publiée le {}", edition.label, french_date(edition.published_on)))) }
            dt { "Versions" }
            dd {
                "français"
                @if questionnaire.languages.len() > 1 { " et français facile à lire et à comprendre (FALC), aux mêmes questions et aux mêmes codes" }
            }
            dt { "Durée annoncée" }
            dd { (questionnaire.minutes) " minutes" }
        }
        (say("On pouvait répondre en ligne, avec ou sans JavaScript, et là où l’organisateur l’a proposé, sur papier ou avec l’aide de \
              quelqu’un. Ni nom, ni adresse, ni heure : une réponse ne dit pas par où elle est venue."))
    }
}

fn commune_names(edition: Edition) -> String {
    let communes = &edition.questionnaire.territory.communes;
    communes.iter().map(|commune| commune.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Fewer are not told apart.
const LEAST_COUNT: u64 = 11;

/// The counts are of codes and tokens, not of answers: they single nobody out. Those that come near the number of respondents are
/// rounded as it is.
fn participation(edition: Edition, context: &Context) -> Markup {
    let about = |count: u64| match count {
        0 => "aucun".to_owned(),
        1..LEAST_COUNT => format!("moins de {LEAST_COUNT}"),
        count => format!("environ {}", thousands(rounded(count))),
    };
    html! {
        dl.sheet {
            dt { "Réponses comptées" }
            dd { (about(edition.release.respondents().unwrap_or_default().into())) }
            @if let Some(channels) = channels(edition) { dt { "Par où elles sont venues" } dd { (channels) } }
            @if let Some((codes, issued)) = edition.counts.drawn() {
                dt { "Codes d’invitation tirés" }
                dd { (thousands(codes)) }
                dt { "Jetons donnés contre un code" }
                dd { (about(issued)) @if let Some(rate) = rate(issued, codes) { ", soit " (rate) " des codes" } }
            }
            @if edition.counts.redeemed > 0 {
                dt { "Jetons dépensés avec une réponse" }
                dd { (about(edition.counts.redeemed)) }
            }
        }
        (say("Un code tiré n’est pas toujours une lettre reçue : la participation est au moins celle-là. Il ne peut y avoir plus de jetons \
              donnés que de codes, ni plus de jetons dépensés que de jetons donnés : c’est ainsi que l’on vérifie que l’urne n’a pas \
              été bourrée. Les réponses saisies d’après le papier n’ont pas de jeton. Ces nombres sont arrondis à 5, sauf celui des \
              codes."))
        @if let Some(chart) = turnout(edition, context) { (titled_figure(&chart)) }
    }
}

/// Responses that came with a token, rounded, against the codes drawn: numbers that stand above it. None where either is unknown.
fn turnout(edition: Edition, context: &Context) -> Option<Chart> {
    let (codes, _) = edition.counts.drawn()?;
    let redeemed = Some(rounded(edition.counts.redeemed)).filter(|redeemed| *redeemed > 0);
    let line = Participation {
        label: "Ensemble".to_owned(),
        respondents: redeemed.and_then(|redeemed| u32::try_from(redeemed).ok()),
        out_of: u32::try_from(codes).ok()?,
    };
    isoloir_charts::participation(&[line], &Denominator::Invitations, context)
}

/// A participation, to the percent; none of so few that the rounded count beside it is finer than they are.
fn rate(part: u64, whole: u64) -> Option<String> {
    if part < LEAST_COUNT {
        return None;
    }
    (part * 200 + whole).checked_div(whole * 2).map(|percent| format!("{percent}\u{a0}%"))
}

fn reading() -> Markup {
    html! {
        (say("La part de celles et ceux qui ont donné une réponse, parmi les personnes qui ont répondu à la question, « je ne sais pas » \
              compris. Une question posée à une partie des personnes est calculée sur cette partie. Quand plusieurs réponses étaient \
              possibles, les parts s’ajoutent à plus de 100 %."))
        (say("L’intervalle à 95 % dit entre quels nombres la part se trouverait probablement, compte tenu du hasard et de la modification \
              qui protège les personnes. Il est calculé sur la part publiée (intervalle logit ; de Wilson près de 0 et de 100 %) et \
              arrondi vers l’extérieur."))
        p { (french("« ")) (Protection::NOT_PUBLISHED) (french(" » : trop peu de personnes (ce peut être zéro), ou un chiffre dont on déduirait celui d’un petit groupe.")) }
    }
}

fn protection(edition: Edition, policy: &CellKey) -> Markup {
    let omitted = omissions(edition.release, edition.questionnaire);
    let noises = policy.ptable.distribution(u64::MAX);
    let largest = noises.iter().map(|(noise, _)| noise.unsigned_abs()).max().unwrap_or_default();
    let variance = decimal(policy.ptable.variance(), 1);
    let highest = decimal(policy.highest_share * 100.0, 0);
    html! {
        (say("Le but : que rien de ce qui est publié ici, même rapproché de tout le reste, n’établisse ce qu’une personne a répondu, ni \
              même si elle a répondu."))
        ul {
            li { (french(&format!("Chaque nombre de réponses est légèrement modifié : de {largest} au plus, sans biais (moyenne 0, variance \
                {variance}), par la méthode des clés de cellule (cell-key). Le même groupe de personnes reçoit toujours la même modification : \
                redemander n’apprend rien."))) }
            li { (french(&format!("Un nombre inférieur à {} après modification n’est pas publié, zéro compris.", policy.threshold))) }
            li { (french(&format!("Un groupe (une commune, une tranche d’âge, un sexe) où moins de {} personnes ont répondu à une question n’est \
                pas publié pour cette question. Il en va de même des groupes qu’il faut cacher avec lui pour qu’on ne le retrouve pas en \
                soustrayant les autres du total.", policy.minimum_base))) }
            li { (french(&format!("Les nombres de réponses sont arrondis à {}, les parts au pour cent. Au-delà de {highest} %, on lit « {highest} % \
                ou plus » : l’unanimité dirait ce que chacun a répondu.", policy.base_rounding))) }
            li { (french("Les tableaux croisent une question avec une seule autre (commune, âge, sexe, ou une variable du redressement), \
                jamais avec deux, et personne ne peut en demander d’autres.")) }
            li { (french("Les textes libres ne sont pas publiés.")) }
        }
        @if !omitted.is_empty() {
            details.chart-table {
                summary { (french("Ce que la protection a retiré ou regroupé dans cette édition")) }
                ul { @for sentence in &omitted { li { (sentence) } } }
            }
        }
        (say("Références : Fraser et Wooton, A proposed method for confidentialising tabular output to protect against differencing, \
              CEE-ONU et Eurostat, 2005 ; Thompson, Broadfoot et Elazar, Methodology for the automatic confidentialisation of statistical \
              outputs, CEE-ONU et Eurostat, 2013."))
    }
}

fn tests(edition: Edition) -> Markup {
    let tests = edition.release.tests();
    let breakdowns: BTreeSet<&str> = tests.iter().map(|test| test.breakdown.as_str()).collect();
    html! {
        (say("On dit que des groupes diffèrent quand le hasard seul donnerait rarement d’aussi grands écarts : test F de Rao et Scott, au \
              second ordre, qui tient compte des poids. Comme il y a beaucoup de tests, leurs probabilités sont corrigées par la méthode \
              de Holm, croisement par croisement ; le seuil est de 5 %."))
        p {
            (french(&format!("{} tests sont publiés, pour {} croisements. ", tests.len(), breakdowns.len())))
            "Ils sont tous dans le fichier " a href=(address(edition, "tests.csv")) download { "tests.csv" }
            (french(", avec deux chiffres."))
        }
        @if let Some(comparison) = edition.release.comparison() {
            p {
                (french(&format!("Depuis « {} » : les écarts entre les deux éditions sont testés un par un, comme deux échantillons \
                    indépendants, sur les parts publiées ; la correction de Holm porte sur tous ensemble. ", comparison.earlier())))
                a href=(address(edition, PATH)) { "Ce qui a changé" } "."
            }
            @if let Some(caution) = caution(edition.release, comparison) { p.note { (caution) } }
        }
    }
}

fn non_response(edition: Edition, topics: &[Topic], unanswered: Option<&Drawing>) -> Markup {
    let is_conditional = |id: &str| {
        let question = edition.questionnaire.questions().find(|question| question.id.as_str() == id);
        question.is_some_and(|question| question.show_if.is_some())
    };
    let tables = edition.release.non_response();
    html! {
        (say("On pouvait passer presque toutes les questions. Voici, des personnes à qui chaque question a été posée, la part de celles \
              qui ne se sont pas prononcées (« je ne sais pas », « je préfère ne pas répondre ») et de celles qui l’ont passée."))
        @if let Some(drawing) = unanswered {
            (titled_figure(&drawing.chart))
            (take_away(edition, &drawing.title, std::slice::from_ref(drawing)))
        }
        div.table-scroll tabindex="0" role="region" aria-label=(french("Tableau : non-réponse par question")) {
            table {
                caption { "Non-réponse, question par question" }
                thead {
                    tr {
                        th scope="col" { "Question" }
                        th scope="col" { "Posée à" }
                        th scope="col" { "Ont répondu" }
                        th scope="col" { "Ne se prononcent pas" }
                        th scope="col" { "Ont passé" }
                    }
                }
                tbody {
                    @for answered in topics.iter().flat_map(|topic| &topic.questions).map(|tables| &tables[0]) {
                        @let spec = answered.spec();
                        @let without = tables.iter().find(|table| table.spec().question == spec.question);
                        tr {
                            th scope="row" { (spec.title) }
                            td {
                                @if is_conditional(&spec.question) { "une partie" } @else { "tous" }
                                @if let Some(base) = without.and_then(|table| table.total().base) { ", environ " (thousands(base.into())) }
                            }
                            td { @match answered.total().base { Some(base) => { "environ " (thousands(base.into())) }, None => (Protection::NOT_PUBLISHED) } }
                            @for way in [NonResponse::Declined, NonResponse::Skipped] {
                                @let cell = without.and_then(|table| Some((table, table.total().cells.get(way.column())?)));
                                td { (cell.and_then(|(table, cell)| share(cell, table.protection())).unwrap_or_else(|| Protection::NOT_PUBLISHED.to_owned())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn instruments(edition: Edition) -> Markup {
    let items = edition.questionnaire.questions().filter_map(|question| question.instrument.as_ref());
    let used: BTreeSet<&str> = items.map(|item| item.id.as_str()).collect();
    if used.is_empty() {
        return say("Aucune : toutes les questions ont été écrites pour cette enquête.");
    }
    html! {
        (say("Le libellé de ces questions est celui de l’instrument, mot pour mot. La version facile à lire n’est pas un instrument validé."))
        dl.sheet {
            @for instrument in used.into_iter().filter_map(instrument) {
                dt { (instrument.title) }
                dd {
                    p { (asked_items(edition, &instrument.id)) "." }
                    p { (french(&instrument.citation)) }
                    p { (french("Texte français : ")) (french(&instrument.source)) }
                    p { (french("Conditions d’emploi : ")) (french(&instrument.licence)) }
                }
            }
        }
    }
}

/// The titles of an instrument's questions.
fn asked_items(edition: Edition, id: &str) -> String {
    let is_item = |question: &&isoloir_survey::Question| question.instrument.as_ref().is_some_and(|item| item.id == id);
    let titles: Vec<&str> =
        edition.questionnaire.questions().filter(is_item).map(|question| question.short.fr()).collect();
    french(&format!("Ici : {}", titles.join(" ; ")))
}

fn citing(edition: Edition) -> Markup {
    let questionnaire = edition.questionnaire;
    let year = edition.published_on.year();
    html! {
        dl.sheet {
            dt { "Comment citer" }
            dd {
                (questionnaire.organiser.fr()) ", " cite { (questionnaire.title.fr()) } ", résultats publiés le "
                (french_date(edition.published_on)) ", " (SITE) (address(edition, "")) " (" (year) ")."
            }
            dt { "Réutilisation" }
            dd { (french("Les conditions de réutilisation sont celles que fixe l’organisateur ; cette page n’en suppose aucune. Demandez-lui \
                          avant de diffuser plus qu’une citation.")) }
            dt { "Contact" }
            dd {
                (questionnaire.organiser.fr()) (french(" : ")) a href={ "tel:" (questionnaire.contact.phone.replace(' ', "")) } { (questionnaire.contact.phone) }
                @if let Some(email) = &questionnaire.contact.email { ", " a href={ "mailto:" (email) } { (email) } }
            }
            dt { "Version du questionnaire" }
            dd { code.fingerprint { (questionnaire.version()) } }
            dt { "Logiciel" }
            dd { (SOFTWARE) (french(" ; le même programme a recueilli, compté, protégé et dessiné.")) }
        }
    }
}
