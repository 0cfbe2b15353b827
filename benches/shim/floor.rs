//! Owns the floor: what the same work costs in C without a C library, built by `cc` from `benches/floor/`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The floor of stepping aside.
pub const EXEC: &str = "floor: C, no libc, exec";
/// The floor of recording.
pub const APPEND: &str = "floor: C, no libc, spawn + wait + append 300 bytes";

/// The built programs.
pub struct Floor {
    folder: tempfile::TempDir,
}

impl Floor {
    /// Builds them.
    pub fn build() -> Self {
        let floor = Self { folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap() };
        std::fs::copy(done(), floor.program("make")).unwrap();
        for name in ["exec", "append"] {
            compile(
                name,
                &floor.program(name),
                &[("COMMAND", &floor.program("make")), ("SPOOL", &floor.program("spool"))],
            );
        }
        let steps = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/floor/steps.c");
        cc(Command::new("cc").arg("-O1").arg("-o").arg(floor.program("steps")).arg(steps));
        floor
    }

    /// One of `make` (does nothing), `exec`, `append`, `steps`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The size of the smallest command that is wrapped, in bytes: make, where docker has tens of megabytes.
const SIZE_OF_MAKE: u64 = 240_000;

/// The cheapest command there is, without a C library.
pub fn done() -> PathBuf {
    static DONE: OnceLock<PathBuf> = OnceLock::new();
    DONE.get_or_init(|| as_large_as_make("done", |target| compile("done", target, &[]))).clone()
}

/// The cheapest command that somebody has: it does nothing either, and is linked as programs are.
pub fn stub() -> PathBuf {
    static STUB: OnceLock<PathBuf> = OnceLock::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/floor/stub.c");
    let link = |target: &Path| cc(Command::new("cc").args(["-O2", "-o"]).arg(target).arg(source));
    STUB.get_or_init(|| as_large_as_make("stub", link)).clone()
}

/// The floor of stepping aside, in front of this program.
pub fn in_front_of(program: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("in-front");
    compile("exec", &target, &[("COMMAND", program)]);
    target
}

/// Built once; as large as a real command, since the shim looks into small files.
fn as_large_as_make(name: &str, build: impl FnOnce(&Path)) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    build(&target);
    std::fs::OpenOptions::new().append(true).open(&target).unwrap().set_len(SIZE_OF_MAKE).unwrap();
    target
}

fn compile(name: &str, target: &Path, words: &[(&str, &Path)]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/floor").join(name).with_extension("c");
    let mut command = Command::new("cc");
    command.args(["-O2", "-static", "-nostdlib", "-nostartfiles", "-ffreestanding", "-fno-stack-protector", "-no-pie"]);
    command.args(["-Wl,--build-id=none", "-s", "-o"]).arg(target).arg(source);
    cc(command.args(words.iter().map(|(word, path)| format!("-D{word}=\"{}\"", path.display()))));
}

fn cc(command: &mut Command) {
    let done = command.output().expect("a C compiler is there: rustc links with it");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
