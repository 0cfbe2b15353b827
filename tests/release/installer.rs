//! `install.sh`: installing, upgrading while commands run, and taking everything away again.

use super::folder::{self, LATER, Server, VERSION};
use super::harness::{Case, Ran, Way, until};
use super::{everything, project, read};
use std::path::PathBuf;

/// A person without any of our programs, and a server of releases.
pub struct Newcomer {
    /// The person.
    pub case: Case,
    /// Serves `releases`.
    pub server: Server,
    /// A folder `vX.Y.Z` for each release.
    pub releases: PathBuf,
}

impl Newcomer {
    pub fn new() -> Self {
        let case = Case::new().through(Way::Direct).path(&["bin", "/usr/bin", "/bin"]);
        let case = case.without_env("XDG_DATA_HOME").env("TMPDIR", "{CASE}/scratch");
        std::fs::create_dir(case.root().join("scratch")).unwrap();
        let releases = case.root().join("releases");
        folder::publish(&releases, VERSION);
        Self { server: Server::of(&releases), releases, case }
    }

    /// Runs the script, as fetched from nowhere but this checkout.
    #[track_caller]
    pub fn run(&self, options: &[&str]) -> Ran {
        let script = project("contrib/release/install.sh");
        let mut words = vec!["sh", script.to_str().unwrap()];
        words.extend(options);
        self.case.run(&words)
    }

    #[track_caller]
    pub fn install(&self, version: &str) -> Ran {
        self.run(&["--from", &self.server.url, "--version", version])
    }

    pub fn home(&self) -> PathBuf {
        self.case.root().join("home")
    }

