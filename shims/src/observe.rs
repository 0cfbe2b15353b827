//! Owns looking at a checkout: which links there are, and what little else can be told after a failure.
//!
//! [`World`] is what can be asked; the disk is one, an example of a rule is another. Nothing here is changed, no program
//! is run, and the output of the command is never touched.

use crate::catalog::{Override, Service};
use crate::compose_file;
use crate::env::{Env, Variable};
use crate::paths::shim::ENGINES;
use crate::paths::{self, Arena, checkout};
use crate::place::{open_of, stat_of};
use crate::real::Candidates;
use crate::rules::{Look, Rule};
use crate::sys::{self, Errno, Mode};

/// A folder of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// services-enabled/
    Services,
    /// overrides-enabled/
    Overrides,
}

impl Links {
    /// Its name in the checkout.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Services => checkout::SERVICES,
            Self::Overrides => checkout::OVERRIDES,
        }
    }
}

/// Whether the Docker engine answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// It does, or nobody can tell.
    Fine,
    /// Its socket is not there, or nobody listens.
    Unavailable,
    /// Its socket may not be used.
    Denied,
}

/// What can be asked about a checkout.
pub trait World {
    /// Whether a link of that name is there and leads somewhere.
    fn is_enabled(&mut self, links: Links, name: &[u8]) -> bool;
    /// Whether a link of that name is there, wherever it leads.
    fn is_linked(&mut self, links: Links, name: &[u8]) -> bool;
    /// Tells every name that is enabled and starts with `prefix`.
    fn each_enabled(&mut self, links: Links, prefix: &[u8], tell: &mut dyn FnMut(&[u8]));
    /// Whether a path in the checkout is there.
    fn exists(&mut self, parts: &[&[u8]]) -> bool;
    /// Whether a file of settings gives each key a value.
    fn sets(&mut self, file: &str, keys: &[&str]) -> bool;
    /// Whether services-scaffold/NAME/ holds something other than README and MESSAGE files.
    fn has_scaffold(&mut self, name: &[u8]) -> bool;
    /// Whether OnRamp's own compose file may have a service of that name.
    fn may_compose(&mut self, name: &[u8]) -> bool;
    /// Whether the Docker engine answers.
    fn engine(&mut self) -> Engine;
    /// Whether there is a docker command.
    fn has_docker(&mut self) -> bool;
}

/// The most links that a listing holds; a checkout with more is not compared.
const MOST_LINKS: usize = 1024;
/// The most names of one rule (`service = [...]`).
const MOST_NAMES: usize = 16;

/// What was enabled before a run, of what the command line can change.
#[derive(Debug)]
pub struct Sight {
    /// Of the named services, in the rule's order.
    services: [bool; MOST_NAMES],
    /// Of the one named override.
    override_: bool,
    listed_services: Listing,
    listed_overrides: Listing,
}

/// What a run changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// A service is enabled.
    ServiceOn(Service, bool),
    /// A service is not enabled any more.
    ServiceOff(Service),
    /// An override is enabled.
    OverrideOn(Override),
    /// An override is not enabled any more.
    OverrideOff(Override),
}

impl Sight {
    /// Looks before the run: at what the rule names, and at nothing else.
    pub fn before(rule: &Rule, argument: Option<&[u8]>, world: &mut impl World, arena: &mut Arena) -> Self {
        let mut this = Self {
            services: [false; MOST_NAMES],
            override_: false,
            listed_services: Listing::none(),
            listed_overrides: Listing::none(),
        };
        each_name(rule.service, argument, &mut |i, name| this.services[i] = world.is_enabled(Links::Services, name));
        each_name(rule.override_, argument, &mut |_, name| this.override_ = world.is_enabled(Links::Overrides, name));
        if rule.service == Look::All {
            this.listed_services = Listing::of(Links::Services, b"", None, world, arena);
        }
        with_prefix(rule.override_, argument, |prefix, name| {
            this.listed_overrides = Listing::of(Links::Overrides, prefix, name, world, arena);
        });
        this
    }

    /// Whether the service at that place of the rule's names was enabled; an argument stands at the first.
    #[must_use]
    pub fn was_enabled(&self, place: usize) -> bool {
        self.services.get(place).copied().unwrap_or_default()
    }

