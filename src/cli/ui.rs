//! `ui`: serves the local page until it is ended. Prints its address, opens the browser where there is one, and over ssh
//! says how to get to it.

use super::Session;
use crate::connection;
use crate::files::{hand_over, unlink};
use crate::paths::MACHINE_NAME;
use crate::person::Person;
use crate::web::address::{PORT, address, browser, tunnel};
use crate::web::guard::Door;
use crate::web::{Site, routes};
use crate::words::{fill, page::ui as say};
use anyhow::{Context as _, Result, bail};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// So many ports are tried after the usual one.
const PORTS: u16 = 20;
/// How long a choice that is being saved may take once it is time to stop.
const LAST: Duration = Duration::from_secs(10);

/// The options of `ui`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, value_name = "ADDRESS:PORT", help = say::HELP_LISTEN)]
    listen: Option<SocketAddr>,
    #[arg(long, value_name = "PATH", help = say::HELP_UNIX)]
    unix: Option<PathBuf>,
    #[arg(long = "host", value_name = "NAME", help = say::HELP_HOST)]
    hosts: Vec<String>,
    #[arg(long, help = say::HELP_REMOTE)]
    remote: bool,
    #[arg(long, help = say::HELP_NO_OPEN)]
    no_open: bool,
}

/// Serves until INT or TERM.
///
/// # Errors
/// When there is no checkout, or it can't listen.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    let site = Arc::new(Site::new(session.env.clone(), session.homes()?, session.checkout()?));
    let port = if args.unix.is_none() || args.listen.is_some() { Some(listen(args)?) } else { None };
    let socket = args.unix.as_deref().map(listen_at).transpose()?;
    let door = Door::new(args.hosts.clone(), args.remote);
    if let Some(path) = &args.unix {
        super::print(&fill(say::SOCKET, &[("path", &path.display().to_string())]));
    }
    if let Some(port) = &port {
        announce(session, args, port.local_addr()?, &door);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.context("could not start page")?;
    let served = runtime.block_on(serve(&site, port, socket, door));
    // A choice that is half saved is saved first.
    runtime.shutdown_timeout(LAST);
    if let Some(path) = &args.unix {
        unlink(path)?;
    }
    served.map(|()| ExitCode::SUCCESS)
}

async fn serve(site: &Arc<Site>, port: Option<TcpListener>, socket: Option<UnixListener>, door: Door) -> Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut served = tokio::task::JoinSet::new();
    if let Some(socket) = socket {
        socket.set_nonblocking(true)?;
        let routes = routes(Arc::clone(site), Arc::new(door.of_socket()));
        let socket = tokio::net::UnixListener::from_std(socket)?;
        served.spawn(connection::serve(socket, routes, std::future::pending()));
    }
    if let Some(port) = port {
        port.set_nonblocking(true)?;
        let routes = routes(Arc::clone(site), Arc::new(door.of_port(port.local_addr()?.port())));
        let port = tokio::net::TcpListener::from_std(port)?;
        served.spawn(connection::serve(port, routes, std::future::pending()));
    }
    tokio::select! {
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
        ended = served.join_next() => ended.map_or(Ok(()), |ended| Ok(ended?)),
    }
}

/// The address that was asked for, or the usual port of this machine, or the next free one.
fn listen(args: &Args) -> Result<TcpListener> {
    if let Some(at) = args.listen {
        if !at.ip().is_loopback() && !args.remote {
            bail!("{}", fill(say::REMOTE, &[("address", &at.to_string())]));
        }
        return TcpListener::bind(at)
            .with_context(|| format!("could not open port: {at}"))
            .map_err(|e| anyhow::anyhow!(fill(say::TAKEN, &[("error", &format!("{e:#}"))])));
    }
    let at = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    (PORT..=PORT + PORTS).chain([0]).find_map(|port| at(port).ok()).context("could not open port: none is free")
}

/// A socket that only its owner can connect to. One that a page left behind is taken over.
fn listen_at(path: &Path) -> Result<UnixListener> {
    let failed = || format!("could not open socket: {}", path.display());
    if let Ok(is) = path.symlink_metadata() {
        if !is.file_type().is_socket() {
            bail!(fill(say::NO_SOCKET, &[("error", &failed())]));
        }
        if UnixStream::connect(path).is_ok() {
            bail!(fill(say::ANOTHER_PAGE, &[("error", &failed())]));
        }
        unlink(path)?;
    }
    // From its first moment on: there is no other thread yet that could make a file with this mask.
    let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let socket = UnixListener::bind(path);
    rustix::process::umask(mask);
    let socket = socket.with_context(failed)?;
    hand_over(path).with_context(failed)?;
    Ok(socket)
}

/// Says where the page is, and opens it where a person sees it.
fn announce(session: &Session, args: &Args, at: SocketAddr, door: &Door) {
    super::print(&fill(say::AT, &[("address", &address(at, door.token()))]));
    let name = std::fs::read_to_string(MACHINE_NAME).unwrap_or_default();
    if let Some(line) = tunnel(&session.env, Person::of(&session.env).name().as_deref(), name.trim(), at) {
        super::print(&fill(say::OVER_SSH, &[("line", &line)]));
    }
    super::print(say::STOP);
    let is_root = rustix::process::geteuid().is_root();
    if let Some(program) = browser(&session.env, is_root).filter(|_| !args.no_open) {
        let mut command = Command::new(&program);
        // Every user of the machine sees a process's arguments: this token opens the door once.
        command.arg(address(at, door.once())).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.spawn() {
            // It may be the browser itself, which stays: nobody waits for it but this thread.
            Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
            Err(_) => session.warn(&fill(say::NO_BROWSER, &[("program", &program.display().to_string())])),
        }
    }
}
