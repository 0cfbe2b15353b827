//! Owns the public names: services, overrides and make targets that OnRamp itself publishes.
//!
//! Made from `catalog.toml`. A name that is not here is nobody's business: it is recorded as `custom` or `other`, and
//! there is no way to put it into an event.

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// Sorted words in one text, found by where each ends: no pointer in it, so the kernel has nothing to touch at start.
struct Packed {
    text: &'static str,
    ends: &'static [u16],
}

impl Packed {
    fn get(&self, place: usize) -> Option<&'static str> {
        let end = *self.ends.get(place)?;
        let start = if place == 0 { 0 } else { *self.ends.get(place - 1)? };
        self.text.get(usize::from(start)..usize::from(end))
    }

    /// The place of a word; [`NONE`] if it is not there.
    fn place(&self, word: &[u8]) -> u16 {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).unwrap_or_default().as_bytes().cmp(word) {
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Greater => high = middle,
                core::cmp::Ordering::Equal => return middle as u16,
            }
        }
        NONE
    }
}

const fn ascii(text: &'static [u8]) -> &'static str {
    match core::str::from_utf8(text) {
        Ok(text) => text,
        Err(_) => panic!("names are ASCII"),
    }
}

/// What stands in for a service or override that OnRamp does not publish.
pub const CUSTOM: &str = "custom";
/// What stands in for a command that OnRamp does not publish.
pub const OTHER: &str = "other";
/// What the word of a compose subcommand begins with.
const COMPOSE: &str = "compose ";

/// A service: its place in [`SERVICES`], or `custom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service(u16);

/// An override: its place in [`OVERRIDES`], or `custom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Override(u16);

const NONE: u16 = u16::MAX;

impl Service {
    /// The one at a place in [`SERVICES`]; any other place is `custom`.
    #[must_use]
    pub const fn at(place: u16) -> Self {
        Self(place)
    }

    /// Its place in [`SERVICES`].
    #[must_use]
    pub const fn place(self) -> u16 {
        self.0
    }

    /// The service of that name.
    #[must_use]
    pub fn named(name: &[u8]) -> Self {
        Self(SERVICES_PACKED.place(name))
    }

    /// The word that is recorded.
    #[must_use]
    pub fn word(self) -> &'static str {
        SERVICES_PACKED.get(usize::from(self.0)).unwrap_or(CUSTOM)
    }

    /// Whether OnRamp publishes it.
    #[must_use]
    pub const fn is_public(self) -> bool {
        self.0 != NONE
    }
}

impl Override {
    /// The one at a place in [`OVERRIDES`]; any other place is `custom`.
    #[must_use]
    pub const fn at(place: u16) -> Self {
        Self(place)
    }

    /// Its place in [`OVERRIDES`].
    #[must_use]
    pub const fn place(self) -> u16 {
        self.0
    }

    /// The override of that name.
    #[must_use]
    pub fn named(name: &[u8]) -> Self {
        Self(OVERRIDES_PACKED.place(name))
    }

    /// The word that is recorded.
    #[must_use]
    pub fn word(self) -> &'static str {
        OVERRIDES_PACKED.get(usize::from(self.0)).unwrap_or(CUSTOM)
    }
}

/// A command: a make target or a compose subcommand that is public, or `other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// A make goal: its place in [`TARGETS`].
    Make(Target),
    /// A compose subcommand: its place in [`COMPOSE_COMMANDS`].
    Compose(Subcommand),
}

/// A make goal: its place in [`TARGETS`], or `other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target(u16);

/// A compose subcommand: its place in [`COMPOSE_COMMANDS`], or `other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subcommand(u16);

impl Command {
    /// The command of that make goal.
    #[must_use]
    pub fn make(goal: &[u8]) -> Self {
        Self::Make(Target(TARGETS_PACKED.place(goal)))
    }

    /// The command of that compose subcommand (its own name, not an alias).
    #[must_use]
    pub fn compose(subcommand: &[u8]) -> Self {
        Self::Compose(Subcommand(COMPOSE_COMMANDS_PACKED.place(subcommand)))
    }

    /// The command of a recorded word: `start`, `compose up`.
    #[must_use]
    pub fn named(word: &str) -> Self {
        match word.strip_prefix(COMPOSE) {
            Some(subcommand) => Self::compose(subcommand.as_bytes()),
            None => Self::make(word.as_bytes()),
        }
    }

    /// The two halves of the word that is recorded: `("", "start")`, `("compose ", "up")`.
    #[must_use]
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::Make(t) => ("", TARGETS_PACKED.get(usize::from(t.0)).unwrap_or(OTHER)),
            Self::Compose(s) => (COMPOSE, COMPOSE_COMMANDS_PACKED.get(usize::from(s.0)).unwrap_or(OTHER)),
        }
    }

    /// Whether it is recorded by its name.
    #[must_use]
    pub const fn is_public(self) -> bool {
        let (Self::Make(Target(place)) | Self::Compose(Subcommand(place))) = self;
        place != NONE
    }
}

/// The word that is recorded, whole.
impl core::fmt::Display for Command {
    fn fmt(&self, to: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (head, tail) = self.word();
        write!(to, "{head}{tail}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_name_has_no_word_of_its_own() {
        assert_eq!(Service::named(b"plex").word(), "plex");
        assert_eq!(Service::named(b"minecraft").word(), "minecraft");
        for name in [&b"my-secret-app"[..], b"Plex", b"", b"plex.yml", b"\xff"] {
            assert_eq!(Service::named(name).word(), "custom", "{name:?}");
        }
        assert_eq!(Override::named(b"plex-nfs").word(), "plex-nfs");
        assert_eq!(Override::named(b"plex").word(), "custom");
        assert_eq!(Command::make(b"compose up").word(), ("", "other"));
        assert_eq!(Command::compose(b"up").word(), ("compose ", "up"));
        assert_eq!(Command::compose(b"upp").word(), ("compose ", "other"));
        for word in ["start", "compose up", "other", "compose other"] {
            assert_eq!(Command::named(word).to_string(), word);
        }
    }

    #[test]
    fn every_list_is_sorted_so_that_it_can_be_searched() {
        assert!(SERVICES.is_sorted() && OVERRIDES.is_sorted() && TARGETS.is_sorted());
        assert!(COMPOSE_COMMANDS.is_sorted());
    }
}
