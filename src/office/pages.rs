//! The results pages of one edition: an overview, one page per axis, the method, and each chart's drawing and table.

use isoloir_charts::{Context, Layout, bars, dots, finding, percent_bare, sorted_columns};
use isoloir_disclosure::{Estimate, ReleaseTable};
use isoloir_export::{release_csv, table_csv};
use isoloir_survey::Axis;
use isoloir_ui::{Page, PageLogo, figure_svg, french, french_date, page};
use maud::{Markup, html};

use crate::publication::{Artefact, Edition, OfficeError};

const HTML: &str = "text/html; charset=utf-8";
const SVG: &str = "image/svg+xml";
const CSV: &str = "text/csv; charset=utf-8";

/// The stored media type as the constant it came from.
pub(crate) fn known_media_type(text: &str) -> Option<&'static str> {
    [HTML, SVG, CSV].into_iter().find(|known| *known == text)
}

/// Makes every file of the edition.
pub(crate) fn render(edition: Edition) -> Result<Vec<Artefact>, OfficeError> {
    let html = |path: &str, markup: Markup| Artefact {
        path: path.to_owned(),
        media_type: HTML,
        body: markup.into_string().into_bytes(),
    };
    let mut artefacts = vec![html("", overview(edition)?), html("methode", method(edition))];
    for axis in &edition.questionnaire.axes {
        artefacts.push(html(axis.id.as_str(), axis_page(edition, axis)?));
    }
    for tables in edition.release.questions() {
        let table = &tables[0];
        let question = &table.spec().question;
        let mut push = |path: String, media_type, body| artefacts.push(Artefact { path, media_type, body });
        push(format!("charts/{question}.svg"), SVG, bars(table, &context(edition)).svg(Layout::Narrow).into_bytes());
        if let Some(chart) = dots(table, &context(edition)) {
            push(format!("charts/{question}-par.svg"), SVG, chart.svg(Layout::Narrow).into_bytes());
        }
        push(format!("charts/{question}.csv"), CSV, table_csv(tables)?);
    }
    artefacts.push(Artefact { path: "tables.csv".to_owned(), media_type: CSV, body: release_csv(edition.release)? });
    Ok(artefacts)
}

/// What the charts of an edition have in common.
fn context(edition: Edition) -> Context {
    Context {
        organiser: edition.questionnaire.organiser.fr().to_owned(),
        survey: edition.questionnaire.title.fr().to_owned(),
        population: "personnes".to_owned(),
        edition: format!("publication du {}", french_date(edition.published_on)),
        period: String::new(),
        weighting: None,
        synthetic: edition.synthetic,
        protection: edition.release.protection(),
        respondents: edition.release.respondents(),
    }
}

fn frame<'a>(edition: Edition<'a>, title: &'a str) -> Page<'a> {
    let id = &edition.questionnaire.id;
    Page {
        lang: "fr",
        title,
        survey: edition.questionnaire.title.fr(),
        organiser: edition.questionnaire.organiser.fr(),
        logo: edition.questionnaire.logo.as_ref().map(|logo| PageLogo {
            address: format!("/s/{id}/logo"),
            alt: logo.alt.fr(),
            size: (logo.width, logo.height),
        }),
        colors: edition.questionnaire.color.map(|_| format!("/s/{id}/couleur.css")),
        script: None,
        footer: vec![
            (format!("/r/{id}"), "Tous les résultats".to_owned()),
            (format!("/r/{id}/methode"), "Méthode".to_owned()),
        ],
        banner: edition.synthetic.then(|| french("Démonstration : ces réponses sont inventées par un programme.")),
    }
}

fn respondents(edition: Edition) -> String {
    let respondents = edition.release.respondents().unwrap_or_default();
    french(&format!("Environ {} réponses", thousands(respondents)))
}

fn thousands(number: u32) -> String {
    match number {
        0..=999 => number.to_string(),
        _ => format!("{}\u{202f}{:03}", number / 1000, number % 1000),
    }
}

fn overview(edition: Edition) -> Result<Markup, OfficeError> {
    let questionnaire = edition.questionnaire;
    let id = &questionnaire.id;
    let title = french(&format!("Résultats : {}", questionnaire.title.fr()));
    let general = edition.release.questions().filter(|tables| tables[0].spec().axis.is_none());
    let general: Vec<Markup> = general.map(|tables| figure(edition, tables)).collect::<Result<_, _>>()?;
    let body = html! {
        h1 { (title) }
        ul.facts {
            li { strong { (respondents(edition)) } }
            li { (french(&format!("Publié le {}", french_date(edition.published_on)))) }
            li { a href=(format!("/r/{id}/methode")) { "Comment ces chiffres sont faits" } }
        }
        p.lead { (french("Consultation volontaire : les personnes qui ont répondu ne représentent pas exactement toute la \
                          population. Les chiffres sont indicatifs.")) }
        h2 { "Les axes du contrat local de santé" }
        ul.cards {
            @for axis in &questionnaire.axes {
                li.card {
                    h3 { a href=(format!("/r/{id}/{}", axis.id)) { (axis.title.fr()) } }
                    p { (axis.summary.fr()) }
                }
            }
        }
        h2 { "La santé en général et les personnes qui ont répondu" }
        @for figure in &general { (figure) }
        ul.downloads { li { a href=(format!("/r/{id}/tables.csv")) download { "Toutes les tables (CSV)" } } }
    };
    Ok(page(&Page { survey: "", ..frame(edition, &title) }, &body))
}

