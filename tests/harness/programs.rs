//! Owns the programs that tests start beside the project's own: the small C programs in `tests/programs/`, compiled
//! once, and the script through which stand-ins for tools run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Starts a command as some caller would: `tests/programs/caller.c`.
pub fn caller() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| compiled("caller"))
}

/// Tells everything that a command can see of how it was started: `tests/programs/witness.c`.
pub fn witness() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| compiled("witness"))
}

/// The script that a stand-in is a link to. It is never written by a test: a file that is being written can't be
/// executed, not even when it was only another thread's child that still held it open.
pub fn stand_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/harness/stand-in")
}

/// The compiler writes the program, so that no descriptor of ours is ever open on it; the name is its own process's,
/// since test binaries run beside each other.
fn compiled(name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs").join(name).with_extension("c");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let modified = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    if modified(&target) > modified(&source) {
        return target;
    }
    let draft = target.with_extension(std::process::id().to_string());
    let done = Command::new("cc").args(["-O1", "-Wall", "-Wextra", "-o"]).arg(&draft).arg(&source).output();
    let done = done.expect("a C compiler is there: rustc links with it");
    assert!(
        done.status.success(),
        "could not compile {}:\n{}",
        source.display(),
        String::from_utf8_lossy(&done.stderr)
    );
    std::fs::rename(&draft, &target).unwrap();
    target
}
