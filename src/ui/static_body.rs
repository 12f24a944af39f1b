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
    /// What every validator of these bytes begins with.
    hash: String,
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
        Self { media_type, cache_control: HeaderValue::from_static(cache_control), hash, identity, compressed }
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
        let accepted = text(sent, &ACCEPT_ENCODING);
        let (encoding, encoded) = match &self.compressed {
            Some(compressed) if accepts(accepted, "br") => (Some("br"), &compressed.brotli),
            Some(compressed) if accepts(accepted, "gzip") => (Some("gzip"), &compressed.gzip),
            _ => (None, &self.identity),
        };
        // Whoever has these bytes in another encoding has them.
        let is_known = text(sent, &IF_NONE_MATCH).contains(&self.hash);
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
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        reply
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether `Accept-Encoding` names the coding and does not refuse it.
fn accepts(accepted: &str, coding: &str) -> bool {
    accepted.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        parts.next() == Some(coding) && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00"))
    })
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
        for (accept, encoding) in
            [("gzip, deflate, br", Some("br")), ("gzip", Some("gzip")), ("br;q=0, gzip", Some("gzip")), ("", None)]
        {
            let reply = body.respond(&TestRequest::get().insert_header((ACCEPT_ENCODING, accept)).to_http_request());
            let got = reply.headers().get(CONTENT_ENCODING).map(|value| value.to_str().expect("ASCII").to_owned());
            assert_eq!(got.as_deref(), encoding, "{accept}");
            let length = to_bytes(reply.into_body()).await.expect("body").len();
            assert_eq!(encoding.is_none(), length == 800);
        }
    }

    #[actix_web::test]
    async fn a_known_copy_is_not_sent_again() {
        let body = StaticBody::new("text/plain", "no-cache", "bonjour");
        let first = body.respond(&TestRequest::get().to_http_request());
        let etag = first.headers().get(ETAG).expect("an etag").clone();
        let again = body.respond(&TestRequest::get().insert_header((IF_NONE_MATCH, etag)).to_http_request());
        assert_eq!(again.status(), actix_web::http::StatusCode::NOT_MODIFIED);
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
