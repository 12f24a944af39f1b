//! Issuer and collector as two processes with two folders: what each may hold, and that residents notice nothing.

use std::net::TcpListener;
use std::path::Path;
use std::process::Child;

use isoloir_token::client::Client;
use isoloir_token::http::authorization;
use isoloir_token::key::PublicKey;
use isoloir_token::wire::{TokenChallenge, TokenResponse};
use serde_json::{Value, json};

use crate::server::{SURVEY, Server, answers, isoloir, spawn, text};

/// Two processes that end with the test.
struct Pair {
    issuer: Child,
    collector: Child,
    issuer_url: String,
    collector_url: String,
    code: String,
    token_key: String,
    _folder: tempfile::TempDir,
}

impl Drop for Pair {
    fn drop(&mut self) {
        for child in [&mut self.issuer, &mut self.collector] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A port that was free a moment ago: each process must know the other's address before it starts.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

fn write_secret(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, "0123456789abcdef0123456789abcdef\n").expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("chmod");
}

fn start() -> Pair {
    let folder = tempfile::tempdir().expect("a folder");
    let (issuer_data, collector_data) = (folder.path().join("i"), folder.path().join("c"));
    let secret = folder.path().join("secret");
    write_secret(&secret);
    let opened = isoloir(&issuer_data, &["survey", "open", SURVEY, "--role", "issuer"]);
    let printed = text(&opened.stdout);
    let token_key = printed.lines().find(|line| line.len() > 400).expect("a public key").trim().to_owned();
    let opened =
        isoloir(&collector_data, &["survey", "open", SURVEY, "--role", "collector", "--token-key", &token_key]);
    assert!(opened.status.success(), "{}", text(&opened.stderr));
    let csv = folder.path().join("codes.csv");
    let invite = ["invite", SURVEY, "--count", "1", "--csv", csv.to_str().expect("UTF-8")];
    assert!(isoloir(&issuer_data, &invite).status.success());
    let codes = std::fs::read_to_string(csv).expect("codes");
    let code = codes.lines().nth(1).and_then(|line| line.split(',').next()).expect("a code").to_owned();

    let (issuer_port, collector_port) = (free_port(), free_port());
    let issuer_url = format!("http://127.0.0.1:{issuer_port}");
    let collector_url = format!("http://127.0.0.1:{collector_port}");
    let common = ["--issuer-url", &issuer_url, "--public-url", &collector_url];
    let secret = ["--proxy-secret", secret.to_str().expect("UTF-8")];
    let role = |role: &'static str, url: &str| {
        let listen = url.trim_start_matches("http://").to_owned();
        (role, listen)
    };
    let launch = |data: &Path, (role, listen): (&str, String)| {
        let arguments = [&["serve", "--role", role, "--listen", &listen][..], &common, &secret].concat();
        spawn(data, &arguments).0
    };
    let issuer = launch(&issuer_data, role("issuer", &issuer_url));
    let collector = launch(&collector_data, role("collector", &collector_url));
    Pair { issuer, collector, issuer_url, collector_url, code, token_key, _folder: folder }
}

