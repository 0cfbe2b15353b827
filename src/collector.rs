//! The maintainer's side on one machine: takes what PostHog takes, keeps it in SQLite, answers the five questions.
//!
//! Read downwards: a request's body becomes events as PostHog reads them ([`wire`]); each is admitted if it is an event
//! of the schema and nothing else ([`admission`]); the one writer stores it together with the roll-ups ([`store`],
//! [`rollup`]); readers answer from the roll-ups ([`answers`]). Refuses to know who sent anything: no address and no
//! header is stored or logged.

pub mod admission;
mod ageing;
pub mod answers;
pub mod calendar;
pub mod dashboard;
pub mod histogram;
mod intake;
mod limit;
mod page;
mod reading;
pub mod report;
pub mod rollup;
mod routes;
pub mod store;
pub mod transfer;
pub mod wire;

use anyhow::{Context as _, Result};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// How a collector behaves beyond its defaults.
#[derive(Clone, Debug)]
pub struct Options {
    /// For how many days events are kept.
    pub keep_days: i64,
    /// Services that fewer installs than this have enabled are shown together, since a rare one can single out an
    /// install.
    pub smallest_group: u64,
    /// Who reads has to know this; anybody may write, as with PostHog's public key.
    pub read_token: Option<String>,
    /// How many requests a minute one client may write; none means as many as come.
    pub requests_per_minute: Option<u32>,
    /// A reverse proxy stands in front: a client is the last address in its `X-Forwarded-For`.
    pub behind_proxy: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { keep_days: 365, smallest_group: 5, read_token: None, requests_per_minute: None, behind_proxy: false }
    }
}

/// What every request may use.
struct Collector {
    limits: limit::Limits,
    writer: store::Writer,
    readers: store::Readers,
    options: Options,
}

/// Serves a collector on `listener`, with its database in the folder `data`, until `shutdown` is done. Requests under
/// way are answered first; what was acknowledged is on disk.
///
/// # Errors
/// When the database can't be opened.
pub async fn serve(
    listener: TcpListener,
    data: &Path,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let database = store::make(data)?;
    let (writer, writing) = store::Writer::start(&database)?;
    // Whoever reads first finds nothing that is too old. If it can't be deleted now, in an hour it may.
    let _ = writer.age(calendar::today(), options.keep_days).await;
    let ageing = tokio::spawn(ageing::daily(writer.clone(), options.keep_days, calendar::today, ageing::LOOK));
    let collector = Arc::new(Collector {
        limits: limit::Limits::of(options.requests_per_minute, options.behind_proxy),
        writer: writer.clone(),
        readers: store::Readers::of(&database),
        options,
    });
    crate::connection::serve(listener, routes::of(collector), shutdown).await;
    ageing.abort();
    writer.stop().await;
    let ended = tokio::task::spawn_blocking(move || writing.join()).await;
    ended.ok().and_then(Result::ok).context("could not finish writing: the writer is gone")
}
