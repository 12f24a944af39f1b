//! The booth over HTTP. Every reply here is a page, also when something is wrong.

use std::collections::BTreeMap;

use actix_web::guard::{Guard, GuardContext};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION};
use actix_web::web::{self, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use isoloir_collector::{BlindingSeed, CastError, Collector, IssuanceRefusal, Publication, cast_problem};
use isoloir_survey::{Access, AnswerSheet, Lang, SurveyId, validate};
use isoloir_token::http::parse_token;
use isoloir_ui::{Reading, StaticBody};
use isoloir_web::{BODY_LIMIT_BYTES, Problem, client_address, media_type, parse_form, read_body};
use maud::Markup;

use crate::color_sheet::color_sheet;
use crate::form_state::{FormState, code_error};
use crate::message::{form_problem_page, not_open_page, problem_page, thanks_page};
use crate::questionnaire_page::questionnaire_page;
use crate::review_page::review_page;
use crate::trust_page::trust_page;
use crate::view::{Asked, View, asked_language, is_shared, reading};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const FORM: &str = "application/x-www-form-urlencoded";
/// A drawing may hold its own style and nothing else.
const LOGO_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");

/// A questionnaire's page in French, which most read, and in its other languages.
struct Pages {
    french: StaticBody,
    others: BTreeMap<Lang, StaticBody>,
}

impl Pages {
    fn new(publication: &Publication) -> Self {
        let page = |lang: &Lang| {
            let html = questionnaire_page(View::usual(publication, lang)).into_string();
            StaticBody::new(HTML, "no-cache", html)
        };
        let others = publication.questionnaire.languages.iter().filter(|lang| !lang.is_french());
        Self { french: page(&Lang::french()), others: others.map(|lang| (lang.clone(), page(lang))).collect() }
    }

    /// The page in the language that the address asks for, when there is one.
    fn asked(&self, request: &HttpRequest) -> &StaticBody {
        asked_language(request).and_then(|lang| self.others.get(&lang)).unwrap_or(&self.french)
    }
}

/// The pages that are the same for everybody, made once.
pub struct Booth {
    questionnaires: BTreeMap<SurveyId, Pages>,
    color_sheets: BTreeMap<SurveyId, StaticBody>,
    logos: BTreeMap<SurveyId, StaticBody>,
}

impl Booth {
    /// Renders and compresses the page of every published questionnaire.
    pub fn new(collector: &Collector) -> Self {
        let pages = |publication: &Publication| (publication.questionnaire.id.clone(), Pages::new(publication));
        let sheet = |publication: &Publication| {
            let css = color_sheet(publication.questionnaire.color?);
            Some((publication.questionnaire.id.clone(), StaticBody::new(CSS, "no-cache", css)))
        };
        let logo = |publication: &Publication| {
            let logo = publication.questionnaire.logo.as_ref()?;
            let body = StaticBody::new(logo.format.media_type(), "no-cache", logo.bytes().to_vec());
            Some((publication.questionnaire.id.clone(), body))
        };
        Self {
            questionnaires: collector.surveys().map(pages).collect(),
            color_sheets: collector.surveys().filter_map(sheet).collect(),
            logos: collector.surveys().filter_map(logo).collect(),
        }
    }

    /// A questionnaire's page in French, for measuring its weight.
    pub fn questionnaire(&self, survey: &SurveyId) -> Option<&StaticBody> {
        self.questionnaires.get(survey).map(|pages| &pages.french)
    }
}

/// Adds the booth's routes. They come before the collector's, whose JSON route has the same address as ours for forms.
/// The application must hold `Data<Booth>` and `Data<Collector>`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/s/{survey}", web::get().to(questionnaire))
        .route("/s/{survey}/", web::get().to(back_to_questionnaire))
        .route("/s/{survey}/verifier", web::post().to(review))
        .route("/s/{survey}/verifier", web::get().to(back_to_questionnaire))
        .service(web::resource("/s/{survey}/responses").guard(IsForm).route(web::post().to(send)))
        .route("/s/{survey}/responses", web::get().to(back_to_questionnaire))
        .route("/s/{survey}/merci", web::get().to(thanks))
        .route("/s/{survey}/couleur.css", web::get().to(colors))
        .route("/s/{survey}/logo", web::get().to(logo))
        .route("/s/{survey}/confiance", web::get().to(trust));
}

/// A body that a browser's form sends.
struct IsForm;

impl Guard for IsForm {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        let value =
            context.head().headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let value = value.trim_start().to_ascii_lowercase();
        [FORM, "multipart/form-data", "text/plain"].iter().any(|form| value.starts_with(form))
    }
}

