//! Owns the command lines of `docker compose`: the docker CLI's own options, then compose's, then those of a subcommand,
//! as docker 28.2 and the plugin compose 2.26 read them with spf13/cobra 1.8.

use super::flags::Flags;
use super::{From, Grammar, Handed, Item, Visitor, Words, arguments, standalone};
use crate::options::{COMPOSE, EVERYWHERE, Means, Operands, Options, SUBCOMMANDS, Subcommand};

/// What compose is asked to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compose<'a> {
    /// The subcommand, by its own name.
    pub subcommand: Option<&'static Subcommand>,
    /// A word stands in the subcommand's place that compose does not know.
    pub is_unknown: bool,
    /// The last `--dry-run` says so: nothing is done, only shown.
    pub is_dry_run: bool,
    /// `-d`, or what implies it: the command does not stay to be ended by Ctrl-C.
    pub is_detached: bool,
    /// `-h`, also where compose shows its help by itself.
    pub shows_help: bool,
    /// `-v`
    pub shows_version: bool,
    /// compose 2.26 refuses this command line. Another version may take it, if it is for an option that is newer or
    /// older: exit code 16 makes it sure.
    pub is_broken: bool,
    /// The first `-f`: the project lies where it lies.
    pub first_file: Option<&'a [u8]>,
    /// `--project-directory`
    pub project_directory: Option<&'a [u8]>,
    /// docker's `-H`: the engine that is asked.
    pub host: Option<&'a [u8]>,
    /// docker's `-c`, if it is none by default: an engine that only docker knows is asked.
    pub has_context: bool,
}

impl<'a> Compose<'a> {
    /// Takes in the next item.
    pub(super) fn note(&mut self, item: Item<'a>) {
        match item {
            Item::Subcommand(subcommand) => self.subcommand = Some(subcommand),
            Item::Stranger => self.is_unknown = true,
            Item::Flag(Means::DryRun, on) => self.is_dry_run = on,
            Item::Flag(Means::Detach, on) => self.is_detached |= on,
            Item::Flag(Means::Help, on) => self.shows_help = on,
            Item::Flag(Means::Version, on) => self.shows_version = on,
            Item::Value(Means::File, path) => self.first_file = self.first_file.or(Some(path)),
            Item::Value(Means::ProjectDirectory, path) => self.project_directory = Some(path),
            Item::Value(Means::Host, engine) => self.host = Some(engine),
            Item::Value(Means::Context, context) => self.has_context = context != b"default",
            Item::Broken => self.is_broken = true,
            _ => {}
        }
    }
}

/// Reads docker's command line, or a host's like it, item by item. docker hands its whole line to compose, if the first
/// word that is no option is `compose`; compose reads docker's own options again, and does not know `--version` among
/// them. Another host asks its own engine, which nobody else knows where to find.
pub(super) fn visit<'a, W: Words<'a>>(words: W, options: Options, handed: Handed, items: Visitor<'_, 'a>) -> Grammar {
    let mut globals = Flags::new([options, Options::NONE], false);
    let mut refused = false;
    let mut level: &[u8] = b"";
    let mut seen = |item: Item<'a>| {
        match item {
            Item::Broken | Item::Flag(Means::Version, _) => refused = true,
            Item::Value(Means::LogLevel, value) => level = value,
            _ => {}
        }
        items(item);
    };
    let mut place = 1;
    let command = arguments(words).inspect(|_| place += 1).find_map(|word| globals.take(word, &mut seen));
    if refused || command != Some(b"compose") || !is_level(level) {
        return Grammar::Plain;
    }
    let rest = From(words, place - 1);
    if handed == Handed::Standalone {
        items(Item::Value(Means::Context, b""));
        return standalone::visit(rest, items);
    }
    let mut reader = Reader::new();
    arguments(rest).for_each(|word| reader.take(word, items));
    reader.finish(items);
    Grammar::Compose
}

/// What logrus.ParseLevel takes; nothing at all is left alone.
fn is_level(level: &[u8]) -> bool {
    const LEVELS: &[&str] = &["", "panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"];
    LEVELS.iter().any(|known| level.eq_ignore_ascii_case(known.as_bytes()))
}