fn axis_page(edition: Edition, axis: &Axis) -> Result<Markup, OfficeError> {
    let questionnaire = edition.questionnaire;
    let id = &questionnaire.id;
    let informs = |tables: &&[ReleaseTable]| tables[0].spec().axis.as_deref() == Some(axis.id.as_str());
    let questions = edition.release.questions().filter(informs);
    let figures: Vec<Markup> = questions.map(|tables| figure(edition, tables)).collect::<Result<_, _>>()?;
    let position = questionnaire.axes.iter().position(|other| other.id == axis.id);
    let next = position.and_then(|position| questionnaire.axes.get(position + 1));
    let body = html! {
        (breadcrumb(edition, axis.title.fr()))
        h1 { (axis.title.fr()) }
        p.lead { (axis.summary.fr()) }
        @for figure in &figures { (figure) }
        @if let Some(next) = next {
            p.link { a href=(format!("/r/{id}/{}", next.id)) { (french("Axe suivant : ")) (next.title.fr()) } }
        }
    };
    Ok(page(&frame(edition, axis.title.fr()), &body))
}

/// A question: what it says, the drawings, the notes, a table per breakdown, the downloads. What is drawn is the first.
fn figure(edition: Edition, tables: &[ReleaseTable]) -> Result<Markup, OfficeError> {
    let table = &tables[0];
    let spec = table.spec();
    let id = &edition.questionnaire.id;
    let by_row = dots(table, &context(edition));
    let base = table.total().base;
    Ok(html! {
        section.result id={ "q-" (spec.question) } {
            h2 { (spec.title) }
            @if let Some(finding) = finding(table) { p.finding { (finding) "." } }
            @if base.is_none() { p { (french("Trop peu de réponses pour publier un résultat sans désigner personne.")) } }
            @else {
                figure.chart {
                    (figure_svg(&bars(table, &context(edition)).drawing(Layout::Narrow)))
                    figcaption.chart-notes { (notes(edition, table)) }
                }
                @if let Some(chart) = &by_row {
                    figure.chart {
                        (figure_svg(&chart.drawing(Layout::Narrow)))
                        figcaption.chart-notes { (french("Chaque point est une commune ; le trait marque l’ensemble du territoire.")) }
                    }
                }
                details.chart-table {
                    summary { "Voir les chiffres" span.visually-hidden { (french(" : ")) (spec.title) } }
                    @for table in tables { (table_html(table)) }
                }
                ul.downloads {
                    li { a href=(format!("/r/{id}/charts/{}.svg", spec.question)) download { "Graphique (SVG)" } }
                    li { a href=(format!("/r/{id}/charts/{}.csv", spec.question)) download { "Chiffres (CSV)" } }
                }
            }
        }
    })
}

