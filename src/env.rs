//! Owns the reading of this process's environment; the names stand in `shims/variables.toml`.

pub use onramp_shim::env::{Env, VARIABLES, Variable};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The environment of this process, as bytes.
#[derive(Clone, Debug)]
pub struct Environment {
    entries: Vec<Vec<u8>>,
}

impl Environment {
    /// Takes a copy of the environment.
    #[must_use]
    pub fn of_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
        let all = std::env::vars_os();
        Self { entries: all.map(|(name, value)| [name.into_vec(), value.into_vec()].join(&b'=')).collect() }
    }

    /// An environment of these entries `NAME=value`, for tests and for `explain`.
    #[must_use]
    pub fn of_entries(entries: Vec<Vec<u8>>) -> Self {
        Self { entries }
    }

    /// The variables that the program knows.
    #[must_use]
    pub fn known(&self) -> Env<'_> {
        let mut env = Env::EMPTY;
        for entry in &self.entries {
            env.note(entry);
        }
        env
    }

    /// Whether a variable is set, known or not.
    #[must_use]
    pub fn holds(&self, name: &[u8]) -> bool {
        self.entries.iter().any(|entry| entry.strip_prefix(name).is_some_and(|rest| rest.starts_with(b"=")))
    }

    /// A variable as text, if it is set, not empty and UTF-8.
    #[must_use]
    pub fn text(&self, variable: Variable) -> Option<String> {
        self.known().filled(variable).and_then(|v| String::from_utf8(v.to_vec()).ok())
    }

    /// A variable as a path, if it is set and not empty.
    #[must_use]
    pub fn path(&self, variable: Variable) -> Option<PathBuf> {
        self.known().filled(variable).map(|v| std::ffi::OsString::from_vec(v.to_vec()).into())
    }
}
