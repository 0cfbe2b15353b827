//! Real runs of the real OnRamp, replayed through the real shim: stand-ins for make and docker make the recorded
//! changes, make the recorded nested calls through PATH, and end the recorded way; the events must be the right ones.
//!
//! `tests/data/onramp_runs.jsonl` holds the runs, [`UNTELLABLE`] those whose error a shim can't tell, with the reason.

#[path = "../harness/mod.rs"]
#[expect(unused, reason = "each test file uses its part of the harness")]
mod harness;

mod neighbours;
mod play;
mod recorded;

use harness::{Ran, Terminal};
use play::Scene;
use recorded::Run;
use std::sync::Mutex;

/// Runs that come out with another error than the recorded one, and why: the output is never read.
const UNTELLABLE: [(&str, &str); 5] = [
    ("bad.syntax", "make ends with 2 for everything: a broken Makefile shows in its output alone"),
    (
        "core.default.badenv",
        "compose ends with 1 for a broken env file, as for much else; those files hold secrets: not read",
    ),
    ("dc.up.portinuse", "compose ends with 1; the port shows in the engine's message alone"),
    ("svc.attach.notrunning", "compose ends with 1; that the container does not run shows in its message alone"),
    ("svc.start.portinuse", "compose ends with 1; the port shows in the engine's message alone"),
];

#[test]
fn every_recorded_run_gives_the_right_events() {
    let runs = recorded::all();
    let count = runs.len();
    let queue = Mutex::new(runs.into_iter());
    let wrong = Mutex::new(Vec::new());
    let left_out = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(run) = queue.lock().unwrap().next() else { return };
                    match Scene::set(&run) {
                        None => left_out.lock().unwrap().push(run.id),
                        Some(scene) => {
                            let difference = difference(&scene, &run);
                            wrong.lock().unwrap().extend(difference.map(|difference| (run.id, difference)));
                        }
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    println!("right {} of {count}", count - wrong.len());
    let report: Vec<_> = wrong.iter().map(|(id, difference)| format!("{id}: {difference}")).collect();
    // What only root can play is left out for everybody else.
    let left_out = left_out.into_inner().unwrap();
    let listed: Vec<_> =
        UNTELLABLE.iter().map(|(id, _)| *id).filter(|id| !left_out.iter().any(|out| out == id)).collect();
    let found: Vec<_> = wrong.iter().map(|(id, _)| id.as_str()).collect();
    assert!(
        found == listed,
        "not as listed in UNTELLABLE, {} of {count} right:\n{}",
        count - wrong.len(),
        report.join("\n")
    );
}

/// What is wrong with the end or the events of a run, if anything.
fn difference(scene: &Scene, run: &Run) -> Option<String> {
    let ending = if run.on_terminal { on_terminal(scene, run) } else { without(scene, run) };
    if ending != run.ending() {
        return Some(format!("ended with {ending} instead of {}", run.ending()));
    }
    let mut events = scene.case.events();
    events.sort();
    let right = run.right_events();
    (!right.contains(&events)).then(|| format!("{events:?} instead of {right:?}"))
}

fn without(scene: &Scene, run: &Run) -> String {
    let running = scene.case.start(&scene.words);
    if let Some(signal) = run.signal_sent {
        scene.wait_until_ready();
        rustix::process::kill_process_group(running.pid(), signal).unwrap();
    }
    let ran: Ran = running.wait();
    ran.ending()
}

fn on_terminal(scene: &Scene, run: &Run) -> String {
    let report = scene.case.root().join("report");
    let setting = format!("report={}", report.display());
    let mut terminal = Terminal::start(&scene.case, &[&setting, "group=foreground"], &scene.words);
    if run.signal_sent.is_some() {
        scene.wait_until_ready();
        terminal.type_in("\u{3}");
    }
    terminal.ends();
    std::fs::read_to_string(report).unwrap().trim().to_owned()
}
