//! Putting everything in place on a machine, and taking all of it back, through the real command.

#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, Way, skipped};
use onramp_analytics::install::hooks;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A person whose tools are stand-ins that say so, and no shim anywhere yet.
fn case() -> Case {
    let say = "echo \"real ${0##*/} $*\"";
    let case = Case::new().through(Way::Direct).path(&["bin", "/usr/bin", "/bin"]);
    case.tool("docker", say).tool("docker-compose", say).tool("make", say)
}

/// The same with the machine's own make, and a Makefile as OnRamp's that takes in make.d; nothing without make.
fn with_real_make() -> Option<Case> {
    let Ok(make) = which::which_in("make", Some("/usr/bin:/bin"), "/") else {
        skipped("make is not installed");
        return None;
    };
    let case = case().program("make", &make);
    Some(case.file("onramp/Makefile", "start:\n\t@echo started\n-include make.d/*.mk\n"))
}

fn shims(case: &Case) -> PathBuf {
    case.root().join("data/onramp-analytics/shims")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().map(|all| all.flatten().map(|e| e.file_name().into_string().unwrap()));
    let mut names: Vec<_> = entries.map(Iterator::collect).unwrap_or_default();
    names.sort();
    names
}

/// Every path below a folder, with what it holds; the tools aside.
fn everything(folder: &Path) -> BTreeSet<(PathBuf, String)> {
    let mut all = BTreeSet::new();
    for path in folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.ends_with("lib/onramp-shim") || path.ends_with("bin") || path.ends_with(".git/hooks") {
            continue;
        }
        let is_folder = path.is_dir() && !path.is_symlink();
        let holds = if is_folder { "a folder".into() } else { std::fs::read_to_string(&path).unwrap_or_default() };
        all.insert((path.clone(), holds));
        if is_folder {
            all.extend(everything(&path));
        }
    }
    all
}

#[track_caller]
fn same(before: &BTreeSet<(PathBuf, String)>, after: &BTreeSet<(PathBuf, String)>) {
    let differs: Vec<_> = before.symmetric_difference(after).collect();
    assert!(differs.is_empty(), "{differs:#?}");
}

#[test]
fn only_tools_that_exist_get_a_shim() {
    let case = Case::new().through(Way::Direct).path(&["bin"]).tool("make", "echo real");
    let ran = case.cli(&["install"]).exits(0).stderr("");
    assert!(ran.out.starts_with("shims for make are in {CASE}/data/onramp-analytics/shims\n"), "{ran}");
    assert!(ran.out.contains("no shim for docker, docker-compose, podman: not installed here"), "{ran}");
    assert!(ran.out.contains("export PATH={CASE}/data/onramp-analytics/shims:\"$PATH\"\n"), "{ran}");
    assert_eq!(names(&shims(&case)), ["make"]);
    let target = std::fs::read_link(shims(&case).join("make")).unwrap();
    assert_eq!(target, Path::new(env!("CARGO_BIN_EXE_onramp-shim")).canonicalize().unwrap());
    // Docker arrives, make goes; what stands in the way of both is shims only.
    let case = case.tool("docker", "echo real");
    std::fs::remove_file(case.root().join("bin/make")).unwrap();
    let case = case.path(&["data/onramp-analytics/shims", "bin"]);
    case.cli(&["install"]).exits(0);
    assert_eq!(names(&shims(&case)), ["docker"]);
}

#[test]
fn what_runs_through_installed_shims_is_recorded() {
    let Some(case) = with_real_make() else { return };
    case.cli(&["install"]).exits(0);
    let case = case.env("ONRAMP_ANALYTICS_API_KEY", "phc_test").env("ONRAMP_ANALYTICS_HOST", "http://127.0.0.1:9");
    let case = case.path(&["data/onramp-analytics/shims", "bin", "/usr/bin", "/bin"]);
    case.run(&["make", "start"]).stdout("started\n").exits(0).records(&[]);
    let ran = case.run(&["make", "analytics-enable"]).exits(0);
    assert!(ran.out.contains("Analytics is on"), "{ran}");
    case.run(&["make", "start"]).stdout("started\n").exits(0);
    assert_eq!(case.events().len(), 1, "{:?}", case.events());
    case.run(&["docker", "version"]).stdout("real docker version\n").exits(0);
}

