//! A response is cast: by a program with a token, by a form with a code.

use reqwest::StatusCode;
use serde_json::json;

use crate::server::{Server, answers, isoloir, text};

#[tokio::test]
async fn a_response_with_a_token_is_stored_once() {
    let server = Server::start(1);
    let client = server.client().await;
    let token = server.token(&client, &server.codes[0]).await;
    let body = json!({"version": server.version().await, "answers": answers()});
    for _ in 0..3 {
        let reply = server.post_response(Some(&token), &body).await;
        assert_eq!(reply.status(), StatusCode::CREATED);
        assert_eq!(reply.text().await.expect("text"), r#"{"status":"recorded"}"#);
    }
    assert_eq!(server.stored_answers().await, [answers()]);
}

#[tokio::test]
async fn a_token_replayed_with_other_answers_changes_nothing_and_says_nothing() {
    let server = Server::start(1);
    let token = server.token(&server.client().await, &server.codes[0]).await;
    let version = server.version().await;
    let first = server.post_response(Some(&token), &json!({"version": version, "answers": answers()})).await;
    let other = json!({"sante_generale": "mauvais", "renonce_12m": "oui"});
    let second = server.post_response(Some(&token), &json!({"version": version, "answers": other})).await;
    assert_eq!(first.status(), second.status());
    assert_eq!(first.text().await.expect("text"), second.text().await.expect("text"));
    assert_eq!(server.stored_answers().await, [answers()]);
}

#[tokio::test]
async fn an_acknowledged_response_survives_a_power_cut() {
    let mut server = Server::start(8);
    let client = server.client().await;
    let body = json!({"version": server.version().await, "answers": answers()});
    for index in 0..8 {
        let token = server.token(&client, &server.codes[index]).await;
        assert_eq!(server.post_response(Some(&token), &body).await.status(), StatusCode::CREATED);
        if index % 3 == 0 {
            server.kill_and_restart();
        }
    }
    server.kill_and_restart();
    assert_eq!(server.stored_answers().await.len(), 8);
}

#[tokio::test]
async fn a_code_gives_one_token() {
    let server = Server::start(1);
    let client = server.client().await;
    let (request, _) = client.request(&mut rand::rng()).expect("a request");
    let first = server.post_token_request(&server.codes[0], &request).await;
    let again = server.post_token_request(&server.codes[0].to_lowercase(), &request).await;
    assert_eq!(first.bytes().await.expect("bytes"), again.bytes().await.expect("bytes"), "a lost reply is given again");
    let (other, _) = client.request(&mut rand::rng()).expect("a request");
    let refused = server.post_token_request(&server.codes[0], &other).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let problem: serde_json::Value = refused.json().await.expect("problem JSON");
    assert_eq!(problem["code"], "used-code");
}

/// The hidden fields of a review page, as a browser would send them back.
fn hidden_fields(page: &str) -> Vec<(String, String)> {
    page.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"").expect("a value");
            (name.to_owned(), rest.split('"').next().expect("a quote").to_owned())
        })
        .collect()
}

