//! `contrib/onramp`: what OnRamp would merge, merged into a checkout laid out as OnRamp's, with the machine's own make.

use super::folder::{self, VERSION};
use super::harness::{Case, Ran, Terminal, skipped};
use super::installer::Newcomer;
use super::{everything, project, read};
use std::path::{Path, PathBuf};

const MAKEFILE: &str = "\
start: build
\t@echo started
\t
build:
\t@true

include $(wildcard make.d/*.mk)
";
const GOALS: [&str; 11] =
    ["status", "enable", "disable", "show-id", "reset-id", "preview", "view", "stats", "ui", "doctor", "forget"];

/// A newcomer with a git checkout of an OnRamp that has merged everything.
struct Merged {
    new: Newcomer,
}

impl Merged {
    /// Nothing without make.
    fn new() -> Option<Self> {
        if which::which_in("make", Some("/usr/bin:/bin"), "/").is_err() {
            skipped("make is not installed");
            return None;
        }
        let new = Newcomer::new();
        let case = new.case.file("onramp/Makefile", MAKEFILE).file("onramp/.gitignore", "*.log\n");
        let case = case.env("ONRAMP_ANALYTICS_API_KEY", "phc_test").env("ONRAMP_ANALYTICS_HOST", "http://127.0.0.1:9");
        let merged = Self { new: Newcomer { case, ..new } };
        merged.git(&["init", "-q"]);
        merged.commit("before");
        merged.merge();
        merged.commit("after");
        Some(merged)
    }

    fn case(&self) -> &Case {
        &self.new.case
    }

    fn merge(&self) {
        let script = project("contrib/onramp/merge");
        self.case().run(&[script.to_str().unwrap(), self.case().checkout().to_str().unwrap()]).exits(0).stderr("");
    }

    #[track_caller]
    fn git(&self, words: &[&str]) -> Ran {
        let at = self.case().checkout();
        let person = ["-c", "user.name=n", "-c", "user.email=e@example.org"];
        self.case().run(&[&["git", "-C", at.to_str().unwrap()], &person[..], words].concat()).exits(0)
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "--no-verify", "-m", message]);
    }

    /// Pins the release that the newcomer's server has.
    fn pin(&self) {
        let own = folder::checksum(&self.new.releases, VERSION);
        let sums = format!(
            "{own}  onramp-analytics-{VERSION}-x86_64-linux.tar.gz\n{own}  onramp-analytics-{VERSION}-aarch64-linux.tar.gz\n"
        );
        self.renew(VERSION, &sums).exits(0);
    }

    fn renew(&self, version: &str, sums: &str) -> Ran {
        let file = self.case().root().join("SHA256SUMS");
        std::fs::write(&file, sums).unwrap();
        self.case().run(&["sh", "make.d/scripts/renew-analytics.sh", version, file.to_str().unwrap()])
    }

    fn make(&self, goal: &str) -> Ran {
        let releases = format!("ANALYTICS_RELEASES={}", self.new.server.url);
        self.case().run(&["make", "--no-print-directory", goal, &releases])
    }

    fn goals(&self) -> PathBuf {
        self.case().checkout().join("make.d/analytics.mk")
    }
}

#[test]
fn merging_twice_is_merging_once() {
    let Some(merged) = Merged::new() else { return };
    merged.merge();
    merged.git(&["status", "--porcelain"]).stdout("");
    let makefile = read(&merged.case().checkout().join("Makefile"));
    assert_eq!(makefile, MAKEFILE.replace("echo started\n", "echo started\n\t$(analytics_hint)\n"));
    merged.case().run(&["git", "check-ignore", "onramp.lock"]).exits(0);
}

#[test]
fn without_the_program_every_target_explains_itself_and_succeeds() {
    let Some(merged) = Merged::new() else { return };
    for goal in GOALS {
        let ran = merged.make(&format!("analytics-{goal}")).exits(0).stderr("");
        assert!(ran.out.starts_with("onramp-analytics is not installed here: nothing is recorded"), "{ran}");
        assert!(ran.out.contains("make analytics-install"), "{ran}");
    }
    merged.make("analytics-uninstall").exits(0);
    assert!(everything(&merged.new.home()).is_empty());
}

#[test]
fn a_pull_alone_puts_nothing_anywhere() {
    let Some(merged) = Merged::new() else { return };
    merged.pin();
    merged.commit("pinned");
    let case = merged.case();
    let (origin, clone) = (case.checkout(), case.root().join("clone"));
    case.run(&["git", "clone", "-q", origin.to_str().unwrap(), clone.to_str().unwrap()]).exits(0);
    case.run(&["git", "-C", clone.to_str().unwrap(), "reset", "-q", "--hard", "HEAD~2"]).exits(0);
    assert!(!clone.join("make.d/analytics.mk").exists());
    let before = everything(&merged.new.home());

    case.run(&["git", "-C", clone.to_str().unwrap(), "pull", "-q", "--no-rebase"]).exits(0);
    assert!(clone.join("make.d/analytics.mk").exists());
    for goal in ["start", "analytics-status", "analytics-enable"] {
        case.run(&["make", "-C", clone.to_str().unwrap(), goal]).exits(0);
    }
    assert_eq!(everything(&merged.new.home()), before);
    assert_eq!(merged.new.server.asked(), Vec::<String>::new());
    // Nor does reading the targets run anything.
    let text = read(&merged.goals());
    assert!(!text.contains("$(shell") && !text.contains("!=") && !text.contains("include"), "{text}");
}

#[test]
fn install_brings_the_pinned_release_and_uninstall_takes_it_away() {
    let Some(merged) = Merged::new() else { return };
    merged.pin();
    merged.commit("pinned");
    let before = everything(&merged.new.home());
    let ran = merged.make("analytics-install").exits(0).stderr("");
    assert!(ran.out.contains("verified: ") && ran.out.contains("shims for "), "{ran}");
    // Its own targets stay as git has them.
    assert!(ran.out.contains("has a make.d/analytics.mk of its own: it stays as it is"), "{ran}");
    assert!(merged.make("analytics-status").exits(0).out.starts_with("undecided"));
    assert!(merged.make("analytics-enable").exits(0).out.contains("Analytics is on"));
    assert!(merged.make("analytics-status").exits(0).out.starts_with("on"));
    merged.make("analytics-preview").exits(0);
    merged.make("analytics-doctor").exits(0);
    merged.make("analytics-disable").exits(0);
    merged.git(&["status", "--porcelain"]).stdout("");
    let ran = merged.make("analytics-uninstall").exits(0);
    assert!(ran.out.contains("removed: onramp-analytics from"), "{ran}");
    assert_eq!(everything(&merged.new.home()), before);
    assert!(!merged.case().checkout().join("onramp.lock").exists());
    merged.git(&["status", "--porcelain"]).stdout("");
}

#[test]
fn install_refuses_what_is_not_pinned() {
    let Some(merged) = Merged::new() else { return };
    let ran = merged.make("analytics-install").exits(2);
    assert!(ran.out.contains("no release is pinned"), "{ran}");
    assert_eq!(merged.new.server.asked(), Vec::<String>::new());
    let wrong = "0".repeat(64);
    let line = |arch| format!("{wrong}  onramp-analytics-{VERSION}-{arch}-linux.tar.gz\n");
    merged.renew(VERSION, &(line("x86_64") + &line("aarch64"))).exits(0);
    let ran = merged.make("analytics-install").exits(2);
    assert!(ran.err.contains("is not the expected one: nothing was unpacked"), "{ran}");
    assert!(everything(&merged.new.home()).is_empty());
}

#[test]
fn renewing_pins_whole_releases_only() {
    let Some(merged) = Merged::new() else { return };
    let before = read(&merged.goals());
    let good = "a".repeat(64);
    let x86_64 = format!("{good}  onramp-analytics-2.0.0-x86_64-linux.tar.gz\n");
    for (version, sums) in [
        ("2.0.0", x86_64.clone()),
        ("2.0.0", format!("{x86_64}{good}  onramp-analytics-1.9.9-aarch64-linux.tar.gz\n")),
        ("2.0.0", format!("{x86_64}{}  onramp-analytics-2.0.0-aarch64-linux.tar.gz\n", "a".repeat(63))),
        ("2/g;s/.*/x", format!("{x86_64}{good}  onramp-analytics-2.0.0-aarch64-linux.tar.gz\n")),
    ] {
        merged.renew(version, &sums).exits(1);
        assert_eq!(read(&merged.goals()), before);
    }
    merged.renew("2.0.0", &format!("{x86_64}{good}  onramp-analytics-2.0.0-aarch64-linux.tar.gz\n")).exits(0);
    let after = read(&merged.goals());
    assert!(after.contains("ANALYTICS_VERSION := 2.0.0\n"), "{after}");
    assert!(after.contains(&format!("ANALYTICS_SHA256_AARCH64 := {good}\n")), "{after}");
    assert_eq!(before.lines().count(), after.lines().count());
}

