//! Owns what a command line asks for: one grammar a tool, read exactly as the tool itself reads it.
//!
//! GNU make 4.3, the docker CLI 28.2 with compose 2.26, docker-compose, and what stands before a compose as docker does.
//! [`visit`] is the parser, a stream of items; [`read`] is what the shim needs, folded from that stream. Refuses to touch
//! the disk, to allocate, and to judge: whether a command line matters is [`crate::rules`]'s business.

pub mod compose;
mod definitions;
mod flags;
mod getopt;
pub mod make;
mod makeflags;
mod standalone;
mod variable;

use crate::env::Env;
use crate::options::{self, Means, Options, Subcommand};
use crate::paths::shim::TOOLS;
pub use compose::Compose;
pub use make::Make;
pub use variable::Sets;

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

/// The words from a place on; the one at that place stands for the command's own name.
#[derive(Clone, Copy)]
struct From<W>(W, usize);

impl<'a, W: Words<'a>> Words<'a> for From<W> {
    fn count(&self) -> usize {
        self.0.count().saturating_sub(self.1)
    }
    fn word(&self, place: usize) -> Option<&'a [u8]> {
        self.0.word(self.1 + place)
    }
}

include!(concat!(env!("OUT_DIR"), "/tools.rs"));

/// By which grammar a tool's command line is read.
#[derive(Clone, Copy)]
enum Reads {
    /// make's.
    Make,
    /// docker-compose's.
    Compose,
    /// Options of its own; what follows `compose` is handed to a compose as it is.
    Host(Options, Handed),
}

/// Which compose gets what follows `compose`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Handed {
    /// docker's plugin, which reads the host's options again.
    Plugin,
    /// docker-compose.
    Standalone,
}

impl Tool {
    /// The tool that the first word of a command line names: `make`, `/usr/bin/make`.
    #[must_use]
    pub fn of(name: &[u8]) -> Option<Self> {
        let name = name.rsplit(|byte| *byte == b'/').next()?;
        ALL.into_iter().find(|tool| tool.name().as_bytes() == name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        TOOLS[self as usize]
    }

    /// What its compose is called in words: `docker compose`, `docker-compose`; for make its name.
    #[must_use]
    pub const fn spoken(self) -> &'static str {
        SPOKEN[self as usize]
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
        /// What stands after the sign, as far as it can be told.
        value: Option<&'a [u8]>,
        /// What the sign does.
        sets: Sets,
    },
    /// compose's subcommand. Of several the last counts: `alpha` comes before `alpha viz`.
    Subcommand(&'static Subcommand),
    /// There are words where compose expects a subcommand, and they begin with none.
    Stranger,
    /// A service that compose is asked for.
    Service(&'a [u8]),
    /// A word behind the first service, which docker-compose 1.29 takes for one too, and compose 2 for an option.
    OldService(&'a [u8]),
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
    match READS[tool as usize] {
        Reads::Make => make::visit(words, env, items),
        Reads::Compose => standalone::visit(From(words, 0), items),
        Reads::Host(options, handed) => compose::visit(words, options, handed, items),
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
