//! Owns the version of a release as a number: no text of a sender's is kept.

/// The version of a release, `1.2.3`, as one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(i64);

impl Version {
    const STEP: i64 = 100_000;

    /// Reads `1.2.3`; nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut number = 0;
        let mut parts = 0;
        for part in text.split('.') {
            let plain = (1..=5).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            let canonical = part == "0" || !part.starts_with('0');
            number = number * Self::STEP + part.parse::<i64>().ok().filter(|_| plain && canonical)?;
            parts += 1;
        }
        (parts == 3).then_some(Self(number))
    }

    /// As it is stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// As it was stored.
    #[must_use]
    pub const fn of_number(number: i64) -> Self {
        Self(number)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(n) = self;
        write!(f, "{}.{}.{}", n / Self::STEP / Self::STEP, n / Self::STEP % Self::STEP, n % Self::STEP)
    }
}
