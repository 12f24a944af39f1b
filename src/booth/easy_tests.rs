//! Whoever reads easy French finds it on every page of the booth: no sentence is longer than twelve words.

use actix_web::body::to_bytes;
use actix_web::http::StatusCode;
use isoloir_collector::{BlindingSeed, CastError, IssuanceRefusal, Publication, cast_problem};
use isoloir_survey::{Lang, validate};
use isoloir_ui::Reading;
use isoloir_web::{BodyError, Problem};

use crate::form_state::FormState;
use crate::message::{form_problem_page, not_open_page, problem_page, thanks_page};
use crate::questionnaire_page::questionnaire_page;
use crate::review_page::review_page;
use crate::tests::{every_type, form, publish};
use crate::trust_page::trust_page;
use crate::view::View;

const MAX_EASY_WORDS: usize = 12;
/// Each of these begins or ends what is read as one: a title, an item, a cell, a button…
const IN_LINE: [&str; 6] = ["a", "strong", "span", "code", "b", "em"];

/// Data, and what only programs and auditors compare.
const SKIPPED: [&str; 4] = ["script", "title", "table", "code"];

/// What a page says, without what is skipped and without the names of the places that a sector is made of.
fn sentences(page: &str) -> Vec<String> {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, tag_and_after)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, after) = tag_and_after.split_once('>').expect("a whole tag");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if !IN_LINE.contains(&name) {
            text.push('\n');
        }
        let is_places = tag == "span class=\"choice__detail\"";
        let skipped = if is_places {
            Some("span></label")
        } else {
            SKIPPED.into_iter().find(|skipped| *skipped == name && !tag.starts_with('/'))
        };
        rest = match skipped {
            Some(skipped) => after.split_once(&format!("</{skipped}>")).expect("an end").1,
            None => after,
        };
    }
    let ends = |(index, end): (usize, char)| {
        let is_last = text[index + end.len_utf8()..].chars().next().is_none_or(char::is_whitespace);
        // A dash stands between the name of a question and what is wrong with it.
        (end == '\n' || (".!?…:;–".contains(end) && is_last)).then_some(index + end.len_utf8())
    };
    let mut sentences = Vec::new();
    let mut start = 0;
    for end in text.char_indices().filter_map(ends) {
        sentences.push(text[start..end].trim().to_owned());
        start = end;
    }
    sentences
}

