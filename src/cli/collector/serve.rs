//! `collector` without a subcommand: serves until INT or TERM.

use crate::collector::{self, Options};
use anyhow::{Context as _, Result, ensure};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// The most days that events can be kept.
pub const LONGEST: i64 = 3650;

/// The options of `collector` without a subcommand.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// The folder that holds the database; made if it is not there
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8723")]
    listen: SocketAddr,
    /// For how many days events are kept
    #[arg(long, value_name = "DAYS", default_value_t = Options::default().keep_days,
        value_parser = clap::value_parser!(i64).range(1..=LONGEST))]
    keep_days: i64,
    /// A file with the token that readers have to show; without it whoever reaches the address may read
    #[arg(long, value_name = "FILE")]
    read_token: Option<PathBuf>,
    /// How many requests a minute one client may write; without it as many as come
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// A reverse proxy stands in front: take the client from the end of its X-Forwarded-For
    #[arg(long)]
    behind_proxy: bool,
}

/// Serves; prints the address as one line once it listens.
///
/// # Errors
/// When it can't listen or can't open the database.
pub fn run(args: &Serve) -> Result<()> {
    let options = Options {
        keep_days: args.keep_days,
        read_token: args.read_token.as_deref().map(token).transpose()?,
        requests_per_minute: args.rate,
        behind_proxy: args.behind_proxy,
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("could not start collector")?.block_on(serve(args, options))
}

/// The first line of a file; an empty one would let everybody in.
fn token(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("could not read token: {}", file.display()))?;
    let token = text.lines().next().unwrap_or_default().trim();
    ensure!(!token.is_empty(), "could not read token: {} is empty", file.display());
    Ok(token.to_owned())
}

async fn serve(args: &Serve, options: Options) -> Result<()> {
    let listen = || format!("could not listen: {}\nhelp: choose another address with --listen", args.listen);
    let mut interrupt = signal(SignalKind::interrupt()).context("could not wait for signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("could not wait for signals")?;
    // Whatever is wrong with the folder is said before anybody connects.
    collector::store::make(&args.data)?;
    let listener = TcpListener::bind(args.listen).await.with_context(listen)?;
    let address = listener.local_addr().with_context(listen)?;
    crate::cli::print(&format!("http://{address}/\n"));
    let shutdown = async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    };
    collector::serve(listener, &args.data, options, shutdown).await
}
