//! Owns how docker and compose read options: spf13/pflag 1.0, one word at a time.
//!
//! `-f a`, `-fa`, `-f=a`, `--file a`, `--file=a`, `-dt5`, `--detach=false`; nothing may be abbreviated.

use super::{Item, Visitor};
use crate::options::{Opt, Options, Value};

/// A reader of options.
pub(super) struct Flags {
    tables: [Options; 2],
    /// Options may stand behind the first word that is none.
    mixed: bool,
    /// An option whose value is the next word.
    pending: Option<Opt>,
    /// Nothing is an option any more.
    ended: bool,
}

impl Flags {
    pub(super) const fn new(tables: [Options; 2], mixed: bool) -> Self {
        Self { tables, mixed, pending: None, ended: false }
    }

    /// Takes the next word, and gives it back if it belongs to no option.
    pub(super) fn take<'w>(&mut self, word: &'w [u8], items: Visitor<'_, 'w>) -> Option<&'w [u8]> {
        if let Some(opt) = self.pending.take() {
            set(opt, word, items);
            return None;
        }
        match word {
            _ if self.ended => return Some(word),
            [b'-', b'-'] => self.ended = true,
            [b'-', b'-', name @ ..] => self.long(name, items),
            [b'-', letters @ ..] if !letters.is_empty() => self.letters(letters, items),
            _ => {
                self.ended = !self.mixed;
                return Some(word);
            }
        }
        None
    }

    /// The command line is over: a value that is still missing is an error.
    pub(super) fn finish(&self, items: Visitor<'_, '_>) {
        if self.pending.is_some() {
            items(Item::Broken);
        }
    }

    fn long<'w>(&mut self, word: &'w [u8], items: Visitor<'_, 'w>) {
        let sign = word.iter().position(|byte| *byte == b'=').unwrap_or(word.len());
        let (name, value) = word.split_at(sign);
        let Some(opt) = self.find(|table| table.long(name)) else { return items(Item::Broken) };
        match value.split_first() {
            Some((_, value)) => set(opt, value, items),
            None => self.bare(opt, items),
        }
    }

    fn letters<'w>(&mut self, mut letters: &'w [u8], items: Visitor<'_, 'w>) {
        // pflag passes over the options of Go's tests.
        while let Some((letter, rest)) = letters.split_first().filter(|_| !letters.starts_with(b"test.")) {
            letters = rest;
            let Some(opt) = self.find(|table| table.letter(*letter)) else { return items(Item::Broken) };
            match rest {
                [b'=', value @ ..] if !value.is_empty() => return set(opt, value, items),
                [_, ..] if opt.value != Value::None => return set(opt, rest, items),
                _ => self.bare(opt, items),
            }
        }
    }

    /// An option without a value in its own word.
    fn bare(&mut self, opt: Opt, items: Visitor<'_, '_>) {
        if opt.value == Value::None {
            items(Item::Flag(opt.means, true));
        } else {
            self.pending = Some(opt);
        }
    }

    fn find(&self, look: impl Fn(Options) -> Option<Opt>) -> Option<Opt> {
        self.tables.into_iter().find_map(look)
    }

    /// Whether cobra, which looks for the subcommand first, takes the word after this one for its value. It knows
    /// nothing of clusters, and an option that does not exist has a value for it too.
    pub(super) fn seems_to_need_value(&self, word: &[u8]) -> Option<bool> {
        let is_bare = |opt: Option<Opt>| opt.is_some_and(|opt| opt.value == Value::None);
        match word {
            _ if word.contains(&b'=') => None,
            [b'-', b'-', name @ ..] => Some(!is_bare(self.find(|table| table.long(name)))),
            [b'-', letter] if !is_bare(self.find(|table| table.letter(*letter))) => Some(true),
            _ => None,
        }
    }
}

fn set<'w>(opt: Opt, value: &'w [u8], items: Visitor<'_, 'w>) {
    items(match opt.value {
        Value::None => boolean(value).map_or(Item::Broken, |on| Item::Flag(opt.means, on)),
        Value::Integer if !is_integer(value) => Item::Broken,
        _ => Item::Value(opt.means, value),
    });
}

/// strconv.ParseBool
fn boolean(word: &[u8]) -> Option<bool> {
    match word {
        b"1" | b"t" | b"T" | b"TRUE" | b"true" | b"True" => Some(true),
        b"0" | b"f" | b"F" | b"FALSE" | b"false" | b"False" => Some(false),
        _ => None,
    }
}

/// strconv.ParseInt with base 0: `5`, `-1`, `0x10`, `010`, `0b1`, `1_000`. The range is not looked at.
fn is_integer(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").or(word.strip_prefix(b"+")).unwrap_or(word);
    let (base, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', b'o' | b'O', rest @ ..] => (8, rest),
        [b'0', b'b' | b'B', rest @ ..] => (2, rest),
        [b'0', _, ..] => (8, digits),
        _ => (10, digits),
    };
    let digit = |byte: u8| char::from(byte).is_digit(base);
    // An underscore stands between digits, or between a prefix and a digit.
    let digits = if base == 10 { digits } else { digits.strip_prefix(b"_").unwrap_or(digits) };
    !digits.is_empty()
        && digits.split(|byte| *byte == b'_').all(|part| !part.is_empty() && part.iter().all(|b| digit(*b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_those_of_go() {
        for word in ["0", "5", "-1", "+7", "0x10", "0X_1f", "010", "0b101", "0o17", "1_000", "0_7"] {
            assert!(is_integer(word.as_bytes()), "{word}");
        }
        for word in ["", "-", "5s", "x", "08", "0b2", "1__0", "_1", "1_", "0x", " 5", "5=6"] {
            assert!(!is_integer(word.as_bytes()), "{word}");
        }
    }
}
