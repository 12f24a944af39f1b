//! The headers of every reply.

use actix_web::middleware::DefaultHeaders;

/// Only what the page itself brings: no third party, no inline script, no frame around us, no address passed on.
fn content_security_policy(issuer_url: Option<&str>) -> String {
    let issuer = issuer_url.map(|url| format!(" {url}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'{issuer}; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Middleware that adds the security headers which a handler has not set itself. Scripts may also talk to the issuer, when
/// it is another site.
pub fn security_headers(issuer_url: Option<&str>) -> DefaultHeaders {
    DefaultHeaders::new()
        .add(("Content-Security-Policy", content_security_policy(issuer_url)))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add(("Permissions-Policy", "camera=(), geolocation=(), microphone=(), interest-cohort=()"))
        .add(("Cache-Control", "no-store"))
}
