//! Owns the addresses: which there are, and who answers each.

use crate::collector::{Collector, intake, reading};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};
use std::sync::Arc;

/// All addresses. Those that take events take any method, as PostHog's do: the body decides.
pub fn of(collector: Arc<Collector>) -> Router {
    let mut writing = Router::new();
    for address in ["/batch", "/i/v0/e", "/e", "/capture", "/track"] {
        writing = writing.route(address, any(intake::take)).route(&format!("{address}/"), any(intake::take));
    }
    let writing = writing
        .route("/api/forget", post(intake::forget))
        .layer(from_fn_with_state(Arc::clone(&collector), intake::admit));
    let reading = Router::new()
        .route("/", get(reading::show))
        .route("/api/answers", get(reading::all))
        .route("/api/answers/{question}", get(reading::one))
        .layer(from_fn_with_state(Arc::clone(&collector), reading::admit));
    let health = Router::new().route("/api/health", get(reading::health));
    writing.merge(reading).merge(health).layer(from_fn(reading::uncached)).with_state(collector)
}
