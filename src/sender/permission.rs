//! Owns the question that is asked before a sender starts and before each of its requests: may events leave, under
//! which id, and where to?
//!
//! Every doubt means no.

use crate::consent::{self, Choice, Consent};
use crate::env::Environment;
use crate::paths::{Homes, Place, checkout as within};
use crate::posthog::{self, Endpoint, Trouble};
use crate::words::refusal as say;
use std::fmt;
use std::path::Path;

/// Events may leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The anonymous id of everything that leaves.
    pub id: String,
    /// Where to.
    pub endpoint: Endpoint,
}

/// Why nothing may leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The choice is off.
    Off,
    /// There is no choice.
    Undecided,
    /// The choice is local: nothing is ever sent.
    Local,
    /// A variable says on, and the lock holds no id that counts here.
    NoId,
    /// The notice was not shown yet.
    NoticeNotShown,
    /// The settings name no usable endpoint, or not the one that was agreed to.
    Endpoint(Trouble),
    /// The consent could not be read.
    Unreadable(String),
    /// Id or destination are no longer those that the sender started with.
    Changed,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str(say::OFF),
            Self::Undecided => f.write_str(say::UNDECIDED),
            Self::Local => f.write_str(say::LOCAL),
            Self::NoId => f.write_str(say::NO_ID),
            Self::NoticeNotShown => f.write_str(say::NOTICE),
            Self::Endpoint(trouble) => trouble.fmt(f),
            Self::Unreadable(why) => f.write_str(why),
            Self::Changed => f.write_str(say::CHANGED),
        }
    }
}

impl Refusal {
    /// What a person can do about it.
    #[must_use]
    pub const fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Endpoint(trouble) => Some(trouble.remedy()),
            Self::Off | Self::Undecided | Self::Local => Some(say::OFF_HELP),
            Self::NoId => Some(say::NO_ID_HELP),
            Self::NoticeNotShown => Some(say::NOTICE_HELP),
            Self::Unreadable(_) | Self::Changed => None,
        }
    }
}

/// Asks.
///
/// # Errors
/// [`Refusal`], when nothing may leave.
pub fn ask(env: &Environment, homes: &Homes, place: &Place) -> Result<Permission, Refusal> {
    let unreadable = |e: anyhow::Error| Refusal::Unreadable(format!("{e:#}"));
    let consent = consent::read(env, homes, &place.checkout).map_err(unreadable)?;
    if let Some(refusal) = refusal(&consent) {
        return Err(refusal);
    }
    // A yes without an id or a host is half written: every doubt means off.
    let (Some(id), Some(host)) = (consent.used_id(), &consent.agreed_host) else { return Err(Refusal::Off) };
    let endpoint = endpoint(env, &place.checkout)?.agreed(host).map_err(Refusal::Endpoint)?;
    Ok(Permission { id: id.to_owned(), endpoint })
}

/// What stands against sending, as far as consent tells; also where there is no place yet.
#[must_use]
pub fn refusal(consent: &Consent) -> Option<Refusal> {
    match consent.choice {
        None => Some(Refusal::Undecided),
        Some(Choice::Off) => Some(Refusal::Off),
        Some(Choice::Local) => Some(Refusal::Local),
        Some(Choice::On) if consent.lacks_id() => Some(Refusal::NoId),
        Some(Choice::On) if !consent.notice_shown => Some(Refusal::NoticeNotShown),
        Some(Choice::On) => None,
    }
}

/// The endpoint that the settings around a checkout name, agreed to or not.
///
/// # Errors
/// [`Refusal::Endpoint`] and [`Refusal::Unreadable`].
pub fn endpoint(env: &Environment, checkout: &Path) -> Result<Endpoint, Refusal> {
    let env_file = consent::contents(&checkout.join(within::ENV_FILE));
    let (env_file, _) = env_file.map_err(|e| Refusal::Unreadable(format!("{e:#}")))?.unzip();
    posthog::endpoint::resolve(env, &env_file.unwrap_or_default()).map_err(Refusal::Endpoint)
}
