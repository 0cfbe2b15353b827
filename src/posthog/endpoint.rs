//! Owns where requests go and with which key: from the environment, OnRamp's `services-enabled/.env`, or the release.
//!
//! Key and host come from the same level, else nothing is sent: a host that somebody slipped in must not get another's
//! events, and a key that came with the release goes to the release's host only.

use super::host::normal_host;
use crate::env::{Environment, Variable};
use crate::paths::checkout::ENV_FILE;
use crate::words::{endpoint as say, fill};
pub use onramp_shim::consent::DEFAULT_HOST;
use std::fmt;

const BUILT_IN_KEY: Option<&str> = option_env!("ONRAMP_ANALYTICS_BUILTIN_KEY");
const BUILT_IN_HOST: Option<&str> = option_env!("ONRAMP_ANALYTICS_BUILTIN_HOST");

/// Where a key was found; what comes first goes before the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The environment.
    Environment,
    /// `services-enabled/.env` in the checkout.
    EnvFile,
    /// Compiled in at release.
    BuiltIn,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => say::ENVIRONMENT,
            Self::EnvFile => ENV_FILE,
            Self::BuiltIn => say::BUILT_IN,
        })
    }
}

/// Where requests go, and with which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A PostHog project key. It is public: it can only add events.
    pub key: String,
    /// As [`normal_host`] gives it.
    pub host: String,
    /// Where both were found.
    pub level: Level,
}

/// Why there is nowhere to send to, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No key anywhere.
    NoKey,
    /// A personal key: it could read and change the whole PostHog project.
    PersonalKey(Level),
    /// Not a key: blanks or control characters.
    DamagedKey(Level),
    /// The host comes from another level than the key.
    LevelsDiffer {
        /// Where the key is from.
        key: Level,
        /// Where the host is from.
        host: Level,
    },
    /// The host is no URL that may be used.
    BadHost(String),
    /// Another host than the one that was agreed to.
    NotAgreed {
        /// What the settings say.
        found: String,
        /// What the person said yes to.
        agreed: String,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |words, level: &Level| fill(words, &[("level", &level.to_string())]);
        match self {
            Self::NoKey => f.write_str(say::NO_KEY),
            Self::PersonalKey(level) => f.write_str(&of(say::PERSONAL_KEY, level)),
            Self::DamagedKey(level) => f.write_str(&of(say::DAMAGED_KEY, level)),
            Self::LevelsDiffer { key, host } => {
                f.write_str(&fill(say::LEVELS, &[("key", &key.to_string()), ("host", &host.to_string())]))
            }
            Self::BadHost(why) => f.write_str(&fill(say::BAD_HOST, &[("why", why)])),
            Self::NotAgreed { found, agreed } => {
                f.write_str(&fill(say::NOT_AGREED, &[("found", found), ("agreed", agreed)]))
            }
        }
    }
}

impl Trouble {
    /// What a person can do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NoKey => say::NO_KEY_HELP,
            Self::PersonalKey(_) => say::PERSONAL_KEY_HELP,
            Self::DamagedKey(_) => say::DAMAGED_KEY_HELP,
            Self::LevelsDiffer { .. } => say::LEVELS_HELP,
            Self::BadHost(_) => say::BAD_HOST_HELP,
            Self::NotAgreed { .. } => say::NOT_AGREED_HELP,
        }
    }
}

/// What one level says, unread.
#[derive(Clone, Debug, Default)]
struct Said {
    key: Option<String>,
    host: Option<String>,
}

/// The endpoint that the settings name. `env_file` is the text of `services-enabled/.env`, empty if there is none.
///
/// # Errors
/// [`Trouble`], when nothing may be sent; never [`Trouble::NotAgreed`], for which see [`Endpoint::agreed`].
pub fn resolve(env: &Environment, env_file: &[u8]) -> Result<Endpoint, Trouble> {
    let of_env = |v: Variable| env.text(v).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let of_file = |v: Variable| {
        let value = onramp_shim::consent::of_env_file(env_file, v.name())?;
        Some(String::from_utf8_lossy(value).trim().to_owned()).filter(|t| !t.is_empty())
    };
    decide([
        (Level::Environment, said(of_env)),
        (Level::EnvFile, said(of_file)),
        (Level::BuiltIn, Said { key: BUILT_IN_KEY.map(Into::into), host: BUILT_IN_HOST.map(Into::into) }),
    ])
}

fn said(value: impl Fn(Variable) -> Option<String>) -> Said {
    let first = |own, posthogs| value(own).or_else(|| value(posthogs));
    Said {
        key: first(Variable::OnrampAnalyticsApiKey, Variable::PosthogApiKey),
        host: first(Variable::OnrampAnalyticsHost, Variable::PosthogHost),
    }
}

