//! Owns the value of MAKEFLAGS and GNUMAKEFLAGS, as `decode_env_switches` of GNU make 4.3 reads it: words, with a backslash
//! before what would end one; a first word without a dash or a sign is a cluster of letters. Goals, `-C`, `-f` and `-h`
//! count for nothing here, and nothing is refused. References (`$(X)`) are not followed.

use super::getopt::Getopt;
use super::variable::is_blank;
use super::{Item, Visitor};
use crate::options::Means;

/// Reads the value, item by item; `first` unless other words come before it.
pub(super) fn visit<'a>(value: &'a [u8], mut first: bool, items: Visitor<'_, 'a>) {
    let mut reader = Getopt::of_variable();
    let mut rest = value.trim_ascii_start();
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
            Item::Variable { name, value, sets } => {
                // The name itself has no backslash, so it stands in the variable as it is; a value may have some.
                let end = raw.get(..length - 1).filter(|same| *same == word);
                let value = end.zip(value).and_then(|(word, value)| word.get(word.len() - value.len()..));
                if let Some(name) = raw.windows(name.len().max(1)).find(|same| *same == name) {
                    items(Item::Variable { name, value, sets });
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

#[cfg(test)]
mod tests {
    use super::*;

    fn items(value: &str) -> Vec<String> {
        let mut all = Vec::new();
        visit(value.as_bytes(), true, &mut |item| {
            all.push(match item {
                Item::Flag(means, _) => format!("{means:?}"),
                Item::Variable { name, .. } => String::from_utf8(name.to_vec()).unwrap(),
                other => panic!("{other:?}"),
            });
        });
        all
    }

    #[test]
    fn only_the_first_word_is_a_cluster_without_a_dash() {
        assert_eq!(items("kn"), ["DryRun"]);
        assert_eq!(items(" \tn -q"), ["DryRun", "Question"]);
        assert_eq!(items("k n"), [""; 0]);
        assert_eq!(items("A=n q"), ["A"]);
        assert_eq!(items("n -- -q B=1"), ["DryRun", "B"]);
    }

    #[test]
    fn a_backslash_keeps_a_word_together() {
        assert_eq!(items("A=a\\ -n"), ["A"]);
        assert_eq!(items("\\n"), ["DryRun"]);
        assert_eq!(items("-\\n --dry\\-run"), ["DryRun", "DryRun"]);
        let long = format!("A={} -n", "x".repeat(1000));
        assert_eq!(items(&long), ["A", "DryRun"]);
    }

    #[test]
    fn what_belongs_to_a_command_line_alone_is_passed_over() {
        assert_eq!(items("-C d1 -f x -h -n"), ["DryRun"]);
        assert_eq!(items("--nosuch -x = foo"), [""; 0]);
    }
}
