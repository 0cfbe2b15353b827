//! Owns what make is asked to do: its command line, and the switches that MAKEFLAGS and GNUMAKEFLAGS bring along, in the
//! order in which GNU make 4.3 decodes them.

use super::definitions::{Late, preread};
use super::getopt::Getopt;
use super::{Grammar, Item, Visitor, Words, arguments};
use crate::env::Env;
use crate::options::Means;

/// What make is asked to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Make<'a> {
    /// The first goal.
    pub goal: Option<&'a [u8]>,
    /// The second word of MAKECMDGOALS, in which OnRamp looks for a name.
    pub argument: Option<&'a [u8]>,
    /// How many goals there are.
    pub goals: usize,
    /// Where make goes before it reads a makefile.
    pub directories: Directories<'a>,
    /// Without a goal it need not be the Makefile's default that is made: there is an `-f`, `--eval` or `.DEFAULT_GOAL`.
    pub default_is_unsure: bool,
    /// `-n`: recipes are shown, not run.
    pub is_dry_run: bool,
    /// `-q`: only asks whether there is something to do.
    pub only_asks: bool,
    /// `-t`: targets are marked as made, recipes are not run.
    pub only_touches: bool,
    /// `-h`
    pub shows_help: bool,
    /// `-v`
    pub shows_version: bool,
    /// make refuses this command line, whatever the Makefile says.
    pub is_broken: bool,
}

impl<'a> Make<'a> {
    /// Takes in the next item.
    pub(super) fn note(&mut self, item: Item<'a>) {
        match item {
            Item::Flag(Means::DryRun, _) => self.is_dry_run = true,
            Item::Flag(Means::Question, _) => self.only_asks = true,
            Item::Flag(Means::Touch, _) => self.only_touches = true,
            Item::Flag(Means::Help, _) => self.shows_help = true,
            Item::Flag(Means::Version, _) => self.shows_version = true,
            Item::Value(Means::Directory, path) => self.directories.add(path),
            Item::Value(Means::Makefile, path) => self.default_is_unsure |= path != b"Makefile",
            Item::Value(Means::Eval, _) => self.default_is_unsure = true,
            Item::Variable { name, .. } => self.default_is_unsure |= name == b".DEFAULT_GOAL",
            Item::Goal(goal) => self.note_goal(goal),
            Item::Broken => self.is_broken = true,
            _ => {}
        }
    }

    fn note_goal(&mut self, goal: &'a [u8]) {
        if self.goals == 0 {
            self.goal = Some(goal);
        } else if self.argument.is_none() {
            // Blanks split MAKECMDGOALS, whoever quoted them.
            self.argument = goal.split(u8::is_ascii_whitespace).find(|word| !word.is_empty());
        }
        self.goals += 1;
    }
}

/// Every `-C`, in order; each counts from the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Directories<'a> {
    paths: [Option<&'a [u8]>; 8],
    /// There are more than fit.
    overflows: bool,
}

impl<'a> Directories<'a> {
    fn add(&mut self, path: &'a [u8]) {
        match self.paths.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(path),
            None => self.overflows = true,
        }
    }

    /// Whether there is none: make stays where it is.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.paths[0].is_none()
    }

    /// The parts that make's final folder is put together from, one after the other; an absolute part starts anew. make
    /// itself puts `home` in place of a leading `~`: `--directory=~/onramp` comes here as the person typed it.
    ///
    /// Nothing if nobody here can tell where make ends up: too many folders, or a home that is not known.
    pub fn parts(&self, home: Option<&'a [u8]>) -> Option<impl Iterator<Item = &'a [u8]>> {
        let paths = self.paths.iter().copied().flatten();
        let is_clear = !self.overflows && paths.clone().all(|path| at_home(path, home).is_some());
        is_clear.then_some(paths.filter_map(move |path| at_home(path, home)).flatten())
    }
}

