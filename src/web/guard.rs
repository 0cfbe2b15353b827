//! Owns the door: which requests are answered at all. Refused ones change nothing, and the log says why.
//!
//! Against other sites in the same browser: the Host header names this machine (a name that was made to resolve to it
//! does not), the Origin is the page's own, and nothing is answered across origins. Against other users and programs of
//! this machine: a random token, once in the address, then in a cookie or a header. A socket needs none: its mode, 0600,
//! says who may connect.

mod cookie;
mod token;

pub use token::Token;

use crate::web::page;
use crate::words::fill;
use crate::words::page::refused as say;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use cookie::Cookie;
use serde_json::json;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The longest body of a request, in bytes. A choice has some 40.
pub const LONGEST_BODY: usize = 4096;
/// The longest part of a header that is repeated in the log, in bytes.
const LONGEST_WORD: usize = 100;
/// The names of this machine, for itself.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// A door: who is let in.
#[derive(Debug)]
pub struct Door {
    /// What a request has to know.
    token: Token,
    /// The same, for the first request only: for an address that others may see.
    once: Token,
    spent: AtomicBool,
    /// The cookie that holds the token; none for a socket, which wants no token.
    cookie: Option<Cookie>,
    /// Further names by which a reverse proxy is reached.
    names: Vec<String>,
    /// Whether other machines reach this one by its address.
    remote: bool,
}

impl Door {
    /// A door with new tokens.
    #[must_use]
    pub fn new(names: Vec<String>, remote: bool) -> Self {
        let (token, once) = (Token::random(), Token::random());
        Self { token, once, spent: AtomicBool::new(false), cookie: None, names, remote }
    }

    /// The door of a port, with a cookie of its own.
    #[must_use]
    pub fn of_port(self, port: u16) -> Self {
        Self { cookie: Some(Cookie::of_port(port)), ..self }
    }

    /// The door of a socket.
    #[must_use]
    pub fn of_socket(&self) -> Self {
        Self { names: self.names.clone(), ..Self::new(Vec::new(), false) }
    }

    /// What the printed address carries.
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// What opens the door once.
    #[must_use]
    pub const fn once(&self) -> &Token {
        &self.once
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status code.
    pub status: StatusCode,
    /// In words, for the log and the answer.
    pub why: String,
}

impl Refusal {
    /// A refusal with this status code.
    #[must_use]
    pub fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"error": self.why}))).into_response()
    }
}

/// How a request got in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// By the address that `ui` printed.
    Address,
    /// By anything that is not seen in an address.
    Quiet,
}

impl Door {
    fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Pass, Refusal> {
        let host = self.host(uri, headers)?;
        let changes = match *method {
            Method::GET | Method::HEAD => false,
            Method::POST => true,
            _ => return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, say::METHOD)),
        };
        from_own_page(headers, host, changes)?;
        self.known(uri, headers, changes)
    }

    /// The one Host header, if it names this machine: any port, since a tunnel has its own.
    fn host<'a>(&self, uri: &Uri, headers: &'a HeaderMap) -> Result<&'a str, Refusal> {
        let refuse = |why: String| Refusal::new(StatusCode::FORBIDDEN, why);
        let host = only(headers, "host").filter(|_| uri.authority().is_none());
        let host = host.ok_or_else(|| refuse(say::NO_HOST.into()))?;
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        };
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let own = OWN_NAMES.iter().any(|own| own.eq_ignore_ascii_case(name));
        let proxy = self.names.iter().any(|own| own.eq_ignore_ascii_case(name));
        // Nobody can make an address resolve to another one; those that lead to this machine only are its own.
        let address = bare.parse::<IpAddr>().is_ok_and(|ip| self.remote || ip.is_loopback());
        if own || proxy || address {
            return Ok(host);
        }
        Err(refuse(fill(say::HOST, &[("host", &word(host))])))
    }

    fn known(&self, uri: &Uri, headers: &HeaderMap, changes: bool) -> Result<Pass, Refusal> {
        let Some(cookie) = &self.cookie else { return Ok(Pass::Quiet) };
        if only(headers, "authorization").and_then(|v| v.strip_prefix("Bearer ")).is_some_and(|v| self.token.is(v)) {
            return Ok(Pass::Quiet);
        }
        let mut values = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.strip_prefix("token="));
        // What changes something is never let in by an address: that may stand in a history, or be shown around.
        let by_address = !changes && values.any(|value| self.token.is(value) || self.once.is(value) && self.spend());
        match (by_address, cookie.holds(&self.token, headers)) {
            (true, _) => Ok(Pass::Address),
            (_, true) => Ok(Pass::Quiet),
            _ => Err(Refusal::new(StatusCode::UNAUTHORIZED, say::TOKEN)),
        }
    }

    /// Whether the token for one request is still good; afterwards it is not.
    fn spend(&self) -> bool {
        !self.spent.swap(true, Ordering::Relaxed)
    }
}

