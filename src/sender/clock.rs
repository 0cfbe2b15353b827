//! Owns the sender's time and chance, so that tests can bring their own.

use std::time::SystemTime;

/// What time it is, and what chance says.
#[derive(Clone, Copy)]
pub struct Clock<'a> {
    now: &'a dyn Fn() -> SystemTime,
    chance: &'a dyn Fn() -> f64,
}

impl std::fmt::Debug for Clock<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl Clock<'static> {
    /// The machine's.
    #[must_use]
    pub fn real() -> Self {
        Self { now: &SystemTime::now, chance: &random }
    }
}

impl<'a> Clock<'a> {
    /// A clock of these two; chance is from 0 up to, but not, 1.
    #[must_use]
    pub fn of(now: &'a dyn Fn() -> SystemTime, chance: &'a dyn Fn() -> f64) -> Self {
        Self { now, chance }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        (self.now)()
    }

    /// A number from 0 up to, but not, 1.
    #[must_use]
    pub fn chance(&self) -> f64 {
        (self.chance)()
    }
}

fn random() -> f64 {
    // The low 32 bits of a version 4 UUID are random throughout.
    let bits = uuid::Uuid::new_v4().as_u128() & u128::from(u32::MAX);
    bits as f64 / (f64::from(u32::MAX) + 1.0)
}
