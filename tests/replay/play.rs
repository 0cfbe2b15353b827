//! Owns setting the scene of a recorded run: the checkout as it was, an engine's socket, and stand-ins that do what the
//! recorded tools did.

use crate::harness::{Case, skipped};
use crate::recorded::{End, Run};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

/// The user who may neither read the engine's socket nor owns anything else: `nobody`.
const NOBODY: &str = "65534";

/// A case that is ready to run.
pub struct Scene {
    pub case: Case,
    pub words: Vec<String>,
    ready: PathBuf,
    _engine: UnixListener,
}

impl Scene {
    /// Nothing if this run can't be replayed by the user who runs the tests.
    pub fn set(run: &Run) -> Option<Self> {
        let mut case = initial_state(run, Case::new().consented());
        case = case.env("DOCKER_HOST", "unix://{CASE}/engine.sock");
        let root = case.root().to_string_lossy().into_owned();
        let place = |text: &str| {
            let text = text.replace("{ROOT}", &format!("{root}/onramp"));
            text.replace("{OUTSIDE}", &format!("{root}/elsewhere")).replace("{BENCH}", &root)
        };
        for setup in Run::names(&run.initial["setup"]).filter(|s| *s != "(fn)") {
            case.command(&["sh", "-c", &format!("alias make=true\n{}", place(setup))]).output().unwrap();
        }
        let engine = UnixListener::bind(case.root().join("engine.sock")).unwrap();
        for (name, value) in &run.env {
            case = case.env(name, &place(value));
        }
        let case = case.tool("make", &place(&make(run))).tool("docker", &place(&docker(run)));
        let case = case.tool("docker-compose", &place(&docker(run))).stdin(run.stdin.clone());
        let ready = case.root().join("ready");
        let case = case.env("REPLAY_READY", &ready.to_string_lossy());
        let at = place(&run.at);
        let case = case.at(at.strip_prefix(&format!("{root}/")).unwrap_or(&format!("onramp/{at}")));
        let mut words: Vec<String> = run.argv.iter().map(|w| place(w)).collect();
        if run.id.starts_with("fail.perm.") {
            words = as_nobody(&case, words)?;
        }
        Some(Self { case, words, ready, _engine: engine })
    }

    /// Waits until the stand-in waits for its signal.
    pub fn wait_until_ready(&self) {
        crate::harness::until("a stand-in that waits", || self.ready.exists());
    }
}

fn initial_state(run: &Run, mut case: Case) -> Case {
    let named: Vec<&str> = run.argv.iter().flat_map(|w| w.split([' ', '/', '.'])).collect();
    let both = |key: &str| -> Vec<String> {
        let then = Run::names(&run.initial[key]).chain(Run::names(&run.changed[format!("{key}_removed")]));
        then.map(str::to_owned).collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    };
    let later =
        |key: &str| -> Vec<String> { Run::names(&run.changed[format!("{key}_added")]).map(str::to_owned).collect() };
    let catalog = onramp_shim::catalog::SERVICES.iter().filter(|s| named.contains(s)).map(|s| (*s).to_owned());
    let (services, overrides, external) = (both("services"), both("overrides"), both("external"));
    for service in catalog.chain(services.iter().cloned()).chain(later("services")) {
        if service != "my-secret-app" {
            case = scaffold(case.service(&service), &service);
        }
    }
    for service in services.iter().filter(|s| *s != "my-secret-app") {
        case = case.enabled(service).file(&format!("onramp/services-enabled/{service}.env"), "");
    }
    for game in ["minecraft", "valheim"] {
        case = case.file(&format!("onramp/services-available/games/{game}.yml"), "services: {}\n");
    }
    let known = onramp_shim::catalog::OVERRIDES.iter().filter(|o| named.contains(o)).map(|o| (*o).to_owned());
    for name in known.chain(overrides.iter().cloned()) {
        case = case.file(&format!("onramp/overrides-available/{name}.yml"), "services: {}\n");
    }
    for name in &overrides {
        case =
            case.link(&format!("onramp/overrides-enabled/{name}.yml"), &format!("../overrides-available/{name}.yml"));
    }
    for name in external.iter().chain(&later("external")) {
        case = case.file(&format!("onramp/external-available/{name}.yml"), "");
    }
    for name in &external {
        case = case.file(&format!("onramp/external-enabled/{name}.yml"), "");
    }
    let empty = "NFS_SERVER=\nNFS_BACKUP_PATH=\n";
    case.file("onramp/services-enabled/.env.nfs", empty).file("onramp/services-available/whoami.yml", "services: {}\n")
}

fn scaffold(case: Case, service: &str) -> Case {
    let with_files = include_str!("../data/scaffolds_with_files.txt").lines().any(|l| l == service);
    let file = match service {
        _ if with_files => "configuration.template",
        // OnRamp's own scaffold of this one is a message alone.
        "ntfy" => "MESSAGE.txt",
        _ => return case,
    };
    case.file(&format!("onramp/services-scaffold/{service}/{file}"), "")
}