#[tokio::test]
async fn without_javascript_a_form_is_reviewed_sent_and_sent_again_by_mistake() {
    let server = Server::start(1);
    let code = server.codes[0].as_str();
    let filled = [("sante_generale", "bon"), ("renonce_12m", "oui"), ("renonce_motifs", "cout"), ("code", code)];
    let review = server.post_form("/s/mauges-2026/verifier", &filled).await;
    assert_eq!(review.status(), StatusCode::OK);
    let page = review.text().await.expect("a page");
    assert!(page.contains("Vérifiez vos réponses") && page.contains("Le coût"), "the answers are shown in words");
    let fields = hidden_fields(&page);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // The second time is a reload, or a reply that was lost: it must neither fail nor count twice.
    for _ in 0..2 {
        let sent = server.post_form("/s/mauges-2026/responses", &fields).await;
        assert_eq!(sent.status(), StatusCode::SEE_OTHER);
        assert_eq!(sent.headers()["location"], "/s/mauges-2026/merci");
    }
    assert_eq!(server.stored_answers().await.len(), 1);
    // Somebody else's form with the same code is refused, and comes back filled in.
    let refused = server.post_form("/s/mauges-2026/responses", &filled).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let page = refused.text().await.expect("a page");
    assert!(page.contains("Ce code a déjà servi"));
    assert!(page.contains(r#"value="cout" checked"#), "nothing that was filled in is lost");
    assert_eq!(server.stored_answers().await.len(), 1);
}

#[tokio::test]
async fn a_form_with_errors_comes_back_filled_in_with_a_link_to_each() {
    let server = Server::start(1);
    let filled = [("renonce_12m", "oui"), ("suggestion", "Un <b>avis</b>"), ("code", "7K3M")];
    let reply = server.post_form("/s/mauges-2026/verifier", &filled).await;
    assert_eq!(reply.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = reply.text().await.expect("a page");
    assert!(page.contains("<title>Erreur\u{a0}: "), "the title says so first");
    assert!(page.contains("2 réponses sont à corriger"));
    assert!(page.contains(r##"href="#sante_generale-tres_bon""##) && page.contains(r##"href="#code""##));
    assert!(page.contains(r#"value="oui" checked"#));
    assert!(page.contains("Un &lt;b&gt;avis&lt;/b&gt;"), "what was typed is text, not markup");
}

#[tokio::test]
async fn a_closed_survey_takes_nothing_more_and_its_counts_add_up() {
    let mut server = Server::start(4);
    let client = server.client().await;
    let body = json!({"version": server.version().await, "answers": answers()});
    let late = server.token(&client, &server.codes[0]).await;
    for code in &server.codes[1..3] {
        let token = server.token(&client, code).await;
        assert_eq!(server.post_response(Some(&token), &body).await.status(), StatusCode::CREATED);
    }
    let _ = server.stop();
    let marks = server.data().join("marks.txt");
    let close = ["survey", "close", "mauges-2026", "--marks", marks.to_str().expect("UTF-8")];
    let output = isoloir(&server.data(), &close);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let number = |label: &str| {
        let line = printed.lines().find(|line| line.contains(label)).expect(label);
        line.split_whitespace().last().expect("a number").parse::<u64>().expect("a number")
    };
    assert_eq!((number("codes tirés"), number("jetons donnés"), number("jetons dépensés")), (4, 3, 2));
    let marks = std::fs::read_to_string(marks).expect("marks");
    let lines: Vec<&str> = marks.lines().collect();
    assert!(lines.len() == 2 && lines.is_sorted() && lines.iter().all(|line| line.len() == 64));

    server.kill_and_restart();
    assert_eq!(server.post_response(Some(&late), &body).await.status(), StatusCode::FORBIDDEN);
    let (request, _) = client.request(&mut rand::rng()).expect("a request");
    let refused = server.post_token_request(&server.codes[3], &request).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let page = server.http.get(server.address("/s/mauges-2026")).send().await.expect("a reply");
    assert!(page.text().await.expect("a page").contains("L’enquête est terminée"));
    assert_eq!(server.stored_answers().await.len(), 2);
}

#[tokio::test]
async fn whoever_guesses_codes_is_slowed_also_without_javascript() {
    let server = Server::start(1);
    let form = [("sante_generale", "bon"), ("renonce_12m", "non"), ("code", "0000-0000-0000-0")];
    let mut statuses = Vec::new();
    for _ in 0..55 {
        statuses.push(server.post_form("/s/mauges-2026/responses", &form).await.status().as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 50);
    assert_eq!(statuses.last(), Some(&429));
    let (request, _) = server.client().await.request(&mut rand::rng()).expect("a request");
    let refused = server.post_token_request("0000-0000-0000-0", &request).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    let neighbour = server.post_token_request(&server.codes[0], &request).await;
    assert_eq!(neighbour.status(), StatusCode::OK, "a right code passes, from the same address too");
}

#[test]
fn a_key_that_is_not_the_published_one_stops_the_server() {
    let mut server = Server::start(1);
    let _ = server.stop();
    let key = isoloir_token::key::PrivateKey::generate().expect("a key");
    let path = server.data().join("issuer/keys/mauges-2026.pem");
    std::fs::write(path, key.to_pem().expect("PEM").as_slice()).expect("written");
    let output = isoloir(&server.data(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("n’est pas celle qui a été publiée"), "{}", text(&output.stderr));
}

#[tokio::test]
async fn before_its_first_day_a_survey_says_when_to_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (surveys, data) = (folder.path().join("surveys"), folder.path().join("data"));
    std::fs::create_dir(&surveys).expect("a folder");
    let source = crate::server::repository().join("surveys");
    std::fs::copy(source.join("territories.tsv"), surveys.join("territories.tsv")).expect("copied");
    let yaml = std::fs::read_to_string(source.join("mauges-2026.yaml")).expect("a questionnaire");
    let later = yaml.replacen("closes: 2027-01-31", "opens: 2999-01-02\ncloses: 2999-12-31", 1);
    std::fs::write(surveys.join("mauges-2026.yaml"), later).expect("written");
    let open = ["survey", "open", "mauges-2026", "--surveys", surveys.to_str().expect("UTF-8")];
    let opened = isoloir(&data, &open);
    assert!(opened.status.success(), "{}", text(&opened.stderr));
    let (mut child, url, _) = crate::server::spawn(&data, &["serve", "--listen", "127.0.0.1:0"]);
    let reply = reqwest::get(format!("{url}/s/mauges-2026")).await.expect("a reply");
    let (status, page) = (reply.status(), reply.text().await.expect("a page"));
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(page.contains("L’enquête n’est pas encore ouverte") && page.contains("2\u{a0}janvier\u{a0}2999"), "{page}");
}
