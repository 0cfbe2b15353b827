//! `collector`: the maintainer's side on one machine.

use super::Session;
use crate::collector::{self, Options};
use anyhow::{Context as _, Result};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// The options of `collector`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder that holds the database; made if it is not there
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8723")]
    listen: SocketAddr,
}

/// Serves until INT or TERM; prints its address as one line once it listens.
///
/// # Errors
/// When it can't listen or can't open the database.
pub fn run(_: &Session, args: &Args) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("could not start collector")?.block_on(serve(args))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(args: &Args) -> Result<()> {
    let listen = || format!("could not listen: {}\nhelp: choose another address with --listen", args.listen);
    let listener = TcpListener::bind(args.listen).await.with_context(listen)?;
    let address = listener.local_addr().with_context(listen)?;
    let mut signals = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    let serving = collector::serve(listener, &args.data, Options::default(), async move {
        let [interrupt, terminate] = &mut signals;
        match (interrupt, terminate) {
            (Ok(interrupt), Ok(terminate)) => {
                tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            }
            _ => std::future::pending().await,
        }
    });
    // The socket queues connections from here on; the database is opened before the first is answered.
    super::print(&format!("http://{address}/\n"));
    serving.await
}