#[test]
fn the_goals_work_and_a_status_never_makes_make_fail() {
    let Some(case) = with_real_make() else { return };
    let case = case.env("ONRAMP_ANALYTICS_API_KEY", "phc_test").env("ONRAMP_ANALYTICS_HOST", "http://127.0.0.1:9");
    case.cli(&["install"]).exits(0);
    let make = |goal| case.run(&["make", goal]);
    assert!(make("analytics-status").exits(0).out.starts_with("undecided"));
    let ran = make("analytics-show-id");
    assert_eq!(ran.status.code(), Some(2), "{ran}");
    assert!(ran.err.contains("could not find anonymous id: {CASE}/onramp: analytics is undecided"), "{ran}");
    make("analytics-enable").exits(0);
    assert!(make("analytics-status").exits(0).out.starts_with("on"));
    let id = make("analytics-show-id").exits(0).out;
    assert!(make("analytics-reset-id").exits(0).out.contains(id.trim()));
    make("analytics-disable").exits(0);
    assert!(make("analytics-status").exits(0).out.starts_with("off"));
}

#[test]
fn the_goals_work_in_a_folder_of_any_name() {
    let Some(_) = with_real_make() else { return };
    for name in ["it's $HOME", "two\nlines", "\"#`"] {
        let case = with_real_make().unwrap();
        let checkout = case.root().join(name);
        std::fs::rename(case.checkout(), &checkout).unwrap();
        let case = case.at(name);
        case.cli(&["install"]).exits(0);
        case.run(&["make", "analytics-enable"]).exits(0);
        assert!(case.run(&["make", "analytics-status"]).exits(0).stderr("").out.starts_with("on"), "{name}");
        case.cli(&["uninstall"]).exits(0);
        assert!(!checkout.join("make.d/analytics.mk").exists(), "{name}");
    }
}

#[test]
fn the_goals_explain_themselves_without_the_program() {
    let Some(case) = with_real_make() else { return };
    case.cli(&["install"]).exits(0);
    let file = case.checkout().join("make.d/analytics.mk");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(env!("CARGO_BIN_EXE_onramp-analytics"), "/nowhere/onramp-analytics")).unwrap();
    for goal in ["status", "enable", "disable", "show-id", "reset-id"] {
        let ran = case.run(&["make", &format!("analytics-{goal}")]).exits(0).stderr("");
        assert!(ran.out.contains("is not installed here"), "{ran}");
    }
    let broken = case.tool("onramp-analytics", "exit 9");
    broken.run(&["make", "analytics-status"]).exits(0).stdout("");
}

#[test]
fn a_checkout_keeps_goals_of_its_own() {
    let case = case().file("onramp/make.d/analytics.mk", "# OnRamp's\n");
    let ran = case.cli(&["install"]).exits(0);
    assert!(ran.out.contains("is not ours: it stays as it is"), "{ran}");
    let git = |words: &[&str]| case.run(&[&["git", "-C", case.checkout().to_str().unwrap()], words].concat()).exits(0);
    git(&["init", "-q"]);
    git(&["add", "make.d/analytics.mk"]);
    let ran = case.cli(&["install"]).exits(0);
    assert!(ran.out.contains("has a make.d/analytics.mk of its own"), "{ran}");
    case.cli(&["uninstall"]).exits(0);
    assert_eq!(std::fs::read_to_string(case.checkout().join("make.d/analytics.mk")).unwrap(), "# OnRamp's\n");
}

