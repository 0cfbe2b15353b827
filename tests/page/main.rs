//! The page over HTTP, through the real binary.

mod attacks;
mod choice;
mod door;
mod forwarded;
#[path = "../harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;
mod reach;
#[path = "../served/mod.rs"]
mod served;

use harness::{Case, until};
use served::Served;
use std::path::{Path, PathBuf};

/// The state, as the page says it to programs.
fn state(served: &Served) -> String {
    served.get("/api/view").json()["state"].as_str().unwrap().to_owned()
}

/// Every file below a folder but the page's log, with its length and the time of its last change.
fn files(folder: &Path) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is = entry.path().symlink_metadata().unwrap();
        if is.is_dir() {
            all.extend(files(&entry.path()));
        } else if !entry.file_name().to_string_lossy().starts_with("log.") {
            all.push((entry.path(), is.len(), is.modified().unwrap()));
        }
    }
    all.sort();
    all
}
