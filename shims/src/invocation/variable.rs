//! Owns which words are variable definitions for make: `parse_variable_definition` of GNU make 4.3.

/// A word that sets a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Definition<'w> {
    /// What stands before the sign. make refuses an empty name.
    pub name: &'w [u8],
    /// What stands after it.
    pub value: &'w [u8],
    /// What the sign does.
    pub sets: Sets,
}

/// What a definition does to its variable, by its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sets {
    /// `=`, `:=`, `::=`: the value takes the place of what was there.
    Anew,
    /// `+=`: the value comes behind what was there.
    Behind,
    /// `?=`: only a variable that is not set yet.
    Unset,
    /// `!=`: a command says the value.
    ByCommand,
}

/// Reads a word as a definition. make 4.4 also knows `:::=`; for 4.3 such a word is a goal.
pub(super) fn definition(word: &[u8]) -> Option<Definition<'_>> {
    let start = skip_space(word, 0);
    let mut at = start;
    // Where the name ends, if blanks follow it.
    let mut end = None;
    loop {
        let mut byte = peek(word, at)?;
        at += 1;
        if byte == b'$' {
            at = skip_reference(word, at)?;
            continue;
        }
        if is_blank(byte) {
            end = Some(at - 1);
            at = skip_space(word, at);
            byte = peek(word, at)?;
            at += 1;
        }
        if byte == b'#' && end.is_none() {
            return None;
        }
        let sign = sign(byte, word.get(at..).unwrap_or(b""));
        if let Some((length, sets)) = sign {
            let name = word.get(start..end.unwrap_or(at - 1))?;
            let value = word.get(skip_space(word, at + length)..)?;
            return Some(Definition { name, value, sets });
        }
        // A colon that is no sign, or blanks inside a name: no definition.
        if byte == b':' || end.is_some() {
            return None;
        }
    }
}

/// The sign that begins with this byte: how many bytes follow, and what it does.
fn sign(byte: u8, rest: &[u8]) -> Option<(usize, Sets)> {
    match (byte, rest) {
        (b'=', _) => Some((0, Sets::Anew)),
        (b':', [b'=', ..]) => Some((1, Sets::Anew)),
        (b':', [b':', b'=', ..]) => Some((2, Sets::Anew)),
        (b'+', [b'=', ..]) => Some((1, Sets::Behind)),
        (b'?', [b'=', ..]) => Some((1, Sets::Unset)),
        (b'!', [b'=', ..]) => Some((1, Sets::ByCommand)),
        _ => None,
    }
}

/// Past a variable reference, of which the dollar is read: `$x`, `$(x)`, `${x}`. Nothing if the word ends in it.
fn skip_reference(word: &[u8], mut at: usize) -> Option<usize> {
    let open = peek(word, at)?;
    at += 1;
    let close = match open {
        b'(' => b')',
        b'{' => b'}',
        _ => return Some(at),
    };
    let mut depth = 1;
    while let Some(byte) = peek(word, at) {
        at += 1;
        if byte == close {
            depth -= 1;
            if depth == 0 {
                break;
            }
        }
        depth += usize::from(byte == open);
    }
    Some(at)
}

fn skip_space(word: &[u8], mut at: usize) -> usize {
    while peek(word, at).is_some_and(|byte| is_blank(byte) || (b'\n'..=b'\r').contains(&byte)) {
        at += 1;
    }
    at
}

/// A byte, up to the zero byte that ends a word for make.
fn peek(word: &[u8], at: usize) -> Option<u8> {
    word.get(at).copied().filter(|byte| *byte != 0)
}

pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signs_of_make_4_3_make_a_definition() {
        for (word, name, value) in [
            ("A=1", "A", "1"),
            ("A:=1", "A", "1"),
            ("A::=1", "A", "1"),
            ("A+=1", "A", "1"),
            ("A?=1", "A", "1"),
            ("A!=ls", "A", "ls"),
            (" A = 1", "A", "1"),
            ("A==1", "A", "=1"),
            ("=x", "", "x"),
            ("a=b:=c", "a", "b:=c"),
            ("a?b=c", "a?b", "c"),
            ("$(a=b)c=d", "$(a=b)c", "d"),
            ("$$=x", "$$", "x"),
        ] {
            let found = definition(word.as_bytes()).unwrap();
            assert_eq!((found.name, found.value), (name.as_bytes(), value.as_bytes()), "{word}");
        }
    }

    #[test]
    fn other_words_are_goals() {
        for word in ["", "a", "a b=c", "a::b=c", "A:::=x", "a#b=c", "a:b", "a :b=c", "$(a=b", "$", "override X=1", "a "]
        {
            assert_eq!(definition(word.as_bytes()), None, "{word}");
        }
    }
}