#[test]
fn uninstall_leaves_nothing_and_says_what_it_did() {
    let case = case().file("home/.bashrc", "alias ll='ls -l'\n").file("onramp/onramp.lock", "OTHER=1\n");
    let case = case.env("ONRAMP_ANALYTICS_API_KEY", "phc_test").env("ONRAMP_ANALYTICS_HOST", "http://127.0.0.1:9");
    case.run(&["git", "init", "-q", case.checkout().to_str().unwrap()]).exits(0);
    let before = everything(&case.root());
    case.cli(&["install"]).exits(0);
    case.cli(&["enable", "--with-current"]).exits(0);
    let rc = case.root().join("home/.bashrc");
    std::fs::write(&rc, "eval \"$(onramp-analytics init bash)\"\nalias ll='ls -l'\n").unwrap();
    assert!(everything(&case.root()) != before);
    let id = case.cli(&["show-id"]).out;
    // From anywhere: it knows where it put something.
    let case = case.at("elsewhere");
    let ran = case.cli(&["uninstall"]).exits(0).stderr("");
    for part in ["the shims in", "make.d/analytics.mk in {CASE}/onramp", "your choice in", id.trim(), ".bashrc"] {
        assert!(ran.out.contains(part), "{part}: {ran}");
    }
    same(&before, &everything(&case.root()));
    let again = case.cli(&["uninstall"]).exits(0).stderr("");
    assert!(again.out.starts_with("nothing of ours was found\n"), "{again}");
    same(&before, &everything(&case.root()));
}

#[test]
fn uninstall_finishes_what_is_half_gone() {
    let case = case();
    case.cli(&["install"]).exits(0);
    case.cli(&["enable", "--local"]).exits(0);
    std::fs::remove_dir_all(shims(&case)).unwrap();
    std::fs::remove_file(case.checkout().join("make.d/analytics.mk")).unwrap();
    std::fs::write(case.root().join("data/onramp-analytics/checkouts"), "/gone\n").unwrap();
    case.cli(&["uninstall"]).exits(0).stderr("");
    assert!(!case.state().exists() && !case.root().join("data/onramp-analytics").exists());
    assert!(!case.checkout().join("onramp.lock").exists());
}

#[test]
fn data_can_be_kept() {
    let case = case();
    case.cli(&["install"]).exits(0);
    case.cli(&["enable", "--local"]).exits(0);
    let ran = case.cli(&["uninstall", "--keep-data"]).exits(0);
    assert!(ran.out.contains("kept: your choices"), "{ran}");
    case.cli(&["status"]).exits(3);
}

#[test]
fn commands_run_on_while_the_shims_are_replaced() {
    let case = case();
    case.cli(&["install"]).exits(0);
    let case = case.path(&["data/onramp-analytics/shims", "bin", "/usr/bin", "/bin"]);
    let install = || case.start(&[env!("CARGO_BIN_EXE_onramp-analytics"), "install"]);
    let again: Vec<_> = (0..5).map(|_| install()).collect();
    for _ in 0..50 {
        case.run(&["make", "--version"]).stdout("real make --version\n").exits(0);
    }
    for ran in again {
        ran.wait().exits(0);
    }
}

#[test]
fn podman_is_wrapped_where_it_is_installed_and_its_provider_is_a_part_of_the_run() {
    // podman hands the words behind `compose` to docker-compose, which it finds on PATH, and ends as that ended.
    let podman = "echo \"real podman $*\"; [ \"$1\" != compose ] || { shift; docker-compose \"$@\"; }";
    let case = case().tool("podman", podman);
    let case = case.tool("docker-compose", "echo \"provider $*\"; case $* in *broken*) exit 15 ;; esac");
    let ran = case.cli(&["install"]).exits(0);
    assert!(ran.out.starts_with("shims for docker, docker-compose, make, podman are in "), "{ran}");
    case.cli(&["enable", "--local"]).exits(0);
    let case = case.path(&["data/onramp-analytics/shims", "bin", "/usr/bin", "/bin"]);
    case.run(&["podman", "ps"]).stdout("real podman ps\n").exits(0);
    case.run(&["podman", "compose", "up", "-d"]).stdout("real podman compose up -d\nprovider up -d\n").exits(0);
    case.run(&["podman", "compose", "-f", "broken.yml", "up"]).exits(15);
    assert_eq!(
        case.viewed(),
        [
            "command_executed compose up success",
            "command_executed compose up failure",
            "error_occurred compose up invalid_config"
        ]
    );
    case.cli(&["uninstall"]).exits(0);
    assert!(!shims(&case).exists());
}

