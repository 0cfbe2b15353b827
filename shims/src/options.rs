//! Owns which options the wrapped commands have: the `options` of `rules/*.toml` in packed tables, and the look-up.
//!
//! Refuses to read a command line: that is [`crate::invocation`]'s business.

include!(concat!(env!("OUT_DIR"), "/options.rs"));

/// A table of options: one record a spelling, made of its [`code`], its letter (0: none), the length of its long name,
/// and the name. Packed because some three hundred options stand in a binary that should stay small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options(&'static [u8]);

/// One spelling of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opt {
    /// Its letter; 0 if there is none.
    pub letter: u8,
    /// Its long name, without the dashes; empty if there is none.
    pub long: &'static [u8],
    /// Whether it takes a value.
    pub value: Value,
    /// What it means for whether and where something happens.
    pub means: Means,
}

/// Whether an option takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// No value; compose also takes `--flag=true`.
    None,
    /// The rest of the word, or the next word.
    Required,
    /// Likewise, and it must be a whole number.
    Integer,
    /// Only in the same word.
    Optional,
    /// In the same word, or the next word if it is all digits.
    Number,
    /// In the same word, or the next word if it starts with a digit or a dot.
    Real,
}

/// What an option means for whether and where something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Nothing that matters here.
    Nothing,
    /// Nothing is done, only shown.
    DryRun,
    /// make only asks whether there is something to do.
    Question,
    /// make only marks targets as made.
    Touch,
    /// make goes to this directory first.
    Directory,
    /// make reads this makefile.
    Makefile,
    /// make reads this text as a makefile.
    Eval,
    /// What make says about its own work.
    Debug,
    /// How make keeps output together.
    OutputSync,
    /// Help is shown.
    Help,
    /// The version is shown.
    Version,
    /// docker talks to this engine.
    Host,
    /// docker talks to the engine of this context.
    Context,
    /// What docker says about its own work.
    LogLevel,
    /// A compose file.
    File,
    /// An environment file.
    EnvFile,
    /// The project's name.
    ProjectName,
    /// The project's directory.
    ProjectDirectory,
    /// A profile.
    Profile,
    /// The command does not stay attached.
    Detach,
}

/// A compose subcommand and how it reads its words.
#[derive(Debug, PartialEq, Eq)]
pub struct Subcommand {
    /// Its name; one of `alpha` has two words.
    pub name: &'static str,
    /// Another name for it, or nothing.
    pub alias: &'static str,
    /// Its own options.
    pub options: Options,
    /// What its words are.
    pub operands: Operands,
    /// Fewer words are refused.
    pub least: u8,
    /// More words are refused.
    pub most: u8,
}

/// What the words after a subcommand are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operands {
    /// Services.
    Services,
    /// A service; what follows is none.
    Service,
    /// A service and a command to run in it: after the service nothing is an option any more.
    Command,
    /// Services with a number each: `web=2`.
    Counts,
    /// Paths, some of them in a service: `web:/etc/hosts`.
    Paths,
    /// The second half of the subcommand's name.
    Subcommand,
    /// Nothing that names a service.
    Nothing,
}

const VALUES: [Value; 6] = [Value::None, Value::Required, Value::Integer, Value::Optional, Value::Number, Value::Real];

const MEANINGS: [Means; 20] = [
    Means::Nothing,
    Means::DryRun,
    Means::Question,
    Means::Touch,
    Means::Directory,
    Means::Makefile,
    Means::Eval,
    Means::Debug,
    Means::OutputSync,
    Means::Help,
    Means::Version,
    Means::Host,
    Means::Context,
    Means::LogLevel,
    Means::File,
    Means::EnvFile,
    Means::ProjectName,
    Means::ProjectDirectory,
    Means::Profile,
    Means::Detach,
];

/// Value and meaning in one byte.
const fn code(value: Value, means: Means) -> u8 {
    (value as u8) << 5 | means as u8
}

impl Options {
    /// No options.
    pub const NONE: Self = Self(&[]);

    /// Every spelling.
    pub fn all(self) -> impl Iterator<Item = Opt> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let [code, letter, length, tail @ ..] = rest else { return None };
            let (long, tail) = tail.split_at_checked(usize::from(*length))?;
            rest = tail;
            let value = *VALUES.get(usize::from(code >> 5))?;
            let means = *MEANINGS.get(usize::from(code & 31))?;
            Some(Opt { letter: *letter, long, value, means })
        })
    }

    /// The option of that letter.
    #[must_use]
    pub fn letter(self, letter: u8) -> Option<Opt> {
        self.all().find(|opt| opt.letter == letter && letter != 0)
    }

    /// The option of that long name.
    #[must_use]
    pub fn long(self, name: &[u8]) -> Option<Opt> {
        self.all().find(|opt| opt.long == name && !name.is_empty())
    }

    /// The option that a whole word names: `-D`, `--debug`.
    #[must_use]
    pub fn word(self, word: &[u8]) -> Option<Opt> {
        match word {
            [b'-', b'-', name @ ..] => self.long(name),
            [b'-', letter] => self.letter(*letter),
            _ => None,
        }
    }

    /// The option of that long name, or of a name that only one option's names begin with, as getopt_long(3) has it.
    #[must_use]
    pub fn abbreviated(self, name: &[u8]) -> Option<Opt> {
        let mut candidate: Option<Opt> = None;
        let mut ambiguous = false;
        for opt in self.all().filter(|opt| !opt.long.is_empty() && opt.long.starts_with(name)) {
            if opt.long.len() == name.len() {
                return Some(opt);
            }
            ambiguous |= candidate.is_some_and(|other| other.letter != opt.letter || opt.letter == 0);
            candidate = candidate.or(Some(opt));
        }
        candidate.filter(|_| !ambiguous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_can_be_unpacked_to_its_end() {
        let subcommands = SUBCOMMANDS.iter().map(|s| s.options);
        for table in
            subcommands.chain([MAKE, DOCKER, COMPOSE, EVERYWHERE, STANDALONE, OLD_COMPOSE]).chain(HOSTS.iter().copied())
        {
            let length: usize = table.all().map(|opt| 3 + opt.long.len()).sum();
            assert_eq!(length, table.0.len());
        }
    }

    #[test]
    fn values_and_meanings_come_back_as_they_were_packed() {
        for (place, value) in VALUES.into_iter().enumerate() {
            assert_eq!(value as usize, place);
        }
        for (place, means) in MEANINGS.into_iter().enumerate() {
            assert_eq!(means as usize, place);
        }
        let directory = MAKE.letter(b'C').unwrap();
        assert_eq!((directory.value, directory.means), (Value::Required, Means::Directory));
        assert_eq!(MAKE.letter(b'j').unwrap().value, Value::Number);
        assert_eq!(COMPOSE.long(b"parallel").unwrap().value, Value::Integer);
    }

    #[test]
    fn a_long_name_may_be_abbreviated_while_it_is_clear() {
        let name = |short: &str| MAKE.abbreviated(short.as_bytes()).map(|opt| std::str::from_utf8(opt.long).unwrap());
        for (short, long) in [("r", "recon"), ("l", "load-average"), ("no-s", "no-silent"), ("mak", "makefile")] {
            assert_eq!(name(short), Some(long));
        }
        assert_eq!(name("jobs"), Some("jobs"));
        for short in ["", "s", "q", "ma", "assume", "no", "p", "nosuch"] {
            assert_eq!(name(short), None, "{short}");
        }
    }
}
