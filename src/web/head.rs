//! HEAD, answered like GET: same route, same status, same headers. The HTTP layer knows what was asked and sends no body.

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;

/// The request as routes see it, for `App::wrap_fn`. No GET of ours changes anything, so asking twice is harmless.
pub fn head_as_get(mut request: ServiceRequest) -> ServiceRequest {
    if *request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    request
}