    /// Looks again after the run and tells every change that the rule can make: services first, as it orders them.
    pub fn changes(
        &mut self,
        rule: &Rule,
        argument: Option<&[u8]>,
        world: &mut impl World,
        tell: &mut dyn FnMut(Changed),
    ) {
        let tell = &mut |changed: Changed| {
            let possible = match changed {
                Changed::ServiceOn(..) | Changed::OverrideOn(_) => rule.can_enable(),
                Changed::ServiceOff(_) | Changed::OverrideOff(_) => rule.can_disable(),
            };
            if possible {
                tell(changed);
            }
        };
        let services = self.services;
        each_name(
            rule.service,
            argument,
            &mut |i, name| match (services[i], world.is_enabled(Links::Services, name)) {
                (false, true) => tell(Changed::ServiceOn(Service::named(name), world.has_scaffold(name))),
                (true, false) => tell(Changed::ServiceOff(Service::named(name))),
                _ => {}
            },
        );
        if rule.service == Look::All {
            self.list_services(world, tell);
        }
        let was = self.override_;
        each_name(rule.override_, argument, &mut |_, name| match (was, world.is_enabled(Links::Overrides, name)) {
            (false, true) => tell(Changed::OverrideOn(Override::named(name))),
            (true, false) => tell(Changed::OverrideOff(Override::named(name))),
            _ => {}
        });
        with_prefix(rule.override_, argument, |prefix, name| {
            let listing = &mut self.listed_overrides;
            world.each_enabled(Links::Overrides, prefix, &mut |found| {
                if follows(found, prefix, name) && listing.is_new(found) {
                    tell(Changed::OverrideOn(Override::named(found)));
                }
            });
            listing.each_gone(|place| tell(Changed::OverrideOff(Override::at(place))));
        });
    }

    fn list_services(&mut self, world: &mut impl World, tell: &mut dyn FnMut(Changed)) {
        // The scaffold is asked for after the listing: the world can't be asked two things at once. A private name is
        // not kept beyond the listing, so its scaffold is not looked for.
        let mut added = [Service::named(b""); MOST_LINKS];
        let mut count = 0;
        let listing = &mut self.listed_services;
        world.each_enabled(Links::Services, b"", &mut |found| {
            if listing.is_new(found) && count < added.len() {
                added[count] = Service::named(found);
                count += 1;
            }
        });
        for service in &added[..count] {
            let has_scaffold = service.is_public() && world.has_scaffold(service.word().as_bytes());
            tell(Changed::ServiceOn(*service, has_scaffold));
        }
        listing.each_gone(|place| tell(Changed::ServiceOff(Service::at(place))));
    }
}

/// Tells the names that a rule's look means, with their places.
fn each_name(look: Look, argument: Option<&[u8]>, tell: &mut dyn FnMut(usize, &[u8])) {
    match (look, argument) {
        (Look::Argument, Some(name)) if is_plain(name) => tell(0, name),
        (Look::These(names), _) => {
            for (i, name) in names.iter().enumerate().take(MOST_NAMES) {
                tell(i, name.as_bytes());
            }
        }
        _ => {}
    }
}

/// Calls with the prefix of the names that a rule's look means, if it means a whole listing; for `NAME-*` the name too.
fn with_prefix(look: Look, argument: Option<&[u8]>, mut with: impl FnMut(&[u8], Option<&[u8]>)) {
    match (look, argument) {
        (Look::All, _) => with(b"", None),
        (Look::OfArgument, Some(name)) if is_plain(name) => with(name, Some(name)),
        _ => {}
    }
}

/// Whether a listed name is meant: all, or `NAME-` and something.
fn follows(found: &[u8], prefix: &[u8], name: Option<&[u8]>) -> bool {
    name.is_none() || found.get(prefix.len()) == Some(&b'-')
}

/// Whether a name can be that of a file in a folder.
#[must_use]
pub fn is_plain(name: &[u8]) -> bool {
    !name.is_empty() && name.len() < 200 && !name.contains(&b'/')
}

/// The links of a folder, as numbers: 47 bits of the name's hash, one bit for "seen again", 16 for its place in the
/// catalogue. Two names of one hash: once in 140 million checkouts with 1,000 links.
#[derive(Debug)]
struct Listing {
    links: &'static mut [u64],
    count: usize,
    /// There were more than it holds: nothing can be told.
    over: bool,
}

const SEEN: u64 = 1 << 16;

impl Listing {
    fn none() -> Self {
        Self { links: &mut [], count: 0, over: false }
    }

    fn of(links: Links, prefix: &[u8], name: Option<&[u8]>, world: &mut impl World, arena: &mut Arena) -> Self {
        let mut this = Self { links: arena.take_numbers(MOST_LINKS), count: 0, over: false };
        world.each_enabled(links, prefix, &mut |found| {
            if follows(found, prefix, name) {
                let place = match links {
                    Links::Services => Service::named(found).place(),
                    Links::Overrides => Override::named(found).place(),
                };
                match this.links.get_mut(this.count) {
                    Some(slot) => {
                        *slot = hash(found) | u64::from(place);
                        this.count += 1;
                    }
                    None => this.over = true,
                }
            }
        });
        this
    }

