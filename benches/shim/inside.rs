//! Owns what can be counted instead of timed: system calls, instructions, memory, the binary itself.

use crate::floor::Floor;
use crate::stage::Stage;
use std::process::{Command, Stdio};

const SHIM: &str = env!("CARGO_BIN_EXE_onramp-shim");

/// System calls that the shim makes itself: from its start until it ends or becomes the command. What it starts is not
/// counted, nor is the execve by which it was started. The spool is there, as it is after a day's first command.
pub fn calls(stage: &Stage) -> f64 {
    assert!(stage.command().status().unwrap().success());
    let trace = stage.case.root().join("trace");
    let mut words = vec!["strace", "-qq", "-o", trace.to_str().unwrap(), "--"];
    words.extend(stage.words);
    let Ok(status) = quiet(stage.case.command(&words)).status() else { return f64::NAN };
    assert!(status.success(), "strace: {status}");
    let text = std::fs::read_to_string(trace).unwrap();
    let lines: Vec<&str> = text.lines().filter(|l| !l.starts_with(['-', '+'])).skip(1).collect();
    let became = lines.iter().position(|l| l.starts_with("execve(") && l.ends_with("= 0"));
    became.map_or(lines.len(), |at| at + 1) as f64
}

/// Instructions in user space.
pub fn steps(floor: &Floor, stage: &Stage) -> f64 {
    let mut words = vec![floor.program("steps").into_os_string(), stage.shim().into_os_string()];
    words.extend(stage.words.iter().map(Into::into));
    let output = stage.case.command(&words).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("steps: {text:?} {:?}", String::from_utf8_lossy(&output.stderr)))
}

/// What the shim occupies while it waits for the command.
pub struct Memory {
    /// Peak resident set, KB.
    pub peak: f64,
    /// Page faults that needed no disk.
    pub faults: f64,
}

/// Looks at the shim while its command sleeps.
pub fn memory(stage: &Stage) -> Memory {
    let tool = stage.case.root().join("bin").join(stage.words[0]);
    let done = std::fs::read_link(&tool).unwrap();
    let point_to = |target: &std::path::Path| {
        std::fs::remove_file(&tool).unwrap();
        std::os::unix::fs::symlink(target, &tool).unwrap();
    };
    point_to(crate::harness::witness());
    let mut words = stage.words.to_vec();
    words.push("sleep=300");
    let mut child = quiet(stage.case.command(&words)).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(150));
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", child.id())).unwrap();
    let status = read("status");
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    let peak = peak.trim().trim_end_matches(" kB").parse().unwrap();
    // Field 10 of proc_pid_stat(5); field 2 ends with a parenthesis.
    let faults = read("stat").rsplit_once(") ").unwrap().1.split(' ').nth(7).unwrap().parse().unwrap();
    child.wait().unwrap();
    point_to(&done);
    Memory { peak, faults }
}

/// CPUID instructions: each traps in a virtual machine.
pub fn cpuid() -> f64 {
    let Ok(output) = Command::new("objdump").args(["--disassemble", SHIM]).output() else { return f64::NAN };
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter(|l| l.split_whitespace().any(|word| word == "cpuid")).count() as f64
}

/// KB.
pub fn size() -> f64 {
    std::fs::metadata(SHIM).unwrap().len() as f64 / 1024.0
}

fn quiet(mut command: Command) -> Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
