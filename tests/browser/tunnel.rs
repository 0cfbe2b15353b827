//! Owns a tunnel as ssh makes one: another port that leads to the page, and that can break.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A tunnel, whole or broken.
pub struct Tunnel {
    /// Its port.
    pub port: u16,
    broken: Arc<AtomicBool>,
    cut: Arc<Notify>,
}

impl Tunnel {
    /// Leads to a port of this machine.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tunnel = Self { port: listener.local_addr().unwrap().port(), broken: Arc::default(), cut: Arc::default() };
        let (broken, cut) = (Arc::clone(&tunnel.broken), Arc::clone(&tunnel.cut));
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                if broken.load(Ordering::SeqCst) {
                    continue;
                }
                let cut = Arc::clone(&cut);
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        () = cut.notified() => {}
                    }
                });
            }
        });
        tunnel
    }

    /// Breaks it: what is open is closed, and nothing gets through.
    pub fn cut(&self) {
        self.broken.store(true, Ordering::SeqCst);
        self.cut.notify_waiters();
    }

    /// Makes it whole again.
    pub fn mend(&self) {
        self.broken.store(false, Ordering::SeqCst);
    }
}
