//! Owns the two things that a shim may ever say by itself, each once: the notice, when a variable alone was the yes, and
//! the nudge, when nothing is decided and a service came up.
//!
//! On stderr, on a terminal, from its foreground group (else `tostop` would stop us), after the command's own output;
//! never a question. A mark stays only when the words were really written.

use crate::consent::{DEFAULT_HOST, of_env_file};
use crate::env::{Env, Variable};
use crate::paths::{Arena, checkout, place as files, state};
use crate::place::{Person, Place, make_folders, open_of, stat_of};
use crate::sys::{self, At, Errno, Mode};
use crate::words::{NOTICE, NUDGE};

const STDERR: i32 = 2;

/// Whether the nudge may still become due: nobody has seen it. Where that can't be told somebody has.
#[must_use]
pub fn is_unseen(person: &Person) -> bool {
    let shown = stat_of(&[person.state, state::NUDGE_SHOWN.as_bytes()], false);
    matches!(shown, Err(Errno::NOENT | Errno::NOTDIR))
}

/// A service came up and nothing is decided: the nudge is due, and shown if somebody can see it.
pub fn nudge(person: &Person, arena: &mut Arena) {
    let Some(folder) = arena.keep(&[person.state]) else { return };
    make_folders(folder.to_bytes(), person, arena);
    mark(person, state::NUDGE_DUE);
    // The mark first: who can't make it would be asked again after each start, and of two runs at once one asks.
    if can_be_seen() && mark(person, state::NUDGE_SHOWN) && !sys::say(&[NUDGE.as_bytes()]) {
        let shown = arena.keep(&[person.state, state::NUDGE_SHOWN.as_bytes()]);
        let _ = shown.map(sys::unlink);
    }
}

/// Makes a mark; whether it was made, and made just now.
fn mark(person: &Person, name: &str) -> bool {
    let made = open_of(&[person.state, name.as_bytes()], Mode::CREATE);
    made.is_ok_and(|file| {
        let _ = file.give_to(person.user, u32::MAX);
        true
    })
}

/// Shows the notice if it was not shown, and keeps the destination that it named: nothing is sent elsewhere.
pub fn notice(env: &Env<'_>, person: &Person, place: &mut Place, folder: &[u8], arena: &mut Arena) {
    let Some(path) = place.file(files::NOTICE, b"") else { return };
    if sys::stat(At::CURRENT, path, false).is_ok() {
        return;
    }
    let buffer = arena.take_far(32 * 1024);
    let count = open_of(&[folder, checkout::ENV_FILE.as_bytes()], Mode::READ).and_then(|f| f.read(buffer)).unwrap_or(0);
    let host = host(env, &buffer[..count]);
    if can_be_seen()
        && sys::say(&[NOTICE.0.as_bytes(), host, NOTICE.1.as_bytes()])
        && let Ok(file) = sys::open(At::CURRENT, path, Mode::CREATE)
    {
        let _ = file.give_to(person.user, u32::MAX);
        // A full disk: half a destination is none, and the notice is shown again.
        if file.write(host) != Ok(host.len()) {
            let _ = sys::unlink(path);
        }
    }
}

/// The destination: that of the first level that names a host or a key.
fn host<'a>(env: &Env<'a>, env_file: &'a [u8]) -> &'a [u8] {
    let in_file = |variable: Variable| of_env_file(env_file, variable.name()).filter(|v| !v.is_empty());
    let hosts = [Variable::OnrampAnalyticsHost, Variable::PosthogHost];
    let keys = [Variable::OnrampAnalyticsApiKey, Variable::PosthogApiKey];
    let level = |get: &dyn Fn(Variable) -> Option<&'a [u8]>| {
        let host = hosts.iter().find_map(|v| get(*v));
        host.or_else(|| keys.iter().find_map(|v| get(*v)).map(|_| DEFAULT_HOST.as_bytes()))
    };
    level(&|v| env.filled(v)).or_else(|| level(&in_file)).unwrap_or(DEFAULT_HOST.as_bytes())
}

/// Whether there is a person to see what is said.
fn can_be_seen() -> bool {
    sys::is_terminal(STDERR) && sys::is_in_foreground(0)
}
