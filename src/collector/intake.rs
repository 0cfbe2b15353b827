//! Owns taking events: the request's body, PostHog's answers, and asking for a deletion.

use crate::collector::admission::{Reason, Window, judge};
use crate::collector::limit::SMALL_BODY;
use crate::collector::store::{Batch, Unavailable};
use crate::collector::wire::{LARGEST_BODY, Malformed, form, read, unpack};
use crate::collector::{Collector, calendar};
use crate::connection::Peer;
use axum::Json;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::SemaphorePermit;

/// How long a client may take to send a body.
const PATIENCE: Duration = Duration::from_secs(30);

/// Lets a request through if its client has not sent too many of late.
pub async fn admit(State(collector): State<Arc<Collector>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer(Ipv4Addr::UNSPECIFIED.into()));
    match collector.limits.pass(peer, request.headers(), Instant::now()) {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            let seconds = wait.as_secs_f64().ceil().to_string();
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds)], "rate limited").into_response()
        }
    }
}

/// Takes a batch as PostHog does: `200 {"status":1}` once it is on disk, whether or not it is of our schema.
pub async fn take(
    State(collector): State<Arc<Collector>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let says = Says::of(&query, &headers);
    match receive(&collector, says, query.get("data"), body).await {
        Ok((batch, _room)) => match collector.writer.store(batch).await {
            Ok(_) => Json(json!({"status": 1})).into_response(),
            Err(Unavailable) => unavailable(),
        },
        Err(answer) => answer,
    }
}

/// What a request says of its body.
#[derive(Clone, Copy)]
struct Says {
    gzip: bool,
    form: bool,
}

impl Says {
    fn of(query: &HashMap<String, String>, headers: &HeaderMap) -> Self {
        let header = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let gzip = |value: &str| matches!(value, "gzip" | "gzip-js");
        let by_query = query.get("compression").is_some_and(|c| gzip(c));
        Self {
            gzip: by_query || gzip(header(header::CONTENT_ENCODING)),
            form: header(header::CONTENT_TYPE).starts_with("application/x-www-form-urlencoded"),
        }
    }
}

/// What is to be stored of a request, with room for it to wait in, or what it is answered instead. `data` is the
/// address's.
async fn receive<'a>(
    collector: &'a Collector,
    says: Says,
    data: Option<&String>,
    body: Body,
) -> Result<(Batch, Option<SemaphorePermit<'a>>), Response> {
    // Held until the body is judged, so that many large bodies at once wait instead of filling the memory.
    let _large = match body.size_hint().exact() {
        Some(length) if length <= SMALL_BODY as u64 => None,
        Some(length) if length > LARGEST_BODY as u64 => return Err(refusal(Malformed::TooLarge)),
        _ => Some(tokio::time::timeout(PATIENCE, collector.limits.large.acquire()).await.map_err(|_| unavailable())?),
    };
    let mut body = whole(body).await?;
    if let Some(data) = data.filter(|_| body.is_empty()) {
        body = form::decode(data).into();
    }
    let judging = collector.limits.judging.acquire().await;
    let judged = tokio::task::spawn_blocking(move || judge_all(&body, says)).await;
    let room = match &judged {
        Ok(Ok(batch)) => collector.limits.room(batch.events.len()).await,
        _ => None,
    };
    drop(judging);
    match judged {
        Ok(Ok(batch)) => Ok((batch, room)),
        Ok(Err(malformed)) => {
            let refused = Batch { events: Vec::new(), refused: vec![(Reason::Malformed, 1)] };
            // It is refused all the same if it can't be counted.
            let _ = collector.writer.store(refused).await;
            Err(refusal(malformed))
        }
        Err(_) => Err(unavailable()),
    }
}

/// The whole body, if it comes in time and is not too large.
async fn whole(body: Body) -> Result<Bytes, Response> {
    match tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, LARGEST_BODY)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_too_large(&error) => Err(refusal(Malformed::TooLarge)),
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "failed to read request body").into_response()),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "request body took too long").into_response()),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<http_body_util::LengthLimitError>())
}

/// What is to be stored of a body.
fn judge_all(body: &[u8], says: Says) -> Result<Batch, Malformed> {
    let data = if says.form { form::data(body) } else { None };
    let body = match &data {
        Some(data) => unpack(data, false)?,
        None => unpack(body, says.gzip)?,
    };
    let window = Window::until(calendar::today());
    let mut batch = Batch::default();
    let mut refused: HashMap<Reason, u64> = HashMap::new();
    read(&body, |incoming| match judge(&incoming, window) {
        Ok(event) => batch.events.push(event),
        Err(reason) => *refused.entry(reason).or_default() += 1,
    })?;
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

fn refusal(malformed: Malformed) -> Response {
    (malformed.status(), malformed.text()).into_response()
}

fn unavailable() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "transient error, please retry").into_response()
}
