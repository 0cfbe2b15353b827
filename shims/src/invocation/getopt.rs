//! Owns how make reads words: `decode_switches` of GNU make 4.3 with getopt_long(3), one word at a time.
//!
//! Options and goals in any order, clusters (`-knC dir`), abbreviations (`--just`), values that may be missing (`-j`), and
//! `--`, behind which nothing is an option any more.

use super::variable::definition;
use super::{Item, Visitor};
use crate::options::{MAKE, Means, Opt, Value};

/// getopt_long(3) as make calls it, one word at a time.
#[derive(Default)]
pub(super) struct Getopt {
    /// An option whose value may or must be the next word.
    pending: Option<Opt>,
    /// `--` has come: nothing is an option any more.
    ended: bool,
    /// The words are those of a variable: what is wrong is passed over, and there are no goals.
    quiet: bool,
    /// The last `-O` asks for what make does not know.
    sync_is_wrong: bool,
}

impl Getopt {
    /// A reader of a variable's words.
    pub(super) fn of_variable() -> Self {
        Self { quiet: true, ..Self::default() }
    }

    /// Takes the next word.
    pub(super) fn take<'w>(&mut self, word: &'w [u8], items: Visitor<'_, 'w>) {
        if let Some(opt) = self.pending.take() {
            let is_value = match opt.value {
                Value::Number => word.iter().all(u8::is_ascii_digit),
                Value::Real => word.first().is_some_and(|b| b.is_ascii_digit() || *b == b'.'),
                _ => true,
            };
            if is_value {
                return self.value(opt, word, items);
            }
        }
        match word {
            _ if self.ended => self.operand(word, items),
            [b'-', b'-'] => self.ended = true,
            [b'-', b'-', name @ ..] => self.long(name, items),
            [b'-', letters @ ..] if !letters.is_empty() => self.letters(letters, items),
            _ => self.operand(word, items),
        }
    }

    /// The command line is over: what is still missing or wrong is an error.
    pub(super) fn finish(&self, items: Visitor<'_, '_>) {
        if self.sync_is_wrong || self.pending.is_some_and(|opt| opt.value == Value::Required) {
            self.refuse(items);
        }
    }

    fn long<'w>(&mut self, word: &'w [u8], items: Visitor<'_, 'w>) {
        let sign = word.iter().position(|byte| *byte == b'=').unwrap_or(word.len());
        let (name, value) = word.split_at(sign);
        let Some(opt) = MAKE.abbreviated(name) else { return self.refuse(items) };
        match value.split_first() {
            None => self.bare(opt, items),
            Some(_) if opt.value == Value::None => self.refuse(items),
            Some((_, value)) => self.value(opt, value, items),
        }
    }

    fn letters<'w>(&mut self, mut letters: &'w [u8], items: Visitor<'_, 'w>) {
        while let Some((letter, rest)) = letters.split_first() {
            letters = rest;
            match MAKE.letter(*letter) {
                None => self.refuse(items),
                Some(opt) if opt.value == Value::None || rest.is_empty() => self.bare(opt, items),
                Some(opt) => return self.value(opt, rest, items),
            }
        }
    }

    /// An option without a value in its own word.
    fn bare(&mut self, opt: Opt, items: Visitor<'_, '_>) {
        match opt.value {
            Value::None => items(Item::Flag(opt.means, true)),
            Value::Optional => self.sync_is_wrong &= opt.means != Means::OutputSync,
            _ => self.pending = Some(opt),
        }
    }

    fn value<'w>(&mut self, opt: Opt, value: &'w [u8], items: Visitor<'_, 'w>) {
        let is_good = match (opt.value, opt.means) {
            (Value::Number, _) => is_positive(value),
            (Value::Real, _) => true,
            (_, Means::OutputSync) if !value.is_empty() => {
                self.sync_is_wrong = !matches!(value, b"none" | b"line" | b"target" | b"recurse");
                true
            }
            (_, Means::Debug) => is_debug(value),
            _ => !value.is_empty(),
        };
        if is_good {
            let value = if opt.means == Means::Makefile { normalised(value) } else { value };
            items(Item::Value(opt.means, value));
        } else {
            self.refuse(items);
        }
    }

    fn operand<'w>(&mut self, word: &'w [u8], items: Visitor<'_, 'w>) {
        match definition(word) {
            _ if word == b"-" => {}
            Some(found) if found.name.is_empty() => self.refuse(items),
            Some(found) => {
                items(Item::Variable { name: found.name, value: Some(found.value), sets: found.sets });
            }
            None if self.quiet => {}
            None if word.is_empty() => self.refuse(items),
            None => items(Item::Goal(normalised(word))),
        }
    }

    fn refuse(&self, items: Visitor<'_, '_>) {
        if !self.quiet {
            items(Item::Broken);
        }
    }
}

/// Digits, of which atoi(3) makes more than zero: it cuts what strtol(3) finds down to an `int`.
fn is_positive(word: &[u8]) -> bool {
    let digit = |sum: i64, byte: &u8| sum.saturating_mul(10).saturating_add(i64::from(byte.wrapping_sub(b'0')));
    word.iter().all(u8::is_ascii_digit) && word.iter().fold(0, digit) as i32 > 0
}

/// A file name of the command line as make takes it: without any leading `./`. A tilde behind it is no home: the last
/// `./` stays there, for [`super::make::at_home`] to see.
fn normalised(mut name: &[u8]) -> &[u8] {
    while let [b'.', b'/', rest @ ..] = name {
        let slashes = rest.iter().take_while(|byte| **byte == b'/').count();
        name = match rest.get(slashes..).unwrap_or(b"") {
            [] => return b"./",
            [b'~', ..] => return name,
            rest => rest,
        };
    }
    name
}

/// `--debug=basic,jobs`: of each word the first letter counts. `p` and `w` are those of make 4.4.
fn is_debug(levels: &[u8]) -> bool {
    !levels.is_empty()
        && levels
            .strip_suffix(b",")
            .unwrap_or(levels)
            .split(|byte| matches!(byte, b',' | b' '))
            .all(|level| level.first().is_some_and(|letter| b"abijmnpvw".contains(&letter.to_ascii_lowercase())))
}
