//! Owns what definitions do to the variables that make itself asks: MAKEFLAGS and GNUMAKEFLAGS, whose switches it decodes
//! before its command line and once more behind its makefiles, and MAKEFILES, which it reads before any other.

use super::getopt::Getopt;
use super::{Item, Sets, Visitor, Words, arguments, makeflags};
use crate::env::{Env, Variable};
use crate::options::Means;

/// The variables of switches as definitions set them, which make decodes again when the makefiles are read.
pub(super) struct Late<'e, 'a> {
    env: &'e Env<'a>,
    /// Of each its value, and whether nothing comes before it.
    values: [Option<(&'a [u8], bool)>; 2],
}

impl<'e, 'a> Late<'e, 'a> {
    /// In the order in which make decodes them.
    const VARIABLES: [Variable; 2] = [Variable::Gnumakeflags, Variable::Makeflags];

    /// Reads what the environment has.
    pub(super) fn read(env: &'e Env<'a>, items: Visitor<'_, 'a>) -> Self {
        let mut this = Self { env, values: [None; 2] };
        for value in Self::VARIABLES.into_iter().filter_map(|variable| env.filled(variable)) {
            makeflags::visit(value, true, &mut |item| this.note(item, items));
        }
        this
    }

    /// Takes in the next item, and hands it on.
    pub(super) fn note(&mut self, item: Item<'a>, items: Visitor<'_, 'a>) {
        if let Item::Variable { name, value: Some(value), sets } = item {
            let which = Self::VARIABLES.into_iter().zip(&mut self.values).find(|(v, _)| v.name().as_bytes() == name);
            if let Some((variable, slot)) = which {
                // make empties GNUMAKEFLAGS as soon as it is decoded: it is set, and nothing is in it.
                let is_gnu = variable == Variable::Gnumakeflags;
                let is_set = slot.is_some() || is_gnu || self.env.get(variable).is_some();
                let is_first = is_gnu || self.env.filled(variable).is_none();
                match sets {
                    Sets::Anew => *slot = Some((value, true)),
                    Sets::Unset if !is_set => *slot = Some((value, true)),
                    Sets::Behind if slot.is_none() => *slot = Some((value, is_first)),
                    Sets::Behind => makeflags::visit(value, false, &mut |item| too_late(item, items)),
                    Sets::Unset | Sets::ByCommand => {}
                }
            }
        }
        items(item);
    }

    /// The makefiles are read.
    pub(super) fn finish(self, items: Visitor<'_, 'a>) {
        for (value, is_first) in self.values.into_iter().flatten() {
            makeflags::visit(value, is_first, &mut |item| too_late(item, items));
        }
    }
}

/// Hands on what still counts when the makefiles are read: `-v` does not.
fn too_late<'a>(item: Item<'a>, items: Visitor<'_, 'a>) {
    if !matches!(item, Item::Flag(Means::Version, _)) {
        items(item);
    }
}

/// The value of MAKEFILES, in two parts: the environment's or the command line's, and what the command line adds.
pub(super) fn preread<'a, W: Words<'a>>(words: W, env: &Env<'a>) -> [&'a [u8]; 2] {
    let mut found = [env.filled(Variable::Makefiles).unwrap_or_default(), b""];
    let mut is_set = env.get(Variable::Makefiles).is_some();
    let name = Variable::Makefiles.name().as_bytes();
    if arguments(words).any(|word| word.trim_ascii_start().starts_with(name)) {
        let mut reader = Getopt::default();
        arguments(words).for_each(|word| {
            reader.take(word, &mut |item| match item {
                Item::Variable { name: set, value: Some(value), sets } if set == name => {
                    match sets {
                        Sets::Behind if is_set => found[1] = value,
                        Sets::Anew | Sets::Behind => found = [value, b""],
                        Sets::Unset if !is_set => found = [value, b""],
                        Sets::Unset | Sets::ByCommand => {}
                    }
                    is_set = true;
                }
                _ => {}
            });
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invocation::make::{self, Make};

    fn is_dry_run(words: &[&[u8]], env: &Env<'_>) -> bool {
        let mut make = Make::default();
        make::visit(words, env, &mut |item| make.note(item));
        make.is_dry_run
    }

    /// Each line and whether GNU make 4.3 only showed what it would do.
    #[test]
    fn makeflags_counts_as_its_definition_leaves_it() {
        for (word, makeflags, gnumakeflags, dry) in [
            ("MAKEFLAGS=n", None, None, true),
            ("MAKEFLAGS?=n", None, None, true),
            ("MAKEFLAGS?=n", Some("k"), None, false),
            ("MAKEFLAGS+=n", None, None, true),
            ("MAKEFLAGS+=n", Some("k"), None, false),
            ("MAKEFLAGS+=-n", Some("k"), None, true),
            ("MAKEFLAGS!=echo n", None, None, false),
            ("GNUMAKEFLAGS=n", None, None, true),
            ("GNUMAKEFLAGS?=n", None, None, false),
            ("GNUMAKEFLAGS+=n", None, Some("k"), true),
            ("X=1", Some("MAKEFLAGS=n"), None, true),
            ("X=1", None, Some("GNUMAKEFLAGS=n"), true),
            ("X=1", None, Some("MAKEFLAGS=-n"), true),
            ("X=1", Some("MAKEFLAGS=k\\ -n"), None, false),
        ] {
            let mut env = Env::EMPTY;
            for (variable, value) in Late::VARIABLES.into_iter().zip([gnumakeflags, makeflags]) {
                env = value.map_or(env, |value| env.with(variable, value.as_bytes()));
            }
            let words: [&[u8]; 3] = [b"make", word.as_bytes(), b"foo"];
            assert_eq!(is_dry_run(&words, &env), dry, "{word} {makeflags:?} {gnumakeflags:?}");
        }
    }

    #[test]
    fn makefiles_counts_as_its_definitions_leave_it() {
        let prereads = |words: &[&[u8]], env: &Env<'_>| {
            let mut all = Vec::new();
            make::visit(words, env, &mut |item| {
                if let Item::Preread(path) = item {
                    all.push(String::from_utf8(path.to_vec()).unwrap());
                }
            });
            all.join(" ")
        };
        let set = Env::EMPTY.with(Variable::Makefiles, b"a.mk");
        for (words, unset_gives, set_gives) in [
            (&["MAKEFILES=b.mk"][..], "b.mk", "b.mk"),
            (&["MAKEFILES?=b.mk"], "b.mk", "a.mk"),
            (&["MAKEFILES+=b.mk c.mk"], "b.mk c.mk", "a.mk b.mk c.mk"),
            (&["MAKEFILES?=b.mk", "MAKEFILES=c.mk"], "c.mk", "c.mk"),
            (&["MAKEFILES=b.mk", "MAKEFILES?=c.mk"], "b.mk", "b.mk"),
            (&["MAKEFILES=b.mk", "MAKEFILES+=c.mk"], "b.mk c.mk", "b.mk c.mk"),
        ] {
            let words: Vec<&[u8]> = ["make"].iter().chain(words).map(|word| word.as_bytes()).collect();
            assert_eq!(prereads(&words, &Env::EMPTY), unset_gives);
            assert_eq!(prereads(&words, &set), set_gives);
        }
    }
}
