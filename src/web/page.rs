//! Owns the page as a whole: its frame, its style and script, and the order of what stands on it.
//!
//! One answer holds everything: nothing else has to be loaded before it is seen.

use super::nudge::Panel;
use super::view::View;
use super::{Site, api, nudge, sections};
use crate::words::page::{failed, foot, head, refused};
use crate::words::{links, state_word};
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::sync::{Arc, PoisonError};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// A lane that joins another.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' fill='none' \
    stroke='%230f766e' stroke-width='4' \
    stroke-linecap='round'%3E%3Cpath d='M22 3v26M10 29c0-9 12-8 12-17'/%3E%3C/svg%3E";
/// How long a thank-you stays, in seconds.
const THANKS: u32 = 15;

/// `GET /`: the page.
pub async fn show(State(site): State<Arc<Site>>, RawQuery(query): RawQuery) -> Response {
    let wanted = query.as_deref().and_then(|query| query.strip_prefix("after="));
    let last = site.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
    // An old address must not thank for what was taken back since.
    let last = last.filter(|outcome| wanted == Some(state_word(Some(outcome.choice))));
    with(&site, move |view| match last {
        Some(outcome) if view.consent.voices.of(crate::consent::Source::Lock) == Some(outcome.choice) => {
            nudge::saved(view, &outcome)
        }
        _ => nudge::asking(view),
    })
    .await
}

/// The page with this panel at the top.
pub async fn with(site: &Arc<Site>, panel: impl FnOnce(&View) -> Panel) -> Response {
    match View::look(site).await {
        Ok(view) => answer(StatusCode::OK, |number| whole(&view, &panel(&view), number)),
        Err(e) => api::broken(&e),
    }
}

/// The page for whoever comes without the token.
pub fn locked() -> Response {
    let body = html! {
        main.locked {
            h1 { (refused::HEADING) }
            p { (sections::typed(refused::TOKEN_IS)) }
            // A cookie that is for this site only does not come with the first step from another one.
            p { a.button href="./" { (refused::AGAIN) } }
        }
    };
    answer(StatusCode::UNAUTHORIZED, |number| frame(head::TITLE, number, false, &body))
}

/// A page with its policy: only what carries the number of this very answer is style or script.
fn answer(status: StatusCode, page: impl FnOnce(&str) -> Markup) -> Response {
    let number = uuid::Uuid::new_v4().simple().to_string();
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{number}'; script-src 'nonce-{number}'; connect-src 'self'; \
         img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    (status, [(header::CONTENT_SECURITY_POLICY, policy)], page(&number)).into_response()
}

fn frame(title: &str, number: &str, passes: bool, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href=(ICON);
                style nonce=(number) { (PreEscaped(STYLE)) }
                @if passes { noscript { meta http-equiv="refresh" content={ (THANKS) "; url=./" }; } }
            }
            body { (body) }
        }
    }
}

fn whole(view: &View, panel: &Panel, number: &str) -> Markup {
    let state = state_word(view.consent.choice);
    let title = format!("{}: {state}", head::TITLE);
    let body = html! {
        a.skip href="#panel" { (head::SKIP) }
        header {
            h1 { (head::TITLE) }
            (sections::pill(view))
            p.quiet { (head::OF) " " code { (view.consent.checkout.display()) } }
        }
        p #status .unseen role="status" {}
        div #lost .lost role="alert" hidden {
            p { (sections::typed(failed::LOST)) }
            button type="button" data-reload { (failed::AGAIN) }
        }
        main data-title=(title) data-state=(state) data-stamp=(view.stamp) data-thanks=(THANKS) {
            (panel.markup)
            (sections::choice(view))
            (sections::figures(view))
            (sections::next(view))
            (sections::delivery(view))
            (sections::everything())
        }
        footer {
            p { (foot::LINE) }
            p {
                a href=(links::DOCS_PAGE) rel="noreferrer" { (foot::DOCS) }
                " \u{b7} onramp-analytics " (env!("CARGO_PKG_VERSION"))
            }
        }
        (nudge::unreachable())
        template #anew { (failed::ANEW) }
        template #saving { (crate::words::page::nudge::SAVING) }
        script nonce=(number) { (PreEscaped(SCRIPT)) }
    };
    frame(&title, number, panel.passes, &body)
}
