//! The one layout that every page has.

use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use isoloir_web::{Problem, Reading, french};
use maud::{DOCTYPE, Markup, html};

use crate::assets::asset_path;
use crate::components::prose;

/// A page's frame.
#[derive(Debug, Clone)]
pub struct Page<'a> {
    /// Its language, as a BCP 47 tag.
    pub lang: &'static str,
    /// What stands in the tab, unique to the page within its survey; the survey's and the site's names are added.
    pub title: &'a str,
    /// Title of the survey that the page belongs to; empty where the page's own title names it, or where there is none.
    pub survey: &'a str,
    /// Who runs the survey, beside the site's name; empty on pages that belong to no survey.
    pub organiser: &'a str,
    /// The organiser's picture, for those that have one.
    pub logo: Option<PageLogo<'a>>,
    /// Address of a stylesheet that sets the organiser's colour, for those that have one.
    pub colors: Option<String>,
    /// Entry module, such as `js/welcome.js`, for pages that have one.
    pub script: Option<&'static str>,
    /// On a device that others use next, the address where the next person starts. No other link stands around the page: whoever
    /// followed it would leave a page behind that nothing wipes.
    pub start: Option<String>,
    /// Links at the foot, before the one to the front page: address and text.
    pub footer: Vec<(String, String)>,
    /// A line above everything, such as the warning of a demonstration.
    pub banner: Option<String>,
    /// Whether it shows results: it then has their stylesheet, and on a wide screen charts and tables stand side by side.
    pub results: bool,
}

impl<'a> Page<'a> {
    /// A page without script.
    pub fn new(title: &'a str) -> Self {
        Self {
            lang: "fr",
            title,
            survey: "",
            organiser: "",
            logo: None,
            colors: None,
            script: None,
            start: None,
            footer: Vec::new(),
            banner: None,
            results: false,
        }
    }
}

/// A picture in the header, on a light plate in both themes.
#[derive(Debug, Clone)]
pub struct PageLogo<'a> {
    /// Address of the picture.
    pub address: String,
    /// What it says.
    pub alt: &'a str,
    /// Its own width and height, in pixels, of which the page keeps the proportions.
    pub size: (u32, u32),
}

/// A whole document around `main`.
pub fn page(page: &Page, main: &Markup) -> Markup {
    let reading = Reading::of_tag(page.lang);
    html! {
        (DOCTYPE)
        html lang=(page.lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (page.title) @if !page.survey.is_empty() { " – " (page.survey) } " – Isoloir" }
                link rel="stylesheet" href=(asset_path("css/isoloir.css"));
                @if page.results { (results_sheet()) }
                @if let Some(colors) = &page.colors { link rel="stylesheet" href=(colors); }
                link rel="icon" href="data:,";
                @if let Some(script) = page.script {
                    script type="module" src=(asset_path(script)) {}
                }
            }
            body.wide[page.results] data-start=[page.start.as_deref()] {
                a.skip-link href="#contenu" { (reading.say("Aller au contenu", "Aller au texte")) }
                @if let Some(banner) = &page.banner { div.banner role="region" aria-label="Avertissement" { (banner) } }
                header.site-header {
                    div.site-header__inner {
                        @if page.start.is_some() { span.site-name { "Isoloir" } }
                        @else { a.site-name href=(reading.say("/", "/?lang=fr-FALC")) { "Isoloir" } }
                        @if let Some(logo) = &page.logo {
                            img.site-logo src=(logo.address) alt=(logo.alt) width=(logo.size.0) height=(logo.size.1);
                        }
                        @if !page.organiser.is_empty() { span.site-organiser { (page.organiser) } }
                    }
                }
                main #contenu tabindex="-1" { (main) }
                footer.site-footer {
                    @if page.start.is_none() {
                        nav aria-label="Pied de page" {
                            ul {
                                @for (href, text) in &page.footer { li { a href=(href) { (text) } } }
                                li { a href=(reading.say("/", "/?lang=fr-FALC")) { "Accueil" } }
                            }
                        }
                    }
                    p {
                        (prose(reading.say("Aucun cookie, aucune mesure d’audience, rien qui vienne d’un autre site.",
                                           "Pas de cookie. Nous ne vous suivons pas. Rien ne vient d’un autre site."), reading))
                    }
                    @if reading == Reading::Easy {
                        p { (french("Textes en français facile : à relire par des personnes concernées.")) }
                    }
                }
            }
        }
    }
}

/// What residents need not download.
fn results_sheet() -> Markup {
    html! { link rel="stylesheet" href=(asset_path("css/results.css")); }
}

/// A document for the frame of another site: no header, no footer, and nothing that it loads but stylesheets.
pub fn embedded_page(title: &str, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="fr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) " – Isoloir" }
                link rel="stylesheet" href=(asset_path("css/isoloir.css"));
                (results_sheet())
                link rel="icon" href="data:,";
            }
            body.embedded { main #contenu { (main) } }
        }
    }
}

/// A page that only says something: what happened and what to do.
pub fn message_page(title: &str, detail: &str, link: (&str, &str)) -> Markup {
    framed_message(&Page::new(title), detail, &html! {}, link)
}

/// A refused request as a page, with its status and headers. `frame` says whose page it is; its title becomes the problem's.
/// `more` stands below what is to be done.
pub fn problem_page(problem: &Problem, frame: Page, more: &Markup, link: (&str, &str)) -> HttpResponse {
    let reading = Reading::of_tag(frame.lang);
    let frame = Page { title: problem.title(reading), ..frame };
    let page = framed_message(&frame, problem.detail(reading), more, link);
    let mut reply = problem.error_response();
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    reply.set_body(page.into_string()).map_into_boxed_body()
}

fn framed_message(frame: &Page, detail: &str, more: &Markup, link: (&str, &str)) -> Markup {
    let body = html! {
        h1 { (frame.title) }
        p.lead { (prose(detail, Reading::of_tag(frame.lang))) }
        (more)
        p { a.button href=(link.0) { (link.1) } }
    };
    page(frame, &body)
}
