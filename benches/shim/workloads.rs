//! Owns what the shim costs real work: real make, with and without the shims on PATH, taken in turns.

use crate::Row;
use crate::floor::done;
use crate::harness::{Case, Way};
use crate::pairs::micros;
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

/// What the shims add to a Makefile's `start`, in percent: the best of several runs each, taken in turns. What else a
/// machine does only ever makes a run longer, so the best ones tell what the work itself takes.
fn added(makefile: &str, rounds: usize) -> f64 {
    let case = |way| Case::new().program("docker", &done()).file("onramp/Makefile", makefile).consented().through(way);
    let cases = [case(Way::Direct), case(Way::Shim)];
    let mut best = [f64::INFINITY; 2];
    for round in 0..2 * rounds {
        // Whoever goes first has the colder cache: in turns.
        let turn = (round + round / 2) % 2;
        let mut command = cases[turn].command(&["make", "-j2", "start"]);
        best[turn] = best[turn].min(micros(command.stdin(Stdio::null()).stdout(Stdio::null())));
    }
    (best[1] / best[0] - 1.0) * 100.0
}
