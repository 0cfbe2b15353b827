//! Owns what a browser keeps of the token.
//!
//! Cookies know no port: a browser shows them to whatever is served at any port of this machine. The name keeps two pages
//! apart, and no more; docs/page.md says what that means on a machine with other users.

use super::Token;
use axum::http::{HeaderMap, header};

/// The cookie of a port.
#[derive(Debug)]
pub struct Cookie {
    name: String,
}

impl Cookie {
    /// The cookie of a port.
    #[must_use]
    pub fn of_port(port: u16) -> Self {
        Self { name: format!("onramp-analytics-{port}") }
    }

    /// What a browser is told to keep.
    #[must_use]
    pub fn of(&self, token: &Token) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.name, token.text())
    }

    /// Whether a request comes with it, and the token in it.
    #[must_use]
    pub fn holds(&self, token: &Token, headers: &HeaderMap) -> bool {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut all = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        all.any(|(name, value)| name == self.name && token.is(value))
    }
}
