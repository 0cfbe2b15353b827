//! Owns the command lines of `docker-compose`, which is one of two programs: compose 2 by itself, or the old 1.29.
//!
//! Nobody can tell which without running it, so a line is read as compose 2 does. Only where compose 2 refuses what
//! stands before the subcommand and 1.29 takes it (`--fil a.yml`, `-- stop`, `-c there`), it is read as 1.29 does, and
//! marked as refused all the same: 1.29 is long out of support. For 1.29 nothing after the first service is an option:
//! where they differ (`stop web -t 5`) both readings are told. What compose 2 does decides what is recorded; 1.29 fails
//! there for want of a service `-t`, and nothing but its failure is.

use super::compose::{Reader, named};
use super::{Grammar, Item, Visitor, Words, arguments};
use crate::options::{Means, OLD_COMPOSE, Opt, STANDALONE, Value};

/// Reads docker-compose's command line, item by item.
pub(super) fn visit<'a, W: Words<'a>>(words: W, items: Visitor<'_, 'a>) -> Grammar {
    let (mut found, mut broken) = (false, false);
    visit_new(words, &mut |item| {
        found |= matches!(item, Item::Subcommand(_));
        broken |= item == Item::Broken && !found;
    });
    if !broken || !visit_old(words, &mut |_| {}) {
        visit_new(words, items);
    } else {
        visit_old(words, items);
        items(Item::Broken);
    }
    Grammar::Compose
}

/// compose 2 by itself: up to the first word that is no option, docker's options are sorted out, whatever they stand
/// behind, and three others become what the plugin understands (compose 2.26, cmd/compatibility/convert.go).
fn visit_new<'a, W: Words<'a>>(words: W, items: Visitor<'_, 'a>) {
    let mut reader = Reader::new();
    let mut sorting = true;
    let mut pending: Option<Opt> = None;
    for word in arguments(words) {
        if let Some(opt) = pending.take() {
            items(Item::Value(opt.means, word));
            continue;
        }
        if !sorting {
            take_both(&mut reader, word, items);
            continue;
        }
        if matches!(word, b"__complete" | b"__completeNoDesc") {
            // A shell asks for completions: nobody's command.
            return items(Item::Flag(Means::Help, true));
        }
        sorting = word.is_empty() || word.starts_with(b"-");
        match STANDALONE.word(word) {
            Some(opt) if opt.value == Value::None => {}
            Some(opt) => pending = Some(opt),
            None => reader.take(plugin_word(word), items),
        }
    }
    if pending.is_some() {
        items(Item::Broken);
    }
    reader.finish(items);
}

/// Takes a word as compose 2 does, and tells where it is a service for 1.29 alone.
fn take_both<'w>(reader: &mut Reader, word: &'w [u8], items: Visitor<'_, 'w>) {
    let mut only_old = reader.has_service();
    reader.take(word, &mut |item| {
        only_old &= !matches!(item, Item::Service(_));
        items(item);
    });
    if only_old {
        items(Item::OldService(word));
    }
}

/// What the plugin understands in place of a word.
fn plugin_word(word: &[u8]) -> &[u8] {
    match word {
        b"-h" => b"--help",
        b"-v" | b"--version" => b"version",
        _ => word,
    }
}

/// docker-compose 1.29: docopt with `options_first`. Answers whether it finds a subcommand.
fn visit_old<'a, W: Words<'a>>(words: W, items: Visitor<'_, 'a>) -> bool {
    let mut reader: Option<Reader> = None;
    let mut pending: Option<Opt> = None;
    let mut ended = false;
    for word in arguments(words) {
        if let Some(reader) = &mut reader {
            take_both(reader, word, items);
        } else if let Some(opt) = pending.take() {
            items(Item::Value(opt.means, word));
        } else {
            match word {
                b"--" if !ended => ended = true,
                b"help" => {
                    items(Item::Flag(Means::Help, true));
                    return true;
                }
                [b'-', _, ..] if !ended => match old_option(word, items) {
                    Some(next) => pending = next,
                    None => return false,
                },
                _ => {
                    let Some(subcommand) = named(None, word) else { return false };
                    reader.insert(Reader::new()).enter(subcommand, items);
                }
            }
        }
    }
    if let Some(reader) = &reader {
        reader.finish(items);
    }
    reader.is_some()
}

/// Reads an option of 1.29. Answers with the option whose value is the next word, if there is one; with nothing if it
/// does not know the option.
fn old_option<'w>(word: &'w [u8], items: Visitor<'_, 'w>) -> Option<Option<Opt>> {
    if let Some(long) = word.strip_prefix(b"--") {
        let sign = long.iter().position(|byte| *byte == b'=').unwrap_or(long.len());
        let (name, value) = long.split_at(sign);
        let opt = OLD_COMPOSE.abbreviated(name)?;
        return match (opt.value, value.split_first()) {
            (Value::None, Some(_)) => None,
            (Value::None, None) => {
                items(Item::Flag(opt.means, true));
                Some(None)
            }
            (_, Some((_, value))) => {
                items(Item::Value(opt.means, value));
                Some(None)
            }
            (_, None) => Some(Some(opt)),
        };
    }
    let mut letters = word.strip_prefix(b"-")?;
    while let Some((letter, rest)) = letters.split_first() {
        letters = rest;
        let opt = OLD_COMPOSE.letter(*letter)?;
        if opt.value == Value::None {
            items(Item::Flag(opt.means, true));
        } else if rest.is_empty() {
            return Some(Some(opt));
        } else {
            items(Item::Value(opt.means, rest));
            break;
        }
    }
    Some(None)
}