    /// What the script had for itself is gone, whatever came of it.
    #[track_caller]
    pub fn left_no_scratch(&self) {
        let left: Vec<_> = self.case.root().join("scratch").read_dir().unwrap().flatten().map(|e| e.path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn one_run_installs_for_one_person_and_another_takes_all_of_it_away() {
    let new = Newcomer::new();
    std::fs::write(new.home().join(".bashrc"), "alias ll='ls -l'\n").unwrap();
    let before = everything(&new.home());
    let ran = new.install(VERSION).exits(0).stderr("");
    assert!(ran.out.contains(&format!("has the SHA-256 {}", folder::checksum(&new.releases, VERSION))), "{ran}");
    assert!(
        ran.out.contains("next, in your OnRamp checkout:  {CASE}/home/.local/bin/onramp-analytics install"),
        "{ran}"
    );
    let after = everything(&new.home());
    let local = new.home().join(".local");
    for file in [
        "bin/onramp-analytics",
        "bin/onramp-shim",
        "share/man/man1/onramp-analytics.1",
        "share/bash-completion/completions/onramp-analytics",
        "share/zsh/site-functions/_onramp-analytics",
        "share/fish/vendor_completions.d/onramp-analytics.fish",
        "share/doc/onramp-analytics/LICENSES-THIRD-PARTY",
    ] {
        let mode = if file.starts_with("bin/") { 0o100_755 } else { 0o100_644 };
        assert_eq!(after.get(&local.join(file)).map(|(mode, _)| *mode), Some(mode), "{file}");
    }
    // Nobody's start-up files, and no `docker` of ours on anybody's PATH.
    assert_eq!(after[&new.home().join(".bashrc")], before[&new.home().join(".bashrc")]);
    assert!(!local.join("bin/docker").exists() && !local.join("bin/make").exists());
    new.left_no_scratch();

    let script = local.join("share/doc/onramp-analytics/install.sh");
    new.case.run(&["sh", script.to_str().unwrap(), "--remove"]).exits(0).stderr("");
    assert_eq!(everything(&new.home()), before);
}

#[test]
fn folders_that_were_there_or_hold_something_else_stay() {
    let new = Newcomer::new();
    std::fs::create_dir_all(new.home().join(".local/share/man")).unwrap();
    let before = everything(&new.home());
    new.install(VERSION).exits(0);
    let own = new.home().join(".local/bin/own");
    std::fs::write(&own, "").unwrap();
    new.run(&["--remove"]).exits(0).stderr("");
    assert!(own.exists());
    std::fs::remove_file(&own).unwrap();
    std::fs::remove_dir(new.home().join(".local/bin")).unwrap();
    assert_eq!(everything(&new.home()), before);
    let ran = new.run(&["--remove"]).exits(1);
    assert!(ran.err.contains("nothing was installed"), "{ran}");
}

#[test]
fn wget_and_openssl_do_where_curl_and_sha256sum_are_missing() {
    let new = Newcomer::new();
    let needed = ["sh", "tar", "gzip", "sed", "uname", "mktemp", "rm", "rmdir", "mv", "cp", "chmod", "mkdir", "grep"];
    let others = ["cat", "sort", "dirname", "wget", "openssl"];
    let mut case = new.case.path(&["bin"]);
    for tool in needed.iter().chain(&others) {
        let Ok(program) = which::which_in(tool, Some("/usr/bin:/bin"), "/") else {
            return super::harness::skipped("one of the tools is missing");
        };
        case = case.program(tool, &program);
    }
    let new = Newcomer { case, ..new };
    new.install(VERSION).exits(0).stderr("");
    assert!(new.home().join(".local/bin/onramp-analytics").exists());
}

#[test]
fn what_is_installed_works() {
    let new = Newcomer::new();
    let case = new.case.tool("make", "echo made");
    let new = Newcomer { case, ..new };
    new.run(&["--from", &new.server.url, "--version", VERSION, "--prefix", "{CASE}/o"]).exits(1);
    let prefix = new.case.root().join("a prefix/with blanks");
    new.run(&["--from", &new.server.url, "--version", VERSION, "--prefix", prefix.to_str().unwrap()]).exits(0);
    let program = prefix.join("bin/onramp-analytics");
    new.case.run(&[program.to_str().unwrap(), "install"]).exits(0);
    new.case.run(&[program.to_str().unwrap(), "uninstall"]).exits(0);
    new.run(&["--remove", "--prefix", prefix.to_str().unwrap()]).exits(0);
    assert!(!new.case.root().join("a prefix").exists());
}

#[test]
fn an_upgrade_replaces_programs_while_they_run() {
    let new = Newcomer::new();
    folder::publish(&new.releases, LATER);
    new.install(VERSION).exits(0);
    let bin = new.home().join(".local/bin");
    // A command under way, through the shim that was installed; the program itself too.
    let (go, up) = (new.case.root().join("go"), new.case.root().join("up"));
    let wait = format!(": >'{}'; until [ -e '{}' ]; do sleep 0.02; done; echo made", up.display(), go.display());
    let case = new.case.tool("make", &wait);
    std::fs::create_dir(case.root().join("own")).unwrap();
    std::os::unix::fs::symlink(bin.join("onramp-shim"), case.root().join("own/make")).unwrap();
    let new = Newcomer { case: case.path(&["own", "bin", "/usr/bin", "/bin"]), ..new };
    let running = new.case.start(&["make", "start"]);
    until("make runs", || up.exists());

    new.install(LATER).exits(0).stderr("");
    std::fs::write(&go, "").unwrap();
    running.wait().stdout("made\n").stderr("").exits(0);
    let program = bin.join("onramp-analytics");
    new.case.run(&[program.to_str().unwrap(), "--version"]).stdout(&format!("onramp-analytics {LATER}\n"));
    // What only the older one had is gone, and still everything can be taken away.
    let man = new.home().join(".local/share/man/man1");
    assert!(man.join("onramp-analytics-later.1").exists() && !man.join("onramp-analytics-demo.1").exists());
    new.run(&["--remove"]).exits(0);
    assert!(everything(&new.home()).is_empty(), "{:?}", everything(&new.home()).keys());
}

#[test]
fn the_same_release_again_changes_nothing() {
    let new = Newcomer::new();
    new.install(VERSION).exits(0);
    let once = everything(&new.home());
    new.install(VERSION).exits(0);
    assert_eq!(everything(&new.home()), once);
}

#[test]
fn a_script_with_its_release_filled_in_needs_no_list() {
    let new = Newcomer::new();
    let sum = folder::checksum(&new.releases, VERSION);
    let script = read(&project("contrib/release/install.sh"));
    let filled = new.case.root().join("install.sh");
    let pair = format!("sums='{}={sum}'", std::env::consts::ARCH);
    std::fs::write(
        &filled,
        script.replace("\nversion=\n", &format!("\nversion={VERSION}\n")).replace("\nsums=\n", &format!("\n{pair}\n")),
    )
    .unwrap();
    new.case.run(&["sh", filled.to_str().unwrap(), "--from", &new.server.url]).exits(0).stderr("");
    assert!(new.server.asked().iter().all(|path| !path.ends_with("SHA256SUMS")), "{:?}", new.server.asked());
}