fn notes(edition: Edition, table: &ReleaseTable) -> Markup {
    let spec = table.spec();
    let base = table.total().base.unwrap_or_default();
    let example = sorted_columns(table)
        .into_iter()
        .filter_map(|(_, column, cell)| Some((column, cell.share()?)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    html! {
        @if let Some((column, share)) = example {
            p { strong { "Lecture" } (french(&format!(" : sur 100 personnes qui ont répondu à la question, {} ont répondu « {} ».",
                percent_bare(share, table.protection()).replace('≥', "au moins"), column.label))) }
        }
        p { strong { "Question" } (french(" : ")) (spec.text) @if spec.several { (french(" (plusieurs réponses possibles)")) } }
        p { strong { "Champ" } (french(&format!(" : environ {} personnes qui ont répondu à cette question.", thousands(base)))) }
        p { strong { "Source" } (french(" : ")) (edition.questionnaire.title.fr()) ", " (french_date(edition.published_on))
            ", chiffres protégés et non redressés." }
    }
}

fn caption(table: &ReleaseTable) -> String {
    let spec = table.spec();
    let by = if spec.by.is_empty() { String::new() } else { format!(", {}", spec.breakdown.to_lowercase()) };
    format!(
        "{by} : part des réponses, en %, et entre crochets l’intervalle de confiance à 95 %, indicatif. \
         « n.p. » : non publié, effectif trop petit."
    )
}

/// `[37 ; 45]`, in percent.
fn interval(low: f64, high: f64) -> String {
    format!("[{:.0}\u{202f};\u{a0}{:.0}]", low * 100.0, high * 100.0)
}

fn table_html(table: &ReleaseTable) -> Markup {
    let spec = table.spec();
    let cell = |estimate: &Estimate| {
        html! {
            @match estimate.share().zip(estimate.interval()) {
                Some((share, (low, high))) => td {
                    (percent_bare(share, table.protection())) " "
                    span.interval { (interval(low, high)) }
                },
                None => td { abbr title="effectif trop petit" { "n.p." } },
            }
        }
    };
    html! {
        div.table-scroll tabindex="0" role="region" aria-label={ "Tableau" (french(" : ")) (spec.title) @if !spec.by.is_empty() { ", " (spec.breakdown) } } {
            table {
                caption { (spec.title) (french(&caption(table))) }
                thead {
                    tr {
                        th scope="col" { "Réponse" }
                        @for row in &spec.rows { th scope="col" { (row.label) } }
                    }
                }
                tbody {
                    @for (index, column, _) in sorted_columns(table) {
                        tr {
                            th scope="row" { (column.label) }
                            @for row in table.rows() { (cell(&row.cells[index])) }
                        }
                    }
                    tr {
                        th scope="row" { "Nombre de réponses (arrondi à 5)" }
                        @for row in table.rows() {
                            @match row.base {
                                Some(base) => td { (thousands(base)) },
                                None => td { abbr title="moins de 30 réponses" { "n.p." } },
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The counts are of codes and tokens, not of answers: they single nobody out.
fn counts(edition: Edition) -> Markup {
    let counts = edition.counts;
    let number = |count: u64| thousands(u32::try_from(count).unwrap_or(u32::MAX));
    html! {
        ul {
            @if let Some((codes, issued)) = counts.invitations {
                li { (french(&format!("Codes d’invitation tirés : {}.", number(codes)))) }
                li { (french(&format!("Jetons donnés contre un code : {}.", number(issued)))) }
            }
            li { (french(&format!("Jetons dépensés avec une réponse : {}.", number(counts.redeemed)))) }
        }
        p { (french("Il ne peut y avoir plus de jetons donnés que de codes, ni plus de jetons dépensés que de jetons donnés. Les \
            réponses reçues sur papier n’ont pas de jeton.")) }
    }
}

fn breadcrumb(edition: Edition, here: &str) -> Markup {
    html! {
        nav.breadcrumb aria-label="Fil d’Ariane" {
            ol {
                li { a href="/" { "Accueil" } }
                li { a href=(format!("/r/{}", edition.questionnaire.id)) { "Tous les résultats" } }
                li aria-current="page" { (here) }
            }
        }
    }
}

fn method(edition: Edition) -> Markup {
    let body = html! {
        (breadcrumb(edition, "Méthode"))
        h1 { "Comment ces chiffres sont faits" }
        h2 { "Qui a répondu" }
        p { (respondents(edition)) (french(". La participation est volontaire : l’échantillon n’est pas tiré au sort et \
            les résultats ne sont pas redressés. Ils décrivent les personnes qui ont répondu.")) }
        h2 { "Ce que dit un pourcentage" }
        p { (french("La part de celles et ceux qui ont donné une réponse, parmi les personnes qui ont répondu à la \
            question, « je ne sais pas » compris. Une question posée à une partie des personnes est calculée sur cette \
            partie.")) }
        h2 { "Comment l’anonymat est protégé dans les résultats" }
        ul {
            li { (french("Chaque nombre est légèrement modifié : de 5 au plus, sans biais (moyenne 0, variance 3), par la \
                méthode des clés de cellule (cell-key). Le même groupe de personnes reçoit toujours la même \
                modification.")) }
            li { (french("Un nombre inférieur à 11 n’est pas publié, zéro compris.")) }
            li { (french("L’intervalle entre crochets tient compte du hasard et de cette modification ; il est calculé sur la part \
                publiée, et arrondi vers l’extérieur.")) }
            li { (french("Une commune (une tranche d’âge, un sexe) où moins de 30 personnes ont répondu à une question n’est pas publiée pour cette \
                question.")) }
            li { (french("Il en va de même des communes qu’il faut cacher avec elle pour qu’on ne la retrouve pas en \
                soustrayant les autres du total.")) }
            li { (french("Les nombres de réponses sont arrondis à 5, les parts au pour cent ; au-delà de 95 %, on lit \
                « 95 % ou plus ».")) }
            li { (french("Il n’y a qu’une seule publication : deux versions pourraient être soustraites l’une de \
                l’autre.")) }
            li { (french("Les textes libres ne sont pas publiés.")) }
        }
        h2 { "Chaque réponse est entrée une fois" }
        (counts(edition))
        h2 { "Version" }
        p { (french("Questionnaire : ")) code.fingerprint { (edition.questionnaire.version()) } }
        p { (french(concat!("Logiciel : Isoloir ", env!("CARGO_PKG_VERSION"), "."))) }
    };
    page(&frame(edition, "Comment ces chiffres sont faits"), &body)
}