/// Whether a request comes from our own page, or from no page at all.
fn from_own_page(headers: &HeaderMap, host: &str, changes: bool) -> Result<(), Refusal> {
    let refuse = |why: String| Err(Refusal::new(StatusCode::FORBIDDEN, why));
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if headers.contains_key(header::ORIGIN) {
        let origin = only(headers, "origin").unwrap_or("?");
        let bare = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if !bare.is_some_and(|bare| bare.eq_ignore_ascii_case(host)) {
            return refuse(fill(say::ORIGIN, &[("origin", &word(origin)), ("host", &word(host))]));
        }
    }
    let site = text("sec-fetch-site");
    // A link on another page, or the address bar, may open ours; nothing else may ask for anything.
    let opens = !changes && text("sec-fetch-mode") == Some("navigate") && text("sec-fetch-dest") == Some("document");
    if let Some(site) = site.filter(|site| !matches!(*site, "same-origin" | "none") && !opens) {
        return refuse(fill(say::SITE, &[("site", &word(site))]));
    }
    let by_browser = site.is_some() || headers.contains_key(header::COOKIE);
    if changes && by_browser && !headers.contains_key(header::ORIGIN) {
        return refuse(say::NO_ORIGIN.into());
    }
    Ok(())
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

/// A part of a request as the log shows it.
#[must_use]
pub fn word(text: &str) -> String {
    let short = text.as_bytes().get(..LONGEST_WORD).unwrap_or(text.as_bytes());
    short.escape_ascii().to_string()
}

/// Lets a request in, or refuses it. Who comes by the printed address gets the cookie and is sent on, so that the token
/// does not stay in the address bar.
pub async fn let_in(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    match door.check(request.method(), request.uri(), request.headers()) {
        Ok(Pass::Quiet) => {
            let response = next.run(request).await;
            if let Some(refusal) = response.extensions().get::<Refusal>() {
                log(&method, &path, refusal);
            }
            response
        }
        Ok(Pass::Address) => {
            let Some(cookie) = &door.cookie else { return nothing_here().await };
            ([(header::SET_COOKIE, cookie.of(&door.token))], Redirect::to("./")).into_response()
        }
        Err(refusal) => {
            log(&method, &path, &refusal);
            if refusal.status == StatusCode::UNAUTHORIZED && path == "/" && is_for_people(request.headers()) {
                return page::locked();
            }
            refusal.into_response()
        }
    }
}

/// Whether somebody reads the answer.
fn is_for_people(headers: &HeaderMap) -> bool {
    only(headers, "accept").is_some_and(|accept| accept.contains("text/html"))
}

/// A refusal by a handler; the door puts it in the log.
pub fn refuse(refusal: Refusal) -> Response {
    let mut response = refusal.clone().into_response();
    response.extensions_mut().insert(refusal);
    response
}

/// The answer for an address that is none of ours.
pub async fn nothing_here() -> Response {
    refuse(Refusal::new(StatusCode::NOT_FOUND, say::NOT_FOUND))
}

/// The answer for an address of ours that is asked in a way of which it knows nothing.
pub async fn not_so() -> Response {
    refuse(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, say::NOT_SO))
}

/// Never the query: it may hold the token.
fn log(method: &Method, path: &str, refusal: &Refusal) {
    crate::web::log(&format!("refused {} {}: {}", word(method.as_str()), word(path), refusal.why));
}
