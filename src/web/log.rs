//! The request log: route template, status and duration. A path could hold anything a visitor typed, and an address tells
//! who they are, so neither is ever given to the logger.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

/// Middleware, for [`actix_web::middleware::from_fn`].
///
/// # Errors
/// Whatever the handler fails with.
pub async fn log_request<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    // Naming the route takes longer than serving many a page: only a log that is on pays for it.
    if !tracing::enabled!(target: "isoloir::request", tracing::Level::DEBUG) {
        return next.call(request).await;
    }
    let started = Instant::now();
    // Only the methods of our own routes are named: a made-up method is text that a visitor chose.
    let method = match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        _ => "other",
    };
    let response = next.call(request).await?;
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(target: "isoloir::request", method, route, status = response.status().as_u16(), duration_ms);
    Ok(response)
}
