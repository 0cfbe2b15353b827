//! What must hold for a command line of any bytes: it is read without a panic, twice the same, and what is read out of
//! it stands in it.

use onramp_shim::env::{Env, Variable};
use onramp_shim::invocation::{Grammar, Invocation, Item, Tool, read, visit};
use onramp_shim::options::Means;
use onramp_shim::rules::{Verdict, judge};

/// Splits the fuzzer's bytes where an argument vector would: at zero bytes.
pub fn words(data: &[u8]) -> Vec<&[u8]> {
    data.split(|byte| *byte == 0).collect()
}

/// Reads and judges one command line.
pub fn check<'a>(tool: Tool, words: &'a [&'a [u8]], flags: &'a [u8], more: &'a [u8]) {
    let env = Env::EMPTY.with(Variable::Makeflags, flags).with(Variable::Gnumakeflags, more);
    let env = env.with(Variable::Makefiles, more);
    let mut items = Vec::new();
    let grammar = visit(tool, words, &env, &mut |item| items.push(item));
    let invocation = read(tool, words, &env);
    assert_eq!(grammar, kind(&invocation));
    assert_eq!(grammar == Grammar::Make, tool == Tool::Make);
    // What a tool itself puts in the place of a word: docker-compose's `-h` is `--help` even as the value of `-p`.
    let whole = [words, &[flags, more, b"./", b"--help", b"version"]].concat();
    for item in &items {
        if let Item::Goal(part) | Item::Preread(part) | Item::Service(part) | Item::OldService(part) | Item::Inner(part) | Item::Value(_, part) = item {
            assert!(whole.iter().any(|word| contains(word, part)), "{item:?}");
        }
    }
    let dry = items.iter().rev().find_map(|item| match item {
        Item::Flag(Means::DryRun, on) => Some(*on),
        _ => None,
    });
    if let Verdict::Recorded { .. } = judge(&invocation) {
        assert!(dry != Some(true) && grammar != Grammar::Plain);
    }
    if let Invocation::Make(make) = invocation {
        assert_eq!(make.goals, items.iter().filter(|item| matches!(item, Item::Goal(_))).count());
        let _ = make.directories.parts(Some(b"/home/u")).map(|parts| parts.count());
    }
}

fn kind(invocation: &Invocation<'_>) -> Grammar {
    match invocation {
        Invocation::Make(_) => Grammar::Make,
        Invocation::Compose(_) => Grammar::Compose,
        Invocation::Plain => Grammar::Plain,
    }
}

fn contains(word: &[u8], part: &[u8]) -> bool {
    part.is_empty() || word.windows(part.len()).any(|window| window == part)
}
