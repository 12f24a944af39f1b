//! A reply that is compressed once and served from memory.

use std::io::Write;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_NONE_MATCH, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};

const BEST_QUALITY: i32 = 11;
/// A tenth larger, and thirty times faster.
const QUICK_QUALITY: i32 = 9;
const BROTLI_WINDOW: i32 = 22;
/// Our own headers and those that every reply gets after us, so that the table of headers never grows while it is filled.
const MOST_HEADERS: usize = 16;
/// What is worth compressing: beginnings of media types.
const TEXTS: [&str; 4] = ["text/", "image/svg+xml", "application/json", "application/xml"];

/// Bytes with their media type, in up to three encodings. All that a reply needs is made once: serving counts references and
/// copies nothing but the headers' places.
#[derive(Debug, Clone)]
pub struct StaticBody {
    media_type: HeaderValue,
    cache_control: HeaderValue,
    identity: Encoded,
    /// None where compressing gains nothing.
    compressed: Option<Compressed>,
}

#[derive(Debug, Clone)]
struct Compressed {
    gzip: Encoded,
    brotli: Encoded,
}

/// One representation with its own strong validator (RFC 9110, section 8.8.3.3).
#[derive(Debug, Clone)]
struct Encoded {
    bytes: Bytes,
    etag: HeaderValue,
}

impl Encoded {
    fn new(bytes: impl Into<Bytes>, hash: &str, suffix: &str) -> Self {
        let etag = HeaderValue::try_from(format!("\"{hash}{suffix}\"")).expect("hexadecimal digits in quotes");
        Self { bytes: bytes.into(), etag }
    }
}

impl StaticBody {
    /// Compresses `bytes` as well as can be, which takes some milliseconds: do it once, when starting.
    pub fn new(media_type: &'static str, cache_control: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self::encoded(HeaderValue::from_static(media_type), cache_control, bytes.into(), BEST_QUALITY)
    }

    /// One of hundreds of bodies, which would keep whoever starts waiting: compressed quickly, and not at all where its
    /// format already is. None when the media type is not ASCII.
    pub fn of_many(media_type: &str, cache_control: &'static str, bytes: impl Into<Bytes>) -> Option<Self> {
        let media_type = HeaderValue::from_str(media_type).ok()?;
        Some(Self::encoded(media_type, cache_control, bytes.into(), QUICK_QUALITY))
    }

    fn encoded(media_type: HeaderValue, cache_control: &'static str, bytes: Bytes, quality: i32) -> Self {
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)[..12]);
        let is_text = TEXTS.iter().any(|kind| media_type.as_bytes().starts_with(kind.as_bytes()));
        let compressed = is_text.then(|| Compressed {
            gzip: Encoded::new(gzip(&bytes), &hash, "-gz"),
            brotli: Encoded::new(brotli(&bytes, quality), &hash, "-br"),
        });
        let identity = Encoded::new(bytes, &hash, "");
        Self { media_type, cache_control: HeaderValue::from_static(cache_control), identity, compressed }
    }

    /// The bytes, not compressed.
    pub fn bytes(&self) -> &Bytes {
        &self.identity.bytes
    }

    /// Bytes on the wire for a browser that takes brotli, as all current ones do.
    pub fn compressed_length_bytes(&self) -> usize {
        self.compressed.as_ref().map_or(&self.identity, |compressed| &compressed.brotli).bytes.len()
    }

    /// Answers a GET or HEAD.
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let sent = request.headers();
        let (coding, encoded) = match &self.compressed {
            Some(compressed) => match preferred(sent) {
                Coding::Brotli => (Some("br"), &compressed.brotli),
                Coding::Gzip => (Some("gzip"), &compressed.gzip),
                Coding::Identity => (None, &self.identity),
            },
            None => (None, &self.identity),
        };
        let is_known = names(sent, &encoded.etag);
        let mut reply = if is_known {
            HttpResponse::NotModified().finish()
        } else {
            HttpResponse::Ok().body(encoded.bytes.clone())
        };
        let headers = reply.headers_mut();
        headers.reserve(MOST_HEADERS);
        headers.insert(CACHE_CONTROL, self.cache_control.clone());
        headers.insert(ETAG, encoded.etag.clone());
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        if is_known {
            return reply;
        }
        headers.insert(CONTENT_TYPE, self.media_type.clone());
        if let Some(coding) = coding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        reply
    }
}

/// The items of a header that is a list: its lines count as one (RFC 9110, section 5.3). What is not ASCII is no item of ours.
fn items<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

/// Whether `If-None-Match` names what would be sent: `*` names anything, and a weak validator is as good as a strong one
/// (RFC 9110, section 13.1.2). No validator of ours has a comma.
fn names(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    items(headers, &IF_NONE_MATCH).any(|item| item == "*" || item.strip_prefix("W/").unwrap_or(item).as_bytes() == etag)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Brotli,
    Gzip,
    Identity,
}

