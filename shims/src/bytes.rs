//! Owns looking for a byte, eight at a time: line ends, comments and zero bytes are what the shim looks for, and one
//! by one that would be a quarter of all that it does. And reading numbers.

const WORD: usize = size_of::<u64>();
const LOW: u64 = u64::from_ne_bytes([1; WORD]);
const HIGH: u64 = LOW << 7;

/// The place of the first such byte.
#[must_use]
pub fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<WORD>();
    let pattern = LOW.wrapping_mul(u64::from(byte));
    let mut at = 0;
    for word in words {
        let found = zeroes(u64::from_le_bytes(*word) ^ pattern);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += WORD;
    }
    rest.iter().position(|b| *b == byte).map(|place| at + place)
}

/// The lines of a text, without their ends.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let whole = rest?;
        let end = find(b'\n', whole);
        rest = end.map(|end| &whole[end + 1..]);
        Some(&whole[..end.unwrap_or(whole.len())])
    })
}

/// The bytes without blanks around them. Most have none.
#[must_use]
pub fn trimmed(bytes: &[u8]) -> &[u8] {
    match bytes {
        [first, .., last] if *first > b' ' && *last > b' ' => bytes,
        _ => bytes.trim_ascii(),
    }
}

/// Whether a zero is among the bytes. What is no whole number of words ends with one that overlaps the one before.
#[must_use]
pub fn has_zero(bytes: &[u8]) -> bool {
    let Some(end) = bytes.last_chunk() else { return bytes.contains(&0) };
    let mut found = zeroes(u64::from_le_bytes(*end));
    for word in bytes.as_chunks().0 {
        found |= zeroes(u64::from_le_bytes(*word));
    }
    found != 0
}

/// A number as eight hexadecimal digits.
#[must_use]
pub const fn hex(number: u32) -> [u8; WORD] {
    // Each digit into a byte of its own.
    let halves = (number as u64 | (number as u64) << 16) & 0x0000_ffff_0000_ffff;
    let bytes = (halves | halves << 8) & 0x00ff_00ff_00ff_00ff;
    let digits = (bytes | bytes << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = (digits + LOW * 6) >> 4 & LOW;
    (digits + LOW * b'0' as u64 + letters * (b'a' - b'0' - 10) as u64).to_be_bytes()
}

/// The eight bytes from a place on.
#[must_use]
pub fn word(bytes: &[u8; 36], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |word| u64::from_le_bytes(*word))
}

/// The high bit of each byte that is a digit of a hexadecimal number in small letters.
#[must_use]
pub const fn hex_digits(word: u64) -> u64 {
    let low = word & !HIGH;
    // Whether a byte is as large as this: then its high bit is set by what is added.
    let digits = (low + LOW * (0x80 - b'0' as u64)) & !(low + LOW * (0x7f - b'9' as u64));
    let letters = (low + LOW * (0x80 - b'a' as u64)) & !(low + LOW * (0x7f - b'f' as u64));
    (digits | letters) & !word & HIGH
}

/// The high bit of each byte that is zero, from the first one on (Mycroft, 1987).
#[must_use]
#[inline(always)]
pub const fn zeroes(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}

/// Reads a number of decimal digits; nothing for anything else, and for one that is too large.
#[must_use]
pub fn decimal(digits: &[u8]) -> Option<u32> {
    let number = digits.iter().try_fold(0_u32, |number, byte| match byte {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(u32::from(byte - b'0')),
        _ => None,
    });
    number.filter(|_| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_digits_and_nothing_else() {
        for (digits, number) in [("0", 0), ("007", 7), ("1000", 1000), ("4294967295", u32::MAX)] {
            assert_eq!(decimal(digits.as_bytes()), Some(number), "{digits}");
        }
        for digits in ["", "+1", "-1", " 1", "1 ", "1x", "4294967296", "99999999999999999999"] {
            assert_eq!(decimal(digits.as_bytes()), None, "{digits}");
        }
    }

    #[test]
    fn the_first_is_found_wherever_it_stands() {
        for length in 0..40 {
            for byte in [0, 1, 10, 128, 255] {
                let mut bytes: Vec<u8> = (0..length).map(|n| byte ^ (n as u8 + 1)).collect();
                assert_eq!(find(byte, &bytes), None, "{length} {byte}");
                for place in (0..length).rev() {
                    bytes[place] = byte;
                    assert_eq!(find(byte, &bytes), Some(place), "{length} {byte} {place}");
                }
            }
        }
    }

    #[test]
    fn lines_are_those_of_a_split() {
        for text in ["", "a", "a\n", "\n", "\n\na\n\nb", "a longer line than a word has\nand another"] {
            assert!(lines(text.as_bytes()).eq(text.as_bytes().split(|b| *b == b'\n')), "{text:?}");
        }
    }

    #[test]
    fn a_number_has_eight_hexadecimal_digits() {
        for number in [0, 1, 0x0123_4567, 0x89ab_cdef, 0xfedc_ba98, u32::MAX] {
            assert_eq!(hex(number), *format!("{number:08x}").as_bytes());
        }
    }

    #[test]
    fn digits_are_those_of_small_hexadecimal_numbers() {
        for byte in 0..=255_u8 {
            let expected = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            for at in 0..8 {
                let mut word = [b'0'; 8];
                word[at] = byte;
                let found = hex_digits(u64::from_le_bytes(word));
                assert_eq!(found | 0x80 << (8 * at), HIGH, "{byte} {at}");
                assert_eq!(found == HIGH, expected, "{byte} {at}");
            }
        }
    }

    #[test]
    fn blanks_around_are_taken_off() {
        for text in ["", " ", "a", " a", "a ", "ab", " ab", "ab\t", " a b \r", "\x0bab\x0b"] {
            assert_eq!(trimmed(text.as_bytes()), text.as_bytes().trim_ascii(), "{text:?}");
        }
    }

    #[test]
    fn a_zero_is_seen_wherever_it_stands() {
        for length in 0..40 {
            let mut bytes = vec![1; length];
            assert!(!has_zero(&bytes), "{length}");
            for place in 0..length {
                bytes[place] = 0;
                assert!(has_zero(&bytes), "{length} {place}");
                bytes[place] = 128;
            }
        }
    }
}
