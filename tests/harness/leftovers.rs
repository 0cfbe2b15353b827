//! Owns that nothing which a case started outlives it: processes are known by the case's folder in their environment.

use std::path::Path;
use std::time::{Duration, Instant};

/// Waits a moment for what is just ending, kills the rest, and says what it was.
pub fn end_all(folder: &Path) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(3);
    let mut was_empty = false;
    loop {
        let left = all(folder);
        // A process has neither command line nor environment at the moment of its exec: one look may miss it.
        if left.is_empty() && was_empty {
            return Vec::new();
        }
        was_empty = left.is_empty();
        if Instant::now() > deadline {
            return left.into_iter().map(|(pid, line)| kill(pid, line)).collect();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Kills them at once.
pub fn kill_all(folder: &Path) {
    for (pid, line) in all(folder) {
        kill(pid, line);
    }
}

fn kill(pid: i32, line: String) -> String {
    if let Some(pid) = rustix::process::Pid::from_raw(pid) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
    line
}

/// Every process whose environment or command line names the folder, with its command line.
fn all(folder: &Path) -> Vec<(i32, String)> {
    use std::os::unix::ffi::OsStrExt as _;
    let needle = folder.as_os_str().as_bytes();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse::<i32>().ok()) else { continue };
        let read = |name: &str| std::fs::read(entry.path().join(name)).unwrap_or_default();
        let line = read("cmdline");
        let holds = |text: &[u8]| text.windows(needle.len()).any(|w| w == needle);
        // A process between fork and exec still has our own environment; a dead one has none.
        if pid != std::process::id() as i32 && !line.is_empty() && (holds(&read("environ")) || holds(&line)) {
            let words = line.split(|b| *b == 0).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
            found.push((pid, format!("{pid}: {words}")));
        }
    }
    found
}