    /// Whether a name was not there before; marks it as seen if it was.
    fn is_new(&mut self, name: &[u8]) -> bool {
        let wanted = hash(name);
        match self.links[..self.count].iter_mut().find(|link| **link & !(SEEN | 0xffff) == wanted) {
            Some(link) => {
                *link |= SEEN;
                false
            }
            None => !self.over,
        }
    }

    /// Tells the places in the catalogue of what was there and was not seen again.
    fn each_gone(&self, mut tell: impl FnMut(u16)) {
        for link in self.links[..self.count].iter().filter(|link| **link & SEEN == 0 && !self.over) {
            tell((*link & 0xffff) as u16);
        }
    }
}

/// FNV-1a (Fowler, Noll, Vo), its low 17 bits cleared.
fn hash(name: &[u8]) -> u64 {
    let hash = name.iter().fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    hash & !(SEEN | 0xffff)
}

// ---- the disk -------------------------------------------------------------------------------------------------

/// The checkout on disk.
#[derive(Debug)]
pub struct Disk<'a> {
    /// The way there.
    pub checkout: &'a [u8],
    /// The environment of the command, for the engine and PATH.
    pub env: &'a Env<'a>,
    /// `docker -H`, if the command line has one.
    pub host: Option<&'a [u8]>,
    /// The command line names a context: the engine is not probed.
    pub has_context: bool,
    /// Room for directory entries.
    pub buffer: &'static mut [u8],
    /// Room for looking up a command.
    pub arena: &'a mut Arena,
}

/// Room for directory entries, in bytes; 300 links need about 12 KB and come in one call or two.
pub const LISTING_ROOM: usize = 16 * 1024;

impl Disk<'_> {
    fn link_path<T>(&self, links: Links, name: &[u8], ask: impl FnOnce(&[&[u8]]) -> T) -> T {
        let mut file = [0; 208];
        let file = file_name(name, &mut file);
        ask(&[self.checkout, links.folder().as_bytes(), file])
    }
}

/// `NAME.yml`.
fn file_name<'b>(name: &[u8], buffer: &'b mut [u8; 208]) -> &'b [u8] {
    let end = name.len().min(200);
    buffer[..end].copy_from_slice(&name[..end]);
    buffer[end..end + 4].copy_from_slice(b".yml");
    &buffer[..end + 4]
}

impl World for Disk<'_> {
    fn is_enabled(&mut self, links: Links, name: &[u8]) -> bool {
        self.link_path(links, name, |path| stat_of(path, true)).is_ok()
    }

    fn is_linked(&mut self, links: Links, name: &[u8]) -> bool {
        self.link_path(links, name, |path| stat_of(path, false)).is_ok()
    }

    fn each_enabled(&mut self, links: Links, prefix: &[u8], tell: &mut dyn FnMut(&[u8])) {
        let Ok(folder) = open_of(&[self.checkout, links.folder().as_bytes()], Mode::LIST) else { return };
        each_entry(&folder, self.buffer, |name| {
            let stem = name.strip_suffix(b".yml").filter(|stem| is_plain(stem) && stem.starts_with(prefix));
            let leads_somewhere = || {
                let mut path = [0; 256];
                sys::join(&mut path, &[name]).is_some_and(|path| sys::stat(folder.at(), path, true).is_ok())
            };
            if let Some(stem) = stem.filter(|_| leads_somewhere()) {
                tell(stem);
            }
            true
        });
    }

    fn exists(&mut self, parts: &[&[u8]]) -> bool {
        let mut whole = [self.checkout, b"", b""];
        for (slot, part) in whole[1..].iter_mut().zip(parts) {
            *slot = part;
        }
        stat_of(&whole, true).is_ok()
    }

    fn sets(&mut self, file: &str, keys: &[&str]) -> bool {
        let Ok(file) = open_of(&[self.checkout, file.as_bytes()], Mode::READ) else { return false };
        let count = file.read(self.buffer).unwrap_or(0);
        let text = &self.buffer[..count];
        keys.iter().all(|key| crate::consent::of_env_file(text, key).is_some_and(|value| !value.is_empty()))
    }

    fn has_scaffold(&mut self, name: &[u8]) -> bool {
        let Ok(folder) = open_of(&[self.checkout, checkout::SCAFFOLDS.as_bytes(), name], Mode::LIST) else {
            return false;
        };
        let mut found = false;
        each_entry(&folder, self.buffer, |entry| {
            let note = checkout::FOR_PEOPLE.iter().any(|head| entry.starts_with(head.as_bytes()));
            found |= !note && entry != b"." && entry != b"..";
            !found
        });
        found
    }

    fn may_compose(&mut self, name: &[u8]) -> bool {
        may_have(&[self.checkout, checkout::COMPOSE.as_bytes()], name, self.buffer)
    }

    fn engine(&mut self) -> Engine {
        // As docker resolves it (28.2, `resolveContextName`): `-c`, then a host, then the context of the environment,
        // then that of the settings.
        let host = match self.host.or(self.env.filled(Variable::DockerHost)) {
            _ if self.has_context => return Engine::Fine,
            Some(host) => host,
            None if self.is_elsewhere() => return Engine::Fine,
            None => b"unix:///var/run/docker.sock",
        };
        let Some(path) = host.strip_prefix(b"unix://") else { return Engine::Fine };
        match sys::knock(path) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::CONNREFUSED) => Engine::Unavailable,
            Err(Errno::ACCES) => Engine::Denied,
            _ => Engine::Fine,
        }
    }

    fn has_docker(&mut self) -> bool {
        let mut has = |name: &str| Candidates::of(name.as_bytes(), None, self.env).next_program(self.arena).is_some();
        ENGINES.into_iter().any(&mut has)
    }
}

