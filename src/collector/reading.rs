//! Owns what readers get: the answers as JSON, CSV and a page, and who may have them.

use crate::collector::answers::{Answers, Ask, Filter, Question, answers, csv};
use crate::collector::{Collector, calendar, page};
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use serde_json::json;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// Lets a reader through who knows the token, if there is one: as a bearer token, or as the password that a browser
/// asks for, whatever the name.
pub async fn admit(State(collector): State<Arc<Collector>>, request: Request, next: Next) -> Response {
    match &collector.options.read_token {
        Some(token) if !shows(request.headers(), token) => {
            let challenge = [(header::WWW_AUTHENTICATE, r#"Basic realm="onramp-analytics""#)];
            (StatusCode::UNAUTHORIZED, challenge, "a token is needed to read\n").into_response()
        }
        _ => next.run(request).await,
    }
}

fn shows(headers: &HeaderMap, token: &str) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let shown = match value.split_once(' ') {
        Some((scheme, shown)) if scheme.eq_ignore_ascii_case("bearer") => shown.trim().to_owned(),
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            let pair = base64::engine::general_purpose::STANDARD.decode(pair.trim()).unwrap_or_default();
            let pair = String::from_utf8(pair).unwrap_or_default();
            pair.split_once(':').map(|(_, password)| password.to_owned()).unwrap_or_default()
        }
        _ => return false,
    };
    // In the same time whether one byte is right or all but one.
    shown.as_bytes().ct_eq(token.as_bytes()).into()
}

/// Keeps figures and answers out of caches on the way.
pub async fn uncached(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// Whether the collector can read and its last write succeeded, for a supervisor. Says nothing about anybody.
pub async fn health(State(collector): State<Arc<Collector>>) -> Response {
    let works = collector.writer.works();
    let read = tokio::task::spawn_blocking(move || {
        collector.readers.read(|db| db.query_row("SELECT value FROM fact WHERE name = 'events'", [], |_| Ok(())))
    });
    match read.await {
        Ok(Ok(())) if works => Json(json!({"status": "ok"})).into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "unavailable"}))).into_response(),
    }
}

/// All five answers as JSON.
pub async fn all(State(collector): State<Arc<Collector>>, Query(filter): Query<Filter>) -> Response {
    match answer(collector, &filter).await {
        Ok(answers) => Json(answers).into_response(),
        Err(answer) => answer,
    }
}

/// One answer, as JSON or, with `.csv` after its name, as a table.
pub async fn one(
    State(collector): State<Arc<Collector>>,
    Path(address): Path<String>,
    Query(filter): Query<Filter>,
) -> Response {
    let name = address.trim_end_matches(".csv").trim_end_matches(".json");
    let Some(question) = Question::named(name) else {
        return (StatusCode::NOT_FOUND, Json(json!({"error": "no such question"}))).into_response();
    };
    let answers = match answer(collector, &filter).await {
        Ok(answers) => answers,
        Err(answer) => return answer,
    };
    if address.ends_with(".csv") {
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        return ([(header::CONTENT_TYPE, kind)], csv::table(&answers, question)).into_response();
    }
    match question {
        Question::Adoption => Json(answers.adoption).into_response(),
        Question::Services => Json(answers.services).into_response(),
        Question::Commands => Json(answers.commands).into_response(),
        Question::Errors => Json(answers.errors).into_response(),
        Question::Durations => Json(answers.durations).into_response(),
    }
}

/// The page.
pub async fn show(State(collector): State<Arc<Collector>>, Query(filter): Query<Filter>) -> Response {
    /// Nothing from elsewhere, and no script: the page is what the server made of its own figures.
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; \
                          frame-ancestors 'none'";
    match answer(collector, &filter).await {
        Ok(answers) => {
            let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")];
            (headers, page::of(&answers, &filter)).into_response()
        }
        Err(answer) => answer,
    }
}

/// The answers to what a reader asks for, or why there are none.
async fn answer(collector: Arc<Collector>, filter: &Filter) -> Result<Answers, Response> {
    let refuse = |why: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": why}))).into_response();
    let today = calendar::today();
    let first = today - collector.options.keep_days + 1;
    let ask = Ask::of(filter, first, today, collector.options.smallest_group).map_err(refuse)?;
    let reading = Arc::clone(&collector);
    let place = reading.limits.reading.acquire().await;
    let read = tokio::task::spawn_blocking(move || collector.readers.read(|db| answers(db, &ask))).await;
    drop(place);
    match read {
        Ok(Ok(answers)) => Ok(answers),
        _ => Err((StatusCode::SERVICE_UNAVAILABLE, "could not read database").into_response()),
    }
}
