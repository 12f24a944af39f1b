//! Which addresses there are, and what each answers to.

use reqwest::Method;

use crate::separation::Pair;
use crate::server::{SURVEY, Server};

/// Every route of a server that does all, and what it answers to.
const ROUTES: [(&str, &str); 18] = [
    ("/", "GET, HEAD"),
    ("/s/mauges-2026", "GET, HEAD"),
    ("/s/mauges-2026/", "GET, HEAD"),
    ("/s/mauges-2026/verifier", "GET, HEAD, POST"),
    ("/s/mauges-2026/responses", "GET, HEAD, POST"),
    ("/s/mauges-2026/questionnaire.json", "GET, HEAD"),
    ("/s/mauges-2026/token-request", "POST"),
    ("/s/mauges-2026/merci", "GET, HEAD"),
    ("/s/mauges-2026/confiance", "GET, HEAD"),
    ("/s/mauges-2026/couleur.css", "GET, HEAD"),
    ("/s/mauges-2026/logo", "GET, HEAD"),
    ("/token-request", "POST"),
    ("/.well-known/private-token-issuer-directory", "GET, HEAD"),
    ("/assets/0/css/base.css", "GET, HEAD"),
    ("/r/mauges-2026", "GET, HEAD"),
    ("/r/mauges-2026/", "GET, HEAD"),
    ("/r/mauges-2026/methode", "GET, HEAD"),
    ("/r/mauges-2026/charts/age.svg", "GET, HEAD"),
];

#[tokio::test]
async fn an_address_that_is_asked_otherwise_says_what_it_answers_to() {
    let server = Server::start(1);
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let ask = |method: &str, path: &str| {
        http.request(Method::from_bytes(method.as_bytes()).expect("a method"), server.address(path)).send()
    };
    for (path, allowed) in ROUTES {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
            let reply = ask(method, path).await.expect("a reply");
            if allowed.split(", ").any(|one| one == method) {
                assert_ne!(reply.status(), 405, "{method} {path}");
                continue;
            }
            assert_eq!(reply.status(), 405, "{method} {path}");
            assert_eq!(reply.headers()["allow"], allowed, "{method} {path}");
            let page = reply.text().await.expect("a page");
            assert!(method == "HEAD" || page.contains("ne répond pas à cette demande"), "{method} {path}: {page}");
        }
    }
    for path in ["/nulle-part", "/s/mauges-2026/nulle-part", "/s"] {
        for method in ["GET", "POST", "DELETE"] {
            let reply = ask(method, path).await.expect("a reply");
            assert_eq!(reply.status(), 404, "{method} {path}");
            assert!(!reply.headers().contains_key("allow"));
        }
    }
}

/// A half answers to nothing of the other's, however it is asked; a browser may still ask the issuer what it may send.
#[tokio::test]
async fn a_half_does_not_say_what_the_other_answers_to() {
    let pair = Pair::start();
    let http = reqwest::Client::new();
    for (url, status) in [
        (format!("{}/s/{SURVEY}/responses", pair.issuer_url), 404),
        (format!("{}/s/{SURVEY}/token-request", pair.collector_url), 404),
        (format!("{}/s/{SURVEY}/token-request", pair.issuer_url), 405),
    ] {
        assert_eq!(http.delete(&url).send().await.expect("a reply").status(), status, "{url}");
    }
    let preflight = http
        .request(Method::OPTIONS, format!("{}/s/{SURVEY}/token-request", pair.issuer_url))
        .header("Origin", &pair.collector_url)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type,invitation-code")
        .send()
        .await
        .expect("a reply");
    assert!(preflight.status().is_success());
    assert!(preflight.headers()["access-control-allow-methods"].to_str().expect("ASCII").contains("POST"));
}
