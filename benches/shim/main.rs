//! What the shim costs, against a floor in C that is built here: prints the table of docs/performance.md.
//!
//!     cargo bench --bench shim                 the whole table
//!     cargo bench --bench shim -- --gate       ends with 1 if a figure is over its gate
//!     cargo bench --bench shim -- --quick      fewer rounds
//!
//! Times are never judged by themselves: they are interleaved, latencies on one processor, and a figure is the ratio of two
//! medians of paired differences from the same run.

mod floor;
mod inside;
mod pairs;
mod stage;
mod workloads;

#[path = "../../tests/harness/mod.rs"]
#[expect(unused, reason = "the bench uses its part of the harness")]
mod harness;

use stage::Stage;

/// A figure with what it has to stay below.
struct Row {
    figure: &'static str,
    value: f64,
    gate: f64,
    goal: f64,
    unit: &'static str,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |word: &str| arguments.iter().any(|a| a == word);
    let rounds = if has("--quick") { 200 } else { 2000 };
    let stages = stage::all();
    let floor = floor::Floor::build();

    let latencies = pairs::on_one_processor(|| pairs::latencies(&floor, &stages, rounds));
    print_latencies(&latencies);
    let mut rows = ratios(&latencies);
    rows.extend(counts(&floor, &stages));
    rows.extend(workloads::all(if has("--quick") { 5 } else { 25 }));
    print_rows(&rows);

    let over: Vec<&Row> = rows.iter().filter(|r| r.value > r.gate).collect();
    for row in &over {
        eprintln!("over its gate: {}: {:.1}{} > {}{}", row.figure, row.value, row.unit, row.gate, row.unit);
    }
    if has("--gate") && !over.is_empty() {
        std::process::exit(1);
    }
}

fn ratios(latencies: &[pairs::Latency]) -> Vec<Row> {
    let of = |name: &str| latencies.iter().find(|l| l.name == name).map_or(f64::NAN, |l| l.added);
    let worst = |names: &[&str]| names.iter().map(|n| of(n)).fold(0.0, f64::max);
    let (append, exec) = (of(floor::APPEND), of(floor::EXEC));
    let row = |figure, value: f64, gate, goal| Row { figure, value, gate, goal, unit: "x" };
    let plain = [stage::START, stage::UP];
    let aside = [stage::OFF, stage::OUTSIDE, stage::NESTED];
    vec![
        row("added latency, recording, nothing to look at", worst(&plain) / append, 3.0, 1.6),
        row("added latency, recording, looking before and after, 300 services", of(stage::LOOK) / append, 4.5, 2.2),
        row("added latency, stepping aside", worst(&aside) / exec, 2.5, 1.4),
    ]
}

fn counts(floor: &floor::Floor, stages: &[Stage]) -> Vec<Row> {
    let of = |name: &str| stages.iter().find(|s| s.name == name).unwrap();
    let row = |figure, value, gate, goal, unit| Row { figure, value, gate, goal, unit };
    let calls = |names: &[&str]| names.iter().map(|n| inside::calls(of(n))).fold(0.0, f64::max);
    let memory = inside::memory(of(stage::LOOK));
    vec![
        row("instructions in user space, recording", inside::steps(floor, of(stage::START)), 60_000.0, 15_000.0, ""),
        row(
            "the same, looking before and after",
            inside::steps(floor, of(stage::LOOK)),
            f64::INFINITY,
            f64::INFINITY,
            "",
        ),
        row("the same, stepping aside", inside::steps(floor, of(stage::OUTSIDE)), f64::INFINITY, f64::INFINITY, ""),
        row("CPUID instructions in the binary", inside::cpuid(), 0.0, 0.0, ""),
        row("own system calls, recording", calls(&[stage::START, stage::UP]), 60.0, 35.0, ""),
        row("own system calls, recording with a look", calls(&[stage::LOOK]), 90.0, 60.0, ""),
        row("own system calls, stepping aside", calls(&[stage::OFF, stage::OUTSIDE, stage::NESTED]), 20.0, 12.0, ""),
        row("peak RSS while waiting", memory.peak, 128.0, 64.0, " KB"),
        row("page faults while waiting", memory.faults, f64::INFINITY, f64::INFINITY, ""),
        row("size of the shim binary", inside::size(), 160.0, 64.0, " KB"),
    ]
}

fn print_latencies(latencies: &[pairs::Latency]) {
    println!("\n| microseconds added to a command that does nothing | median | quartiles |\n|---|---|---|");
    for l in latencies {
        println!("| {} | {:.0} | {:.0} to {:.0} |", l.name, l.added, l.low, l.high);
    }
}

fn print_rows(rows: &[Row]) {
    println!("\n| figure | measured | gate | goal | |\n|---|---|---|---|---|");
    for row in rows {
        let shown = |limit: f64| if limit.is_finite() { format!("{}{}", limit, row.unit) } else { String::new() };
        let verdict = match row {
            Row { value, gate, .. } if value > gate => "OVER ITS GATE",
            Row { value, goal, .. } if value > goal => "not yet at its goal",
            Row { goal, .. } if goal.is_finite() => "reached",
            _ => "",
        };
        let digits = usize::from(row.value.fract() != 0.0) * 2;
        let value = format!("{:.digits$}{}", row.value, row.unit);
        println!("| {} | {value} | {} | {} | {verdict} |", row.figure, shown(row.gate), shown(row.goal));
    }
}
