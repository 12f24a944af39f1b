//! The results pages of one edition, and every file that goes with them, made once.
//!
//! `overview` is the first page, `axis` a page per axis of the contract, `evolution` what changed since an earlier survey,
//! `method` what a reviewer asks for, `embed` a drawing alone. `topic` says what belongs together, `figure` and `table` show it, `words` writes its numbers.

mod axis;
mod embed;
pub(crate) mod evolution;
mod figure;
mod method;
mod overview;
pub(crate) mod respondents;
mod table;
pub(crate) mod topic;
mod weights;
mod words;

use isoloir_charts::{Chart, Context, Layout, pngs};
use isoloir_export::{About, ExportFile};
use isoloir_ui::{Page, PageLogo, french_date};
use maud::{Markup, html};

use crate::publication::{Artefact, Edition, OfficeError};
use evolution::Changed;
use respondents::{profile, weighting_in_words};
use topic::{Drawing, Topic, findings, unanswered};
use words::french;
#[cfg(test)]
pub(crate) use words::period;

/// What made the edition.
pub(crate) const SOFTWARE: &str = concat!("Isoloir ", env!("CARGO_PKG_VERSION"));
/// What every page and drawing of a demonstration says.
pub(crate) const INVENTED: &str = "Démonstration : ces réponses sont inventées par un programme.";

pub(crate) const HTML: &str = "text/html; charset=utf-8";
const PNG: &str = "image/png";
/// Points per unit: 1,440 across.
const PNG_SCALE: f32 = 2.0;
const SVG: &str = "image/svg+xml";
const CSV: &str = "text/csv; charset=utf-8";

/// Makes every file of the edition.
pub(crate) fn render(edition: Edition) -> Result<Vec<Artefact>, OfficeError> {
    let context = context(edition);
    let topics = Topic::all(edition.release, edition.questionnaire, edition.map, &context);
    let unanswered = unanswered(edition.release, &context);
    let who = profile(edition.release, edition.questionnaire, edition.census, &context);
    let changed = Changed::all(edition.release, edition.questionnaire, edition.label, &context);
    let said: Vec<String> =
        findings(edition.release, edition.questionnaire, &topics).into_iter().filter_map(Topic::said).collect();
    let files = edition_files(edition, &said)?;
    let mut artefacts = Vec::new();
    let mut push = |path: String, media_type: &str, body: Vec<u8>| {
        artefacts.push(Artefact { path, media_type: media_type.to_owned(), body });
    };
    let bytes = |markup: Markup| markup.into_string().into_bytes();
    push(String::new(), HTML, bytes(overview::overview(edition, &topics, &changed, who.as_ref(), &files)));
    push("methode".to_owned(), HTML, bytes(method::method(edition, &topics, unanswered.as_ref(), &context)?));
    if let Some(comparison) = edition.release.comparison() {
        push(evolution::PATH.to_owned(), HTML, bytes(evolution::evolution(edition, comparison, &changed)));
    }
    for axis in &edition.questionnaire.axes {
        push(axis.id.to_string(), HTML, bytes(axis::axis(edition, axis, &topics)));
    }
    let of_topics = topics.iter().flat_map(|topic| {
        let page = format!("{}#q-{}", topic.axis().unwrap_or_default(), topic.question.id);
        topic.drawings.iter().map(move |drawing| (drawing, page.clone()))
    });
    let of_method = unanswered.iter().map(|drawing| (drawing, "methode#non-reponse".to_owned()));
    let of_overview = who.iter().map(|drawing| (drawing, "#participation".to_owned()));
    let of_changes =
        changed.iter().map(|changed| (&changed.drawing, format!("{}#{}", evolution::PATH, changed.anchor())));
    let drawn: Vec<(&Drawing, String)> = of_topics.chain(of_overview).chain(of_method).chain(of_changes).collect();
    let charts: Vec<&Chart> = drawn.iter().map(|(drawing, _)| &drawing.chart).collect();
    for ((drawing, page), png) in drawn.iter().zip(pngs(&charts, Layout::Wide, PNG_SCALE)?) {
        let name = drawing.name();
        push(format!("charts/{name}.svg"), SVG, drawing.chart.svg(Layout::Wide).into_bytes());
        push(format!("charts/{name}.png"), PNG, png);
        push(format!("charts/{name}.csv"), CSV, drawing.numbers.csv(edition.release, edition.questionnaire)?);
        push(format!("embed/{name}"), HTML, bytes(embed::embed(edition, drawing, page)));
    }
    for file in files {
        push(file.name, file.media_type, file.bytes);
    }
    Ok(artefacts)
}

/// What all charts of the edition say of themselves.
fn context(edition: Edition) -> Context {
    Context {
        organiser: edition.questionnaire.organiser.fr().to_owned(),
        survey: edition.questionnaire.title.fr().to_owned(),
        population: "personnes".to_owned(),
        edition: format!("édition {} du {}", edition.kind.french(), french_date(edition.published_on)),
        period: words::period(edition),
        weighting: weighting_in_words(edition.release, edition.questionnaire, edition.census),
        synthetic: edition.synthetic,
        protection: edition.release.protection(),
        respondents: edition.release.respondents(),
    }
}

/// The files of the whole edition, the charts apart.
fn edition_files(edition: Edition, findings: &[String]) -> Result<Vec<ExportFile>, OfficeError> {
    let about = About {
        edition: format!("Édition {} ({})", edition.kind.french(), edition.label),
        made_on: edition.published_on,
        software: SOFTWARE.to_owned(),
        licence: None,
        census: edition.census.map(str::to_owned),
        synthetic: edition.synthetic,
    };
    Ok(isoloir_export::files(edition.release, edition.questionnaire, &about, findings, Vec::new())?)
}

/// The address of a page or file of the edition; `path` is empty for the overview.
fn address(edition: Edition, path: &str) -> String {
    let id = &edition.questionnaire.id;
    if path.is_empty() || path.starts_with('#') { format!("/r/{id}{path}") } else { format!("/r/{id}/{path}") }
}

fn frame<'a>(edition: Edition<'a>, title: &'a str) -> Page<'a> {
    let id = &edition.questionnaire.id;
    let compared = edition.release.comparison().map(|_| (evolution::PATH, "Ce qui a changé"));
    let pages = std::iter::once(("", "Tous les résultats")).chain(compared).chain([("methode", "Méthode")]);
    Page {
        survey: edition.questionnaire.title.fr(),
        organiser: edition.questionnaire.organiser.fr(),
        logo: edition.questionnaire.logo.as_ref().map(|logo| PageLogo {
            address: format!("/s/{id}/logo"),
            alt: logo.alt.fr(),
            size: (logo.width, logo.height),
        }),
        colors: edition.questionnaire.color.map(|_| format!("/s/{id}/couleur.css")),
        footer: pages.map(|(path, name)| (address(edition, path), name.to_owned())).collect(),
        banner: edition.synthetic.then(|| french(INVENTED)),
        results: true,
        ..Page::new(title)
    }
}

fn breadcrumb(edition: Edition, here: &str) -> Markup {
    html! {
        nav.breadcrumb aria-label="Fil d’Ariane" {
            ol {
                li { a href="/" { "Accueil" } }
                li { a href=(address(edition, "")) { "Tous les résultats" } }
                li aria-current="page" { (here) }
            }
        }
    }
}
