//! Owns what a command says: results on stdout, everything else on stderr, and how an error reads.
//!
//! Refuses to fail for a reader who has gone.

use super::{NAME, exit};
use crate::words::{error as say, parted};
use rusqlite::ErrorCode;
use rustix::io::Errno;
use std::io::ErrorKind;
use std::process::ExitCode;
use std::sync::OnceLock;

/// Why stdout takes no more, once it does not.
static DEAF: OnceLock<std::io::Error> = OnceLock::new();

/// Prints a result on stdout. What a command does besides is done in any case: one that deletes in two steps must not stop
/// after the first because of a `| head`.
pub fn print(text: &str) {
    print_bytes(text.as_bytes());
}

/// The same for what need not be text.
pub fn print_bytes(bytes: &[u8]) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    if is_heard()
        && let Err(e) = out.write_all(bytes).and_then(|()| out.flush())
    {
        let _ = DEAF.set(e);
    }
}

/// Whether stdout still takes results: what would go on for ever need not.
pub fn is_heard() -> bool {
    DEAF.get().is_none()
}

/// The exit code of a command that is through: what could not be printed is a failure, unless its reader had enough.
pub fn ended(code: ExitCode) -> ExitCode {
    match DEAF.get() {
        Some(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            complain(&format!("could not write output: {e}"));
            ExitCode::from(exit::FAILED)
        }
        _ => code,
    }
}

/// Prints `onramp-analytics: could not <verb> <noun>: <path>`, the causes, and the `help:` lines that the error carries.
pub fn report(error: &anyhow::Error) {
    let (mut main, mut help) = (Vec::new(), String::new());
    for cause in error.chain().map(ToString::to_string) {
        // A remedy is the last word, wherever in the chain it stands.
        let (says, helps) = parted(&cause);
        main.push(says.to_owned());
        help.extend(helps.map(|helps| format!("\nhelp: {helps}")));
    }
    // What nobody has a word for knows of no remedy either, but a disk has the same one wherever it is met.
    if let Some(remedy) = remedy_of_disk(error).filter(|_| help.is_empty()) {
        help = format!("\nhelp: {remedy}");
    }
    complain(&(main.join(": ") + &help));
}

/// What a person can do about a disk that takes nothing more, if it is that.
fn remedy_of_disk(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let io = io.or_else(|| cause.downcast_ref::<Errno>().map(|errno| errno.kind()));
        match (io, cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code)) {
            (Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded), _) | (_, Some(ErrorCode::DiskFull)) => {
                Some(say::FULL_REMEDY)
            }
            (Some(ErrorKind::ReadOnlyFilesystem), _) | (_, Some(ErrorCode::ReadOnly)) => Some(say::READ_ONLY_REMEDY),
            _ => None,
        }
    })
}

/// Prints what stands beside a result, on stderr. A closed stderr changes nothing.
pub fn tell(text: &str) {
    use std::io::Write as _;
    let _ = write!(std::io::stderr(), "{text}");
}

/// One message on stderr, under our name; its `help:` lines begin a line. A closed stderr changes nothing.
pub fn complain(text: &str) {
    tell(&format!("{NAME}: {text}\n"));
}
