//! What the office refuses, and what it serves.

use std::collections::BTreeSet;
use std::ops::Range;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH, LOCATION};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use actix_web::{App, dev::ServiceResponse};
use isoloir_disclosure::suppression::SuppressionRule;
use isoloir_disclosure::{Column, Policy, RawEdition, RawTable, RecordKey, Release, Row, TableSpec, Tally, protect};
use isoloir_survey::{Question, Questionnaire, Territories};

use crate::{BallotCounts, Edition, EditionKind, Office, OfficeError, RegisteredEdition};

const SITE: &str = "https://sante.exemple.fr";
const RESPONDENTS: u32 = 400;
/// Those of the first commune; the others live in the second.
const OF_FIRST: u32 = 250;

fn questionnaire() -> Questionnaire {
    read(include_str!("../survey/fixtures/types.yaml"))
}

fn read(yaml: &str) -> Questionnaire {
    let territories = "territoire\tepci\tcode_insee\tnom\ttype\tchef_lieu\tpop_municipale\n\
        mauges\t1\t49301\tSèvremoine\tcommune\t\t9\nmauges\t1\t49023\tBeaupréau-en-Mauges\tcommune\t\t8\n";
    let territories = Territories::parse(territories).expect("territories");
    isoloir_survey::parse(yaml, &territories).expect("fixture")
}

fn tally(records: Range<u32>) -> Tally {
    records.fold(Tally::default(), |sum, record| {
        let key = RecordKey::derive(&[1; 32], &record.to_be_bytes());
        sum.plus(Tally::new(1, key.to_u64()))
    })
}

/// Where one choice ends and the next begins: an edge per choice, out of so many respondents.
type Edges = fn(place: u32, choices: u32, respondents: u32) -> u32;

/// The choices share the respondents equally.
fn equally(place: u32, choices: u32, respondents: u32) -> u32 {
    respondents * place / choices
}

/// The first choices have few of them, the last ones many.
fn unequally(place: u32, choices: u32, respondents: u32) -> u32 {
    respondents * place * place / (choices * choices)
}

/// A question by commune: its choices share the respondents, from the first to the last.
fn table(questionnaire: &Questionnaire, question: &Question, edges: Edges) -> RawTable {
    let choices = question.choices();
    let communes = questionnaire.territory_question().expect("a question of the territory");
    let rows = communes.choices().iter().map(|choice| (choice.code.to_string(), choice.label.fr().to_owned()));
    let everybody = (String::new(), "Ensemble".to_owned());
    let spec = TableSpec {
        question: question.id.to_string(),
        title: question.short.fr().to_owned(),
        text: questionnaire.asked(question),
        axis: question.axis.as_ref().map(ToString::to_string),
        several: question.takes_several(),
        ordered: question.keeps_order(),
        computed: matches!(question.kind, isoloir_survey::Kind::Score { .. }),
        asked_if: String::new(),
        breakdown: "Commune".to_owned(),
        by: "commune".to_owned(),
        headline: question.headline.iter().map(ToString::to_string).collect(),
        columns: choices
            .iter()
            .map(|choice| Column {
                code: choice.code.to_string(),
                label: choice.label.fr().to_owned(),
                missing: choice.missing,
                rest: questionnaire.is_rest(question, choice),
            })
            .collect(),
        rows: std::iter::once(everybody).chain(rows).map(|(code, label)| Row { code, label }).collect(),
    };
    let count = u32::try_from(choices.len()).expect("a few choices");
    let records = [0..RESPONDENTS, 0..OF_FIRST, OF_FIRST..RESPONDENTS];
    let cells = records.iter().map(|Range { start, end }| {
        let edge = |place: u32| start + edges(place, count, end - start);
        (0..count).map(|place| tally(edge(place)..edge(place + 1))).collect()
    });
    RawTable::new(spec, records.iter().cloned().map(tally).collect(), cells.collect()).expect("a table")
}

fn release_of(questionnaire: &Questionnaire, edges: Edges) -> Release {
    // Where people live is what the others are broken down by.
    let is_told = |question: &&Question| !question.choices().is_empty() && question.id.as_str() != "commune";
    let tabulated = questionnaire.questions().filter(is_told);
    let tables = tabulated.map(|question| table(questionnaire, question, edges)).collect();
    let raw = RawEdition::new(tally(0..RESPONDENTS), tables);
    protect(raw, &Policy::standard().expect("policy")).expect("a release")
}

/// A release compared with that of an earlier survey, in which answers were others, but for one question.
fn release(questionnaire: &Questionnaire) -> Release {
    let (before, now) = (release_of(questionnaire, unequally), release_of(questionnaire, equally));
    now.compared_with(&before, "2022", |question| question != "moral")
}

fn registered(questionnaire: &Questionnaire) -> RegisteredEdition {
    RegisteredEdition {
        survey: questionnaire.id.clone(),
        label: "essai".to_owned(),
        kind: EditionKind::Final,
        made_on: "2026-11-22".parse().expect("a date"),
        manifest: Some("0".repeat(64)),
        published_on: None,
        withdrawn_on: None,
    }
}

