//! Owns the connections of whatever is served, the page and the collector: how many there may be, how long a client may
//! take for its headers, its body and its answer, and how they end.
//!
//! axum's own `serve` waits for ever for a slow client; this one does not. Forgets who is connected.

mod unread;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
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
use unread::Unread;

/// More clients than this wait to be accepted.
const MOST: usize = 512;
/// How long requests under way may take once it is time to stop.
const LAST: Duration = Duration::from_secs(10);

/// How long a client may hold its place without going on.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// For a request's headers, and between two requests.
    headers: Duration,
    /// From the headers to the answer, whatever part of it is the body's. No client of ours waits that long.
    request: Duration,
    /// For taking an answer.
    answer: Duration,
}

const PATIENCE: Patience =
    Patience { headers: Duration::from_secs(15), request: Duration::from_secs(60), answer: Duration::from_secs(60) };

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
        let connection = one(stream, address.peer(), routes.clone(), stopping.clone(), PATIENCE);
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

async fn one<S>(stream: S, peer: Option<Peer>, routes: Router, mut stopping: watch::Receiver<bool>, patience: Patience)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.headers).max_buf_size(64 * 1024);
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(move |mut request: Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        let answer = routes.call(request);
        async move {
            let answer = tokio::time::timeout(patience.request, answer).await;
            answer.unwrap_or_else(|_| Ok(StatusCode::REQUEST_TIMEOUT.into_response()))
        }
    });
    let stream = Unread::of(stream, patience.answer);
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    /// More than fits between a server and a client that does not read.
    const LONG: usize = 32 << 20;
    const GUARD: Duration = Duration::from_secs(60);

    /// A client, and its connection as it is served: done once the place is free again.
    async fn connected(patience: Patience) -> (TcpStream, impl Future<Output = ()>) {
        let long = || async { vec![b'x'; LONG] };
        let length = |body: Bytes| async move { body.len().to_string() };
        let routes = Router::new().route("/long", get(long)).route("/length", post(length));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let (stop, stopping) = watch::channel(false);
        let served = async move {
            one(server, None, routes, stopping, patience).await;
            drop(stop);
        };
        (client, served)
    }

    #[tokio::test]
    async fn who_never_takes_the_answer_loses_the_place() {
        let (mut client, served) = connected(Patience { answer: Duration::from_millis(50), ..PATIENCE }).await;
        client.write_all(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        tokio::time::timeout(GUARD, served).await.expect("the place is free again");
        let mut taken = Vec::new();
        let _ = client.read_to_end(&mut taken).await;
        assert!(taken.len() < LONG);
    }

    #[tokio::test]
    async fn who_takes_each_answer_keeps_the_place() {
        let (mut client, served) = connected(Patience { answer: Duration::from_secs(5), ..PATIENCE }).await;
        let served = tokio::spawn(served);
        for connection in ["keep-alive", "close"] {
            let ask = format!("GET /long HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\n\r\n");
            client.write_all(ask.as_bytes()).await.unwrap();
            let mut body = vec![0; LONG];
            while !body.ends_with(b"\r\n\r\n") {
                body.push(client.read_u8().await.unwrap());
            }
            client.read_exact(&mut body[..LONG]).await.unwrap();
            assert!(body[..LONG].iter().all(|b| *b == b'x'));
        }
        tokio::time::timeout(GUARD, served).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn who_never_ends_a_body_is_told_so() {
        let (mut client, served) = connected(Patience { request: Duration::from_millis(50), ..PATIENCE }).await;
        let served = tokio::spawn(served);
        client.write_all(b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf").await.unwrap();
        let mut answer = String::new();
        tokio::time::timeout(GUARD, client.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        tokio::time::timeout(GUARD, served).await.unwrap().unwrap();
    }
}