/// Whether a compose file is there and may have a service of that name; one that is larger than the buffer may. So may a
/// pipe, which is not even opened: what is read there, nobody else reads.
pub fn may_have(file: &[&[u8]], name: &[u8], buffer: &mut [u8]) -> bool {
    match stat_of(file, true) {
        Ok(found) if found.is_file() => {}
        found => return found.is_ok(),
    }
    let Ok(file) = open_of(file, Mode::READ) else { return false };
    let count = file.read(buffer).unwrap_or(0);
    count == buffer.len() || compose_file::may_have(&buffer[..count], name)
}

impl Disk<'_> {
    /// Whether the environment or the docker CLI's settings name a context of its own, so that the default socket tells
    /// nothing.
    fn is_elsewhere(&mut self) -> bool {
        if let Some(context) = self.env.filled(Variable::DockerContext) {
            return context != b"default";
        }
        let settings = match (self.env.filled(Variable::DockerConfig), self.env.filled(Variable::Home)) {
            (Some(own), _) => [own, b""],
            (None, Some(home)) => [home, paths::home::DOCKER.as_bytes()],
            (None, None) => return false,
        };
        let path = [settings[0], settings[1], paths::DOCKER_CONFIG.as_bytes()];
        let Ok(file) = open_of(&path, Mode::READ) else { return false };
        let count = file.read(self.buffer).unwrap_or(0);
        let text = &self.buffer[..count];
        names_context(text)
    }
}

/// Whether the docker CLI's settings (`config.json`) name another context than the default one.
fn names_context(settings: &[u8]) -> bool {
    let key = b"\"currentContext\"";
    let Some(at) = settings.windows(key.len()).position(|w| w == key) else { return false };
    let value = settings[at + key.len()..].trim_ascii_start().strip_prefix(b":").unwrap_or_default().trim_ascii_start();
    !value.starts_with(b"\"\"") && !value.starts_with(b"\"default\"")
}

/// Tells the names in a folder until told to stop (`struct linux_dirent64`, getdents64(2)).
fn each_entry(folder: &sys::File, buffer: &mut [u8], mut tell: impl FnMut(&[u8]) -> bool) {
    while let Ok(count @ 1..) = folder.entries(buffer) {
        let mut rest = &buffer[..count];
        while let [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, low, high, _, name @ ..] = rest {
            let length = usize::from(u16::from_ne_bytes([*low, *high]));
            let end = name.iter().position(|b| *b == 0).unwrap_or(0);
            if length < 20 || !tell(&name[..end]) {
                return;
            }
            rest = rest.get(length..).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_of_the_settings_is_the_word_behind_its_key() {
        for text in ["{}", "", r#"{"currentContext":""}"#, r#"{"currentContext": "default", "x": "far"}"#] {
            assert!(!names_context(text.as_bytes()), "{text}");
        }
        for text in
            [r#"{"aliases": {"builder": "default"}, "currentContext" : "far"}"#, r#"{"currentContext":"default2"}"#]
        {
            assert!(names_context(text.as_bytes()), "{text}");
        }
    }
}