/// The two parts of a path, `home` in place of a leading `~`, as make has it for folders, makefiles and goals. Nothing if
/// the home is not known; another user's (`~root`) stands in the system's list of users, which is not asked.
pub fn at_home<'a>(path: &'a [u8], home: Option<&'a [u8]>) -> Option<[&'a [u8]; 2]> {
    match path {
        [b'~'] => Some([home?, b""]),
        [b'~', b'/', below @ ..] => Some([home?, below]),
        [b'~', ..] => None,
        // `./~` is the one name that keeps its `./` up to here.
        [b'.', b'/', below @ ..] => {
            let slashes = below.iter().take_while(|byte| **byte == b'/').count();
            Some([b"", below.get(slashes..).filter(|name| name.starts_with(b"~")).unwrap_or(path)])
        }
        _ => Some([b"", path]),
    }
}

/// Reads make's command line, item by item.
pub(super) fn visit<'a, W: Words<'a>>(words: W, env: &Env<'a>, items: Visitor<'_, 'a>) -> Grammar {
    let mut late = Late::read(env, items);
    preread(words, env).into_iter().for_each(|paths| {
        let paths = paths.split(u8::is_ascii_whitespace).filter(|path| !path.is_empty());
        paths.for_each(|path| items(Item::Preread(path)));
    });
    let mut reader = Getopt::default();
    for word in arguments(words) {
        reader.take(word, &mut |item| late.note(item, items));
    }
    reader.finish(items);
    late.finish(items);
    Grammar::Make
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<'a>(words: &'a [&'a [u8]], env: &Env<'a>) -> Make<'a> {
        let mut make = Make::default();
        visit(words, env, &mut |item| make.note(item));
        make
    }

    #[test]
    fn the_second_word_of_makecmdgoals_is_the_name() {
        let argument = |words: &[&[u8]]| read(words, &Env::EMPTY).argument.map(<[u8]>::to_vec);
        assert_eq!(argument(&[b"make", b"enable-service", b"./plex", b"sonarr"]), Some(b"plex".to_vec()));
        assert_eq!(argument(&[b"make", b"enable-service", b"A=1", b" plex x"]), Some(b"plex".to_vec()));
        assert_eq!(argument(&[b"make", b"enable-service"]), None);
    }

    #[test]
    fn directories_add_up_and_the_home_stands_for_a_tilde() {
        let words: [&[u8]; 4] = [b"make", b"--directory=~/onramp", b"-C", b"sub"];
        let directories = read(&words, &Env::EMPTY).directories;
        let parts: Vec<&[u8]> = directories.parts(Some(b"/home/u")).unwrap().collect();
        assert_eq!(parts, [&b"/home/u"[..], b"onramp", b"", b"sub"]);
        assert!(directories.parts(None).is_none());
        assert!(read(&[b"make", b"-C~other/x"], &Env::EMPTY).directories.parts(Some(b"/home/u")).is_none());
        let many: [&[u8]; 10] = [b"make", b"-Ca", b"-Cb", b"-Cc", b"-Cd", b"-Ce", b"-Cf", b"-Cg", b"-Ch", b"-Ci"];
        assert!(read(&many, &Env::EMPTY).directories.parts(None).is_none());
    }

    #[test]
    fn the_default_goal_is_unsure_with_another_makefile() {
        let unsure = |word: &[u8]| read(&[b"make", word], &Env::EMPTY).default_is_unsure;
        for word in [&b"-fother.mk"[..], b"--eval=x", b".DEFAULT_GOAL=x"] {
            assert!(unsure(word), "{word:?}");
        }
        assert!(!unsure(b"-fMakefile") && !unsure(b"-f./Makefile") && !unsure(b"X=1"));
    }

    #[test]
    fn a_tilde_behind_a_dot_and_a_slash_is_no_home() {
        let home = |path: &'static str| at_home(path.as_bytes(), Some(b"/home/u")).map(|parts| parts.concat());
        assert_eq!(home("~"), Some(b"/home/u".to_vec()));
        assert_eq!(home("./~"), Some(b"~".to_vec()));
        assert_eq!(home(".//~/x"), Some(b"~/x".to_vec()));
        assert_eq!(home("./.~"), Some(b"./.~".to_vec()));
        assert_eq!(home("~root"), None);
        for (word, goal) in [("././foo", "foo"), (".//.//~/x", ".//~/x"), ("./", "./"), ("././", "./"), (".~", ".~")] {
            let words: [&[u8]; 2] = [b"make", word.as_bytes()];
            assert_eq!(read(&words, &Env::EMPTY).goal, Some(goal.as_bytes()), "{word}");
        }
    }
}
