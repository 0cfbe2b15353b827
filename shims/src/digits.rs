//! Owns the sixteen hex digits that tie a consent to one checkout on one machine: SipHash-2-4 (Aumasson and Bernstein,
//! 2012) over the checkout's path and inode, keyed with the random file `key` in the person's state folder.
//!
//! Keyed, so that the digits in a lock that gets published say nothing about the path.

use crate::bytes::hex;

/// The digits of a checkout: its path without a trailing slash, as getcwd(2) gives it, and its inode.
#[must_use]
pub fn of(key: &[u8; 16], path: &[u8], inode: u64) -> [u8; 16] {
    let mut state = Sip::new(key);
    state.feed(path);
    state.feed(&[0]);
    state.feed(&inode.to_le_bytes());
    let hash = state.finish();
    let mut digits = [0; 16];
    digits[..8].copy_from_slice(&hex((hash >> 32) as u32));
    digits[8..].copy_from_slice(&hex(hash as u32));
    digits
}

struct Sip {
    v: [u64; 4],
    word: u64,
    length: u64,
}

impl Sip {
    fn new(key: &[u8; 16]) -> Self {
        let whole = u128::from_le_bytes(*key);
        let (k0, k1) = (whole as u64, (whole >> 64) as u64);
        let v = [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ];
        Self { v, word: 0, length: 0 }
    }

    /// Takes in the bytes that come next: whole words where these begin at a word.
    fn feed(&mut self, bytes: &[u8]) {
        let whole = if self.length.is_multiple_of(8) { bytes.as_chunks() } else { (&[][..], bytes) };
        for word in whole.0 {
            self.word = u64::from_le_bytes(*word);
            self.length += 8;
            self.take();
        }
        for byte in whole.1 {
            self.word |= u64::from(*byte) << (8 * (self.length % 8));
            self.length += 1;
            if self.length.is_multiple_of(8) {
                self.take();
            }
        }
    }

    fn finish(mut self) -> u64 {
        self.word |= self.length << 56;
        self.take();
        self.v[2] ^= 0xff;
        self.round(4);
        self.v[0] ^ self.v[1] ^ self.v[2] ^ self.v[3]
    }

    fn take(&mut self) {
        let word = core::mem::take(&mut self.word);
        self.v[3] ^= word;
        self.round(2);
        self.v[0] ^= word;
    }

    fn round(&mut self, times: u32) {
        let [a, b, c, d] = &mut self.v;
        for _ in 0..times {
            *a = a.wrapping_add(*b);
            *b = b.rotate_left(13) ^ *a;
            *a = a.rotate_left(32);
            *c = c.wrapping_add(*d);
            *d = d.rotate_left(16) ^ *c;
            *a = a.wrapping_add(*d);
            *d = d.rotate_left(21) ^ *a;
            *c = c.wrapping_add(*b);
            *b = b.rotate_left(17) ^ *c;
            *c = c.rotate_left(32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_siphash_2_4() {
        // The first and last rows of the reference implementation's table, key 00..0f, input 00..(n-1).
        let key = core::array::from_fn(|i| i as u8);
        for (length, expected) in
            [(0, 0x726f_db47_dd0e_0e31_u64), (15, 0xa129_ca61_49be_45e5), (63, 0x958a_324c_eb06_4572)]
        {
            let mut state = Sip::new(&key);
            let bytes = (0..length).collect::<Vec<u8>>();
            let (head, tail) = bytes.split_at(bytes.len() / 3);
            state.feed(head);
            state.feed(tail);
            assert_eq!(state.finish(), expected, "{length}");
        }
    }

    #[test]
    fn another_key_path_or_inode_gives_other_digits() {
        let digits = of(&[1; 16], b"/srv/onramp", 7);
        assert!(digits.iter().all(u8::is_ascii_hexdigit));
        assert_ne!(digits, of(&[2; 16], b"/srv/onramp", 7));
        assert_ne!(digits, of(&[1; 16], b"/srv/onramp2", 7));
        assert_ne!(digits, of(&[1; 16], b"/srv/onramp", 8));
    }
}
