//! Owns the connections of whatever is served, the page and the collector: how many there may be, how long a client may
//! take for its headers, and how they end.
//!
//! axum's own `serve` waits for ever for a slow client's headers; this one does not. Forgets who is connected.

use axum::Router;
use axum::serve::Listener;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, watch};

/// More clients than this wait to be accepted.
const MOST: usize = 512;
/// How long a client may take for a request's headers, and between two requests.
const HEADERS: Duration = Duration::from_secs(15);
/// How long requests under way may take once it is time to stop.
const LAST: Duration = Duration::from_secs(10);

/// The other end of a connection; nothing at a socket of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Where a peer is, if it has an address.
pub trait Address {
    /// It.
    fn peer(&self) -> Option<Peer>;
}

impl Address for SocketAddr {
    fn peer(&self) -> Option<Peer> {
        Some(Peer(self.ip()))
    }
}

impl Address for tokio::net::unix::SocketAddr {
    fn peer(&self) -> Option<Peer> {
        None
    }
}

/// Serves connections until `shutdown` is done and those under way have been answered.
pub async fn serve<L>(mut listener: L, routes: Router, shutdown: impl Future<Output = ()>)
where
    L: Listener<Addr: Address>,
{
    let places = Arc::new(Semaphore::new(MOST));
    let (stop, stopping) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => accepted,
        };
        let (place, (stream, address)) = (place, accepted);
        let connection = one(stream, address.peer(), routes.clone(), stopping.clone());
        tokio::spawn(async move {
            connection.await;
            drop(place);
        });
    }
    drop((listener, routes));
    let _ = stop.send(true);
    let all = u32::try_from(MOST).unwrap_or(u32::MAX);
    let _ = tokio::time::timeout(LAST, places.acquire_many(all)).await;
}

async fn one<S>(stream: S, peer: Option<Peer>, routes: Router, mut stopping: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(64 * 1024);
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(move |mut request: Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        routes.call(request)
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut asked = false;
    loop {
        tokio::select! {
            // A client that breaks off or speaks no HTTP is nothing to report.
            _ = connection.as_mut() => break,
            _ = stopping.wait_for(|stop| *stop), if !asked => {
                asked = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
