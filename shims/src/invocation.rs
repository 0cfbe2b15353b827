//! Owns what a command line asks for. (The grammars follow.)

/// A command line, without an allocation: what the kernel gave, or slices.
pub trait Words<'a>: Copy {
    /// How many words there are; the first is the command's own name.
    fn count(&self) -> usize;
    /// The word at a place.
    fn word(&self, place: usize) -> Option<&'a [u8]>;
}

impl<'a> Words<'a> for &'a [&'a [u8]] {
    fn count(&self) -> usize {
        self.len()
    }
    fn word(&self, place: usize) -> Option<&'a [u8]> {
        self.get(place).copied()
    }
}
