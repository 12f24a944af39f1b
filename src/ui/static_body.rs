//! A reply that is compressed once and served from memory.

use std::borrow::Cow;
use std::io::Write;

use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, IF_NONE_MATCH, VARY};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};

const BEST_QUALITY: i32 = 11;
/// A tenth larger, and thirty times faster.
const QUICK_QUALITY: i32 = 9;
const BROTLI_WINDOW: i32 = 22;

/// Bytes with their media type, in up to three encodings, and a strong validator for each.
#[derive(Debug, Clone)]
pub struct StaticBody {
    media_type: Cow<'static, str>,
    cache_control: &'static str,
    identity: Bytes,
    /// None where compressing gains nothing.
    compressed: Option<Compressed>,
    /// What all validators begin with.
    hash: String,
}

#[derive(Debug, Clone)]
struct Compressed {
    gzip: Bytes,
    brotli: Bytes,
}

/// How a reply is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Brotli,
}

impl StaticBody {
    /// Compresses `bytes` as well as can be, which takes some milliseconds: do it once, when starting.
    pub fn new(media_type: &'static str, cache_control: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self::compressed(media_type.into(), cache_control, bytes.into(), BEST_QUALITY)
    }

    /// One of hundreds of bodies, which would keep whoever starts waiting: compressed quickly, and not at all where its
    /// format already is.
    pub fn of_many(media_type: String, cache_control: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self::compressed(media_type.into(), cache_control, bytes.into(), QUICK_QUALITY)
    }

    fn compressed(media_type: Cow<'static, str>, cache_control: &'static str, identity: Bytes, quality: i32) -> Self {
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&identity)[..12]);
        let is_text = ["text/", "image/svg+xml", "application/json", "application/xml"];
        let is_text = is_text.iter().any(|kind| media_type.starts_with(kind));
        let compressed =
            is_text.then(|| Compressed { gzip: gzip(&identity).into(), brotli: brotli(&identity, quality).into() });
        Self { media_type, cache_control, identity, compressed, hash }
    }

    /// The bytes, not compressed.
    pub fn bytes(&self) -> &Bytes {
        &self.identity
    }

    /// Bytes on the wire for a browser that takes brotli, as all current ones do.
    pub fn compressed_length_bytes(&self) -> usize {
        self.compressed.as_ref().map_or(self.identity.len(), |compressed| compressed.brotli.len())
    }

    /// Answers a GET or HEAD.
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (coding, body) = self.encoded(header(ACCEPT_ENCODING));
        // Each encoding is a representation of its own, with a validator of its own (RFC 9110, section 8.8.3.3).
        let (name, suffix) = match coding {
            Coding::Identity => (None, ""),
            Coding::Gzip => (Some("gzip"), "-gz"),
            Coding::Brotli => (Some("br"), "-br"),
        };
        let is_known = header(IF_NONE_MATCH).contains(&self.hash);
        let mut reply = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        reply
            .insert_header((CACHE_CONTROL, self.cache_control))
            .insert_header((ETAG, format!("\"{}{suffix}\"", self.hash)))
            .insert_header((VARY, "Accept-Encoding"));
        if is_known {
            return reply.finish();
        }
        if let Some(name) = name {
            reply.insert_header((CONTENT_ENCODING, name));
        }
        reply.content_type(self.media_type.as_ref()).body(body.clone())
    }

    /// The smallest encoding that is accepted.
    fn encoded(&self, accepted: &str) -> (Coding, &Bytes) {
        let accepts = |coding: &str| {
            accepted.split(',').any(|item| {
                let mut parts = item.split(';').map(str::trim);
                parts.next() == Some(coding) && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00"))
            })
        };
        match &self.compressed {
            Some(compressed) if accepts("br") => (Coding::Brotli, &compressed.brotli),
            Some(compressed) if accepts("gzip") => (Coding::Gzip, &compressed.gzip),
            _ => (Coding::Identity, &self.identity),
        }
    }
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
        let body = |media_type: &str| StaticBody::of_many(media_type.to_owned(), "no-cache", "bonjour ".repeat(100));
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