fn edition<'a>(questionnaire: &'a Questionnaire, release: &'a Release) -> Edition<'a> {
    Edition {
        label: "essai",
        kind: EditionKind::Final,
        questionnaire,
        release,
        map: None,
        made_on: "2026-11-22".parse().expect("a date"),
        published_on: "2026-11-22".parse().expect("a date"),
        synthetic: false,
        counts: BallotCounts { invitations: Some((1000, 403)), redeemed: 398 },
        channels: &[("en ligne", 398), ("sur papier", 4)],
        census: None,
        compared_with: None,
    }
}

#[actix_web::test]
async fn only_what_the_cell_key_method_protected_is_published() {
    let questionnaire = questionnaire();
    let folder = tempfile::tempdir().expect("a folder");
    let mut office = Office::open(folder.path()).await.expect("an office");
    office.register(&registered(&questionnaire)).await.expect("registered");
    for (policy, is_published) in [
        (Policy::Unprotected, false),
        (Policy::Suppression(SuppressionRule::default()), false),
        (Policy::standard().expect("policy"), true),
    ] {
        let raw = RawEdition::new(Tally::new(400, 12), Vec::new());
        let release = protect(raw, &policy).expect("a release");
        let outcome = office.publish(edition(&questionnaire, &release)).await;
        assert_eq!(outcome.is_ok(), is_published);
        assert!(is_published || matches!(outcome, Err(OfficeError::NotCellKey(_))));
        assert_eq!(office.is_published(&questionnaire.id), is_published);
    }
    office.close().await;
}

/// A published edition, served.
macro_rules! served {
    ($folder:ident) => {{
        let questionnaire = questionnaire();
        let mut office = Office::open($folder.path()).await.expect("an office");
        office.register(&registered(&questionnaire)).await.expect("registered");
        office.publish(edition(&questionnaire, &release(&questionnaire))).await.expect("it is published");
        office.close().await;
        let office = Office::open_to_serve($folder.path(), &format!("{SITE}/")).await.expect("an office");
        init_service(App::new().app_data(Data::new(office)).configure(crate::routes)).await
    }};
}

async fn text(reply: ServiceResponse) -> String {
    String::from_utf8(read_body(reply).await.to_vec()).expect("UTF-8")
}

fn header(reply: &ServiceResponse, name: impl actix_web::http::header::AsHeaderName) -> &str {
    reply.headers().get(name).map_or("", |value| value.to_str().expect("ASCII"))
}

/// What stands between `before` and the next quotation mark, at every place.
fn values<'a>(page: &'a str, before: &str) -> Vec<&'a str> {
    page.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[actix_web::test]
async fn every_link_of_every_page_leads_somewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = served!(folder);
    let mut waiting = vec!["/r/types".to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(address) = waiting.pop() {
        let (path, fragment) = address.split_once('#').unwrap_or((&address, ""));
        if !seen.insert(address.clone()) {
            continue;
        }
        let reply = call_service(&app, TestRequest::with_uri(path).to_request()).await;
        assert_eq!(reply.status(), StatusCode::OK, "{address}");
        if !header(&reply, "content-type").starts_with("text/html") {
            continue;
        }
        let page = text(reply).await;
        assert!(!page.contains("site.invalid"), "{address} has the address of the site");
        let ids = values(&page, " id=\"");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{address} has each identifier once");
        assert!(fragment.is_empty() || ids.contains(&fragment), "{address}");
        for link in values(&page, "href=\"") {
            match link.strip_prefix('#') {
                Some("contenu") => {}
                Some(fragment) => waiting.push(format!("{path}#{fragment}")),
                None if link.starts_with("/r/") => waiting.push(link.to_owned()),
                None => {}
            }
        }
    }
    for path in ["/r/types/soins", "/r/types/methode", "/r/types/embed/renonce", "/r/types/charts/renonce.svg"] {
        assert!(seen.contains(path), "{path} is linked");
    }
    for path in ["/r/types/evolution", "/r/types/evolution#e-renonce", "/r/types/charts/renonce-evolution.png"] {
        assert!(seen.contains(path), "{path} is linked");
    }
    for path in ["/r/types/charts/renonce.png", "/r/types/charts/renonce.csv", "/r/types/tables.csv"] {
        assert!(seen.contains(path), "{path} is linked");
    }
}

#[actix_web::test]
async fn a_chart_and_only_a_chart_stands_in_the_frame_of_another_site() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = served!(folder);
    let page = text(call_service(&app, TestRequest::with_uri("/r/types/soins").to_request()).await).await;
    let code = format!("&lt;iframe src=&quot;{SITE}/r/types/embed/renonce&quot; title=&quot;");
    assert!(page.contains(&code), "the code to copy names the site");
    let frame = call_service(&app, TestRequest::with_uri("/r/types/embed/renonce").to_request()).await;
    assert!(header(&frame, CONTENT_SECURITY_POLICY).contains("frame-ancestors *"));
    assert_eq!(header(&frame, "cross-origin-resource-policy"), "cross-origin");
    let frame = text(frame).await;
    assert!(
        frame.contains("<svg") && frame.contains("href=\"/r/types/soins#q-renonce\"") && !frame.contains("<script")
    );
    // The others keep the policy of every page, which allows no frame.
    let page = call_service(&app, TestRequest::with_uri("/r/types/soins").to_request()).await;
    assert_eq!(header(&page, CONTENT_SECURITY_POLICY), "");
}

