//! Owns waking the sender: whether it is time, and starting it so that it has nothing to do with this run. In local mode
//! the keeper is woken instead, which never sends.

use crate::paths::{Arena, PROGRAM, place as files};
use crate::place::{Checkout, Place};
use crate::sys::{self, At, Start};
use core::ffi::CStr;
use core::time::Duration;

/// Who is woken: the name of a hidden subcommand.
pub type Sleeper = &'static CStr;
/// Sends.
pub const SENDER: Sleeper = c"send";
/// Puts away what was recorded for own figures, so that its file stays small.
pub const KEEPER: Sleeper = c"keep";

/// Starts the sleeper: the program beside this one's own file, never one from PATH. The last thing a run does before it
/// ends.
pub fn wake(sleeper: Sleeper, start: &Start, checkout: Checkout, arena: &mut Arena) {
    let buffer = arena.take(crate::paths::LONGEST);
    let Ok(count) = sys::read_link(c"/proc/self/exe", buffer) else { return };
    let Some(slash) = buffer[..count].iter().rposition(|b| *b == b'/') else { return };
    let program = arena.keep(&[&buffer[..slash], PROGRAM.as_bytes()]);
    let checkout = sys::with_scratch(|room| checkout.with_path(room, |path| arena.keep(&[path]))).flatten();
    let (Some(program), Some(checkout)) = (program, checkout) else { return };
    if sys::stat(At::CURRENT, program, true).is_ok() {
        sys::send_off(&[program, sleeper, c"--project", checkout], start);
    }
}

/// No sender is told to wait longer. What lies further ahead is from a clock that was set back since.
pub const LONGEST_WAIT: Duration = Duration::from_secs(3 * 86_400);

/// Whether the next sender may start: the modification time of `next` is past, or there is no `next`. `now` is the
/// calendar's, in nanoseconds since 1970-01-01.
pub fn is_due(place: &mut Place, now: u64) -> bool {
    match place.file(files::NEXT, b"").map(|next| sys::stat(At::CURRENT, next, true)) {
        Some(Ok(stat)) => {
            let [seconds, nanos] = stat.modified.map(i128::from);
            let wait = seconds * 1_000_000_000 + nanos - i128::from(now);
            wait <= 0 || wait > LONGEST_WAIT.as_nanos() as i128
        }
        _ => true,
    }
}
