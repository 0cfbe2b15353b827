//! Owns how much may be under way at once, and how often one client may send.
//!
//! Addresses are known here for as long as their allowance lasts, in memory only: never stored, never logged.

use crate::connection::Peer;
use axum::http::HeaderMap;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Bodies up to this size are read without asking; the sender's own are smaller once compressed.
pub const SMALL_BODY: usize = 256 * 1024;

/// What all requests share.
#[derive(Debug)]
pub struct Limits {
    /// Large bodies that may be read at once; others wait.
    pub large: Semaphore,
    /// Bodies that may be unpacked and judged at once.
    pub judging: Semaphore,
    /// Events that may wait to be stored; beyond that, nothing more is judged.
    waiting: Semaphore,
    /// Answers that may be read at once.
    pub reading: Semaphore,
    per_minute: Option<u32>,
    behind_proxy: bool,
    allowances: Mutex<HashMap<u128, Allowance>>,
}

/// How many requests a client may still make; it grows with time.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    left: f64,
    at: Instant,
}

impl Limits {
    /// Some tens of megabytes.
    const WAITING: u32 = 200_000;
    /// Beyond that many clients those with a full allowance are forgotten.
    const CLIENTS: usize = 10_000;

    /// Limits of that many requests a minute for each client; none means as many as come.
    #[must_use]
    pub fn of(per_minute: Option<u32>, behind_proxy: bool) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            large: Semaphore::new(8),
            judging: Semaphore::new(cores),
            waiting: Semaphore::new(Self::WAITING as usize),
            reading: Semaphore::new(cores),
            per_minute,
            behind_proxy,
            allowances: Mutex::default(),
        }
    }

    /// Waits until there is room for that many events to wait; they have it until the answer is dropped. A packed body
    /// can hold a thousand times what it weighs.
    pub async fn room(&self, events: usize) -> Option<SemaphorePermit<'_>> {
        let events = u32::try_from(events).unwrap_or(u32::MAX).min(Self::WAITING);
        // The semaphore is never closed.
        self.waiting.acquire_many(events).await.ok()
    }

    /// Takes one request off the client's allowance.
    ///
    /// # Errors
    /// For how long there is none left.
    pub fn pass(&self, peer: Peer, headers: &HeaderMap, now: Instant) -> Result<(), Duration> {
        let Some(per_minute) = self.per_minute else { return Ok(()) };
        let (most, a_second) = (f64::from(per_minute), f64::from(per_minute) / 60.0);
        let mut allowances = self.allowances.lock().unwrap_or_else(PoisonError::into_inner);
        if allowances.len() >= Self::CLIENTS {
            let full = |a: &Allowance| a.left + (now - a.at).as_secs_f64() * a_second >= most;
            allowances.retain(|_, allowance| !full(allowance));
        }
        let allowance = allowances.entry(self.client(peer, headers)).or_insert(Allowance { left: most, at: now });
        allowance.left = (allowance.left + (now - allowance.at).as_secs_f64() * a_second).min(most);
        allowance.at = now;
        if allowance.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - allowance.left) / a_second));
        }
        allowance.left -= 1.0;
        Ok(())
    }

    /// One number for each client: the IPv4 address, or the half of an IPv6 address that a provider gives out.
    fn client(&self, peer: Peer, headers: &HeaderMap) -> u128 {
        // The proxy adds the address that it saw at the end; what stands before it anybody can write.
        let forwarded = || {
            let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
            last.rsplit(',').next()?.trim().parse().ok()
        };
        let address = if self.behind_proxy { forwarded().unwrap_or(peer.0) } else { peer.0 };
        match address.to_canonical() {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
            IpAddr::V6(v6) => v6.to_bits() >> 64 << 64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", value.parse().unwrap());
        headers
    }

    fn peer(address: &str) -> Peer {
        Peer(address.parse().unwrap())
    }

    #[tokio::test]
    async fn there_is_room_for_so_many_events_and_then_for_none() {
        let limits = Limits::of(None, false);
        let half = limits.room(Limits::WAITING as usize / 2).await;
        let more = limits.room(Limits::WAITING as usize);
        assert!(tokio::time::timeout(Duration::from_millis(20), more).await.is_err());
        drop(half);
        // However many they are, all of the room is enough.
        assert!(limits.room(usize::MAX).await.is_some());
    }

    #[test]
    fn a_client_has_an_allowance_that_grows_again() {
        let limits = Limits::of(Some(3), false);
        let (start, none) = (Instant::now(), HeaderMap::new());
        let pass = |address, seconds| limits.pass(peer(address), &none, start + Duration::from_secs(seconds));
        assert!((0..3).all(|_| pass("203.0.113.1", 0).is_ok()));
        assert_eq!(pass("203.0.113.1", 0), Err(Duration::from_secs(20)));
        assert!(pass("203.0.113.2", 0).is_ok());
        assert!(pass("203.0.113.1", 20).is_ok());
        assert!(pass("203.0.113.1", 21).is_err());
        assert!((0..3).all(|_| pass("203.0.113.1", 1000).is_ok()));
        assert!(pass("203.0.113.1", 1000).is_err());
    }

    #[test]
    fn behind_a_proxy_its_word_counts_and_nobody_elses() {
        let limits = |behind| Limits::of(Some(1), behind);
        let now = Instant::now();
        let proxied = limits(true);
        assert!(proxied.pass(peer("127.0.0.1"), &forwarded("198.51.100.1, 203.0.113.1"), now).is_ok());
        assert!(proxied.pass(peer("127.0.0.1"), &forwarded("198.51.100.2, 203.0.113.1"), now).is_err());
        assert!(proxied.pass(peer("127.0.0.1"), &forwarded("203.0.113.2"), now).is_ok());
        let direct = limits(false);
        assert!(direct.pass(peer("203.0.113.9"), &forwarded("203.0.113.1"), now).is_ok());
        assert!(direct.pass(peer("203.0.113.9"), &forwarded("203.0.113.2"), now).is_err());
    }

    #[test]
    fn an_ipv6_client_is_its_network() {
        let limits = Limits::of(Some(1), false);
        let now = Instant::now();
        assert!(limits.pass(peer("2001:db8:0:1::1"), &HeaderMap::new(), now).is_ok());
        assert!(limits.pass(peer("2001:db8:0:1::2"), &HeaderMap::new(), now).is_err());
        assert!(limits.pass(peer("2001:db8:0:2::1"), &HeaderMap::new(), now).is_ok());
        assert!(limits.pass(peer("::ffff:203.0.113.1"), &HeaderMap::new(), now).is_ok());
        assert!(limits.pass(peer("203.0.113.1"), &HeaderMap::new(), now).is_err());
    }
}
