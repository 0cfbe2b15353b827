//! Owns how the program asks a server for anything: without cookies, redirects, a referrer, or a name of this machine.
//!
//! Refuses to know what is asked for, and how long that may take.

use crate::posthog::host::is_loopback;
use reqwest::{ClientBuilder, Url, redirect};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// How the program names itself: nothing about the machine.
const USER_AGENT: &str = concat!("onramp-analytics/", env!("CARGO_PKG_VERSION"));

/// What speaks to the server of this URL.
pub fn client(url: &str) -> ClientBuilder {
    // Fails if it is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().user_agent(USER_AGENT).redirect(redirect::Policy::none()).referer(false);
    if Url::parse(url).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url)) {
        // Plain http never leaves this machine: neither through a proxy, nor does it need authorities.
        // And `localhost` is this machine, whatever a name server or a file says that it is.
        let here = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        let here = here.map(|address| SocketAddr::new(address, 0));
        return http.no_proxy().tls_built_in_root_certs(false).resolve_to_addrs("localhost", &here);
    }
    http
}
