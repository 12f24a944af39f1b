//! A reply that is compressed once and served from memory.

use std::io::Write;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_NONE_MATCH, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};

const BROTLI_QUALITY: i32 = 11;
const BROTLI_WINDOW: i32 = 22;
/// Our own headers and those that every reply gets after us, so that the table of headers never grows while it is filled.
const MOST_HEADERS: usize = 16;

/// Bytes with their media type, in three encodings, and a strong validator. All that a reply needs is made once: serving
/// counts references and copies nothing but the headers' places.
#[derive(Debug, Clone)]
pub struct StaticBody {
    media_type: HeaderValue,
    cache_control: HeaderValue,
    etag: HeaderValue,
    identity: Bytes,
    gzip: Bytes,
    brotli: Bytes,
}

impl StaticBody {
    /// Compresses `bytes`, which takes some milliseconds: do it once, when starting.
    pub fn new(media_type: &'static str, cache_control: &'static str, bytes: impl Into<Bytes>) -> Self {
        let identity: Bytes = bytes.into();
        let etag = format!("\"{}\"", data_encoding::HEXLOWER.encode(&Sha256::digest(&identity)[..12]));
        Self {
            media_type: HeaderValue::from_static(media_type),
            cache_control: HeaderValue::from_static(cache_control),
            etag: HeaderValue::try_from(etag).expect("hexadecimal digits in quotes"),
            gzip: gzip(&identity).into(),
            brotli: brotli(&identity).into(),
            identity,
        }
    }

    /// The bytes, not compressed.
    pub fn bytes(&self) -> &Bytes {
        &self.identity
    }

    /// Bytes on the wire for a browser that takes brotli, as all current ones do.
    pub fn compressed_length_bytes(&self) -> usize {
        self.brotli.len()
    }

    /// Answers a GET or HEAD.
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let sent = request.headers();
        if self.is_known(sent) {
            let mut reply = HttpResponse::NotModified().finish();
            reply.headers_mut().insert(ETAG, self.etag.clone());
            reply.headers_mut().insert(CACHE_CONTROL, self.cache_control.clone());
            return reply;
        }
        let accepted = text(sent, &ACCEPT_ENCODING);
        let (encoding, bytes) = if accepts(accepted, "br") {
            (Some("br"), &self.brotli)
        } else if accepts(accepted, "gzip") {
            (Some("gzip"), &self.gzip)
        } else {
            (None, &self.identity)
        };
        let mut reply = HttpResponse::Ok().body(bytes.clone());
        let headers = reply.headers_mut();
        headers.reserve(MOST_HEADERS);
        headers.insert(CONTENT_TYPE, self.media_type.clone());
        headers.insert(CACHE_CONTROL, self.cache_control.clone());
        headers.insert(ETAG, self.etag.clone());
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        reply
    }

    /// Whether the browser says that it has these bytes.
    fn is_known(&self, sent: &HeaderMap) -> bool {
        let etag = self.etag.to_str().expect("it was made of ASCII");
        text(sent, &IF_NONE_MATCH).contains(etag)
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

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
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
}
