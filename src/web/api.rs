//! Owns what other programs ask the page for: OnRamp's own dashboard, scripts. docs/page.md tells its forms.

use super::Site;
use super::guard::nothing_here;
use super::view::View;
use crate::consent::explain::Rule;
use crate::ledger::Ledger;
use crate::posthog::{self, Trouble};
use crate::words::{links, parted, state_word};
use anyhow::{Context as _, Result};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET api/view`: how it stands, and whether a dashboard should ask.
pub async fn view(State(site): State<Arc<Site>>) -> Response {
    match View::look(&site).await {
        Ok(view) => Json(of(&view)).into_response(),
        Err(e) => broken(&e),
    }
}

fn of(view: &View) -> Value {
    let consent = &view.consent;
    json!({
        "needs_nudge": view.needs_nudge(),
        "nudge_due": view.nudge_due,
        "state": state_word(consent.choice),
        "decided_by": view.deciding().map(|rule| rule.name),
        "why": view.deciding().map(|rule| rule.why.as_str()),
        "rules": view.rules.iter().map(Rule::as_json).collect::<Vec<_>>(),
        "checkout": consent.checkout.display().to_string(),
        "id": consent.id,
        "host": view.endpoint.as_ref().map(|endpoint| endpoint.host.as_str()).ok(),
        "endpoint_problem": view.endpoint.as_ref().err().map(ToString::to_string),
        "destination": view.destination,
        "key_present": !matches!(view.endpoint, Err(Trouble::NoKey)),
        "waiting": view.health.as_ref().map_or(0, |health| health.waiting),
        "sent": view.health.as_ref().map_or(0, |health| health.totals.sent),
        "docs": links::DOCS_PAGE,
    })
}

/// `GET api/preview`: the exact bytes of the next request, before compression.
pub async fn preview(State(site): State<Arc<Site>>) -> Response {
    match View::look(&site).await.and_then(|view| view.preview.map_err(anyhow::Error::msg)) {
        Ok(preview) => ([(header::CONTENT_TYPE, "application/json")], preview.body).into_response(),
        Err(e) => broken(&e),
    }
}

/// `GET api/sent/N`: the body of request N of the ledger, before compression.
pub async fn sent(State(site): State<Arc<Site>>, Path(number): Path<String>) -> Response {
    let Ok(number) = number.parse() else { return nothing_here().await };
    let found = tokio::task::spawn_blocking(move || body_of(&site, number)).await;
    match found.context("could not read ledger").flatten() {
        Ok(Some(body)) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Ok(None) => nothing_here().await,
        Err(e) => broken(&e),
    }
}

fn body_of(site: &Site, number: i64) -> Result<Option<Vec<u8>>> {
    let Some(place) = crate::paths::Place::find(&site.homes, &site.checkout)? else { return Ok(None) };
    let Some(ledger) = Ledger::read(&place)? else { return Ok(None) };
    let batch = ledger.batches()?.into_iter().find(|batch| batch.n == number);
    Ok(batch.and_then(|batch| batch.body).map(|wire| posthog::unpacked(&wire)))
}

/// Something on this machine is wrong: it is told, and in the log.
pub fn broken(error: &anyhow::Error) -> Response {
    let text = format!("{error:#}");
    crate::web::log(&text);
    let (error, help) = parted(&text);
    (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"error": error, "help": help}))).into_response()
}
