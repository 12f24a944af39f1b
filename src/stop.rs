//! How the server stops: no new requests, answers to those that came, and no long waiting for bodies that do not end.

use std::time::Duration;

use actix_web::dev::{ServerHandle, ServiceResponse};
use actix_web::http::header::CONTENT_TYPE;
use isoloir_web::{GivenUp, Problem};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

const PROBLEM: &str = "application/problem+json";
/// How long the rest of a body is waited for: a service manager kills those who take long to stop.
const LAST_BODIES: Duration = Duration::from_secs(3);

/// The ways to ask for a stop.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Takes no more requests once a signal asks for it, and answers those that came. Bodies have a moment to come whole; who asks
/// twice does not wait for them.
pub(crate) async fn stop_when_asked(mut signals: Signals, server: ServerHandle, end_patience: watch::Sender<()>) {
    signals.next().await;
    let stopped = server.stop(true);
    let _ = tokio::time::timeout(LAST_BODIES, signals.next()).await;
    let _ = end_patience.send(());
    stopped.await;
}

/// What is said of a body that was given up: programs try again what they are told to, a page says so itself.
pub(crate) fn told_to_come_back(reply: ServiceResponse, body: &GivenUp) -> ServiceResponse {
    let is_for_program = reply.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM);
    if is_for_program && body.is_so() { reply.error_response(Problem::unavailable()) } else { reply }
}
