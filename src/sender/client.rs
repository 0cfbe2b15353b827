//! Owns the sender's requests: a batch, and beside it the look whether a server can be reached and the wish to be forgotten.
//! Refuses to wait for long.

use crate::posthog::answer::{is_json, retry_after};
use crate::posthog::{Answer, Endpoint};
use crate::words::{fill, unanswered as say};
use anyhow::{Context as _, Result};
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a request may take, from the lookup of the name to the last byte of the answer.
const WHOLE: Duration = Duration::from_secs(10);
/// How much of an answer is read, in bytes; PostHog's has some twenty.
const LONGEST_ANSWER: usize = 64 * 1024;

/// A connection to one endpoint.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    /// Prepares for an endpoint; opens nothing yet.
    ///
    /// # Errors
    /// When there are no certificate authorities, or a proxy is set that can't be understood.
    pub fn new(endpoint: &Endpoint) -> Result<Self> {
        let url = endpoint.batch_url();
        let http = builder(&url);
        Ok(Self { http: http.build().context("could not prepare connection")?, url })
    }

    /// Sends a body and waits for the whole answer.
    pub async fn post(&self, wire: Vec<u8>, gzip: bool, now: SystemTime) -> Answer {
        let mut request = self.http.post(&self.url).header(CONTENT_TYPE, "application/json").body(wire);
        if gzip {
            request = request.header(CONTENT_ENCODING, "gzip");
        }
        match request.send().await {
            Ok(response) => whole(response, now).await,
            Err(e) => Answer::Nothing { left: !e.is_connect(), why: words(&e) },
        }
    }
}

/// Opens nothing yet.
fn builder(url: &str) -> reqwest::ClientBuilder {
    crate::http::client(url).connect_timeout(CONNECT).timeout(WHOLE)
}

/// An answer counts once it is complete: what is cut off may not have been meant.
async fn whole(mut response: Response, now: SystemTime) -> Answer {
    let status = response.status().as_u16();
    let text = |headers: &HeaderMap, name| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let json = text(response.headers(), CONTENT_TYPE).is_some_and(|kind| is_json(&kind));
    let wait = text(response.headers(), RETRY_AFTER).and_then(|value| retry_after(&value, now));
    let mut length = 0;
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if length + chunk.len() <= LONGEST_ANSWER => length += chunk.len(),
            Ok(None) => return Answer::Response { status, json, retry_after: wait },
            // Longer than any answer of PostHog's: whatever it is, it is not JSON for us.
            Ok(Some(_)) => return Answer::Response { status, json: false, retry_after: wait },
            Err(e) => {
                return Answer::Nothing {
                    left: true,
                    why: fill(say::CUT_OFF, &[("status", &status.to_string()), ("why", &words(&e))]),
                };
            }
        }
    }
}

/// The innermost cause says what happened; the URL is known and the rest is the library's.
fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        let (words, limit) = if error.is_connect() { (say::NO_CONNECTION, CONNECT) } else { (say::NO_ANSWER, WHOLE) };
        return fill(words, &[("seconds", &limit.as_secs().to_string())]);
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    fill(if error.is_connect() { say::CONNECT } else { say::BROKE }, &[("why", &cause.to_string())])
}

/// Asks for the first page of a host, for `doctor`: whether name, proxy, certificate and server work. Carries nothing.
pub async fn reach(host: &str) -> Answer {
    let url = format!("{host}/");
    let Ok(http) = builder(&url).build() else {
        return Answer::Nothing { left: false, why: say::UNPREPARED.into() };
    };
    match http.get(url).send().await {
        Ok(response) => whole(response, SystemTime::now()).await,
        Err(e) => Answer::Nothing { left: !e.is_connect(), why: words(&e) },
    }
}

/// Asks an embedded collector to delete everything of an id; answers with how many events that were.
///
/// # Errors
/// When it can't be reached, or is no embedded collector.
pub async fn forget(host: &str, id: &str) -> Result<u64> {
    let http = builder(&format!("{host}/")).build().context("could not prepare connection")?;
    let body = serde_json::json!({ "distinct_id": id }).to_string();
    let request = http.post(format!("{host}/api/forget")).header(CONTENT_TYPE, "application/json").body(body);
    let answer = request.send().await.context("could not reach server")?;
    anyhow::ensure!(answer.status().is_success(), "could not delete at server: {}", answer.status());
    let answer: serde_json::Value = serde_json::from_slice(&answer.bytes().await?)?;
    answer["deleted"].as_u64().context("could not understand server")
}