#[tokio::test]
async fn a_browser_asks_one_site_and_answers_the_other() {
    let pair = start();
    let http = reqwest::Client::new();
    let page = http.get(format!("{}/s/{SURVEY}", pair.collector_url)).send().await.expect("a page");
    let policy = page.headers()["content-security-policy"].to_str().expect("ASCII").to_owned();
    assert!(policy.contains(&format!("connect-src 'self' {};", pair.issuer_url)), "{policy}");
    let page = page.text().await.expect("text");
    assert!(page.contains(&format!(r#""issuer":"{}""#, pair.issuer_url)));

    let ask = |origin: &str| {
        let url = format!("{}/s/{SURVEY}/token-request", pair.issuer_url);
        http.request(reqwest::Method::OPTIONS, url)
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "content-type,invitation-code")
            .send()
    };
    let allowed = ask(&pair.collector_url).await.expect("a reply");
    assert_eq!(allowed.headers()["access-control-allow-origin"], pair.collector_url.as_str());
    let refused = ask("https://ailleurs.exemple").await.expect("a reply");
    assert!(!refused.headers().contains_key("access-control-allow-origin"), "exactly one origin is allowed");

    let challenge = TokenChallenge::new(
        pair.issuer_url.trim_start_matches("http://"),
        <sha2::Sha256 as sha2::Digest>::digest(SURVEY).into(),
        &{
            let name = pair.collector_url.trim_start_matches("http://");
            format!("{name},{}", name.replace("127.0.0.1", "localhost"))
        },
    );
    let key = data_encoding::BASE64URL.decode(pair.token_key.as_bytes()).expect("base64url");
    let client = Client::new(PublicKey::from_spki(&key).expect("a key"), &challenge.expect("a challenge"));
    let (request, pending) = client.request(&mut rand::rng()).expect("a request");
    let reply = http
        .post(format!("{}/s/{SURVEY}/token-request", pair.issuer_url))
        .header("Content-Type", "application/private-token-request")
        .header("Invitation-Code", &pair.code)
        .body(request.to_bytes())
        .send()
        .await
        .expect("a reply");
    let response = TokenResponse::parse(&reply.bytes().await.expect("bytes")).expect("a response");
    let token = client.finalize(&pending, &response).expect("a token");
    let questionnaire = http.get(format!("{}/s/{SURVEY}/questionnaire.json", pair.collector_url)).send().await;
    let questionnaire: Value = questionnaire.expect("a reply").json().await.expect("JSON");
    let reply = http
        .post(format!("{}/s/{SURVEY}/responses", pair.collector_url))
        .header("Authorization", authorization(&token))
        .json(&json!({"version": questionnaire["version"], "answers": answers()}))
        .send()
        .await
        .expect("a reply");
    assert_eq!(reply.status(), 201);

    // Neither serves what is the other's.
    for url in [
        format!("{}/s/{SURVEY}", pair.issuer_url),
        format!("{}/s/{SURVEY}/questionnaire.json", pair.issuer_url),
        format!("{}/.well-known/private-token-issuer-directory", pair.collector_url),
    ] {
        assert_eq!(http.get(&url).send().await.expect("a reply").status(), 404, "{url}");
    }
}

/// A page elsewhere that makes its visitors' browsers send something, to either role.
#[tokio::test]
async fn what_another_site_sends_is_refused_and_what_our_pages_send_is_not() {
    let pair = start();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let form = format!("sante_generale=bon&renonce_12m=non&code={}", pair.code);
    let send = |url: String, site: &'static str, origin: &str, accept: &'static str| {
        http.post(url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Sec-Fetch-Site", site)
            .header("Origin", origin)
            .header("Accept", accept)
            .body(form.clone())
            .send()
    };
    let (pages, issuer) = (&pair.collector_url, &pair.issuer_url);
    let elsewhere = "https://ailleurs.exemple";
    for address in [
        format!("{pages}/s/{SURVEY}/responses"),
        format!("{pages}/s/{SURVEY}/verifier"),
        format!("{issuer}/s/{SURVEY}/token-request"),
        format!("{issuer}/token-request"),
    ] {
        let page = send(address.clone(), "cross-site", elsewhere, "text/html,*/*").await.expect("a reply");
        assert_eq!(
            (page.status(), &page.headers()["content-type"]),
            (403.try_into().expect("a status"), &"text/html; charset=utf-8".parse().expect("a type")),
            "{address}"
        );
        assert!(page.text().await.expect("a page").contains("Rien n’a été enregistré."));
        let problem = send(address, "cross-site", "null", "*/*").await.expect("a reply");
        assert_eq!(problem.json::<Value>().await.expect("a problem")["code"], "other-site");
    }
    let asked = send(format!("{issuer}/s/{SURVEY}/token-request"), "cross-site", pages, "*/*").await.expect("a reply");
    assert_eq!(asked.status(), 415, "the pages may ask an issuer that is another site; here with a form");
    let cast =
        send(format!("{pages}/s/{SURVEY}/responses"), "same-origin", "null", "text/html").await.expect("a reply");
    assert_eq!(cast.status(), 303, "the code was not used up by what was refused");
}

#[tokio::test]
async fn without_javascript_the_collector_asks_the_issuer() {
    let pair = start();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let form = format!("sante_generale=bon&renonce_12m=non&code={}", pair.code);
    let send = || {
        http.post(format!("{}/s/{SURVEY}/responses", pair.collector_url))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.clone())
            .send()
    };
    assert_eq!(send().await.expect("a reply").status(), 303);
    let again = send().await.expect("a reply");
    assert_eq!(again.status(), 409);
    assert!(again.text().await.expect("a page").contains("Ce code a déjà servi"));
}

#[test]
fn halves_that_share_a_folder_or_lack_a_setting_do_not_start() {
    let mut server = Server::start(1);
    let _ = server.stop();
    let listen = ["--listen", "127.0.0.1:0"];
    for (arguments, words) in [
        (&["serve", "--role", "issuer"][..], "des réponses"),
        (&["serve", "--role", "collector", "--issuer-url", "https://a.fr"], "la clé privée"),
    ] {
        let output = isoloir(&server.data(), &[arguments, &listen].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
    let empty = tempfile::tempdir().expect("a folder");
    for (arguments, words) in [
        (&["serve", "--role", "collector"][..], "--issuer-url"),
        (&["serve", "--role", "collector", "--issuer-url", "https://a.fr"], "--proxy-secret"),
        (&["survey", "open", SURVEY, "--role", "collector"], "--token-key"),
        (&["survey", "open", SURVEY, "--role", "collector", "--token-key", "abc"], "n’est pas une clé publique"),
    ] {
        let output = isoloir(empty.path(), &[arguments, &listen].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(text(&output.stderr).contains(words), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_second_server_on_the_same_folder_refuses_to_start() {
    let server = Server::start(1);
    let output = isoloir(&server.data(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("utilise déjà"), "{}", text(&output.stderr));
}

#[test]
fn what_a_server_gives_to_residents_can_be_verified_from_elsewhere() {
    let server = Server::start(1);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let url = server.address("/s/mauges-2026");
    let output = isoloir(elsewhere.path(), &["verify", &url]);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{printed}{}", text(&output.stderr));
    assert!(printed.contains("js/privacy-pass.js") && printed.contains("clé publiée") && !printed.contains("ÉCHEC"));
    let refused = isoloir(elsewhere.path(), &["verify", &server.address("/")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("/s/NOM"));
}

/// A server that slips one more script into the page, or one more byte into a module, is found out.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_changes_a_script_is_found_out() {
    use std::io::{Read, Write};
    let server = Server::start(1);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (upstream, runtime) = (server.url.clone(), tokio::runtime::Handle::current());
    // A proxy between the two, with a grudge.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            let head = String::from_utf8_lossy(&request[..length]).into_owned();
            let path = head.split_whitespace().nth(1).unwrap_or("/").to_owned();
            let reply = runtime.block_on(reqwest::get(format!("{upstream}{path}"))).expect("a reply");
            let policy = reply.headers().get("content-security-policy").cloned();
            let mut body = runtime.block_on(reply.text()).expect("text");
            if path.ends_with("sending.js") {
                body.push_str("\nfetch('https://ailleurs.exemple');");
            }
            let policy = policy.and_then(|policy| policy.to_str().ok().map(str::to_owned)).unwrap_or_default();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nContent-Security-Policy: {policy}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        }
    });
    let elsewhere = tempfile::tempdir().expect("a folder");
    let url = format!("http://{address}/s/mauges-2026");
    let output = tokio::task::spawn_blocking(move || isoloir(elsewhere.path(), &["verify", &url])).await.expect("ran");
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    let failed: Vec<&str> = printed.lines().filter(|line| line.starts_with("ÉCHEC")).collect();
    assert!(failed.len() == 1 && failed[0].contains("js/sending.js"), "{printed}");
}
