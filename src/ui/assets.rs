//! The files of `assets/`, carried inside the program and served as they stand, under an address that names their
//! content: `/assets/<hash of all of them>/js/booth.js`. Modules import each other by relative path, so one hash serves all.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use isoloir_web::Problem;
use sha2::{Digest, Sha256};

use crate::static_body::StaticBody;

const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const REVALIDATE: &str = "no-cache";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! asset {
    ($media_type:expr, $path:literal) => {
        ($path, $media_type, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/", $path)))
    };
}

const FILES: [(&str, &str, &str); 17] = [
    asset!(CSS, "css/isoloir.css"),
    asset!(CSS, "css/results.css"),
    asset!(JAVASCRIPT, "js/booth.js"),
    asset!(JAVASCRIPT, "js/blind-rsa.js"),
    asset!(JAVASCRIPT, "js/dispatch.js"),
    asset!(JAVASCRIPT, "js/fields.js"),
    asset!(JAVASCRIPT, "js/invitation.js"),
    asset!(JAVASCRIPT, "js/kiosk.js"),
    asset!(JAVASCRIPT, "js/privacy-pass.js"),
    asset!(JAVASCRIPT, "js/review.js"),
    asset!(JAVASCRIPT, "js/routing.js"),
    asset!(JAVASCRIPT, "js/sending.js"),
    asset!(JAVASCRIPT, "js/stepper.js"),
    asset!(JAVASCRIPT, "js/storage.js"),
    asset!(JAVASCRIPT, "js/thanks.js"),
    asset!(JAVASCRIPT, "js/welcome.js"),
    asset!(JAVASCRIPT, "js/words.js"),
];

struct Assets {
    version: String,
    files: BTreeMap<&'static str, StaticBody>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (path, _, text) in FILES {
        hash.update(path);
        hash.update(text);
    }
    let version = data_encoding::HEXLOWER.encode(&hash.finalize()[..8]);
    let files = FILES.iter().map(|(path, media_type, text)| (*path, StaticBody::new(media_type, IMMUTABLE, *text)));
    Assets { version, files: files.collect() }
});

/// The address of an asset, which changes whenever any asset does.
pub fn asset_path(path: &str) -> String {
    debug_assert!(FILES.iter().any(|(known, _, _)| *known == path), "no asset {path}");
    format!("/assets/{}/{path}", ASSETS.version)
}

/// A file that browsers are served, as an auditor checks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Path below `assets/` in the sources, and below `/assets/<version>/` on the server.
    pub path: &'static str,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Whether a browser runs it.
    pub is_script: bool,
}

/// SHA-256 in lower-case hexadecimal, as `sha256sum` prints it.
pub fn sha256_hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Every file of this release, in the order of the table.
pub fn assets() -> impl Iterator<Item = Asset> {
    FILES.iter().map(|(path, media_type, text)| Asset {
        path,
        sha256: sha256_hex(text.as_bytes()),
        is_script: *media_type == JAVASCRIPT,
    })
}

/// Adds the route of the assets.
pub fn routes(config: &mut ServiceConfig) {
    LazyLock::force(&ASSETS);
    config.route("/assets/{version}/{path:.*}", web::get().to(asset));
}

/// A page that was rendered by an earlier release asks for that release's version; it gets today's file, not to be kept.
async fn asset(path: Path<(String, String)>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (version, path) = path.into_inner();
    let body = ASSETS.files.get(path.as_str()).ok_or_else(Problem::not_found)?;
    let mut reply = body.respond(&request);
    if version != ASSETS.version {
        let revalidate = actix_web::http::header::HeaderValue::from_static(REVALIDATE);
        reply.headers_mut().insert(actix_web::http::header::CACHE_CONTROL, revalidate);
    }
    Ok(reply)
}
