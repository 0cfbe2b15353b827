//! `send`, hidden: the detached sender that a shim wakes. Silent, on its own, and over after half a minute.

use super::Session;
use crate::paths::Place;
use crate::sender::{self, Clock, Job, LIFE, Turn};
use anyhow::{Context as _, Result};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// No request begins in the last seconds: it could not end in time.
const LAST_REQUEST: Duration = Duration::from_secs(12);

/// Sends what is due.
///
/// # Errors
/// When something can't be read or written; nobody reads them.
pub fn run(session: &Session) -> Result<ExitCode> {
    let begin = Instant::now();
    let (checkout, homes) = (session.checkout()?, session.homes()?);
    detach();
    let Some(place) = Place::find(&homes, &checkout)?.filter(Place::exists) else {
        return Ok(ExitCode::SUCCESS);
    };
    let Some(_turn) = Turn::take(&place, Duration::ZERO)? else { return Ok(ExitCode::SUCCESS) };
    let job = Job {
        env: &session.env,
        homes: &homes,
        place: &place,
        clock: Clock::real(),
        all: false,
        until: Some(begin + LIFE - LAST_REQUEST),
    };
    sender::wake(&job)?;
    // Not through main's end: a lookup that hangs in a thread must not keep us.
    std::process::exit(0);
}

/// A session of its own, nothing of the caller's: no terminal, no working folder, no open descriptor. And an end.
pub fn detach() {
    // Fails for the leader of a group, which the shim sees to that we are not.
    let _ = rustix::process::setsid();
    let _ = rustix::process::chdir("/");
    let null = std::fs::File::options().read(true).write(true).open("/dev/null").context("could not open /dev/null");
    if let Ok(null) = null {
        let _ = rustix::stdio::dup2_stdin(&null);
        let _ = rustix::stdio::dup2_stdout(&null);
        let _ = rustix::stdio::dup2_stderr(&null);
    }
    // Whatever hangs (a disk, a resolver): killed anywhere, nothing is lost.
    std::thread::spawn(|| {
        std::thread::sleep(LIFE);
        std::process::exit(0);
    });
}
