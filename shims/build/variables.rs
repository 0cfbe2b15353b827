//! Turns `variables.toml` into the enum of variables and their names.

use super::{camel, read};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variables {
    variable: Vec<Variable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    name: String,
    meaning: String,
}

/// The variables, and what finds one by its first letter.
pub fn table() -> String {
    let all: Variables = read("variables.toml");
    let mut kinds = String::new();
    let mut names = String::new();
    for v in &all.variable {
        let kind = camel(&v.name);
        let _ = writeln!(kinds, "    /// `{}`: {}.\n    {kind},", v.name, v.meaning);
        let _ = writeln!(names, "    ({:?}, {:?}),", v.name, v.meaning);
    }
    let count = all.variable.len();
    let mut by_letter = BTreeMap::<char, String>::new();
    for v in &all.variable {
        let letter = v.name.chars().next().expect("a variable has a name");
        let _ = write!(by_letter.entry(letter).or_default(), "Variable::{}, ", camel(&v.name));
    }
    let arms: String =
        by_letter.iter().map(|(letter, kinds)| format!("        b'{letter}' => &[{kinds}],\n")).collect();
    let letters = by_letter.keys().fold(0_u32, |letters, letter| {
        assert!(letter.is_ascii_uppercase(), "variables.toml: not a capital letter: {letter}");
        letters | 1 << (*letter as u32 - 'A' as u32)
    });
    let only_names: Vec<_> = all.variable.iter().map(|v| &v.name).collect();
    format!(
        "/// An environment variable that the program reads or sets.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n\
         #[repr(u8)]\npub enum Variable {{\n{kinds}}}\n\n\
         /// Name and meaning of each, in the order of variables.toml.\n\
         pub const VARIABLES: [(&str, &str); {count}] = [\n{names}];\n\n\
         const NAMES: [&str; {count}] = {only_names:?};\n\n\
         /// The letters that some name begins with, from the lowest bit on.\nconst LETTERS: u32 = {letters};\n\n\
         const fn starting_with(letter: u8) -> &'static [Variable] {{\n    match letter {{\n{arms}        _ => &[],\n    }}\n}}\n"
    )
}
