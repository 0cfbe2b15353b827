//! `collector` without a subcommand: serves until INT or TERM.

use crate::collector::{self, Options};
use crate::words::help;
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
    #[arg(long, value_name = "DIR", help = help::COLLECTOR_DATA)]
    data: PathBuf,
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8723", help = help::COLLECTOR_LISTEN)]
    listen: SocketAddr,
    #[arg(long, value_name = "DAYS", default_value_t = Options::default().keep_days,
        value_parser = clap::value_parser!(i64).range(1..=LONGEST), help = help::COLLECTOR_KEEP_DAYS)]
    keep_days: i64,
    #[arg(long, value_name = "FILE", help = help::COLLECTOR_READ_TOKEN)]
    read_token: Option<PathBuf>,
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..), help = help::COLLECTOR_RATE)]
    rate: Option<u32>,
    #[arg(long, help = help::COLLECTOR_BEHIND_PROXY)]
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
    let listen = || format!("could not open port: {}\nhelp: choose another address with --listen", args.listen);
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