/// The highest level with a key gives both. A host above it, or one elsewhere where it has none, was meant for something
/// else: better nothing than there, and better nothing than past what somebody asked for.
fn decide(levels: [(Level, Said); 3]) -> Result<Endpoint, Trouble> {
    let Some((level, Said { key: Some(key), host })) = levels.iter().find(|(_, said)| said.key.is_some()) else {
        return Err(Trouble::NoKey);
    };
    let level = *level;
    // The release's own host is a default, not something that the person said.
    let mut settings = levels.iter().filter(|(l, _)| *l != Level::BuiltIn);
    let stray = settings.find(|(l, said)| said.host.is_some() && (*l < level || (host.is_none() && *l != level)));
    if let Some((other, _)) = stray {
        return Err(Trouble::LevelsDiffer { key: level, host: *other });
    }
    if key.starts_with("phx_") {
        return Err(Trouble::PersonalKey(level));
    }
    if key.len() > 256 || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Trouble::DamagedKey(level));
    }
    let host = normal_host(host.as_deref().unwrap_or(DEFAULT_HOST)).map_err(|e| Trouble::BadHost(format!("{e:#}")))?;
    Ok(Endpoint { key: key.clone(), host, level })
}

impl Endpoint {
    /// This endpoint, if it is the one that was agreed to.
    ///
    /// # Errors
    /// [`Trouble::NotAgreed`].
    pub fn agreed(self, host: &str) -> Result<Self, Trouble> {
        if normal_host(host).is_ok_and(|agreed| agreed == self.host) {
            return Ok(self);
        }
        Err(Trouble::NotAgreed { found: self.host, agreed: if host.is_empty() { "none".into() } else { host.into() } })
    }

    /// The URL of a batch.
    #[must_use]
    pub fn batch_url(&self) -> String {
        format!("{}/batch/", self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(entries: &[&str]) -> Environment {
        Environment::of_entries(entries.iter().map(|e| e.as_bytes().to_vec()).collect())
    }

    #[test]
    fn key_and_host_come_from_the_same_level() {
        let found = resolve(&env(&["POSTHOG_API_KEY=phc_e"]), b"").unwrap();
        assert_eq!((found.key.as_str(), found.host.as_str()), ("phc_e", DEFAULT_HOST));
        let both = env(&["POSTHOG_API_KEY=phc_e", "ONRAMP_ANALYTICS_API_KEY=phc_own", "POSTHOG_HOST=https://p/"]);
        let found = resolve(&both, b"ONRAMP_ANALYTICS_HOST=https://f\nPOSTHOG_API_KEY=phc_f").unwrap();
        assert_eq!(
            (found.key.as_str(), found.host.as_str(), found.level),
            ("phc_own", "https://p", Level::Environment)
        );
        let found = resolve(&env(&[]), b"POSTHOG_API_KEY=phc_f\nPOSTHOG_HOST='https://eu.i.posthog.com'").unwrap();
        assert_eq!((found.host.as_str(), found.level), ("https://eu.i.posthog.com", Level::EnvFile));
        let differ = |key, host| Err(Trouble::LevelsDiffer { key, host });
        let (e, f) = (Level::Environment, Level::EnvFile);
        assert_eq!(resolve(&env(&["POSTHOG_API_KEY=phc_e"]), b"POSTHOG_HOST=https://f"), differ(e, f));
        assert_eq!(resolve(&env(&["POSTHOG_HOST=https://e"]), b"POSTHOG_API_KEY=phc_f"), differ(f, e));
        let whole = b"POSTHOG_API_KEY=phc_f\nPOSTHOG_HOST=https://f";
        assert_eq!(resolve(&env(&["POSTHOG_HOST=https://e"]), whole), differ(f, e));
        assert_eq!(resolve(&env(&["POSTHOG_API_KEY= "]), b""), Err(Trouble::NoKey));
    }

    #[test]
    fn a_built_in_key_goes_only_to_the_built_in_host() {
        let built_in = || (Level::BuiltIn, Said { key: Some("phc_b".into()), host: Some("https://b".into()) });
        let none = |level| (level, Said::default());
        let found = decide([none(Level::Environment), none(Level::EnvFile), built_in()]).unwrap();
        assert_eq!((found.host.as_str(), found.level), ("https://b", Level::BuiltIn));
        let host = (Level::Environment, Said { key: None, host: Some("https://e".into()) });
        let other = decide([host, none(Level::EnvFile), built_in()]);
        assert_eq!(other, Err(Trouble::LevelsDiffer { key: Level::BuiltIn, host: Level::Environment }));
        let key = (Level::Environment, Said { key: Some("phc_e".into()), host: None });
        assert_eq!(decide([key, none(Level::EnvFile), built_in()]).unwrap().host, DEFAULT_HOST);
    }

    #[test]
    fn a_personal_key_is_refused() {
        let refused = resolve(&env(&["POSTHOG_API_KEY=phx_secret"]), b"").unwrap_err();
        assert_eq!(refused, Trouble::PersonalKey(Level::Environment));
        assert!(!refused.to_string().contains("secret"));
        assert_eq!(resolve(&env(&["POSTHOG_API_KEY=a b"]), b""), Err(Trouble::DamagedKey(Level::Environment)));
    }

    #[test]
    fn another_host_than_the_agreed_one_gets_nothing() {
        let found = resolve(&env(&["POSTHOG_API_KEY=phc_e", "POSTHOG_HOST=https://e.org/"]), b"").unwrap();
        assert!(found.clone().agreed("https://E.org").is_ok());
        assert!(matches!(found.clone().agreed("https://e.org/x"), Err(Trouble::NotAgreed { .. })));
        assert!(matches!(found.agreed(""), Err(Trouble::NotAgreed { .. })));
    }
}
