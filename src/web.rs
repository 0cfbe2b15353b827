//! Owns the local page: what a person sees of all this in a browser, and the JSON that OnRamp's own dashboard asks for.
//!
//! Read downwards: a request is let in or refused ([`guard`]); a look at everything there is ([`view`]) becomes the page
//! ([`page`]) or JSON ([`api`]); a choice is saved and read back ([`choice`]); open pages are told of every change
//! ([`follow`]). Nothing is loaded from anywhere, a GET changes nothing, and all of it works without JavaScript.

pub mod address;
mod api;
mod charts;
mod choice;
mod follow;
pub mod guard;
mod nudge;
mod object;
mod page;
mod sections;
mod view;

use crate::env::Environment;
use crate::paths::Homes;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use guard::Door;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// What the page is about.
#[derive(Debug)]
pub struct Site {
    /// Where the sources of consent and the endpoint are read from.
    pub env: Environment,
    /// The person's folders.
    pub homes: Homes,
    /// The checkout.
    pub checkout: PathBuf,
    /// What the last choice on this page did, to be told once more after the browser was sent on.
    last: Mutex<Option<choice::Outcome>>,
}

impl Site {
    /// A page about a checkout.
    #[must_use]
    pub fn new(env: Environment, homes: Homes, checkout: PathBuf) -> Self {
        Self { env, homes, checkout, last: Mutex::new(None) }
    }
}

/// All addresses, behind a door.
pub fn routes(site: Arc<Site>, door: Arc<Door>) -> Router {
    Router::new()
        .route("/", get(page::show))
        .route("/choice", post(choice::by_form).get(choice::back))
        .route("/events", get(follow::events))
        .route("/api/view", get(api::view))
        .route("/api/analytics_opt", post(choice::by_json))
        .route("/api/preview", get(api::preview))
        .route("/api/sent/{number}", get(api::sent))
        .fallback(guard::nothing_here)
        .method_not_allowed_fallback(guard::not_so)
        .layer(DefaultBodyLimit::max(guard::LONGEST_BODY))
        .with_state(site)
        .layer(from_fn_with_state(door, guard::let_in))
        .layer(from_fn(secured))
}

/// Says on stderr what went wrong. A terminal that is gone changes nothing.
fn log(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "onramp-analytics: {text}");
}

/// What every answer carries: nothing is kept, nothing is shown inside another page, nothing is told to another site.
async fn secured(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not no-referrer: a form's Origin would be null then, and could not be compared.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
        headers.insert(name, HeaderValue::from_static("same-origin"));
    }
    // Pages bring their own, with a number for their style and script.
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    response
}