fn html(status: StatusCode, markup: Markup) -> HttpResponse {
    HttpResponse::build(status).content_type(HTML).body(markup.into_string())
}

/// The survey if it is published and open, or the page that says it is not.
fn open_survey<'a>(
    collector: &'a Collector,
    survey: &str,
    request: &HttpRequest,
) -> Result<&'a Publication, Box<HttpResponse>> {
    let publication = published(collector, survey, request)?;
    let refuse = |error| Box::new(not_open_page(&error, View::new(publication, &Asked::of(publication, request))));
    collector.check_open(publication).map_err(refuse)?;
    Ok(publication)
}

/// The survey if it is published, or the page that says it is not. Thanks and trust stay readable after the close.
fn published<'a>(
    collector: &'a Collector,
    survey: &str,
    request: &HttpRequest,
) -> Result<&'a Publication, Box<HttpResponse>> {
    let publication = SurveyId::parse(survey).ok().and_then(|id| collector.survey(&id));
    publication.ok_or_else(|| Box::new(problem_page(&Problem::unknown_survey(), Reading::asked(request))))
}

/// The page that everybody asks for: it is found by the survey's name and served as it lies in memory.
async fn questionnaire(booth: Data<Booth>, collector: Data<Collector>, request: HttpRequest) -> HttpResponse {
    let survey = request.match_info().get("survey").unwrap_or_default();
    let publication = match open_survey(&collector, survey, &request) {
        Ok(publication) => publication,
        Err(page) => return *page,
    };
    // A shared device's page holds what its address says, and is not kept, neither on disk nor alive behind the Back button.
    if is_shared(&request) {
        let asked = Asked::of(publication, &request);
        return html(StatusCode::OK, questionnaire_page(View::new(publication, &asked)));
    }
    match booth.questionnaires.get(survey) {
        Some(pages) => pages.asked(&request).respond(&request),
        None => problem_page(&Problem::internal(), Reading::asked(&request)),
    }
}

/// The colour of a survey whose territory has one, also after its close.
async fn colors(booth: Data<Booth>, survey: Path<String>, request: HttpRequest) -> HttpResponse {
    match booth.color_sheets.get(survey.as_str()) {
        Some(sheet) => sheet.respond(&request),
        None => problem_page(&Problem::not_found(), Reading::asked(&request)),
    }
}

/// The logo of a survey whose territory has one. Opened by itself, it is a document that may do nothing but draw.
async fn logo(booth: Data<Booth>, survey: Path<String>, request: HttpRequest) -> HttpResponse {
    match booth.logos.get(survey.as_str()) {
        Some(logo) => {
            let mut reply = logo.respond(&request);
            reply.headers_mut().insert(CONTENT_SECURITY_POLICY, LOGO_POLICY);
            reply
        }
        None => problem_page(&Problem::not_found(), Reading::asked(&request)),
    }
}

/// Somebody reloaded the address of a page that only a form leads to, or typed a slash too many.
async fn back_to_questionnaire(survey: Path<String>, request: HttpRequest) -> HttpResponse {
    match SurveyId::parse(&survey) {
        Ok(survey) => {
            let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
            HttpResponse::SeeOther().insert_header((LOCATION, format!("/s/{survey}{query}"))).finish()
        }
        Err(_) => problem_page(&Problem::not_found(), Reading::asked(&request)),
    }
}

/// Reads the form, or says why it cannot be read.
async fn read_form(request: &HttpRequest, payload: Payload) -> Result<FormState, Problem> {
    // The body is read even when its type is wrong: a browser that is cut short shows its own error in place of ours.
    let body = read_body(payload, BODY_LIMIT_BYTES).await?;
    if media_type(request) != FORM {
        return Err(Problem::unsupported_media_type(FORM));
    }
    Ok(parse_form(&body).map(FormState::from_form)?)
}

/// The survey and the form that was sent to it, or the page that says why not.
async fn open_form<'a>(
    collector: &'a Collector,
    survey: &str,
    request: &HttpRequest,
    payload: Payload,
) -> Result<(&'a Publication, FormState), Box<HttpResponse>> {
    let publication = open_survey(collector, survey, request)?;
    let refuse =
        |problem| Box::new(form_problem_page(&problem, View::new(publication, &Asked::of(publication, request))));
    Ok((publication, read_form(request, payload).await.map_err(refuse)?))
}

