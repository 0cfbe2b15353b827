//! The maintainer's side on one machine: takes what PostHog takes, keeps it in SQLite, answers the five questions.
//!
//! Read downwards: a request's body becomes events as PostHog reads them ([`wire`]); each is admitted if it is an event
//! of the schema and nothing else ([`admission`]); the one writer stores it together with the roll-ups ([`store`],
//! [`rollup`]); readers answer from the roll-ups ([`answers`]). Refuses to know who sent anything: no address and no
//! header is stored or logged.

pub mod admission;
pub mod answers;
pub mod calendar;
mod connection;
mod intake;
mod page;
pub mod rollup;
mod routes;
pub mod store;
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
}

impl Default for Options {
    fn default() -> Self {
        Self { keep_days: 365, smallest_group: 5 }
    }
}

/// What every request may use.
struct Collector {
    options: Options,
    writer: store::Writer,
    readers: store::Readers,
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
    let (writer, writing) = store::Writer::start(&database, options.keep_days)?;
    let collector = Arc::new(Collector { readers: store::Readers::of(&database), writer, options });
    connection::serve(listener, routes::of(Arc::clone(&collector)), shutdown).await;
    // The writer ends when nobody can reach it any more.
    drop(collector);
    tokio::task::spawn_blocking(move || writing.join())
        .await
        .ok()
        .and_then(Result::ok)
        .context("could not finish writing: the writer is gone")
}
