//! Owns what the shim costs real work: real make, with and without the shims on PATH, taken in turns.

use crate::Row;
use crate::floor::done;
use crate::harness::{Case, Way};
use crate::pairs::{median, micros};
use std::process::Stdio;

/// 500 lines that call a stub, and 500 recursive makes, in a consented checkout.
pub fn all(rounds: usize) -> Vec<Row> {
    if !std::path::Path::new("/usr/bin/make").exists() {
        return Vec::new();
    }
    let lines: String = (0..500).map(|n| format!("line-{n}:\n\t@docker ps -q\n")).collect();
    let all: String = (0..500).map(|n| format!(" line-{n}")).collect();
    let stubs = format!("start:{all}\n{lines}");
    let nested: String = (0..500).map(|n| format!("line-{n}:\n\t@$(MAKE) -s leaf\n")).collect();
    let recursive = format!("start:{all}\nleaf: ;@:\n{nested}");
    let row = |figure, value, gate, goal| Row { figure, value, gate, goal, unit: " %" };
    vec![
        row("make -j2, 500 stub lines, consented checkout", added(&stubs, rounds), 15.0, 10.0),
        row("500 recursive makes, consented checkout", added(&recursive, rounds), f64::INFINITY, f64::INFINITY),
    ]
}

/// The median of what the shims add to a Makefile's `start`, in percent of the direct run of the same round.
fn added(makefile: &str, rounds: usize) -> f64 {
    let case = |way| Case::new().program("docker", &done()).file("onramp/Makefile", makefile).consented().through(way);
    let (direct, shim) = (case(Way::Direct), case(Way::Shim));
    let time = |case: &Case| {
        let mut command = case.command(&["make", "-j2", "start"]);
        micros(command.stdin(Stdio::null()).stdout(Stdio::null()))
    };
    let round = |n: usize| {
        // Whoever goes first has the colder cache: in turns.
        let (direct, shim) = if n.is_multiple_of(2) {
            let first = time(&direct);
            (first, time(&shim))
        } else {
            let first = time(&shim);
            (time(&direct), first)
        };
        (shim / direct - 1.0) * 100.0
    };
    median((0..rounds).map(round).collect())
}
