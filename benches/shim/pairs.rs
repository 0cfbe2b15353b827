//! Owns the measuring of times: interleaved on one processor, as differences to the bare command run just before.

use crate::floor::{self, Floor};
use crate::stage::Stage;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What a wrapper adds, in microseconds: the median of the paired differences, and the quartiles.
pub struct Latency {
    pub name: String,
    pub added: f64,
    pub low: f64,
    pub high: f64,
}

/// Keeps this process, and so all that it starts, on one processor while something is measured.
pub fn on_one_processor<T>(measure: impl FnOnce() -> T) -> T {
    let all = rustix::thread::sched_getaffinity(None).unwrap();
    let mut one = rustix::thread::CpuSet::new();
    one.set(rustix::thread::sched_getcpu());
    rustix::thread::sched_setaffinity(None, &one).unwrap();
    let measured = measure();
    rustix::thread::sched_setaffinity(None, &all).unwrap();
    measured
}

/// What is measured: a command, and the one without the wrapper.
struct Contender {
    name: String,
    bare: Command,
    wrapped: Command,
    /// Of how many rounds it takes part in one: what takes long is there for comparison only.
    every: usize,
}

/// Measures the floor, the shim in every stage, and the wrappers that are installed.
pub fn latencies(floor: &Floor, stages: &[Stage], rounds: usize) -> Vec<Latency> {
    let bare = || quiet(&floor.program("make"), &[]);
    let ours = |name: &str, wrapped| Contender { name: name.into(), bare: bare(), wrapped, every: 1 };
    let mut contenders = vec![
        ours(floor::EXEC, quiet(&floor.program("exec"), &[])),
        ours(floor::APPEND, quiet(&floor.program("append"), &[])),
    ];
    contenders.extend(stages.iter().map(|s| ours(s.name, s.command())));
    contenders.extend(comparisons(floor));
    let mut differences = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..rounds {
        for (i, Contender { bare, wrapped, every, .. }) in contenders.iter_mut().enumerate() {
            if round % *every != 0 {
                continue;
            }
            // Each right after itself, so that both find the caches as they themselves left them.
            let [base, added] = [bare, wrapped].map(|command| {
                micros(command);
                micros(command)
            });
            differences[i].push(added - base);
        }
        if round % 100 == 99 {
            stages.iter().for_each(Stage::tidy);
        }
    }
    let summed = |(Contender { name, .. }, mut all): (Contender, Vec<f64>)| {
        all.sort_by(f64::total_cmp);
        let at = |part: f64| all[(all.len() as f64 * part) as usize];
        Latency { name, added: at(0.5), low: at(0.25), high: at(0.75) }
    };
    contenders.into_iter().zip(differences).map(summed).collect()
}

/// Other wrappers, as far as they are installed.
fn comparisons(floor: &Floor) -> Vec<Contender> {
    let make = floor.program("make");
    let word = make.to_string_lossy();
    let mut all = Vec::new();
    for (name, program, words) in [
        ("GNU time", "/usr/bin/time", vec!["-o", "/dev/null", &*word]),
        ("dash exec", "/bin/dash", vec!["-c", "exec \"$0\"", &*word]),
        ("bash exec", "/bin/bash", vec!["-c", "exec \"$0\"", &*word]),
    ] {
        let wrapped = quiet(Path::new(program), &words);
        let name = format!("for comparison: {name}");
        all.extend(Path::new(program).exists().then(|| Contender {
            name,
            bare: quiet(&make, &[]),
            wrapped,
            every: 10,
        }));
    }
    if let Some([proxy, real]) = rustup() {
        let name = "for comparison: rustup's proxy, to rustc --version".into();
        let [bare, wrapped] = [real, proxy].map(|program| {
            let mut command = Command::new(program);
            command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command
        });
        all.push(Contender { name, bare, wrapped, every: 50 });
    }
    all
}

/// rustup's proxy of rustc, and the rustc behind it.
fn rustup() -> Option<[PathBuf; 2]> {
    let asked = Command::new("rustup").args(["which", "rustc"]).output().ok().filter(|o| o.status.success())?;
    let real = PathBuf::from(String::from_utf8(asked.stdout).ok()?.trim());
    let proxy = which::which("rustup").ok()?.with_file_name("rustc");
    (proxy.exists() && real.exists()).then_some([proxy, real])
}

/// How long a command takes from its start until it has been waited for.
pub fn micros(command: &mut Command) -> f64 {
    let start = Instant::now();
    let status = command.spawn().and_then(|mut child| child.wait()).unwrap();
    let taken = start.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    taken.as_secs_f64() * 1e6
}

fn quiet(program: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words).env_clear().env("PATH", "/usr/bin:/bin");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
