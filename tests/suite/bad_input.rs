//! Bad input over HTTP: the right status, words that say what to do, nothing stored.

use isoloir_token::http::authorization;
use isoloir_token::wire::Token;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::server::{Server, answers};

async fn problem(reply: Response) -> (StatusCode, Value) {
    let status = reply.status();
    assert_eq!(reply.headers()["content-type"], "application/problem+json", "{status}");
    let problem: Value = reply.json().await.expect("JSON");
    assert_eq!(problem["status"], status.as_u16());
    assert!(problem["title"].is_string() && problem["detail"].is_string());
    (status, problem)
}

async fn french_page(reply: Response, status: StatusCode, words: &str) {
    assert_eq!(reply.status(), status);
    assert_eq!(reply.headers()["content-type"], "text/html; charset=utf-8");
    let page = reply.text().await.expect("a page");
    assert!(page.contains("<html lang=\"fr\">") && page.contains(words), "{words}: {page}");
}

#[tokio::test]
async fn programs_get_problem_details_and_nothing_is_stored() {
    let server = Server::start(1);
    let version = server.version().await;
    let token = server.token(&server.client().await, &server.codes[0]).await;
    let submission = |answers: Value| json!({"version": version, "answers": answers});

    let (status, details) = problem(server.post_response(None, &submission(answers())).await).await;
    assert_eq!((status, &details["code"]), (StatusCode::UNAUTHORIZED, &json!("token-missing")));

    let mut tampered = token.to_bytes();
    tampered[200] ^= 1;
    let tampered = Token::parse(&tampered).expect("a well-formed token");
    let (status, details) = problem(server.post_response(Some(&tampered), &submission(answers())).await).await;
    assert_eq!((status, &details["code"]), (StatusCode::UNAUTHORIZED, &json!("token-invalid")));

    let unknown_choice = json!({"sante_generale": "excellent", "renonce_12m": "non", "inconnue": "x"});
    let (status, details) = problem(server.post_response(Some(&token), &submission(unknown_choice)).await).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields: Vec<&str> =
        details["errors"].as_array().expect("errors").iter().filter_map(|error| error["field"].as_str()).collect();
    assert_eq!(fields, ["sante_generale", "inconnue"]);
    assert!(!details.to_string().contains("excellent"), "an answer is never repeated");

    let (status, _) = problem(server.post_response(Some(&token), &json!({"version": "x", "answers": {}})).await).await;
    assert_eq!(status, StatusCode::CONFLICT);

    let (status, _) = problem(server.post_response(Some(&token), &json!({"answers": []})).await).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);

    let huge = submission(json!({"suggestion": "x".repeat(1_000_000)}));
    let (status, _) = problem(server.post_response(Some(&token), &huge).await).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);

    let reply = server
        .http
        .post(server.address("/s/mauges-2026/responses"))
        .header("Content-Type", "application/xml")
        .header("Authorization", authorization(&token))
        .body("<a/>")
        .send()
        .await
        .expect("a reply");
    assert_eq!(problem(reply).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let reply = server.http.post(server.address("/s/inconnue/responses")).json(&submission(answers())).send().await;
    assert_eq!(problem(reply.expect("a reply")).await.0, StatusCode::NOT_FOUND);

    assert!(server.stored_answers().await.is_empty());
    let reply = server.post_response(Some(&token), &submission(answers())).await;
    assert_eq!(reply.status(), StatusCode::CREATED, "after all that the token is still good");
}

#[tokio::test]
async fn a_token_of_another_survey_is_worthless() {
    let (here, elsewhere) = (Server::start(1), Server::start(1));
    let token = elsewhere.token(&elsewhere.client().await, &elsewhere.codes[0]).await;
    let body = json!({"version": here.version().await, "answers": answers()});
    let (status, details) = problem(here.post_response(Some(&token), &body).await).await;
    assert_eq!((status, &details["code"]), (StatusCode::UNAUTHORIZED, &json!("token-invalid")));
    assert!(here.stored_answers().await.is_empty());
}

#[tokio::test]
async fn token_requests_are_refused_with_a_word_that_a_browser_can_act_on() {
    let server = Server::start(1);
    let (request, _) = server.client().await.request(&mut rand::rng()).expect("a request");
    for (code, status, word) in [
        ("", StatusCode::BAD_REQUEST, "malformed-code"),
        ("7K3M-9QZT", StatusCode::BAD_REQUEST, "malformed-code"),
        ("0000-0000-0000-0", StatusCode::FORBIDDEN, "unknown-code"),
    ] {
        let (got, details) = problem(server.post_token_request(code, &request).await).await;
        assert_eq!((got, details["code"].as_str()), (status, Some(word)), "{code}");
    }
    let reply = server
        .http
        .post(server.address("/s/mauges-2026/token-request"))
        .header("Content-Type", "application/private-token-request")
        .header("Invitation-Code", &server.codes[0])
        .body(vec![0_u8; 100])
        .send()
        .await
        .expect("a reply");
    assert_eq!(problem(reply).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn residents_get_pages_in_french() {
    let server = Server::start(1);
    let get = |path: &str| server.http.get(server.address(path)).send();
    let not_found = StatusCode::NOT_FOUND;
    french_page(get("/s/inconnue").await.expect("a reply"), not_found, "Cette enquête n’existe pas ici").await;
    french_page(get("/s/%00%ff").await.expect("a reply"), not_found, "Cette enquête n’existe pas ici").await;
    french_page(get("/nulle-part").await.expect("a reply"), not_found, "Page introuvable").await;
    french_page(get("/r/mauges-2026").await.expect("a reply"), not_found, "Aucun résultat").await;

    let too_much = "x".repeat(1_000_000);
    let reply = server.post_form("/s/mauges-2026/verifier", &[("suggestion", &too_much)]).await;
    french_page(reply, StatusCode::PAYLOAD_TOO_LARGE, "Envoi trop volumineux").await;

    let unknown = server.post_form("/s/mauges-2026/verifier", &[("renonce_12m", "peut-être"), ("x", "y")]).await;
    french_page(unknown, StatusCode::UNPROCESSABLE_ENTITY, "ne fait pas partie des choix").await;

    let multipart = server
        .http
        .post(server.address("/s/mauges-2026/responses"))
        .header("Content-Type", "multipart/form-data; boundary=x")
        .body("--x--")
        .send()
        .await
        .expect("a reply");
    french_page(multipart, StatusCode::UNSUPPORTED_MEDIA_TYPE, "Format non accepté").await;
    assert!(server.stored_answers().await.is_empty());
}

#[tokio::test]
async fn every_reply_keeps_third_parties_and_memories_out() {
    let server = Server::start(1);
    for path in ["/", "/s/mauges-2026", "/s/mauges-2026/confiance", "/s/mauges-2026/merci", "/nulle-part"] {
        let reply = server.http.get(server.address(path)).send().await.expect("a reply");
        let headers = reply.headers().clone();
        assert!(!headers.contains_key("set-cookie"), "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        let policy = headers["content-security-policy"].to_str().expect("ASCII");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("http"), "{path}: {policy}");
        let page = reply.text().await.expect("a page");
        assert!(
            !page.contains("=\"https://") && !page.contains("style="),
            "{path} names another site or an inline style"
        );
    }
}

#[tokio::test]
async fn the_questionnaire_is_the_same_bytes_for_everybody() {
    let server = Server::start(1);
    let fetch = || async { server.http.get(server.address("/s/mauges-2026")).send().await.expect("r").bytes().await };
    assert_eq!(fetch().await.expect("bytes"), fetch().await.expect("bytes"));
}