fn words(sentence: &str) -> usize {
    sentence.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

fn assert_easy(page: &str) {
    assert!(page.contains("<html lang=\"fr-simple\">"), "the page says that it is easy to read");
    let sentences = sentences(page);
    assert!(sentences.iter().filter(|sentence| words(sentence) > 2).count() > 3, "a page says something");
    let long: Vec<&String> = sentences.iter().filter(|sentence| words(sentence) > MAX_EASY_WORDS).collect();
    assert!(long.is_empty(), "too long to be easy: {long:#?}");
    assert_eq!(page.matches("à relire par des personnes concernées").count(), 1, "it says who should still read it");
}

/// The control words are eight in a row, whatever is read.
fn without_control_words(page: &str, publication: &Publication) -> String {
    page.replace(&publication.token_key.id().words().join(" "), "")
}

#[test]
fn a_sentence_that_is_too_long_is_found_across_links_and_not_across_items() {
    let page = "<p>Un deux <a href=\"/x\">trois quatre</a> cinq. Six</p><ul><li>sept</li><li>huit neuf</li></ul>";
    let found: Vec<String> = sentences(page).into_iter().filter(|sentence| !sentence.is_empty()).collect();
    assert_eq!(found, ["Un deux trois quatre cinq.", "Six", "sept", "huit neuf"]);
    assert_eq!(words("L’enquête dure 2 minutes ; c’est fini !"), 6);
}

#[test]
fn the_questionnaire_its_errors_and_its_review_are_easy_to_read() {
    let publication = every_type();
    let lang = Lang::easy_french();
    let page = |state: &FormState| {
        let view = View { state, ..View::usual(&publication, &lang) };
        without_control_words(&questionnaire_page(view).into_string(), &publication)
    };
    assert_easy(&page(&FormState::default()));
    let mut wrong =
        form(&[("renonce", "oui"), ("motifs", "cout"), ("motifs", "aucune"), ("foyer", "trois"), ("inconnue", "1")]);
    let errors = validate(&publication.questionnaire, &wrong.submitted).expect_err("errors");
    wrong.add_errors(errors, &lang);
    wrong.add_code_error(Problem::used_code().detail(Reading::Easy).to_owned());
    assert!(page(&wrong).contains("Il faut changer 4 réponses"), "the summary, too");
    assert_easy(&page(&wrong));

    let right = form(&[("renonce", "oui"), ("motifs", "cout"), ("priorites", "sport")]);
    let sheet = validate(&publication.questionnaire, &right.submitted).expect("valid");
    let notice = Problem::unavailable();
    let view = View { state: &right, ..View::usual(&publication, &lang) };
    assert_easy(&review_page(view, &sheet, BlindingSeed([7; 32]), Some(notice.detail(Reading::Easy))).into_string());
}

#[test]
fn trust_and_thanks_are_easy_to_read_and_say_what_the_usual_ones_say() {
    let invited = publish(include_str!("../../surveys/mauges-2026.yaml"));
    let mut apart = every_type();
    apart.issuer_url = Some("https://emetteur.exemple.fr".to_owned());
    for publication in [invited, every_type(), apart] {
        let (usual, easy) = (Lang::french(), Lang::easy_french());
        assert_easy(&thanks_page(View::usual(&publication, &easy)).into_string());
        let page = trust_page(View::usual(&publication, &easy)).into_string();
        assert_easy(&without_control_words(&page, &publication));
        let usual_page = trust_page(View::usual(&publication, &usual)).into_string();
        for element in ["<h2>", "<li>", "<code", "<tr>"] {
            assert_eq!(page.matches(element).count(), usual_page.matches(element).count(), "as many {element}");
        }
        for page in [&page, &usual_page] {
            assert!(page.contains(&publication.token_key.id().to_base64url()), "the whole key");
        }
    }
}

#[actix_web::test]
async fn every_refusal_is_easy_to_read() {
    let publication = publish(&format!("opens: 2090-01-01\n{}", include_str!("../survey/fixtures/types.yaml")));
    let lang = Lang::easy_french();
    let issuance = [
        IssuanceRefusal::MalformedCode,
        IssuanceRefusal::UnknownCode,
        IssuanceRefusal::UsedCode,
        IssuanceRefusal::TooManyAttempts { retry_after_s: 60 },
        IssuanceRefusal::TooManyAttempts { retry_after_s: 600 },
        IssuanceRefusal::Busy,
    ];
    let cast = [CastError::OtherVersion, CastError::Busy, CastError::Unavailable, CastError::Internal];
    let errors = cast.into_iter().chain(issuance.map(CastError::Issuance));
    let mut problems: Vec<Problem> = errors.map(|error| cast_problem(&error, Some(&publication))).collect();
    problems.extend(
        [BodyError::TooLarge { limit_bytes: 1024 }, BodyError::Incomplete, BodyError::NotAForm].map(Problem::from),
    );
    let mut replies = vec![
        not_open_page(&CastError::NotYetOpen, View::usual(&publication, &lang)),
        not_open_page(&CastError::Closed, View::usual(&publication, &lang)),
        problem_page(&Problem::not_found(), Reading::Easy),
        problem_page(&Problem::other_site(), Reading::Easy),
        problem_page(&Problem::unknown_survey(), Reading::Easy),
    ];
    replies.extend(problems.iter().map(|problem| form_problem_page(problem, View::usual(&publication, &lang))));
    for reply in replies {
        assert_ne!(reply.status(), StatusCode::OK);
        let body = to_bytes(reply.into_body()).await.expect("a body");
        assert_easy(std::str::from_utf8(&body).expect("UTF-8"));
    }
}

#[actix_web::test]
async fn a_survey_that_is_not_yet_open_names_its_day_in_words_and_whom_to_call() {
    let publication = publish(&format!("opens: 2090-01-01\n{}", include_str!("../survey/fixtures/types.yaml")));
    let reply = not_open_page(&CastError::NotYetOpen, View::usual(&publication, &Lang::french()));
    assert_eq!(reply.status(), StatusCode::FORBIDDEN);
    let body = to_bytes(reply.into_body()).await.expect("a body");
    let page = std::str::from_utf8(&body).expect("UTF-8");
    assert!(page.contains("Elle commence le 1er\u{a0}janvier\u{a0}2090."), "{page}");
    assert!(page.contains("href=\"tel:0241717700\""), "whom to call");
    assert!(page.contains("/couleur.css"), "in the territory's colour");
}
