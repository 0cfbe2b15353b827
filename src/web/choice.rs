//! Owns saving a choice: from a form of the page, or from JSON. It is answered with 200 only when the choice stands on
//! the disk and was read back; a choice that is not known is 400 and changes nothing; a failure is in the log.

use super::guard::{Refusal, refuse, word};
use super::object::Object;
use super::{Site, nudge, page};
use crate::consent::change::{Changed, Yes, disable, enable};
use crate::consent::{self, Choice, Source, explain};
use crate::ledger::Ledger;
use crate::paths::Place;
use crate::posthog::host::normal_host;
use crate::words::{choice, count, fill, page::after, page::failed, page::refused as say, parted, state_word};
use anyhow::{Result, bail};
use axum::extract::rejection::{FormRejection, JsonRejection};
use axum::extract::{Form, Json, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use std::sync::{Arc, PoisonError};

/// The longest reason why a body is no choice, in characters; it may repeat some of the body.
const LONGEST_WHY: usize = 200;

/// What a person wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The choice.
    pub choice: Choice,
    /// Also tell, once, what is enabled now.
    pub with_current: bool,
    /// The destination that the person read when choosing: a yes is to that one, whatever the settings name by now.
    pub destination: Option<String>,
}

impl Wish {
    fn of(choice: Choice, with_current: bool, destination: Option<&str>) -> Result<Self> {
        Ok(Self { choice, with_current, destination: destination.map(normal_host).transpose()? })
    }
}

/// What a saved choice did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was wanted.
    pub choice: Choice,
    /// What a person should know, sentence by sentence.
    pub said: Vec<String>,
    /// What went wrong beside it, with `help:` lines.
    pub warnings: Vec<String>,
}

/// Why a choice was not saved, or not all of it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What was wanted.
    pub wish: Wish,
    /// What went wrong.
    pub error: String,
    /// What to do about it.
    pub help: String,
}

/// The form of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    choice: String,
    #[serde(default)]
    with_current: Option<String>,
    #[serde(default)]
    destination: Option<String>,
}

/// What OnRamp's own dashboard posts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opt {
    opt: String,
    #[serde(default)]
    with_current: bool,
    #[serde(default)]
    destination: Option<String>,
}

/// `POST choice`, by a form: answers with the way back to the page, or with the page that tells what failed.
pub async fn by_form(State(site): State<Arc<Site>>, form: Result<Form<Fields>, FormRejection>) -> Response {
    let Form(fields) = match form {
        Ok(form) => form,
        Err(e) => return refuse(unread(e.status(), &e.body_text())),
    };
    let choice = match fields.choice.as_str() {
        "on" => Choice::On,
        "local" => Choice::Local,
        "off" => Choice::Off,
        other => return refuse(unknown(other)),
    };
    let wish = match Wish::of(choice, fields.with_current.is_some(), fields.destination.as_deref()) {
        Ok(wish) => wish,
        Err(e) => return refuse(unread(StatusCode::BAD_REQUEST, &format!("{e:#}"))),
    };
    match saved(&site, wish).await {
        Ok(_) => Redirect::to(&format!("./?after={}", state_word(Some(choice)))).into_response(),
        Err(failure) => {
            let page = page::with(&site, move |view| nudge::failed(view, &failure)).await;
            (StatusCode::INTERNAL_SERVER_ERROR, page).into_response()
        }
    }
}

/// `GET choice`: somebody went to the form's own address; the page is beside it.
pub async fn back() -> Redirect {
    Redirect::to("./")
}

/// `POST api/analytics_opt`, by JSON.
pub async fn by_json(State(site): State<Arc<Site>>, opt: Result<Json<Object<Opt>>, JsonRejection>) -> Response {
    let Json(Object(opt)) = match opt {
        Ok(opt) => opt,
        Err(e) => return refuse(unread(e.status(), &e.body_text())),
    };
    let choice = match opt.opt.as_str() {
        "opt-in" => Choice::On,
        "opt-out" => Choice::Off,
        other => return refuse(unknown(other)),
    };
    let wish = match Wish::of(choice, opt.with_current, opt.destination.as_deref()) {
        Ok(wish) => wish,
        Err(e) => return refuse(unread(StatusCode::BAD_REQUEST, &format!("{e:#}"))),
    };
    match saved(&site, wish).await {
        Ok((outcome, state)) => Json(json!({
            "opt": opt.opt,
            "state": state_word(state),
            "needs_nudge": state.is_none(),
            "said": outcome.said,
            "warnings": outcome.warnings,
        }))
        .into_response(),
        Err(Failure { error, help, .. }) => {
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"error": error, "help": help}))).into_response()
        }
    }
}

