//! Owns taking events: the request's body, PostHog's answers, and asking for a deletion.

use crate::collector::admission::{Reason, Window, judge};
use crate::collector::store::{Batch, Unavailable};
use crate::collector::wire::{LARGEST_BODY, Malformed, read, unpack};
use crate::collector::{Collector, calendar};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a client may take to send a body.
const PATIENCE: Duration = Duration::from_secs(30);

/// Takes a batch as PostHog does: `200 {"status":1}` once it is on disk, whether or not it is of our schema.
pub async fn take(
    State(collector): State<Arc<Collector>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = match whole(body).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let said = |value: &str| matches!(value, "gzip" | "gzip-js");
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let gzip = said(encoding) || query.get("compression").is_some_and(|c| said(c));
    let keep_days = collector.options.keep_days;
    let judged = tokio::task::spawn_blocking(move || admit(&body, gzip, keep_days)).await;
    match judged {
        Ok(Ok(batch)) => match collector.writer.store(batch).await {
            Ok(_) => Json(json!({"status": 1})).into_response(),
            Err(Unavailable) => unavailable(),
        },
        Ok(Err(malformed)) => {
            let refused = Batch { events: Vec::new(), refused: vec![(Reason::Malformed, 1)] };
            let _ = collector.writer.store(refused).await;
            (malformed.status(), malformed.text()).into_response()
        }
        Err(_) => unavailable(),
    }
}

/// The whole body, if it comes in time and is not too large.
async fn whole(body: Body) -> Result<Bytes, Response> {
    match tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, LARGEST_BODY)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) => Err(if is_too_large(&error) {
            (Malformed::TooLarge.status(), Malformed::TooLarge.text()).into_response()
        } else {
            (StatusCode::BAD_REQUEST, "failed to read request body").into_response()
        }),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "request body took too long").into_response()),
    }
}

fn is_too_large(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// What is to be stored of a body.
fn admit(body: &[u8], gzip: bool, keep_days: i64) -> Result<Batch, Malformed> {
    let body = unpack(body, gzip)?;
    let window = Window::of(calendar::today(), keep_days);
    let mut batch = Batch::default();
    let mut refused: HashMap<Reason, u64> = HashMap::new();
    for incoming in read(&body)? {
        match judge(&incoming, window) {
            Ok(event) => batch.events.push(event),
            Err(reason) => *refused.entry(reason).or_default() += 1,
        }
    }
    batch.refused = refused.into_iter().collect();
    Ok(batch)
}

/// A wish to be forgotten.
#[derive(Deserialize)]
pub struct Forget {
    distinct_id: String,
}

/// Deletes all events of an id. Whoever knows the id may: it is random and shown to its owner only.
pub async fn forget(State(collector): State<Arc<Collector>>, Json(wish): Json<Forget>) -> Response {
    let Ok(id) = uuid::Uuid::try_parse(&wish.distinct_id) else {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "distinct_id is not an id"}))).into_response();
    };
    match collector.writer.forget(id).await {
        Ok(deleted) => Json(json!({"deleted": deleted})).into_response(),
        Err(Unavailable) => unavailable(),
    }
}

fn unavailable() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "transient error, please retry").into_response()
}
