//! Owns what a command line asks for: one grammar a tool, read exactly as the tool itself reads it.
//!
//! GNU make 4.3, the docker CLI 28.2 with compose 2.26, and docker-compose. [`visit`] is the parser, a stream of items;
//! [`read`] is what the shim needs, folded from that stream. Refuses to touch the disk, to allocate, and to judge:
//! whether a command line matters is [`crate::rules`]'s business.

pub mod compose;
mod flags;
mod getopt;
pub mod make;
mod makeflags;
mod standalone;
mod variable;

use crate::env::Env;
use crate::options::{Means, Subcommand};
pub use compose::Compose;
pub use make::Make;

/// A command line, without an allocation: what the kernel gave, or slices.
pub trait Words<'a>: Copy {
    /// How many words there are; the first is the command's own name.
    fn count(&self) -> usize;
    /// The word at a place.
    fn word(&self, place: usize) -> Option<&'a [u8]>;
}

impl<'a> Words<'a> for &'a [&'a [u8]] {
    fn count(&self) -> usize {
        self.len()
    }
    fn word(&self, place: usize) -> Option<&'a [u8]> {
        self.get(place).copied()
    }
}

impl Words<'static> for crate::sys::Strings {
    fn count(&self) -> usize {
        self.len()
    }
    fn word(&self, place: usize) -> Option<&'static [u8]> {
        self.get(place)
    }
}

/// The words after the command's own name.
fn arguments<'a, W: Words<'a>>(words: W) -> impl Iterator<Item = &'a [u8]> {
    (1..words.count()).map_while(move |place| words.word(place))
}

/// A command that is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `make`
    Make,
    /// `docker`
    Docker,
    /// `docker-compose`
    DockerCompose,
}

impl Tool {
    /// The tool that the first word of a command line names: `make`, `/usr/bin/make`.
    #[must_use]
    pub fn of(name: &[u8]) -> Option<Self> {
        match name.rsplit(|byte| *byte == b'/').next() {
            Some(b"make") => Some(Self::Make),
            Some(b"docker") => Some(Self::Docker),
            Some(b"docker-compose") => Some(Self::DockerCompose),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Make => "make",
            Self::Docker => "docker",
            Self::DockerCompose => "docker-compose",
        }
    }
}

/// One thing that a command line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// An option without a value, or with `=false`. Of several the last counts.
    Flag(Means, bool),
    /// An option's value.
    Value(Means, &'a [u8]),
    /// A makefile of the variable MAKEFILES: read before all others, and never asked for the default goal.
    Preread(&'a [u8]),
    /// A goal of make, as make normalises it: `./foo` is `foo`. A leading `~` is left.
    Goal(&'a [u8]),
    /// A variable that make's command line or MAKEFLAGS sets.
    Variable {
        /// Its name.
        name: &'a [u8],
        /// What stands after the sign, if that is sure to become the value.
        value: Option<&'a [u8]>,
    },
    /// compose's subcommand. Of several the last counts: `alpha` comes before `alpha viz`.
    Subcommand(&'static Subcommand),
    /// There are words where compose expects a subcommand, and they begin with none.
    Stranger,
    /// A service that compose is asked for.
    Service(&'a [u8]),
    /// A word of the command that `exec` or `run` runs.
    Inner(&'a [u8]),
    /// Something that the tool refuses. What follows is read as well as it can be.
    Broken,
}

/// What takes the items of a command line, in their order.
pub type Visitor<'v, 'a> = &'v mut dyn FnMut(Item<'a>);

/// By which grammar a command line was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// make's.
    Make,
    /// compose's.
    Compose,
    /// A docker command that is not `compose`, or that docker itself refuses: the items say nothing.
    Plain,
}

/// Reads a command line, item by item.
pub fn visit<'a, W: Words<'a>>(tool: Tool, words: W, env: &Env<'a>, items: Visitor<'_, 'a>) -> Grammar {
    match tool {
        Tool::Make => make::visit(words, env, items),
        Tool::Docker => compose::visit(words, items),
        Tool::DockerCompose => standalone::visit(words, items),
    }
}

/// What a command line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invocation<'a> {
    /// make is to make something.
    Make(Make<'a>),
    /// compose is to do something.
    Compose(Compose<'a>),
    /// A docker command that is not `compose`, or that docker itself refuses.
    Plain,
}

/// Reads a command line for what the shim needs.
pub fn read<'a, W: Words<'a>>(tool: Tool, words: W, env: &Env<'a>) -> Invocation<'a> {
    let mut make = Make::default();
    let mut compose = Compose::default();
    let grammar = if tool == Tool::Make {
        visit(tool, words, env, &mut |item| make.note(item))
    } else {
        visit(tool, words, env, &mut |item| compose.note(item))
    };
    match grammar {
        Grammar::Make => Invocation::Make(make),
        Grammar::Compose => Invocation::Compose(compose),
        Grammar::Plain => Invocation::Plain,
    }
}
