//! Owns the environment: which variables the program knows, and their values in this process.
//!
//! The list stands in `variables.toml`. Nothing else names a variable, and nothing here reads one by itself: the shim
//! hands in the vector that the kernel gave it, the command what std gave it.

include!(concat!(env!("OUT_DIR"), "/variables.rs"));

impl Variable {
    /// Its name in the environment.
    #[must_use]
    pub const fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// Whether some variable's name begins with this letter.
#[must_use]
pub fn may_know(letter: u8) -> bool {
    letter.is_ascii_uppercase() && LETTERS >> (letter - b'A') & 1 != 0
}

/// The known variables of one environment, as they stand in it.
#[derive(Clone, Copy, Debug)]
pub struct Env<'a> {
    values: [Option<&'a [u8]>; VARIABLES.len()],
}

impl<'a> Env<'a> {
    /// An environment that holds nothing.
    pub const EMPTY: Self = Self { values: [None; VARIABLES.len()] };

    /// Takes note of one entry `NAME=value`. Of duplicates the first counts, as for getenv(3).
    pub fn note(&mut self, entry: &'a [u8]) {
        // An environment is long and looked through by every call: most of it is passed over at its first letter.
        for variable in starting_with(entry.first().copied().unwrap_or_default()) {
            let name = variable.name().as_bytes();
            if entry.len() > name.len() && entry[name.len()] == b'=' && entry.starts_with(name) {
                let value = &mut self.values[*variable as usize];
                *value = value.or(Some(&entry[name.len() + 1..]));
                return;
            }
        }
    }

    /// Sets one variable, over what was noted.
    #[must_use]
    pub fn with(mut self, variable: Variable, value: &'a [u8]) -> Self {
        self.values[variable as usize] = Some(value);
        self
    }

    /// The value, if the variable is set at all.
    #[must_use]
    pub const fn get(&self, variable: Variable) -> Option<&'a [u8]> {
        self.values[variable as usize]
    }

    /// The value, if it is set and not empty.
    #[must_use]
    pub fn filled(&self, variable: Variable) -> Option<&'a [u8]> {
        self.get(variable).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_duplicates_counts_and_strangers_do_not() {
        let mut env = Env::EMPTY;
        for entry in [&b"HOMER=x"[..], b"HOME", b"", b"=x", b"HOME=/a", b"HOME=/b", b"CI="] {
            env.note(entry);
        }
        assert_eq!(env.get(Variable::Home), Some(&b"/a"[..]));
        assert_eq!(env.get(Variable::Ci), Some(&b""[..]));
        assert_eq!(env.filled(Variable::Ci), None);
        assert_eq!(env.get(Variable::Path), None);
    }
}
