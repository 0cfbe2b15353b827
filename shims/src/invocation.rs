//! Owns what a command line asks for. (The grammars follow.)

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

use crate::env::Env;
/// x
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "stub")]
pub enum Tool {
    Make,
    Docker,
    DockerCompose,
}
impl Tool {
    /// x
    #[must_use]
    pub fn of(name: &[u8]) -> Option<Self> {
        match name {
            b"make" => Some(Self::Make),
            b"docker" => Some(Self::Docker),
            b"docker-compose" => Some(Self::DockerCompose),
            _ => None,
        }
    }
}
/// x
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "stub")]
pub enum Item<'a> {
    File(&'a [u8]),
    EnvFile(&'a [u8]),
    Service(&'a [u8]),
    Other,
}
/// x
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "stub")]
pub enum Invocation<'a> {
    Make(Make<'a>),
    Compose(Compose<'a>),
    Plain,
}
/// x
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "stub")]
pub struct Make<'a> {
    pub goal: Option<&'a [u8]>,
    pub argument: Option<&'a [u8]>,
    pub is_broken: bool,
    pub dry: bool,
}
impl<'a> Make<'a> {
    /// x
    pub fn directories(&self) -> core::iter::Empty<&'a [u8]> {
        core::iter::empty()
    }
}
/// x
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "stub")]
pub struct Compose<'a> {
    pub subcommand: Option<&'a [u8]>,
    pub project_directory: Option<&'a [u8]>,
    pub first_file: Option<&'a [u8]>,
    pub host: Option<&'a [u8]>,
    pub has_context: bool,
    pub is_broken: bool,
    pub is_detached: bool,
}
impl Compose<'_> {
    /// x
    pub fn is_only_information(&self) -> bool {
        self.subcommand.is_none_or(|s| s == b"version")
    }
}
/// x
pub fn read<'a, W: Words<'a>>(tool: Tool, words: W, _env: &Env<'a>) -> Invocation<'a> {
    match tool {
        Tool::Make => {
            let mut m = Make::default();
            for i in 1..words.count() {
                let Some(w) = words.word(i) else { break };
                if w == b"-n" {
                    m.dry = true;
                }
                if w.starts_with(b"-") {
                    continue;
                }
                if m.goal.is_none() {
                    m.goal = Some(w)
                } else if m.argument.is_none() {
                    m.argument = Some(w)
                }
            }
            Invocation::Make(m)
        }
        _ => {
            if tool == Tool::Docker && words.word(1) != Some(b"compose") {
                Invocation::Plain
            } else {
                Invocation::Compose(Compose { subcommand: words.word(2), ..Compose::default() })
            }
        }
    }
}
/// x
pub fn visit<'a, W: Words<'a>>(_tool: Tool, _words: W, _env: &Env<'a>, _tell: &mut dyn FnMut(Item<'a>)) {}