#[actix_web::test]
async fn pages_are_bytes_that_are_not_sent_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = served!(folder);
    let first = call_service(&app, TestRequest::with_uri("/r/types").to_request()).await;
    let etag = header(&first, ETAG).to_owned();
    assert!(etag.starts_with('"') && header(&first, CACHE_CONTROL).starts_with("public"));
    assert_eq!(header(&first, "set-cookie"), "");
    let again = TestRequest::with_uri("/r/types").insert_header((IF_NONE_MATCH, etag)).to_request();
    assert_eq!(call_service(&app, again).await.status(), StatusCode::NOT_MODIFIED);
    let slash = call_service(&app, TestRequest::with_uri("/r/types/").to_request()).await;
    assert_eq!((slash.status(), header(&slash, LOCATION)), (StatusCode::PERMANENT_REDIRECT, "/r/types"));
}

#[actix_web::test]
async fn what_is_not_there_is_said_in_french() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = served!(folder);
    for (path, words) in [
        ("/r/autre", "Aucun résultat à cette adresse"),
        ("/r/autre/methode", "Aucun résultat à cette adresse"),
        ("/r/%2e%2e/x", "Aucun résultat à cette adresse"),
        ("/r/types/embed/inconnu", "Cette page de résultats n’existe pas"),
    ] {
        let reply = call_service(&app, TestRequest::with_uri(path).to_request()).await;
        assert_eq!(reply.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(text(reply).await.contains(words), "{path}");
    }
}

#[actix_web::test]
async fn the_method_rounds_what_comes_near_the_respondents() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = served!(folder);
    let page = text(call_service(&app, TestRequest::with_uri("/r/types/methode").to_request()).await).await;
    assert!(page.contains("1\u{202f}000") && page.contains("environ 405") && page.contains("environ 400"));
    // A fingerprint may hold any digits.
    let has_number = |number: &str| page.split(|c: char| !c.is_alphanumeric()).any(|word| word == number);
    assert!(has_number("405") && !has_number("403") && !has_number("398"), "no exact count of tokens");
    assert!(page.contains("en ligne (environ 400)\u{a0}; sur papier (moins de 11)"), "channels are told as roughly");
}

/// Whoever reads « 7 » must know of what; nobody answered the level of a score; a sentence begins with a capital.
#[actix_web::test]
async fn a_section_says_what_was_asked_and_what_its_numbers_mean() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = served!(folder);
    let page = text(call_service(&app, TestRequest::with_uri("/r/types").to_request()).await).await;
    let section = |id: &str| {
        let (_, section) = page.split_once(&format!("id=\"q-{id}\"")).expect(id);
        section.split("</section>").next().expect("its end").to_owned()
    };
    assert!(section("moral").contains("(0\u{a0}: Très mauvais\u{202f}; 10\u{a0}: Très bon)"), "{}", section("moral"));
    assert!(section("moral").contains("<p class=\"finding\">Aucune réponse ne se détache"), "{}", section("moral"));
    assert!(section("moral").contains("Question posée") && section("gene").contains("Score calculé"));
    assert!(!section("gene").contains("répondent"), "{}", section("gene"));
}

#[actix_web::test]
async fn the_first_page_begins_with_what_residents_put_first_and_says_how_far_to_trust_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = served!(folder);
    let page = text(call_service(&app, TestRequest::with_uri("/r/types").to_request()).await).await;
    let (_, essential) = page.split_once("id=\"essentiel\"").expect("findings");
    let first = essential.split("<h3>").nth(1).expect("a finding");
    assert!(
        first.starts_with("Priorités</h3>") && first.contains("sont parmi les réponses les plus citées"),
        "{first}"
    );
    assert!(page.contains("environ 400 réponses volontaires, non redressées"));
    let readme = text(call_service(&app, TestRequest::with_uri("/r/types/README.txt").to_request()).await).await;
    let begins = readme.find("  - Priorités\u{a0}:").expect("the finding");
    assert!(begins < readme.find("Consultation volontaire").expect("what it is not"));
}

#[test]
fn responses_end_with_the_survey_or_with_the_edition() {
    let closing = |closes: Option<&str>| {
        let closes = closes.map(|day| format!("closes: {day}\n")).unwrap_or_default();
        read(&format!("{}{closes}", include_str!("../survey/fixtures/types.yaml")))
    };
    for (closes, until) in [(Some("2027-01-31"), "22"), (Some("2026-11-15"), "15"), (None, "22")] {
        let questionnaire = closing(closes);
        let release = release(&questionnaire);
        let said = crate::pages::period(edition(&questionnaire, &release));
        assert_eq!(said, format!("jusqu’au {until}\u{a0}novembre\u{a0}2026"));
    }
}
