//! Owns the comparison: the modes in which a case is run, and what of an observation may differ.

use crate::harness::{Case, Way, caller};
use std::ffi::{OsStr, OsString};

/// The situations of a shim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Consented, a command that changes nothing.
    Recording,
    /// Consented, a command for which it looks before and after.
    Looking,
    /// The person said no.
    Off,
    /// Nobody said anything.
    Undecided,
    /// Not in a checkout.
    Outside,
    /// Under another shim.
    Nested,
}

use Mode::{Looking, Nested, Off, Outside, Recording, Undecided};

/// Every mode.
pub const ALL: [Mode; 6] = [Recording, Looking, Off, Undecided, Outside, Nested];
/// One in which the shim stays, one in which it becomes the command.
pub const BOTH: [Mode; 2] = [Looking, Off];

/// A case in a mode.
pub struct Scene {
    pub mode: Mode,
    pub way: Way,
    pub case: Case,
}

impl Scene {
    pub fn new(mode: Mode, way: Way, setup: &impl Fn(Case) -> Case) -> Self {
        let case = Case::new().witnesses().service("plex");
        let case = match mode {
            Recording | Looking => case.consented(),
            Off => case.declined(),
            Undecided => case,
            Outside => case.consented().at("elsewhere"),
            Nested => case.consented().env("ONRAMP_ANALYTICS_RUN", &std::process::id().to_string()),
        };
        Self { mode, way, case: setup(case).through(way) }
    }

    /// A command line of make: what comes first depends on the mode.
    pub fn make<S: AsRef<OsStr>>(&self, words: &[S]) -> Vec<OsString> {
        let goal: &[&str] = if self.mode == Looking { &["enable-service", "plex"] } else { &["start"] };
        let all = ["make"].iter().chain(goal).map(OsString::from);
        all.chain(words.iter().map(|w| w.as_ref().to_owned())).collect()
    }

    /// Runs a command line of make by a caller with these settings; answers with all that can be compared: the streams,
    /// what the caller saw of its end, and what the witness told.
    pub fn observe<S: AsRef<OsStr>>(&self, settings: &[&str], words: &[S]) -> String {
        let root = self.case.root();
        let file = |name: &str| root.join(name).to_string_lossy().into_owned();
        for name in ["report", "pids", "told"] {
            let _ = std::fs::remove_file(file(name));
        }
        let mut line: Vec<OsString> = vec![caller().into()];
        line.extend([format!("report={}", file("report")), format!("pid={}", file("pids"))].map(OsString::from));
        line.extend(settings.iter().map(OsString::from));
        line.push("--".into());
        let tell = OsString::from(format!("tell={}", file("told")));
        line.extend(self.make(&[&tell]));
        line.extend(words.iter().map(|w| w.as_ref().to_owned()));
        let ran = self.case.run(&line);
        let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_else(|_| "nothing\n".into());
        let told = in_common(&read("told"), &read("pids")).replace(&*root.to_string_lossy(), "{CASE}");
        format!("ended:\n{}stdout:\n{}stderr:\n{}told:\n{told}", read("report"), ran.out, ran.err)
    }
}

/// What the witness told, without what differs on purpose (see [`crate::differences`]) and with the caller's numbers in
/// words.
fn in_common(told: &str, pids: &str) -> String {
    let caller = pids.split(' ').next().unwrap_or_default();
    let on_purpose = ["pid: ", "parent: ", "parent-death signal: ", "alarm: ", "environment: ONRAMP_ANALYTICS_RUN="];
    let lines = told.lines().filter(|line| !on_purpose.iter().any(|p| line.starts_with(p)));
    let worded = lines.map(|line| match line.rsplit_once(": ") {
        Some((name, number)) if number == caller && names_a_process(name) => format!("{name}: the caller's\n"),
        _ => format!("{line}\n"),
    });
    worded.collect()
}

fn names_a_process(name: &str) -> bool {
    ["group", "session", "foreground group"].iter().any(|known| name.starts_with(known))
}

/// Acts in each mode directly and through the shim, and compares. Also sees to it that each mode is what it claims to
/// be: what is recorded is recorded, what is not is not.
#[track_caller]
pub fn alike(modes: &[Mode], setup: impl Fn(Case) -> Case, act: impl Fn(&Scene) -> String) {
    for mode in modes {
        compare(*mode, &setup, &act, matches!(mode, Recording | Looking));
    }
}

/// The same for a case that is too bad to be recorded.
#[track_caller]
pub fn alike_unrecorded(modes: &[Mode], setup: impl Fn(Case) -> Case, act: impl Fn(&Scene) -> String) {
    for mode in modes {
        compare(*mode, &setup, &act, false);
    }
}

#[track_caller]
fn compare(mode: Mode, setup: &impl Fn(Case) -> Case, act: &impl Fn(&Scene) -> String, is_recorded: bool) {
    let [direct, shim] = [Way::Direct, Way::Shim].map(|way| {
        // Shown with a failure, wherever it happens.
        println!("{mode:?}, {way:?}");
        let scene = Scene::new(mode, way, setup);
        let seen = act(&scene);
        let recorded = !scene.case.events().is_empty();
        assert!(recorded == (is_recorded && way == Way::Shim), "{mode:?}, {way:?}: recorded: {recorded}\n{seen}");
        seen
    });
    assert!(direct == shim, "{mode:?} differs\n{}", apart(&direct, &shim));
}

/// The lines that differ.
fn apart(direct: &str, shim: &str) -> String {
    let only = |mark: &str, of: &str, other: &str| -> String {
        let other: Vec<&str> = other.lines().collect();
        of.lines().filter(|l| !other.contains(l)).map(|l| format!("{mark} {l}\n")).collect()
    };
    let lines = only("directly:", direct, shim) + &only("shim:    ", shim, direct);
    if lines.is_empty() { format!("in order or number:\n{direct}\n----\n{shim}") } else { lines }
}
