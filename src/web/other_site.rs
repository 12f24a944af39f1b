//! Whether a request that changes something was sent by a page of another site: somebody who reads it would answer without
//! knowing. Browsers say who sends; programs say nothing, and are let through.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{HOST, ORIGIN};

use crate::problem::Problem;

/// Refuses what a page of another site sends. `pages` is the origin of the residents' pages, `https://sante.exemple.fr`: they
/// talk to an issuer that is another site, too.
///
/// A page that sends no `Referer`, as ours do, has the origin `null` in forms: that tells nothing. Browsers that do not know
/// `Sec-Fetch-Site` (before Chrome 76, Firefox 90, Safari 16.4) are then let through, wherever they come from.
///
/// # Errors
/// The problem to answer; nothing may be done then.
pub fn refuse_other_sites(request: &HttpRequest, pages: &str) -> Result<(), Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let origin = header(ORIGIN.as_str()).filter(|origin| *origin != "null");
    let is_ours =
        |origin: &str| origin == pages || origin.split_once("://").map(|(_, host)| host) == header(HOST.as_str());
    let is_other = match header("Sec-Fetch-Site") {
        Some("same-origin" | "same-site" | "none") => false,
        Some("cross-site") => origin != Some(pages),
        _ => origin.is_some_and(|origin| !is_ours(origin)),
    };
    if is_other { Err(Problem::other_site()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const PAGES: &str = "https://sante.exemple.fr";

    fn is_refused(host: &str, headers: &[(&str, &str)]) -> bool {
        let request = TestRequest::post().insert_header((HOST, host));
        let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
        refuse_other_sites(&request.to_http_request(), PAGES).is_err()
    }

    #[test]
    fn browsers_say_who_sends() {
        let site = |value| ("Sec-Fetch-Site", value);
        for host in ["sante.exemple.fr", "127.0.0.1:8080"] {
            for fine in ["same-origin", "same-site", "none"] {
                assert!(!is_refused(host, &[site(fine), ("Origin", "null")]), "{fine}");
            }
            assert!(is_refused(host, &[site("cross-site"), ("Origin", "null")]));
            assert!(is_refused(host, &[site("cross-site"), ("Origin", "https://ailleurs.exemple")]));
            assert!(is_refused(host, &[site("cross-site")]));
        }
    }

    #[test]
    fn an_issuer_that_is_another_site_serves_the_pages_and_no_other() {
        let from = |origin| [("Sec-Fetch-Site", "cross-site"), ("Origin", origin)];
        assert!(!is_refused("jetons.example", &from(PAGES)));
        assert!(!is_refused("jetons.example", &[("Origin", PAGES)]));
        for other in ["https://ailleurs.exemple", "https://jetons.example", "http://sante.exemple.fr"] {
            assert!(is_refused("jetons.example", &from(other)), "{other}");
        }
    }

    #[test]
    fn without_a_word_of_the_site_the_origin_tells() {
        assert!(!is_refused("sante.exemple.fr", &[]), "a program");
        assert!(!is_refused("sante.exemple.fr", &[("Origin", "null")]), "an old browser, on our own page");
        assert!(!is_refused("127.0.0.1:8080", &[("Origin", PAGES)]), "behind a proxy that changes the host");
        assert!(!is_refused("localhost:8080", &[("Origin", "http://localhost:8080")]), "by another of its names");
        assert!(is_refused("sante.exemple.fr", &[("Origin", "https://ailleurs.exemple")]));
        assert!(is_refused("sante.exemple.fr", &[("Origin", "https://sante.exemple.fr.ailleurs.exemple")]));
    }

    #[test]
    fn reading_changes_nothing() {
        let request = TestRequest::get().insert_header(("Sec-Fetch-Site", "cross-site")).to_http_request();
        assert!(refuse_other_sites(&request, PAGES).is_ok());
    }
}
