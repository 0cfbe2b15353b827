//! The oldest Rust that builds this is said in one place, and it is the one with which it is built and checked.

#[path = "harness/skipped.rs"]
mod skipped;

use std::path::Path;

fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// `rust-version` of Cargo.toml, as cargo itself read it.
const STATED: &str = env!("CARGO_PKG_RUST_VERSION");

#[test]
fn the_stated_version_is_the_one_that_is_used() {
    #[expect(clippy::disallowed_methods, reason = "cargo speaks to tests by variables")]
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).arg("--version").output().unwrap();
    let used = String::from_utf8(output.stdout).unwrap();
    let number = used.split(' ').nth(1).unwrap_or_default().to_owned();
    let parts = |version: &str| -> Vec<u32> { version.split(['.', '-']).map_while(|part| part.parse().ok()).collect() };
    let (stated, used) = (parts(STATED), parts(&number));
    assert!(used >= stated, "built with {number}, and Cargo.toml says {STATED}");
    // A newer toolchain of a contributor's own is fine; that the stated one suffices shows where it is used.
    if used[..2] != stated[..2] {
        skipped::skipped(&format!("this is {number}, not {STATED}"));
    }
}

#[test]
fn every_place_says_the_same_version() {
    for (path, says) in [
        ("clippy.toml", format!("msrv = \"{STATED}\"")),
        ("README.md", format!("with Rust {STATED} or newer")),
        ("CONTRIBUTING.md", format!("Rust {STATED} is the oldest")),
    ] {
        assert!(text(path).contains(&says), "{path} does not say: {says}");
    }
}
