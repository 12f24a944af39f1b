//! The booth: the pages on which a resident answers.
//!
//! One document holds the welcome and the whole questionnaire. Without JavaScript it is a long form that the server checks
//! and shows back for review; with it, `assets/js/welcome.js` and `booth.js` turn the same document into a stepper and sends the response
//! with a token that the browser made.
//!
//! # Invariants
//! - The questionnaire's page is the same bytes for every visitor who reads the same language: it is made once, when the
//!   server starts.
//! - Nothing of an unfinished response is kept on the server: it travels back inside the page.
//! - A code or an answer is never in a URL.

#[cfg(test)]
mod agreement_tests;
mod color_sheet;
#[cfg(test)]
mod easy_tests;
mod form_state;
mod message;
mod question;
mod questionnaire_page;
mod review_page;
mod routes;
mod script_data;
mod shared_device;
#[cfg(test)]
mod tests;
mod trust_page;
mod view;

pub use routes::{Booth, routes};