async fn review(
    collector: Data<Collector>,
    survey: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let (publication, mut state) = match open_form(&collector, &survey, &request, payload).await {
        Ok(form) => form,
        Err(page) => return *page,
    };
    let asked = Asked::of(publication, &request);
    let page = View::new(publication, &asked);
    let sheet = if state.change { None } else { check(page, &mut state) };
    let view = View { state: &state, ..page };
    match sheet {
        Some(sheet) => html(StatusCode::OK, review_page(view, &sheet, seed(&collector, &state), None)),
        None if state.change => html(StatusCode::OK, questionnaire_page(view)),
        None => html(StatusCode::UNPROCESSABLE_ENTITY, questionnaire_page(view)),
    }
}

/// The valid sheet, or `None` with the errors in the state.
fn check(page: View, state: &mut FormState) -> Option<AnswerSheet> {
    if page.questionnaire().access == Access::Invitation
        && state.token.is_none()
        && let Some(message) = code_error(&state.code, reading(page.lang))
    {
        state.add_code_error(message.to_owned());
    }
    match validate(page.questionnaire(), &state.submitted) {
        Ok(sheet) if !state.has_errors() => Some(sheet),
        Ok(_) => None,
        Err(errors) => {
            state.add_errors(errors, page.lang);
            None
        }
    }
}

/// The seed that came with the page, so that sending it again is the same submission; a new one the first time.
fn seed(collector: &Collector, state: &FormState) -> BlindingSeed {
    let sent = state.seed.as_ref().and_then(|seed| data_encoding::BASE64URL_NOPAD.decode(seed.as_bytes()).ok());
    sent.and_then(|seed| seed.try_into().ok()).map_or_else(|| collector.blinding_seed(), BlindingSeed)
}

async fn send(
    collector: Data<Collector>,
    survey: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let (publication, mut state) = match open_form(&collector, &survey, &request, payload).await {
        Ok(form) => form,
        Err(page) => return *page,
    };
    let asked = Asked::of(publication, &request);
    let page = View::new(publication, &asked);
    let Some(sheet) = check(page, &mut state) else {
        return html(StatusCode::UNPROCESSABLE_ENTITY, questionnaire_page(View { state: &state, ..page }));
    };
    let id = &publication.questionnaire.id;
    let seed = seed(&collector, &state);
    let outcome = match &state.token {
        Some(token) => match parse_token(token) {
            Some(token) => collector.cast(id, &sheet, &token).await,
            None => Err(CastError::Token(isoloir_token::wire::RedemptionError::InvalidSignature)),
        },
        None => collector.cast_with_code(id, &sheet, &state.code, seed, client_address(&request)).await,
    };
    match outcome {
        Ok(()) => HttpResponse::SeeOther().insert_header((LOCATION, page.address("/merci"))).finish(),
        Err(error) => refused(page, &sheet, state, seed, &error),
    }
}

/// A refusal never costs the resident their answers: they come back in the form or in the review.
fn refused(
    page: View,
    sheet: &AnswerSheet,
    mut state: FormState,
    seed: BlindingSeed,
    error: &CastError,
) -> HttpResponse {
    let problem = cast_problem(error, Some(page.publication));
    let reading = reading(page.lang);
    let markup = match error {
        CastError::Issuance(
            IssuanceRefusal::MalformedCode | IssuanceRefusal::UnknownCode | IssuanceRefusal::UsedCode,
        ) => {
            state.add_code_error(format!("{}. {}", problem.title(reading), problem.detail(reading)));
            state.seed = Some(data_encoding::BASE64URL_NOPAD.encode(&seed.0));
            questionnaire_page(View { state: &state, ..page })
        }
        CastError::Busy
        | CastError::Unavailable
        | CastError::Internal
        | CastError::NoIssuer
        | CastError::Issuance(
            IssuanceRefusal::Busy | IssuanceRefusal::Internal | IssuanceRefusal::TooManyAttempts { .. },
        ) => review_page(View { state: &state, ..page }, sheet, seed, Some(problem.detail(reading))),
        _ => return form_problem_page(&problem, page),
    };
    let mut reply = actix_web::ResponseError::error_response(&problem);
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    reply.set_body(markup.into_string()).map_into_boxed_body()
}

async fn thanks(collector: Data<Collector>, survey: Path<String>, request: HttpRequest) -> HttpResponse {
    match published(&collector, &survey, &request) {
        Ok(publication) => html(StatusCode::OK, thanks_page(View::new(publication, &Asked::of(publication, &request)))),
        Err(page) => *page,
    }
}

async fn trust(collector: Data<Collector>, survey: Path<String>, request: HttpRequest) -> HttpResponse {
    match published(&collector, &survey, &request) {
        Ok(publication) => html(StatusCode::OK, trust_page(View::new(publication, &Asked::of(publication, &request)))),
        Err(page) => *page,
    }
}
