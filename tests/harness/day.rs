//! Owns the day that a test begins on.

use std::time::{Duration, SystemTime};

/// Today, as days since 1970, early enough: a test that begins in a day's last minute waits for the next day, since the
/// command asks for the day again.
pub fn today() -> i64 {
    let second = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() % 86_400;
    if second >= 86_400 - 60 {
        std::thread::sleep(Duration::from_secs(86_400 - second));
    }
    onramp_analytics::days::today()
}
