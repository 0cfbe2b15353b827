//! What people get and how it reaches their machine: the release as it is packed, the script that installs it, what OnRamp
//! would merge, and the workflows that make all of it. Nothing outside this machine is asked.

mod folder;
#[path = "../harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;
mod installer;
mod onramp;
mod packed;
mod refusals;
mod vocabulary;
mod workflows;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file or folder of the project.
fn project(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(below)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("could not read {}: {e}", path.display()))
}

/// Every path below a folder, with its mode and what it holds.
fn everything(folder: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    use std::os::unix::fs::MetadataExt as _;
    let mut all = BTreeMap::new();
    for path in folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()) {
        let is = path.symlink_metadata().unwrap();
        let holds = match (is.is_symlink(), is.is_file()) {
            (true, _) => std::fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes(),
            (_, true) => std::fs::read(&path).unwrap(),
            _ => Vec::new(),
        };
        if is.is_dir() {
            all.extend(everything(&path));
        }
        all.insert(path, (is.mode(), holds));
    }
    all
}
