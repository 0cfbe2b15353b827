//! Owns the question that is asked before a sender starts and before each of its requests: may events leave, under
//! which id, and where to?
//!
//! Every doubt means no.

use crate::env::{Environment, Variable};
use crate::paths::{Homes, Place, checkout as within, config, place as name};
use crate::posthog::{self, Endpoint, Trouble};
use onramp_shim::consent::{Choice, Lock, Source, Voices, of_env_file};
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
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
            Self::Off => f.write_str("analytics are off"),
            Self::Undecided => f.write_str("analytics are off: nobody has said yes"),
            Self::Local => f.write_str("analytics are local: nothing is ever sent"),
            Self::NoticeNotShown => f.write_str("the notice was not shown yet"),
            Self::Endpoint(trouble) => trouble.fmt(f),
            Self::Unreadable(why) => f.write_str(why),
            Self::Changed => f.write_str("id or destination changed meanwhile"),
        }
    }
}

impl Refusal {
    /// What a person can do about it.
    #[must_use]
    pub const fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Endpoint(trouble) => Some(trouble.remedy()),
            Self::Off | Self::Undecided | Self::Local => Some("`onramp-analytics enable` turns sending on"),
            Self::NoticeNotShown => Some("run a command of OnRamp's in a terminal, or `onramp-analytics enable`"),
            Self::Unreadable(_) | Self::Changed => None,
        }
    }
}

/// Asks.
///
/// # Errors
/// [`Refusal`], when nothing may leave.
pub fn ask(env: &Environment, homes: &Homes, place: &Place) -> Result<Permission, Refusal> {
    let agreed = agreed(env, homes, place)?;
    let env_file = std::fs::read(place.checkout.join(within::ENV_FILE)).unwrap_or_default();
    let endpoint = posthog::endpoint::resolve(env, &env_file).map_err(Refusal::Endpoint)?;
    let endpoint = endpoint.agreed(&agreed.host).map_err(Refusal::Endpoint)?;
    Ok(Permission { id: agreed.id, endpoint })
}

struct Agreed {
    id: String,
    host: String,
}

fn agreed(env: &Environment, homes: &Homes, place: &Place) -> Result<Agreed, Refusal> {
    let read = |path: &Path| match std::fs::read(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Refusal::Unreadable(format!("could not read file: {}", path.display())))
        }
        other => Ok(other.unwrap_or_default()),
    };
    let mut voices = Voices::of_environment(&env.known());
    let off = homes.config.join(config::OFF).symlink_metadata().is_ok();
    voices.say(Source::OffFile, off.then_some(Choice::Off));
    let env_file = read(&place.checkout.join(within::ENV_FILE))?;
    let said = of_env_file(&env_file, Variable::OnrampAnalyticsEnabled.name()).and_then(Choice::read);
    voices.say(Source::EnvFile, said);
    let path = place.checkout.join(within::CHOICE);
    let text = read(&path)?;
    let lock = Lock::parse(&text);
    let owner = path.metadata().map_or(u32::MAX, |is| is.uid());
    let person = env.text(Variable::SudoUid).and_then(|uid| uid.parse().ok());
    let me = rustix::process::geteuid().as_raw();
    let person = if me == 0 { person.unwrap_or(0) } else { me };
    let digits = place.digits.as_bytes().try_into().ok();
    let said = lock.says(digits, owner, person);
    voices.say(Source::Lock, said.choice());
    let notice = read(&place.file(name::NOTICE))?;
    let shown = if said.choice().is_some() { lock.notice_shown } else { !notice.is_empty() };
    match voices.choice() {
        None => Err(Refusal::Undecided),
        Some(Choice::Off) => Err(Refusal::Off),
        Some(Choice::Local) => Err(Refusal::Local),
        Some(Choice::On) if !shown => Err(Refusal::NoticeNotShown),
        Some(Choice::On) => {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
            let host = if said.choice().is_some() { lock.host.unwrap_or_default() } else { &notice };
            let id = lock.id.map(|id| text(id)).ok_or(Refusal::Undecided)?;
            Ok(Agreed { id, host: text(host) })
        }
    }
}
