//! Bodies that are still coming when the server is asked to stop. What was read whole is answered; nobody waits for the rest of
//! a slow one, and its sender is asked to come back.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::task::Poll;

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use futures_util::{FutureExt, StreamExt, stream};

/// Whether a body was given up, whatever its reader made of that.
#[derive(Debug, Clone, Default)]
pub struct GivenUp(Rc<Cell<bool>>);

impl GivenUp {
    /// Whether it was.
    pub fn is_so(&self) -> bool {
        self.0.get()
    }
}

/// Lets the body of a request end with an error once `stopping` is over, unless all of it has come by then.
pub fn give_up_body(request: &mut ServiceRequest, stopping: impl Future<Output = ()> + 'static) -> GivenUp {
    let given_up = GivenUp::default();
    let mut body = request.take_payload();
    if matches!(body, Payload::None) {
        return given_up;
    }
    let (told, mut stopping) = (given_up.clone(), Box::pin(stopping.fuse()));
    let guarded = stream::poll_fn(move |context| {
        let part = body.poll_next_unpin(context);
        if part.is_pending() && stopping.poll_unpin(context).is_ready() {
            told.0.set(true);
            return Poll::Ready(Some(Err(PayloadError::Incomplete(None))));
        }
        part
    });
    request.set_payload(Payload::Stream { payload: Box::pin(guarded) });
    given_up
}
