//! Owns make's command line, as `decode_switches` of GNU make 4.3 reads it with getopt_long(3): options and goals in any
//! order, clusters, abbreviations, `--`, and the switches that MAKEFLAGS and GNUMAKEFLAGS bring along.

use super::variable::{definition, is_blank};
use super::{Grammar, Item, Visitor, Words, arguments};
use crate::env::{Env, Variable};
use crate::options::{MAKE, Means, Opt, Value};

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

    /// The parts that make's final folder is put together from, one after the other; an absolute part starts anew. make
    /// itself puts `home` in place of a leading `~`: `--directory=~/onramp` comes here as the person typed it.
    ///
    /// Nothing if nobody here can tell where make ends up: too many folders, or a home that is not known.
    pub fn parts(&self, home: Option<&'a [u8]>) -> Option<impl Iterator<Item = &'a [u8]>> {
        let paths = self.paths.into_iter().flatten();
        let is_clear = |path: &[u8]| match path {
            [b'~'] | [b'~', b'/', ..] => home.is_some(),
            _ => !path.starts_with(b"~"),
        };
        let all_clear = !self.overflows && paths.clone().all(is_clear);
        let home = home.unwrap_or_default();
        all_clear.then_some(paths.flat_map(move |path| match path {
            [b'~'] => [home, b""],
            [b'~', b'/', below @ ..] => [home, below],
            _ => [b"", path],
        }))
    }
}

/// Reads make's command line, item by item.
pub(super) fn visit<'a, W: Words<'a>>(words: W, env: &Env<'a>, items: Visitor<'_, 'a>) -> Grammar {
    for variable in [Variable::Gnumakeflags, Variable::Makeflags] {
        if let Some(value) = env.filled(variable) {
            visit_flags(value, items);
        }
    }
    let mut reader = Reader::default();
    let mut flags: [Option<&'a [u8]>; 2] = [None; 2];
    let mut seen = |item: Item<'a>| {
        if let Item::Variable { name, value } = item {
            for (variable, flags) in [Variable::Gnumakeflags, Variable::Makeflags].into_iter().zip(&mut flags) {
                if name == variable.name().as_bytes() {
                    *flags = value.or(*flags);
                }
            }
        }
        items(item);
    };
    for word in arguments(words) {
        reader.take(word, &mut seen);
    }
    reader.finish(&mut seen);
    // Once the makefiles are read, make decodes the variables again, as the command line set them: too late for -v.
    for value in flags.into_iter().flatten() {
        visit_flags(value, &mut |item| {
            if !matches!(item, Item::Flag(Means::Version, _)) {
                items(item);
            }
        });
    }
    Grammar::Make
}

/// Reads the value of MAKEFLAGS: words, with a backslash before what would end one; a first word without a dash or a
/// sign is a cluster of letters. Goals, `-C`, `-f` and `-h` count for nothing here, and nothing is refused.
fn visit_flags<'a>(value: &'a [u8], items: Visitor<'_, 'a>) {
    let mut reader = Reader { quiet: true, ..Reader::default() };
    let mut rest = value.trim_ascii_start();
    let mut first = true;
    while !rest.is_empty() {
        // Longer words are variables; their names fit.
        let mut room = [0; 128];
        room[0] = b'-';
        let (length, used) = unescape(rest, &mut room);
        let raw = rest;
        rest = rest.get(used..).unwrap_or(b"");
        let mut word = room.get(1..length).unwrap_or(b"");
        if first && !word.starts_with(b"-") && !word.contains(&b'=') {
            word = room.get(..length).unwrap_or(b"");
        }
        first = false;
        reader.take(word, &mut |item| match item {
            Item::Flag(Means::DryRun, _) => items(Item::Flag(Means::DryRun, true)),
            Item::Flag(Means::Question, _) => items(Item::Flag(Means::Question, true)),
            Item::Flag(Means::Touch, _) => items(Item::Flag(Means::Touch, true)),
            Item::Flag(Means::Version, _) => items(Item::Flag(Means::Version, true)),
            Item::Variable { name, .. } => {
                // The name itself has no backslash, so it stands in the variable as it is.
                if let Some(name) = raw.windows(name.len().max(1)).find(|same| *same == name) {
                    items(Item::Variable { name, value: None });
                }
            }
            _ => {}
        });
    }
}

/// Copies the next word behind the first byte of `room`, without its backslashes. Answers with where it ends in `room`
/// and how much of the value it and the blanks after it take up.
fn unescape(value: &[u8], room: &mut [u8; 128]) -> (usize, usize) {
    let mut length = 1;
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        if is_blank(byte) {
            break;
        }
        let escaped = if byte == b'\\' { value.get(at + 1).copied() } else { None };
        at += if escaped.is_some() { 2 } else { 1 };
        if let Some(place) = room.get_mut(length) {
            *place = escaped.unwrap_or(byte);
            length += 1;
        }
    }
    while value.get(at).copied().is_some_and(is_blank) {
        at += 1;
    }
    (length, at)
}

/// getopt_long(3) as make calls it, one word at a time.
#[derive(Default)]
struct Reader {
    /// An option whose value may or must be the next word.
    pending: Option<Opt>,
    /// `--` has come: nothing is an option any more.
    ended: bool,
    /// The words are those of a variable: what is wrong is passed over, and there are no goals.
    quiet: bool,
    /// The last `-O` asks for what make does not know.
    sync_is_wrong: bool,
}

impl Reader {
    fn take<'w>(&mut self, word: &'w [u8], items: Visitor<'_, 'w>) {
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
    fn finish(&self, items: Visitor<'_, '_>) {
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
            // atoi(3) must find more than zero.
            (Value::Number, _) => value.iter().all(u8::is_ascii_digit) && value.iter().any(|digit| *digit != b'0'),
            (Value::Real, _) => true,
            (_, Means::OutputSync) if !value.is_empty() => {
                self.sync_is_wrong = !matches!(value, b"none" | b"line" | b"target" | b"recurse");
                true
            }
            (_, Means::Debug) => is_debug(value),
            _ => !value.is_empty(),
        };
        if is_good {
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
                let value = if found.plain { Some(found.value) } else { None };
                items(Item::Variable { name: found.name, value });
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

/// A file name of the command line as make takes it: without any leading `./`.
fn normalised(mut name: &[u8]) -> &[u8] {
    while let [b'.', b'/', rest @ ..] = name {
        let slashes = rest.iter().take_while(|byte| **byte == b'/').count();
        name = rest.get(slashes..).unwrap_or(b"");
    }
    if name.is_empty() { b"./" } else { name }
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
        assert!(!unsure(b"-fMakefile") && !unsure(b"X=1"));
    }
}