fn unknown(choice: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, fill(say::CHOICE, &[("choice", &word(choice))]))
}

/// A body that is no choice: of another kind, too long, broken off, or holding something else.
fn unread(status: StatusCode, why: &str) -> Refusal {
    let status = if status == StatusCode::UNPROCESSABLE_ENTITY { StatusCode::BAD_REQUEST } else { status };
    Refusal::new(status, why.escape_default().take(LONGEST_WHY).collect::<String>())
}

/// Saves a choice and says how it stands; a failure goes to the log. Files may be slow: not on a thread that serves.
async fn saved(site: &Arc<Site>, wish: Wish) -> Result<(Outcome, Option<Choice>), Failure> {
    let at = Arc::clone(site);
    let wanted = wish.clone();
    let done = tokio::task::spawn_blocking(move || save(&at, &wanted)).await;
    let error = match done {
        Ok(Ok((outcome, state))) => {
            *site.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome.clone());
            return Ok((outcome, state));
        }
        Ok(Err(e)) => format!("{e:#}"),
        Err(e) => e.to_string(),
    };
    let (error, help) = parted(&error);
    crate::web::log(&format!("could not save choice {}: {error}", state_word(Some(wish.choice))));
    Err(Failure { wish, error: error.to_owned(), help: help.unwrap_or(failed::REMEDY).to_owned() })
}

fn save(site: &Site, wish: &Wish) -> Result<(Outcome, Option<Choice>)> {
    let Site { env, homes, checkout, .. } = site;
    let changed = match wish.choice {
        Choice::Off => disable(env, homes, checkout, false)?,
        choice => {
            let host = wish.destination.clone();
            let yes = Yes { local: choice == Choice::Local, with_current: wish.with_current, host };
            enable(env, homes, checkout, &yes)?
        }
    };
    // The one thing that may be called saved is what a run that starts now would read.
    let now = consent::read(env, homes, checkout)?;
    if now.voices.of(Source::Lock) != Some(wish.choice) {
        bail!("could not keep choice: {} says something else now", crate::paths::checkout::CHOICE);
    }
    Ok((Outcome { choice: wish.choice, said: told(site, wish, &changed), warnings: changed.warnings }, now.choice))
}

/// What became of a choice, in sentences.
fn told(site: &Site, wish: &Wish, changed: &Changed) -> Vec<String> {
    let now = &changed.now;
    let mut said = Vec::new();
    if now.choice == Some(wish.choice) {
        said.push(match (wish.choice, &changed.endpoint) {
            (Choice::On, Ok(_)) if changed.is_new => format!("{} {}", after::ON_IS, after::FIRST_SENT),
            (Choice::On, Ok(_)) => after::ON_IS.to_owned(),
            (Choice::On, Err(trouble)) => fill(after::ON_UNSENT, &[("trouble", &trouble.to_string())]),
            (Choice::Local, _) => after::LOCAL_IS.to_owned(),
            (Choice::Off, _) => after::OFF_IS.to_owned(),
        });
    } else {
        let rule = explain::deciding(&site.env, now);
        let values = [("state", state_word(now.choice)), ("rule", rule.name), ("why", &rule.why)];
        said.push(fill(choice::STAYS.trim_end(), &values));
    }
    let old_host = changed.old_host.iter().map(|old| fill(choice::OTHER_HOST.trim_end(), &[("host", old)]));
    said.extend(old_host);
    said.extend(explain::current(changed).map(|current| current.trim_end().to_owned()));
    if changed.waiting > 0 {
        let words = if wish.choice == Choice::Off { choice::DELETED } else { choice::KEPT };
        said.push(fill(words.trim_end(), &[("count", &count(changed.waiting, "event"))]));
    }
    let used = changed.old_id.as_ref().filter(|id| was_sent(now.place.as_ref(), id));
    said.extend(used.map(|id| fill(after::OLD_ID, &[("id", id)])));
    said
}

/// Whether something may have been sent under an id. Where that can't be told it may.
fn was_sent(place: Option<&Place>, id: &str) -> bool {
    let ids = |place| anyhow::Ok(Ledger::read(place)?.map(|ledger| ledger.ids()).transpose()?.unwrap_or_default());
    place.is_some_and(|place| ids(place).map_or(true, |ids| ids.iter().any(|(used, _)| used == id)))
}
