//! Owns whose process this is: a consent is one person's, and under sudo that person is who called sudo.
//!
//! Refuses to believe SUDO_UID of anybody but root.

use crate::bytes::decimal;
use crate::env::{Env, Variable};

/// The user id of the person behind a process with this effective user id.
#[must_use]
pub fn of(euid: u32, env: &Env<'_>) -> u32 {
    let caller = env.get(Variable::SudoUid).filter(|_| euid == 0).and_then(decimal);
    caller.unwrap_or(euid)
}

/// The home that `/etc/passwd` (passwd(5)) names for a user id. A person whom only a directory service knows has none.
#[must_use]
pub fn home_of(passwd: &[u8], uid: u32) -> Option<&[u8]> {
    let mut lines = passwd.split(|b| *b == b'\n').map(|line| line.split(|b| *b == b':'));
    let home = lines.find_map(|mut line| (line.nth(2).and_then(decimal) == Some(uid)).then(|| line.nth(2)))??;
    (home.first() == Some(&b'/')).then_some(home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_root_acts_for_somebody_else() {
        let env = Env::EMPTY.with(Variable::SudoUid, b"1000");
        assert_eq!(of(0, &env), 1000);
        assert_eq!(of(1001, &env), 1001);
        assert_eq!(of(0, &Env::EMPTY), 0);
        assert_eq!(of(0, &Env::EMPTY.with(Variable::SudoUid, b"-1")), 0);
        assert_eq!(of(0, &Env::EMPTY.with(Variable::SudoUid, b"+1")), 0);
    }

    #[test]
    fn a_home_is_found_by_the_user_id() {
        let passwd =
            b"root:x:0:0:root:/root:/bin/bash\n+::::::\nann:x:1000:1000:Ann,,,:/home/ann:/bin/zsh\nx:x:7:7::.:\n";
        assert_eq!(home_of(passwd, 1000), Some(&b"/home/ann"[..]));
        assert_eq!(home_of(passwd, 7), None);
        assert_eq!(home_of(passwd, 8), None);
        assert_eq!(home_of(b"", 0), None);
    }
}
