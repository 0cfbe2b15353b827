//! Owns what a browser keeps of the token, and in which folder of the address it does.
//!
//! Cookies know no port: a browser shows them to whatever is served at any port of this machine, but only below their
//! path. Nobody else knows this one.

use super::Token;
use axum::http::{HeaderMap, header};

/// The cookie of a port.
#[derive(Debug)]
pub struct Cookie {
    name: String,
    folder: String,
}

impl Cookie {
    /// The cookie of a port, with a new folder.
    #[must_use]
    pub fn of_port(port: u16) -> Self {
        Self { name: format!("onramp-analytics-{port}"), folder: format!("/{}", uuid::Uuid::new_v4().simple()) }
    }

    /// The folder in which a browser shows it.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// What a browser is told to keep.
    #[must_use]
    pub fn of(&self, token: &Token) -> String {
        format!("{}={}; Path={}/; HttpOnly; SameSite=Strict", self.name, token.text(), self.folder)
    }

    /// Whether a request comes with it, and the token in it.
    #[must_use]
    pub fn holds(&self, token: &Token, headers: &HeaderMap) -> bool {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut all = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        all.any(|(name, value)| name == self.name && token.is(value))
    }
}