#[test]
fn the_hook_is_put_above_debian_s_early_return_and_nothing_else_is_touched() {
    let debian = "# ~/.bashrc\ncase $- in\n    *i*) ;;\n      *) return;;\nesac\nalias ll='ls -l'\n";
    let case = case().file("home/dotfiles/bashrc", debian).link("home/.bashrc", "dotfiles/bashrc");
    let case = case.env("SHELL", "/usr/bin/bash");
    let ran = case.cli(&["install", "--hook"]).exits(0).stderr("");
    assert!(ran.out.contains("the first line of {CASE}/home/.bashrc now: open a new shell"), "{ran}");
    let text = || std::fs::read_to_string(case.root().join("home/dotfiles/bashrc")).unwrap();
    let (line, rest) = text().split_once('\n').map(|(line, rest)| (line.to_owned(), rest.to_owned())).unwrap();
    let program = env!("CARGO_BIN_EXE_onramp-analytics");
    assert_eq!(
        line,
        format!("eval \"$({program} init bash 2>/dev/null)\""),
        "by its path: PATH is not set up yet there"
    );
    assert_eq!(rest, debian);
    assert!(case.root().join("home/.bashrc").is_symlink());
    let again = case.cli(&["install", "--hook"]).exits(0);
    assert!(again.out.contains("stands in {CASE}/home/.bashrc already"), "{again}");
    let line = |shell: &str| case.cli(&["install", "--hook", shell]).exits(0).out;
    assert!(line("fish").contains("config/fish/config.fish now") && line("zsh").contains("home/.zshrc now"));
    case.cli(&["uninstall"]).exits(0);
    assert_eq!(text(), debian);
    assert!(!case.root().join("home/.zshrc").exists() && !case.root().join("config/fish").exists());
}

#[test]
fn where_the_hook_can_not_be_put_the_rest_is_and_the_line_is_told() {
    let case = case().env("SHELL", "/bin/bash");
    std::fs::create_dir_all(case.root().join("home/.bashrc")).unwrap();
    let ran = case.cli(&["install", "--hook"]).exits(1);
    assert!(ran.out.starts_with("shims for ") && shims(&case).join("make").exists(), "{ran}");
    let program = env!("CARGO_BIN_EXE_onramp-analytics");
    let line = format!("help: put it at the top yourself: eval \"$({program} init bash 2>/dev/null)\"\n");
    assert!(ran.err.contains("{CASE}/home/.bashrc: Is a directory") && ran.err.ends_with(&line), "{ran}");
}

#[test]
fn start_up_and_exclude_files_are_afterwards_what_they_were() {
    let case = case().file("home/.zshrc", "").file("home/.bashrc", "PS1='$ '").file("config/other", "");
    case.run(&["git", "init", "-q"]).exits(0);
    let exclude = case.checkout().join(".git/info/exclude");
    std::fs::write(&exclude, "*.swp").unwrap();
    let before = everything(&case.root());
    for shell in ["bash", "zsh", "fish", "sh"] {
        case.cli(&["install", "--hook", shell]).exits(0);
    }
    case.cli(&["enable", "--local"]).exits(0);
    assert_ne!(std::fs::read(&exclude).unwrap(), b"*.swp");
    case.cli(&["uninstall"]).exits(0);
    same(&before, &everything(&case.root()));
}

#[test]
fn the_choice_and_the_goals_go_also_where_git_s_exclude_file_stays() {
    let case = case();
    case.run(&["git", "init", "-q"]).exits(0);
    case.cli(&["install"]).exits(0);
    case.cli(&["enable", "--local"]).exits(0);
    let exclude = case.checkout().join(".git/info/exclude");
    std::fs::remove_file(&exclude).unwrap();
    std::fs::create_dir(&exclude).unwrap();
    let ran = case.cli(&["uninstall"]).exits(1);
    assert!(ran.err.contains("could not read git's exclude file"), "{ran}");
    assert!(!case.checkout().join("onramp.lock").exists() && !case.checkout().join("make.d/analytics.mk").exists());
}