/// What make did: its calls in their order, the changes, its end. A nested make only ends.
fn make(run: &Run) -> String {
    if run.argv[0] == "sh" {
        return together(run);
    }
    let mut script = String::from("[ -z \"$REPLAY_ENDS\" ] || exec sh -c \"$REPLAY_ENDS\"\n");
    script += "trap : INT TERM HUP\n";
    let waiting = waiting(run);
    for (at, call) in run.nested.iter().enumerate() {
        let words: Vec<_> = call.argv.iter().map(|w| quoted(w)).collect();
        let end = quoted(&ending(call.end, waiting == Some(at)));
        script += &format!("REPLAY_ENDS={end} {}\n", words.join(" "));
    }
    script + &changes(run) + &ending(run.end, run.signal_sent.is_some() && waiting.is_none())
}

/// What docker and docker-compose did. A nested one only ends.
fn docker(run: &Run) -> String {
    let own = changes(run) + &ending(run.end, run.signal_sent.is_some());
    format!("[ -z \"$REPLAY_ENDS\" ] || exec sh -c \"$REPLAY_ENDS\"\n{own}")
}

/// Several makes of one shell line, each with its own change; makes that run beside each other see each other's.
fn together(run: &Run) -> String {
    let all: Vec<&str> = Run::names(&run.changed["services_added"]).collect();
    let mut script = String::new();
    if run.argv[2].contains(" & ") {
        let started = |name: &&str| format!("[ -e ../started.{name} ]");
        let all: Vec<_> = all.iter().map(started).collect();
        script += &format!(": > ../started.$2\nuntil {}; do sleep 0.01; done\n", all.join(" && "));
    }
    script += "[ \"$1\" != enable-service ] || ln -s ../services-available/$2.yml services-enabled/$2.yml\n";
    if run.argv[2].contains(" & ") {
        let linked: Vec<_> = all.iter().map(|n| format!("[ -e services-enabled/{n}.yml ]")).collect();
        script += &format!("until {}; do sleep 0.01; done\n", linked.join(" && "));
    }
    script
}

/// Which nested call was the one that the signal found running: the last, if it did not end well.
fn waiting(run: &Run) -> Option<usize> {
    let last = run.nested.last().filter(|n| run.signal_sent.is_some() && !matches!(n.end, End::Exit(0)));
    last.map(|_| run.nested.len() - 1)
}

fn changes(run: &Run) -> String {
    let mut script = String::from("cd {ROOT}\n");
    for kind in ["services", "overrides"] {
        for name in Run::names(&run.changed[format!("{kind}_added")]) {
            script += &format!("ln -sf ../{kind}-available/{name}.yml {kind}-enabled/{name}.yml\n");
        }
        for name in Run::names(&run.changed[format!("{kind}_removed")]) {
            script += &format!("rm {kind}-enabled/{name}.yml\n");
        }
    }
    if run.id == "flag.t" {
        // A touched target is a file, not a link.
        script += "rm services-enabled/plex.yml; : > services-enabled/plex.yml\n";
    }
    for name in Run::names(&run.changed["external_added"]) {
        script += &format!("cp external-available/{name}.yml external-enabled/{name}.yml\n");
    }
    for name in Run::names(&run.changed["external_removed"]) {
        script += &format!("rm external-enabled/{name}.yml\n");
    }
    script
}

/// The end of a script; `waits` until a signal comes first.
fn ending(end: End, waits: bool) -> String {
    let wait = "trap 'over=1' INT TERM HUP\n: > \"$REPLAY_READY\"\nuntil [ \"$over\" ]; do sleep 0.02; done\n";
    let end = match end {
        End::Exit(code) => format!("exit {code}\n"),
        End::Signal(signal) => format!("trap - INT TERM HUP\nkill -{signal} $$\nsleep 1\n"),
    };
    if waits { wait.to_owned() + &end } else { end }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Runs a command line as somebody whom the engine does not let in, in a checkout and with homes that are theirs.
fn as_nobody(case: &Case, words: Vec<String>) -> Option<Vec<String>> {
    if !rustix::process::getuid().is_root() {
        skipped("fail.perm.*: only root can become somebody else");
        return None;
    }
    let root = case.root();
    let engine = root.join("engine.sock");
    assert!(std::process::Command::new("chown").args(["-R", NOBODY]).arg(&root).status().unwrap().success());
    assert!(std::process::Command::new("chown").arg("0").arg(&engine).status().unwrap().success());
    std::fs::set_permissions(&engine, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut all = vec![crate::harness::caller().to_string_lossy().into_owned()];
    all.extend([format!("user={NOBODY}"), "become=yes".into(), "--".into()]);
    all.extend(words);
    Some(all)
}