/// Reads what follows `compose`. cobra first looks for the subcommand, by a rough idea of what options are, and only
/// then reads the options for good: where the two disagree, both count.
pub(super) struct Reader {
    flags: Flags,
    /// `alpha`, whose subcommand is still to come.
    group: Option<&'static Subcommand>,
    /// The subcommand.
    subcommand: Option<&'static Subcommand>,
    /// cobra has given up looking for a subcommand.
    lost: bool,
    /// cobra takes the next word for the value of an option.
    in_value: bool,
    /// How many words belong to no option.
    operands: usize,
    /// Help is asked for: how many words there are does not matter then.
    helps: bool,
}

impl Reader {
    pub(super) const fn new() -> Self {
        let flags = Flags::new([COMPOSE, EVERYWHERE], false);
        Self { flags, group: None, subcommand: None, lost: false, in_value: false, operands: 0, helps: false }
    }

    pub(super) fn take<'w>(&mut self, word: &'w [u8], items: Visitor<'_, 'w>) {
        if self.subcommand.is_none() && !self.lost && self.is_candidate(word) {
            match named(self.group, word) {
                Some(found) => return self.enter(found, items),
                None => self.lost = true,
            }
        }
        let helps = &mut self.helps;
        let operand = self.flags.take(word, &mut |item| {
            if let Item::Flag(Means::Help, on) = item {
                *helps = on;
            }
            items(item);
        });
        if let Some(word) = operand {
            self.operand(word, items);
        }
    }

    /// Goes on with a subcommand.
    pub(super) fn enter(&mut self, found: &'static Subcommand, items: Visitor<'_, '_>) {
        self.flags.finish(items);
        items(Item::Subcommand(found));
        if found.operands == Operands::Subcommand {
            self.group = Some(found);
        } else {
            self.subcommand = Some(found);
        }
        self.flags = Flags::new([found.options, EVERYWHERE], found.operands != Operands::Command);
        self.in_value = false;
        self.operands = 0;
    }

    /// The command line is over.
    pub(super) fn finish(&self, items: Visitor<'_, '_>) {
        self.flags.finish(items);
        match (self.subcommand, self.group) {
            (Some(found), _) => {
                let fits = (usize::from(found.least)..=usize::from(found.most)).contains(&self.operands);
                if !fits && !self.helps {
                    items(Item::Broken);
                }
            }
            // A group by itself can't be run, whatever follows: compose shows its help.
            (None, Some(_)) => items(Item::Flag(Means::Help, true)),
            (None, None) if self.operands > 0 && !self.helps => {
                items(Item::Stranger);
                items(Item::Broken);
            }
            (None, None) => {}
        }
    }

    /// Whether a service was named, of several that may be.
    pub(super) fn has_service(&self) -> bool {
        self.operands > 0 && self.subcommand.is_some_and(|found| found.operands == Operands::Services)
    }

    /// cobra's `Traverse`: whether this word is in the place of a subcommand.
    fn is_candidate(&mut self, word: &[u8]) -> bool {
        if let Some(needs_value) = self.flags.seems_to_need_value(word) {
            self.in_value = needs_value;
            return false;
        }
        if self.in_value {
            self.in_value = false;
            return false;
        }
        !matches!(word, [b'-', b'-', _, ..]) && !matches!(word, [b'-', next, ..] if *next != b'-')
    }

    fn operand<'w>(&mut self, word: &'w [u8], items: Visitor<'_, 'w>) {
        let first = self.operands == 0;
        self.operands = self.operands.saturating_add(1);
        let Some(subcommand) = self.subcommand else { return };
        let colon = || word.iter().position(|byte| *byte == b':');
        match subcommand.operands {
            Operands::Services => items(Item::Service(word)),
            Operands::Service | Operands::Command if first => items(Item::Service(word)),
            Operands::Command => items(Item::Inner(word)),
            Operands::Counts => items(Item::Service(word.split(|byte| *byte == b'=').next().unwrap_or(word))),
            // `/a:b` and `./a:b` are paths of this machine.
            Operands::Paths if !word.starts_with(b"/") && !word.starts_with(b".") => {
                if let Some(service) = colon().and_then(|end| word.get(..end)) {
                    items(Item::Service(service));
                }
            }
            _ => {}
        }
    }
}

/// The subcommand of that name, in a group or outside of one.
pub(super) fn named(group: Option<&Subcommand>, word: &[u8]) -> Option<&'static Subcommand> {
    SUBCOMMANDS.iter().find(|subcommand| {
        let name = subcommand.name.as_bytes();
        match group {
            None => name == word || (!word.is_empty() && subcommand.alias.as_bytes() == word),
            Some(group) => name.strip_prefix(group.name.as_bytes()).and_then(|n| n.strip_prefix(b" ")) == Some(word),
        }
    })
}
