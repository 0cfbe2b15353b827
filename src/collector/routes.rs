//! Owns the addresses: which there are, and what each answers.

use crate::collector::answers::{Answers, Ask, Filter, Question, answers};
use crate::collector::{Collector, calendar, intake, page};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::json;
use std::sync::Arc;

/// All addresses. Those that take events take any method, as PostHog's do: a body decides.
pub fn of(collector: Arc<Collector>) -> Router {
    let mut routes = Router::new();
    for address in ["/batch", "/i/v0/e", "/e", "/capture", "/track"] {
        routes = routes.route(address, any(intake::take)).route(&format!("{address}/"), any(intake::take));
    }
    routes
        .route("/api/forget", post(intake::forget))
        .route("/api/health", get(health))
        .route("/api/answers", get(all))
        .route("/api/answers/{question}", get(one))
        .route("/", get(show))
        .with_state(collector)
}

async fn health(State(collector): State<Arc<Collector>>) -> Response {
    let read = tokio::task::spawn_blocking(move || {
        collector
            .readers
            .read(|db| db.query_row("SELECT value FROM fact WHERE name = 'events'", [], |row| row.get::<_, u64>(0)))
    });
    match read.await {
        Ok(Ok(events)) => Json(json!({"status": "ok", "events": events})).into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "unavailable"}))).into_response(),
    }
}

async fn all(State(collector): State<Arc<Collector>>, Query(filter): Query<Filter>) -> Response {
    match answer(collector, &filter).await {
        Ok(answers) => Json(answers).into_response(),
        Err(answer) => answer,
    }
}

async fn one(
    State(collector): State<Arc<Collector>>,
    Path(question): Path<String>,
    Query(filter): Query<Filter>,
) -> Response {
    let Some(question) = Question::named(&question) else {
        return (StatusCode::NOT_FOUND, Json(json!({"error": "no such question"}))).into_response();
    };
    match answer(collector, &filter).await {
        Ok(answers) => match question {
            Question::Adoption => Json(answers.adoption).into_response(),
            Question::Services => Json(answers.services).into_response(),
            Question::Commands => Json(answers.commands).into_response(),
            Question::Errors => Json(answers.errors).into_response(),
            Question::Durations => Json(answers.durations).into_response(),
        },
        Err(answer) => answer,
    }
}

async fn show(State(collector): State<Arc<Collector>>, Query(filter): Query<Filter>) -> Response {
    match answer(collector, &filter).await {
        Ok(answers) => page::of(&answers).into_response(),
        Err(answer) => answer,
    }
}

/// The answers to what a reader asks for, or why there are none.
async fn answer(collector: Arc<Collector>, filter: &Filter) -> Result<Answers, Response> {
    let refuse = |why: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": why}))).into_response();
    let today = calendar::today();
    let some = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
    let ask = Ask {
        range: filter.range(today - collector.options.keep_days + 1, today).map_err(refuse)?,
        command: some(&filter.command),
        service: some(&filter.service),
        users: filter.users().map_err(refuse)?,
        smallest_group: collector.options.smallest_group,
    };
    let read = tokio::task::spawn_blocking(move || collector.readers.read(|db| answers(db, &ask)));
    match read.await {
        Ok(Ok(answers)) => Ok(answers),
        _ => Err((StatusCode::SERVICE_UNAVAILABLE, "could not read database").into_response()),
    }
}
