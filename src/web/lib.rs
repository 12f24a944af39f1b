//! What every HTTP role of Isoloir shares, and nothing of what they do: problem details ([`Problem`]), texts in usual and in
//! easy French ([`Reading`]), bounded bodies ([`read_body`]), security headers ([`security_headers`]) and a request log that
//! names routes, never paths ([`log_request`]).
//!
//! # Invariant
//! Nothing here writes an address, a path, a query, a header or a body to a log, at any level.

mod address;
mod body;
mod french;
mod head;
mod headers;
mod log;
mod other_site;
mod problem;
mod reading;
mod refusals;

pub use address::{TrustedProxy, client_address};
pub use body::{BodyError, media_type, parse_form, read_body};
pub use french::french;
pub use head::head_as_get;
pub use headers::security_headers;
pub use log::log_request;
pub use other_site::refuse_other_sites;
pub use problem::{FieldProblem, Problem};
pub use reading::Reading;

/// Largest body of a submission, in bytes: many times the longest honest one.
pub const BODY_LIMIT_BYTES: usize = 256 * 1024;
