//! Owns what the shim costs real work: real make, with and without the shims on PATH, taken in turns.

use crate::Row;
use crate::floor::{done, stub};
use crate::harness::{Case, Way};
use crate::pairs::{micros, on_one_processor};
use std::path::Path;
use std::process::Stdio;

/// 500 lines that call a stub, and 500 recursive makes, in a consented checkout.
///
/// The stub is a program like others, and does nothing. What the shims add to one that doesn't even have a C library, which
/// no docker and no script is, is told beside it and has no gate.
pub fn all(rounds: usize) -> Vec<Row> {
    if !Path::new("/usr/bin/make").exists() {
        return Vec::new();
    }
    let lines: String = (0..500).map(|n| format!("line-{n}:\n\t@docker ps -q\n")).collect();
    let all: String = (0..500).map(|n| format!(" line-{n}")).collect();
    let stubs = format!("start:{all}\n{lines}");
    let nested: String = (0..500).map(|n| format!("line-{n}:\n\t@$(MAKE) -s leaf\n")).collect();
    let recursive = format!("start:{all}\nleaf: ;@:\n{nested}");
    let row = |figure, value, gate, goal| Row { figure, value, gate, goal, unit: " %" };
    let told = |figure, value| row(figure, value, f64::INFINITY, f64::INFINITY);
    vec![
        row("make -j2, 500 stub lines, consented checkout", added(&stubs, &stub(), rounds), 15.0, 10.0),
        told("the same, stubs without a C library, one processor", on_one_processor(|| added(&stubs, &done(), rounds))),
        told("500 recursive makes, consented checkout", added(&recursive, &stub(), rounds)),
    ]
}

/// What the shims add to a Makefile's `start`, in percent: the median of what each run with them takes more than the one
/// without beside it. A busy neighbour slows down both.
fn added(makefile: &str, docker: &Path, rounds: usize) -> f64 {
    let case = |way| Case::new().program("docker", docker).file("onramp/Makefile", makefile).consented().through(way);
    let cases = [case(Way::Direct), case(Way::Shim)];
    let run = |case: &Case| {
        let mut command = case.command(&["make", "-j2", "start"]);
        micros(command.stdin(Stdio::null()).stdout(Stdio::null()))
    };
    let mut ratios: Vec<f64> = (0..rounds)
        .map(|round| {
            // Whoever goes first has the colder cache: in turns.
            let mut taken = [0.0; 2];
            for turn in [round % 2, 1 - round % 2] {
                taken[turn] = run(&cases[turn]);
            }
            taken[1] / taken[0]
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    (ratios[rounds / 2] - 1.0) * 100.0
}