#[test]
fn zsh_s_start_up_file_is_where_zdotdir_says() {
    let case = case().env("SHELL", "/usr/bin/zsh");
    let zsh = case.root().join("home/.config/zsh");
    std::fs::create_dir_all(&zsh).unwrap();
    std::fs::write(zsh.join(".zshrc"), "setopt autocd\n").unwrap();
    let case = case.env("ZDOTDIR", zsh.to_str().unwrap());
    let ran = case.cli(&["install"]).exits(0);
    assert!(ran.out.contains("put this line at the top of ~/.config/zsh/.zshrc\n"), "{ran}");
    let ran = case.cli(&["install", "--hook"]).exits(0);
    assert!(ran.out.contains("the first line of {CASE}/home/.config/zsh/.zshrc now"), "{ran}");
    let ran = case.cli(&["install"]).exits(0);
    assert!(ran.out.contains("the hook stands in {CASE}/home/.config/zsh/.zshrc already"), "no line to add: {ran}");
    case.cli(&["uninstall"]).exits(0);
    assert_eq!(std::fs::read_to_string(zsh.join(".zshrc")).unwrap(), "setopt autocd\n");
    assert!(!case.root().join("home/.zshrc").exists());
}

#[test]
fn a_repository_without_an_exclude_file_has_none_afterwards() {
    let case = case();
    case.run(&["git", "init", "-q", "--template="]).exits(0);
    case.cli(&["install"]).exits(0);
    case.cli(&["enable", "--local"]).exits(0);
    assert!(case.checkout().join(".git/info/exclude").is_file());
    case.cli(&["uninstall"]).exits(0);
    assert!(!case.checkout().join(".git/info").exists());
}

#[test]
fn where_git_refuses_the_rest_is_put_all_the_same() {
    if !rustix::process::geteuid().is_root() {
        return skipped("only root can make a folder somebody else's");
    }
    let case = case().env("SHELL", "/bin/bash");
    case.run(&["git", "init", "-q"]).exits(0);
    std::os::unix::fs::chown(case.checkout(), Some(23_456), None).unwrap();
    std::os::unix::fs::chown(case.checkout().join(".git"), Some(23_456), None).unwrap();
    let ran = case.cli(&["install", "--hook"]).exits(1);
    assert!(ran.out.starts_with("shims for ") && ran.out.contains("first line of {CASE}/home/.bashrc"), "{ran}");
    let remedy = "\nhelp: git config --global --add safe.directory {CASE}/onramp\n";
    assert!(ran.err.contains("could not ask git about the checkout") && ran.err.ends_with(remedy), "{ran}");
    assert!(case.cli(&["doctor"]).out.contains("note   could not ask git about the checkout"), "doctor tells it too");
    assert!(!case.checkout().join("make.d/analytics.mk").exists());
}

#[test]
fn a_start_up_file_that_outlives_the_program_says_nothing() {
    let case = case();
    case.cli(&["install"]).exits(0);
    for (words, line) in [
        (&["bash", "--norc", "-c"][..], hooks::Shell::Bash.line("/nowhere/onramp-analytics")),
        (&["zsh", "-f", "-c"], hooks::Shell::Zsh.line("/nowhere/onramp-analytics")),
        (&["fish", "--no-config", "-c"], hooks::Shell::Fish.line("/nowhere/onramp-analytics")),
        (&["dash", "-c"], hooks::Shell::Sh.line("/nowhere/onramp-analytics")),
    ] {
        if which::which_in(words[0], Some("/usr/bin:/bin"), "/").is_ok() {
            case.run(&[words, &[&format!("{line}\necho on")]].concat()).stdout("on\n").stderr("");
        }
    }
}