/// What a person sees who types `make start` at a terminal.
fn start_at_a_terminal(case: &Case) -> String {
    let (code, screen) = Terminal::start(case, &["group=foreground"], &["make", "start"]).ends();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("started"), "{screen}");
    screen
}

#[test]
fn the_hint_comes_once_after_a_start_that_worked() {
    let Some(merged) = Merged::new() else { return };
    let hint = "make analytics-install";
    // Not at a terminal, not when a start fails, not where somebody asked for silence or has decided.
    merged.make("start").stdout("started\n").stderr("").exits(0);
    let lock = merged.case().checkout().join("onramp.lock");
    std::fs::write(&lock, "ANALYTICS_ENABLED=0\n").unwrap();
    assert!(!start_at_a_terminal(merged.case()).contains(hint));
    std::fs::remove_file(&lock).unwrap();
    assert!(everything(&merged.new.home()).is_empty());
    let Merged { new: Newcomer { case, server, releases } } = merged;
    let case = case.env("DO_NOT_TRACK", "1");
    assert!(!start_at_a_terminal(&case).contains(hint));
    let case = case.without_env("DO_NOT_TRACK");

    let screen = start_at_a_terminal(&case);
    assert_eq!(screen.matches(hint).count(), 1, "{screen}");
    assert_eq!(screen.lines().count(), 2, "{screen}");
    assert!(!start_at_a_terminal(&case).contains(hint));
    drop((server, releases));
}

#[test]
fn the_copy_of_the_installer_is_the_installer() {
    let copy = project("contrib/onramp/make.d/scripts/install-analytics.sh");
    assert_eq!(copy.canonicalize().unwrap(), project("contrib/release/install.sh"));
    assert_eq!(read(Path::new(&copy)), read(&project("contrib/release/install.sh")));
}
