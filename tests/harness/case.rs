//! Owns the builder: a folder with a person's homes, a machine's tools and an OnRamp checkout, and running in it.

use super::leftovers;
use super::programs::stand_in;
use super::ran::Ran;
use onramp_analytics::paths::{Homes, PROGRAM, Place, checkout, place};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a run may take before it counts as hanging.
const LIMIT: Duration = Duration::from_secs(60);
/// An anonymous id for consent that was written by hand.
const ID: &str = "01234567-89ab-4cde-8f01-23456789abcd";
/// The names under which the shim is reached.
const TOOLS: [&str; 3] = ["make", "docker", "docker-compose"];

/// Whether the shims stand on PATH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The folder of shims is empty.
    Direct,
    /// The shims come first.
    Shim,
}

/// One person, one machine, one checkout.
pub struct Case {
    folder: tempfile::TempDir,
    variables: BTreeMap<OsString, OsString>,
    at: PathBuf,
    stdin: Vec<u8>,
}

impl Case {
    /// An undecided person with a fresh checkout in `onramp/`, the shims on PATH, and no tool but the system's.
    pub fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let root = folder.path().canonicalize().unwrap();
        let mut case = Self { at: root.join("onramp"), folder, variables: BTreeMap::new(), stdin: Vec::new() };
        for name in ["home", "state", "config", "data", "bin", "lib", "shims", "onramp", "elsewhere"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        for (name, below) in
            [("HOME", "home"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data")]
        {
            case.variables.insert(name.into(), root.join(below).into());
        }
        // Whether an engine answers on this machine must decide nothing: only what listens on a socket is asked.
        case = case.env("DOCKER_HOST", "tcp://127.0.0.1:9");
        case = case.path(&["shims", "bin", "/usr/bin", "/bin"]).env("LANG", "C.UTF-8").env("TERM", "xterm");
        // A copy: some tests give a whole case to somebody else. Written by another process, so that no child of another
        // thread ever holds it open for writing: such a file can't be executed.
        let copied =
            Command::new("cp").arg(env!("CARGO_BIN_EXE_onramp-shim")).arg(root.join("lib/onramp-shim")).status();
        assert!(copied.is_ok_and(|status| status.success()), "could not copy the shim");
        case.lay_out();
        case.through(Way::Shim)
    }

    /// Puts the shims on PATH, or takes them off. The variable stays the same.
    pub fn through(self, way: Way) -> Self {
        self.put(way);
        self
    }

    /// The same, between two runs.
    pub fn put(&self, way: Way) {
        for tool in TOOLS {
            let link = self.root().join("shims").join(tool);
            let _ = std::fs::remove_file(&link);
            if way == Way::Shim {
                symlink("../lib/onramp-shim", link).unwrap();
            }
        }
    }

    fn lay_out(&self) {
        for folder in ["available", "enabled", "scaffold"] {
            self.make_folder(&format!("onramp/services-{folder}"));
        }
        for kind in ["overrides", "external"] {
            self.make_folder(&format!("onramp/{kind}-available"));
            self.make_folder(&format!("onramp/{kind}-enabled"));
        }
        self.make_folder("onramp/make.d");
        for file in ["Makefile", "docker-compose.yml", "services-enabled/.env"] {
            std::fs::write(self.checkout().join(file), "").unwrap();
        }
    }

    fn make_folder(&self, below: &str) {
        std::fs::create_dir_all(self.root().join(below)).unwrap();
    }

    // ---- the person ---------------------------------------------------------------------------------------------

    /// Said yes, an hour ago at most: nothing is to be sent yet.
    pub fn consented(self) -> Self {
        self.chose("1")
    }

    /// Said yes to own figures only.
    pub fn local(self) -> Self {
        self.chose("local")
    }

    /// Said no.
    pub fn declined(self) -> Self {
        self.chose("0")
    }

    fn chose(self, word: &str) -> Self {
        let place = Place::make(&self.homes(), &self.checkout()).unwrap();
        let lock = format!(
            "ANALYTICS_ENABLED={word}\nANALYTICS_ID={ID}\nANALYTICS_NOTICE_SHOWN=1\nANALYTICS_HOST=http://127.0.0.1:9\n\
             ANALYTICS_SCHEMA={}\nANALYTICS_DECIDED_ON=2026-11-21\nANALYTICS_CHECKOUT={}\n",
            onramp_shim::schema::VERSION,
            place.digits
        );
        std::fs::write(self.checkout().join(checkout::CHOICE), lock).unwrap();
        let next = std::fs::File::create(place.file(place::NEXT)).unwrap();
        next.set_modified(std::time::SystemTime::now() + Duration::from_secs(3600)).unwrap();
        self
    }

    /// Sets a variable; `{CASE}` in it is the case's folder.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        let value = value.replace("{CASE}", &self.root().to_string_lossy());
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Takes a variable away.
    pub fn without_env(mut self, name: &str) -> Self {
        self.variables.remove(OsStr::new(name));
        self
    }

    /// Sets PATH; what is relative lies in the case's folder.
    pub fn path(self, folders: &[&str]) -> Self {
        let all: Vec<PathBuf> = folders.iter().map(|f| self.root().join(f)).collect();
        let value = std::env::join_paths(all).unwrap().into_string().unwrap();
        self.env("PATH", &value)
    }

    /// Goes to a folder below the case's folder; it is made if it is not there.
    pub fn at(mut self, below: &str) -> Self {
        self.make_folder(below);
        self.at = self.root().join(below);
        self
    }

    /// What the next runs read; nothing by default.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    // ---- the machine --------------------------------------------------------------------------------------------

    /// A tool that is a script for `sh`.
    pub fn tool(self, name: &str, script: &str) -> Self {
        std::fs::write(self.root().join("bin").join(format!("{name}.play")), script).unwrap();
        self.program(name, &stand_in())
    }

    /// A tool that is a link to this program.
    pub fn program(self, name: &str, program: &Path) -> Self {
        let link = self.root().join("bin").join(name);
        let _ = std::fs::remove_file(&link);
        symlink(program, link).unwrap();
        self
    }

    /// All three tools are witnesses.
    pub fn witnesses(self) -> Self {
        TOOLS.iter().fold(self, |case, tool| case.program(tool, super::witness()))
    }

    // ---- the checkout -------------------------------------------------------------------------------------------

    /// A file below the case's folder.
    pub fn file(self, below: &str, text: &str) -> Self {
        let path = self.root().join(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// A symbolic link below the case's folder.
    pub fn link(self, below: &str, target: &str) -> Self {
        let path = self.root().join(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
        self
    }

    /// A service that can be enabled.
    pub fn service(self, name: &str) -> Self {
        self.file(&format!("onramp/services-available/{name}.yml"), "services: {}\n")
    }

    /// A service that is enabled.
    pub fn enabled(self, name: &str) -> Self {
        let link = format!("onramp/services-enabled/{name}.yml");
        self.service(name).link(&link, &format!("../services-available/{name}.yml"))
    }

    // ---- running ------------------------------------------------------------------------------------------------

    /// Runs a command line to its end.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, words: &[S]) -> Ran {
        self.start(words).wait()
    }

    /// Runs the command that people type.
    #[track_caller]
    pub fn cli(&self, arguments: &[&str]) -> Ran {
        let mut words = vec![env!("CARGO_BIN_EXE_onramp-analytics")];
        words.extend(arguments);
        self.run(&words)
    }

    /// Starts a command line in a process group of its own.
    #[track_caller]
    pub fn start<S: AsRef<OsStr>>(&self, words: &[S]) -> Running {
        let mut child = self
            .command(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("could not start {:?}: {e}", words[0].as_ref()));
        let mut input = child.stdin.take().unwrap();
        let bytes = self.stdin.clone();
        // A command that never reads must not keep the test: what does not fit into the pipe waits in a thread.
        std::thread::spawn(move || std::io::Write::write_all(&mut input, &bytes));
        let line = words.iter().map(|w| w.as_ref().to_string_lossy()).collect::<Vec<_>>().join(" ");
        Running { child, line, folder: self.at.clone(), root: self.root(), state: self.state() }
    }

    /// A command line as a process to be: environment, folder and group of the case.
    pub fn command<S: AsRef<OsStr>>(&self, words: &[S]) -> Command {
        let mut command = self.follower(words);
        command.process_group(0);
        command
    }

    /// A command line as a process to be that leads no group, so that it can begin a session.
    pub fn follower<S: AsRef<OsStr>>(&self, words: &[S]) -> Command {
        let path = self.variables.get(OsStr::new("PATH")).cloned().unwrap_or_default();
        let program = which::which_in(words[0].as_ref(), Some(path), &self.at)
            .unwrap_or_else(|e| panic!("no {:?} in this case: {e}", words[0].as_ref()));
        let mut command = Command::new(program);
        command.args(&words[1..]).env_clear().envs(&self.variables).current_dir(&self.at);
        std::os::unix::process::CommandExt::arg0(&mut command, words[0].as_ref());
        command
    }

    // ---- where things are ---------------------------------------------------------------------------------------

    /// The case's folder.
    pub fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// The OnRamp checkout.
    pub fn checkout(&self) -> PathBuf {
        self.root().join("onramp")
    }

    /// What stands in the choice; empty if there is none.
    pub fn lock(&self) -> String {
        std::fs::read_to_string(self.checkout().join(checkout::CHOICE)).unwrap_or_default()
    }

    /// Our state folder, which need not exist.
    pub fn state(&self) -> PathBuf {
        self.homes().state
    }

    /// The checkout's folder in the state folder.
    pub fn place(&self) -> Place {
        Place::make(&self.homes(), &self.checkout()).unwrap()
    }

    /// All events that wait.
    pub fn events(&self) -> Vec<String> {
        super::events_in(&self.state())
    }

    /// All events in the words of [`super::events_in`], as `view` shows them: also where the program is installed beside
    /// the shim, and may have put them away in the meantime.
    pub fn viewed(&self) -> Vec<String> {
        self.cli(&["view", "--json"]).exits(0).out.lines().map(super::events::words).collect()
    }

    /// Those of [`Case::new`], whatever became of the variables since.
    fn homes(&self) -> Homes {
        let home = |below: &str| self.root().join(below).join(PROGRAM);
        Homes { state: home("state"), config: home("config"), data: home("data") }
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        let left = leftovers::end_all(&self.root());
        if !std::thread::panicking() {
            assert!(left.is_empty(), "left behind: {left:#?}");
        }
    }
}

/// A run that goes on.
pub struct Running {
    child: Child,
    line: String,
    folder: PathBuf,
    root: PathBuf,
    state: PathBuf,
}

impl Running {
    /// The process.
    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Waits until it has ended and nobody holds its streams any more.
    #[track_caller]
    pub fn wait(self) -> Ran {
        let (done, ended) = mpsc::channel::<()>();
        let root = self.root.clone();
        let watch = std::thread::spawn(move || {
            let hangs = ended.recv_timeout(LIMIT) == Err(mpsc::RecvTimeoutError::Timeout);
            // One that just becomes another program can't be seen for a moment.
            while hangs && ended.recv_timeout(Duration::from_millis(50)) == Err(mpsc::RecvTimeoutError::Timeout) {
                leftovers::kill_all(&root);
            }
            hangs
        });
        let output = self.child.wait_with_output().unwrap();
        drop(done);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*self.root.to_string_lossy(), "{CASE}");
        let ran = Ran {
            line: self.line,
            folder: self.folder,
            status: output.status,
            out: text(&output.stdout),
            err: text(&output.stderr),
            events: super::events_in(&self.state),
        };
        assert!(!watch.join().unwrap(), "did not end in {} s\n{ran}", LIMIT.as_secs());
        ran
    }
}

/// Waits until a condition holds; the limit is that of a run.
#[track_caller]
pub fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + LIMIT;
    while !condition() {
        assert!(std::time::Instant::now() < deadline, "did not come about in {} s: {what}", LIMIT.as_secs());
        std::thread::sleep(Duration::from_millis(2));
    }
}