/// The coding that `Accept-Encoding` gives the greatest weight (RFC 9110, section 12.5.3), the smaller body among equals. Bytes
/// as they are need no permission, and serve whoever refuses everything.
fn preferred(headers: &HeaderMap) -> Coding {
    let (mut brotli, mut gzip, mut identity, mut others) = (None, None, None, None);
    for item in items(headers, &ACCEPT_ENCODING) {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let is = |coding: &str| name.trim().eq_ignore_ascii_case(coding);
        let weight = Some(weight(parameters));
        if is("br") {
            brotli = weight;
        } else if is("gzip") || is("x-gzip") {
            gzip = weight;
        } else if is("identity") {
            identity = weight;
        } else if is("*") {
            others = weight;
        }
    }
    let (brotli, gzip) = (brotli.or(others).unwrap_or(0.0), gzip.or(others).unwrap_or(0.0));
    let identity = identity.unwrap_or(0.0);
    if brotli > 0.0 && brotli >= gzip && brotli >= identity {
        Coding::Brotli
    } else if gzip > 0.0 && gzip >= identity {
        Coding::Gzip
    } else {
        Coding::Identity
    }
}

/// The weight after a coding: 1 where there is none, 0 where it cannot be read.
fn weight(parameters: &str) -> f32 {
    let named = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then_some(value.trim())
    });
    named.map_or(1.0, |value| value.parse().unwrap_or(0.0))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing to memory does not fail")
}

fn brotli(bytes: &[u8], quality: i32) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams {
        quality,
        lgwin: BROTLI_WINDOW,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params).expect("writing to memory does not fail");
    out
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;

    use super::*;

    #[actix_web::test]
    async fn the_encoding_is_the_one_asked_for() {
        let body = StaticBody::new("text/plain", "no-cache", "bonjour ".repeat(100));
        for (accept, encoding) in [
            ("gzip, deflate, br", Some("br")),
            ("gzip", Some("gzip")),
            ("br;q=0, gzip", Some("gzip")),
            ("", None),
            ("BR ; Q=0.000, X-GZip", Some("gzip")),
            ("gzip;q=1.0, br;q=0.5", Some("gzip")),
            ("identity, br;q=0.1", None),
            ("*", Some("br")),
            ("br;q=0, *;q=0.1", Some("gzip")),
            ("*;q=0", None),
            ("brotli, br-x", None),
            ("br;q=beaucoup", None),
        ] {
            let reply = body.respond(&TestRequest::get().insert_header((ACCEPT_ENCODING, accept)).to_http_request());
            let got = reply.headers().get(CONTENT_ENCODING).map(|value| value.to_str().expect("ASCII").to_owned());
            assert_eq!(got.as_deref(), encoding, "{accept}");
            let length = to_bytes(reply.into_body()).await.expect("body").len();
            assert_eq!(encoding.is_none(), length == 800);
        }
    }

    #[actix_web::test]
    async fn lines_of_a_list_count_together() {
        let body = StaticBody::new("text/plain", "no-cache", "bonjour ".repeat(100));
        let lines = |name: HeaderName, values: [&'static str; 2]| {
            values.iter().fold(TestRequest::get(), |request, value| request.append_header((name.clone(), *value)))
        };
        let reply = body.respond(&lines(ACCEPT_ENCODING, ["deflate", "gzip"]).to_http_request());
        assert_eq!(reply.headers().get(CONTENT_ENCODING).expect("a coding"), "gzip");
        let reply = body.respond(&lines(IF_NONE_MATCH, ["\"autre\"", "*"]).to_http_request());
        assert_eq!(reply.status(), actix_web::http::StatusCode::NOT_MODIFIED);
    }

    #[actix_web::test]
    async fn a_known_copy_is_not_sent_again() {
        let body = StaticBody::new("text/plain", "no-cache", "bonjour");
        let asked = |accept: &str, known: &str| {
            let request = TestRequest::get().insert_header((ACCEPT_ENCODING, accept));
            body.respond(&request.insert_header((IF_NONE_MATCH, known)).to_http_request())
        };
        let etag = |accept| asked(accept, "").headers().get(ETAG).expect("an etag").to_str().expect("ASCII").to_owned();
        let known = etag("br");
        for known in [known.clone(), format!("W/{known}"), format!("\"x\", W/{known} ,\"y\""), "*".to_owned()] {
            let reply = asked("br", &known);
            assert_eq!(reply.status(), actix_web::http::StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(reply.headers().get(ETAG).expect("an etag").to_str().expect("ASCII"), etag("br"));
        }
        // What a cache has in another encoding is not what would be sent: told 304, it would look for it in vain.
        for other in [etag("gzip"), etag(""), known.trim_matches('"').to_owned(), known.replace('"', "'")] {
            assert_eq!(asked("br", &other).status(), actix_web::http::StatusCode::OK, "{other}");
        }
    }

    #[actix_web::test]
    async fn each_encoding_has_its_validator_and_what_is_compressed_already_is_left_alone() {
        let body =
            |media_type: &str| StaticBody::of_many(media_type, "no-cache", "bonjour ".repeat(100)).expect("ASCII");
        let etag = |body: &StaticBody, accept: &str| {
            let request = TestRequest::get().insert_header((ACCEPT_ENCODING, accept)).to_http_request();
            body.respond(&request).headers().get(ETAG).expect("an etag").clone()
        };
        let (text, picture) = (body("text/csv"), body("image/png"));
        assert_ne!(etag(&text, "br"), etag(&text, ""));
        assert_ne!(etag(&text, "br"), etag(&text, "gzip"));
        assert_eq!(etag(&picture, "br"), etag(&picture, ""));
        assert_eq!((picture.compressed_length_bytes(), text.compressed_length_bytes() < 100), (800, true));
    }
}
