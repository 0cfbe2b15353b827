//! Owns what the shim costs real work: real make, with and without the shims on PATH, taken in turns.

use crate::Row;
use crate::floor::{done, in_front_of, stub};
use crate::harness::{Case, Way};
use crate::pairs::{micros, on_one_processor};
use std::path::Path;
use std::process::Stdio;

/// The specification's gate, in percent, which stands beside the share of a wrapper without a C library on the machine
/// that it was made for.
const GATE: f64 = 15.0;
const SHARE_OF_THE_FLOOR: f64 = 7.0;

/// 500 lines that call a stub, and 500 recursive makes, in a consented checkout.
///
/// The stub is a program like others, and does nothing. What the shims add to one that doesn't even have a C library, which
/// no docker and no script is, is told beside it and has no gate.
///
/// What is gated is a share of a time, and on some machines to become a process costs three times what it costs on others
/// while the stub costs the same. The floor is therefore put in front of the same stub in the same run: where it alone
/// takes more than its share, the gate grows as it does.
pub fn all(rounds: usize) -> Vec<Row> {
    if !Path::new("/usr/bin/make").exists() {
        return Vec::new();
    }
    let lines: String = (0..500).map(|n| format!("line-{n}:\n\t@docker ps -q\n")).collect();
    let all: String = (0..500).map(|n| format!(" line-{n}")).collect();
    let stubs = format!("start:{all}\n{lines}");
    let nested: String = (0..500).map(|n| format!("line-{n}:\n\t@$(MAKE) -s leaf\n")).collect();
    let recursive = format!("start:{all}\nleaf: ;@:\n{nested}");
    let case = |makefile: &str, docker: &Path, way| {
        Case::new().program("docker", docker).file("onramp/Makefile", makefile).consented().through(way)
    };
    let both = |makefile: &str, docker: &Path| [Way::Direct, Way::Shim].map(|way| case(makefile, docker, way));
    let row = |figure, value, gate, goal| Row { figure, value, gate, goal, unit: " %" };
    let told = |figure, value| row(figure, value, f64::INFINITY, f64::INFINITY);
    let [direct, shim] = both(&stubs, &stub());
    let floor = case(&stubs, &in_front_of(&stub()), Way::Direct);
    let [shim, floor] = added(&direct, [&shim, &floor], rounds);
    let gate = (GATE * (floor / SHARE_OF_THE_FLOOR).max(1.0) * 10.0).round() / 10.0;
    let [direct, bare] = both(&stubs, &done());
    let [bare] = on_one_processor(|| added(&direct, [&bare], rounds));
    let [direct, recursing] = both(&recursive, &stub());
    let [recursing] = added(&direct, [&recursing], rounds);
    vec![
        row("make -j2, 500 stub lines, consented checkout", shim, gate, 10.0),
        told("the same with the floor that becomes the stub", floor),
        told("the same, stubs without a C library, one processor", bare),
        told("500 recursive makes, consented checkout", recursing),
    ]
}

/// What each of these adds to a Makefile's `start`, in percent: the median of what each of its runs takes more than the
/// direct one beside it. A busy neighbour slows down all.
fn added<const N: usize>(direct: &Case, others: [&Case; N], rounds: usize) -> [f64; N] {
    let run = |case: &Case| {
        let mut command = case.command(&["make", "-j2", "start"]);
        micros(command.stdin(Stdio::null()).stdout(Stdio::null()))
    };
    let mut ratios = [const { Vec::new() }; N];
    for round in 0..rounds {
        for (other, ratios) in others.iter().zip(&mut ratios) {
            // Whoever goes first has the colder cache: in turns.
            let mut taken = [0.0; 2];
            for turn in [round % 2, 1 - round % 2] {
                taken[turn] = run([direct, other][turn]);
            }
            ratios.push(taken[1] / taken[0]);
        }
    }
    ratios.map(|mut ratios: Vec<f64>| {
        ratios.sort_by(f64::total_cmp);
        (ratios[rounds / 2] - 1.0) * 100.0
    })
}
