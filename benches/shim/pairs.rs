//! Owns the measuring of times: interleaved on one processor, as differences to the bare command run just before.

use crate::floor::{self, Floor};
use crate::stage::Stage;
use std::path::Path;
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

/// Measures the floor, the shim in every stage, and the wrappers that are installed.
pub fn latencies(floor: &Floor, stages: &[Stage], rounds: usize) -> Vec<Latency> {
    let make = floor.program("make");
    let mut contenders: Vec<(String, Command)> = vec![
        (floor::EXEC.into(), quiet(&floor.program("exec"), &[])),
        (floor::APPEND.into(), quiet(&floor.program("append"), &[])),
    ];
    contenders.extend(stages.iter().map(|s| (s.name.into(), s.command())));
    let word = make.to_string_lossy();
    for (name, program, words) in [
        ("GNU time", "/usr/bin/time", vec!["-o", "/dev/null", &*word]),
        ("dash exec", "/bin/dash", vec!["-c", "exec \"$0\"", &*word]),
        ("bash exec", "/bin/bash", vec!["-c", "exec \"$0\"", &*word]),
    ] {
        if Path::new(program).exists() {
            contenders.push((format!("for comparison: {name}"), quiet(Path::new(program), &words)));
        }
    }
    let mut bare = quiet(&make, &[]);
    let mut differences = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..rounds {
        for (i, (_, command)) in contenders.iter_mut().enumerate() {
            // Each right after itself, so that both find the caches as they themselves left them.
            let [base, added] = [&mut bare, command].map(|command| {
                micros(command);
                micros(command)
            });
            differences[i].push(added - base);
        }
        if round % 100 == 99 {
            stages.iter().for_each(Stage::tidy);
        }
    }
    let summed = |(name, mut all): (String, Vec<f64>)| {
        all.sort_by(f64::total_cmp);
        let at = |part: f64| all[(all.len() as f64 * part) as usize];
        Latency { name, added: at(0.5), low: at(0.25), high: at(0.75) }
    };
    contenders.into_iter().map(|(name, _)| name).zip(differences).map(summed).collect()
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
