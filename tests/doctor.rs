//! What `doctor` finds, and what it sets right, through the real command.

#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, Way};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

/// A person with everything in place, in a checkout, with the shims first on PATH.
fn healthy() -> Case {
    let case = Case::new().through(Way::Direct).path(&["bin", "/usr/bin", "/bin"]);
    let case = case.tool("make", "echo real").tool("docker", "echo real").tool("docker-compose", "echo real");
    let case = case.file("home/.bashrc", "eval \"$(onramp-analytics init bash)\"\n").env("SHELL", "/bin/bash");
    case.cli(&["install"]).exits(0);
    case.cli(&["enable", "--local"]).exits(0);
    case.path(&["data/onramp-analytics/shims", "bin", "/usr/bin", "/bin"])
}

/// The findings of that grade.
fn findings(case: &Case, grade: &str) -> Vec<serde_json::Value> {
    let ran = case.cli(&["doctor", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran}"));
    assert_eq!(ran.status.code(), Some(if told["wrong"] == 0 { 0 } else { 5 }), "{ran}");
    told["findings"].as_array().unwrap().iter().filter(|finding| finding["grade"] == grade).cloned().collect()
}

/// Sees that something is wrong, with a remedy, and nothing else is.
#[track_caller]
fn only_wrong(case: &Case, what: &str) -> serde_json::Value {
    let wrong = findings(case, "wrong");
    assert!(wrong.len() == 1 && wrong[0]["what"].as_str().unwrap().contains(what), "{what}: {wrong:#?}");
    assert!(wrong[0]["help"].is_string(), "{wrong:#?}");
    wrong[0].clone()
}

/// Sees that `doctor --fix` sets it right.
#[track_caller]
fn fixes(case: &Case, what: &str) {
    assert_eq!(only_wrong(case, what)["fixable"], true);
    let ran = case.cli(&["doctor", "--fix"]).exits(0);
    assert!(ran.out.starts_with("set right: ") && ran.out.contains(what), "{ran}");
    assert!(findings(case, "wrong").is_empty());
}

#[test]
fn a_healthy_machine_has_nothing_wrong() {
    let case = healthy();
    assert_eq!(findings(&case, "wrong"), [] as [serde_json::Value; 0]);
    assert_eq!(findings(&case, "note"), [] as [serde_json::Value; 0]);
    let ran = case.cli(&["doctor"]).exits(0).stderr("");
    assert!(ran.out.contains("ok     the shims come first on PATH here\n"), "{ran}");
    assert!(ran.out.contains("nothing is sent in this state: the network was not looked at"), "{ran}");
    case.cli(&["doctor", "--quiet"]).exits(0).stdout("");
}

#[test]
fn nothing_installed_is_told_and_nothing_is_written() {
    let case = Case::new().through(Way::Direct).tool("make", "echo real");
    only_wrong(&case, "the shims are not installed");
    assert!(!case.state().exists());
}

#[test]
fn where_there_is_nothing_to_wrap_that_is_told() {
    let case = Case::new().through(Way::Direct).path(&["bin"]);
    case.cli(&["install"]).exits(0);
    let told = format!("{:?}", findings(&case, "note"));
    assert!(
        told.contains("there is nothing to wrap: none of docker, docker-compose, make, podman is on PATH"),
        "{told}"
    );
    assert!(!case.cli(&["doctor"]).out.contains("shims for  are in"));
}

#[test]
fn links_are_set_right() {
    let case = healthy();
    let link = case.root().join("data/onramp-analytics/shims/docker");
    std::fs::remove_file(&link).unwrap();
    fixes(&case, "docker came after the shims");
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("/nowhere/onramp-shim", &link).unwrap();
    fixes(&case, "the shim for docker leads nowhere");
    std::fs::copy(env!("CARGO_BIN_EXE_onramp-shim"), case.root().join("lib/older")).unwrap();
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(case.root().join("lib/older"), &link).unwrap();
    fixes(&case, "another release's");
    std::fs::remove_file(case.root().join("bin/docker")).unwrap();
    let case = case.path(&["data/onramp-analytics/shims", "bin"]);
    fixes(&case, "stands in the way of `command -v docker`");
    assert!(!link.exists());
}

#[test]
fn path_and_start_up_files_are_looked_at() {
    let case = healthy().path(&["bin", "data/onramp-analytics/shims", "/usr/bin", "/bin"]);
    let wrong = only_wrong(&case, "comes before the shims on PATH");
    assert!(wrong["help"].as_str().unwrap().starts_with("the hook puts them first again"), "{wrong}");
    let case = case.path(&["bin", "/usr/bin", "/bin"]);
    let wrong = only_wrong(&case, "not on PATH in this checkout");
    assert!(wrong["help"].as_str().unwrap().starts_with("open a new shell"), "the hook is there: {wrong}");
    let case = case.at("elsewhere");
    assert!(findings(&case, "wrong").is_empty());
    let late = "case $- in *i*) ;; *) return;; esac\neval \"$(onramp-analytics init bash)\"\nalias docker=podman\n";
    let case = case.file("home/.bashrc", late);
    let notes = format!("{:?}", findings(&case, "note"));
    assert!(notes.contains("below an early return") && notes.contains("an alias or a function for docker"), "{notes}");
    let case = case.file("home/.bashrc", "");
    assert!(format!("{:?}", findings(&case, "note")).contains("in no start-up file of bash"));
}

#[test]
fn the_hook_of_another_shell_is_none_of_this_one() {
    let case = healthy().env("SHELL", "/usr/bin/zsh");
    let notes = format!("{:?}", findings(&case, "note"));
    assert!(notes.contains("in no start-up file of zsh") && notes.contains("the line for ~/.zshrc"), "{notes}");
    let case = case.path(&["bin", "/usr/bin", "/bin"]);
    let wrong = only_wrong(&case, "not on PATH in this checkout");
    assert!(wrong["help"].as_str().unwrap().contains("install --hook"), "{wrong}");
}

#[test]
fn a_manager_of_tools_is_told_from_a_tool() {
    let case = healthy();
    std::fs::create_dir_all(case.root().join("home/.asdf/shims")).unwrap();
    std::fs::rename(case.root().join("bin/make"), case.root().join("home/.asdf/shims/make")).unwrap();
    let case = case.path(&["data/onramp-analytics/shims", "home/.asdf/shims", "bin"]);
    let notes = format!("{:?}", findings(&case, "note"));
    assert!(notes.contains("another tool's shim"), "{notes}");
    assert!(findings(&case, "wrong").is_empty());
}

#[test]
fn what_is_there_twice_is_told() {
    let hook = "eval \"$(onramp-analytics init bash)\"\n";
    let case = healthy().file("home/.bashrc", &hook.repeat(2));
    let notes = format!("{:?}", findings(&case, "note"));
    assert!(
        notes.contains("home/.bashrc has 2 lines of ours") && notes.contains("install --hook leaves one"),
        "{notes}"
    );
    case.cli(&["install", "--hook", "bash"]).exits(0);
    assert!(findings(&case, "note").is_empty());
    // An older install's shims, further down on PATH.
    let other = case.root().join("elsewhere/shims");
    std::fs::create_dir(&other).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_onramp-shim"), other.join("make")).unwrap();
    let case = case.path(&["data/onramp-analytics/shims", "elsewhere/shims", "bin", "/usr/bin", "/bin"]);
    only_wrong(&case, "another folder of our shims on PATH");
}

#[test]
fn a_function_that_fish_saved_takes_a_name() {
    let case = healthy().file("config/fish/functions/docker.fish", "function docker; podman $argv; end\n");
    let notes = format!("{:?}", findings(&case, "note"));
    assert!(notes.contains("functions/docker.fish has an alias or a function for docker"), "{notes}");
}

#[test]
fn a_checkout_is_set_right() {
    let case = healthy();
    std::fs::write(case.checkout().join(".onramp.lock.new"), "").unwrap();
    std::fs::remove_file(case.checkout().join("make.d/analytics.mk")).unwrap();
    let notes = format!("{:?}", findings(&case, "note"));
    assert!(notes.contains("left a file behind") && notes.contains("no make goals"), "{notes}");
    case.cli(&["doctor", "--fix"]).exits(0);
    assert!(findings(&case, "note").is_empty());
    let case = case.file("onramp/make.d/onramp-analytics.mk", "analytics-status analytics-enable:\n\t@true\n");
    only_wrong(&case, "more than one makefile has the goal analytics-status: make.d/analytics.mk, make.d/onramp");
    std::fs::remove_file(case.checkout().join("make.d/onramp-analytics.mk")).unwrap();
    let git = |words: &[&str]| case.run(&[&["git", "-C", case.checkout().to_str().unwrap()], words].concat()).exits(0);
    git(&["init", "-q"]);
    fixes(&case, "git does not leave onramp.lock alone");
    git(&["add", "-f", "onramp.lock"]);
    only_wrong(&case, "tracked by git");
}

#[test]
fn a_doubt_has_a_remedy() {
    let case = healthy();
    let lock = case.checkout().join("onramp.lock");
    std::fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink("onramp.lock", &lock).unwrap();
    only_wrong(&case, "analytics is off because of a doubt");
}

#[test]
fn rights_and_the_clock_are_looked_at() {
    let case = healthy();
    let key = case.state().join("key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    fixes(&case, "others may read");
    assert_eq!(key.metadata().unwrap().mode() & 0o777, 0o600);
    let next = case.place().file("next");
    let far = std::time::SystemTime::now() + std::time::Duration::from_secs(400 * 86_400);
    std::fs::File::create(&next).unwrap().set_modified(far).unwrap();
    std::fs::set_permissions(&next, std::fs::Permissions::from_mode(0o600)).unwrap();
    fixes(&case, "the clock was ahead once");
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&key, Some(7), None).unwrap();
        let wrong = only_wrong(&case, "belongs to user 7, a trace of sudo");
        assert!(wrong["help"].as_str().unwrap().starts_with("sudo chown -R "), "{wrong}");
    }
}

#[test]
fn a_folder_that_can_not_be_written_is_told() {
    let case = healthy();
    // Root may write anywhere; without its capabilities it is as anybody.
    let plain: &[&str] =
        if rustix::process::geteuid().is_root() { &["setpriv", "--bounding-set=-all", "--inh-caps=-all"] } else { &[] };
    let doctor = [plain, &[env!("CARGO_BIN_EXE_onramp-analytics"), "doctor"]].concat();
    case.run(&doctor).exits(0);
    let close = |folder: &std::path::Path, mode: u32| {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let told = |folder: &std::path::Path| {
        close(folder, 0o500);
        let ran = case.run(&doctor).exits(5);
        close(folder, 0o700);
        assert!(ran.out.contains("can't be written, so nothing can be recorded: Permission denied"), "{ran}");
        let spoken = folder.strip_prefix(case.root()).unwrap().display();
        assert!(ran.out.contains(&format!("help: chmod u+rwx {{CASE}}/{spoken}\n")), "{ran}");
        assert_eq!(ran.out.matches("wrong ").count(), 1, "{ran}");
    };
    told(&case.state());
    // Where nothing was recorded yet, the folder that it would be made in.
    std::fs::remove_file(case.checkout().join("onramp.lock")).unwrap();
    std::fs::remove_dir_all(case.state()).unwrap();
    told(case.state().parent().unwrap());
}

#[test]
fn what_is_in_the_way_of_a_folder_is_told() {
    let case = healthy();
    let in_the_way = |folder: &std::path::Path| {
        std::fs::remove_dir_all(folder).unwrap();
        std::fs::write(folder, "").unwrap();
        let spoken = folder.strip_prefix(case.root()).unwrap().display();
        let ran = case.cli(&["doctor"]).exits(5);
        assert!(ran.out.contains(&format!("wrong  {{CASE}}/{spoken} is in the way: it should be a folder")), "{ran}");
        let wrong = findings(&case, "wrong");
        assert!(wrong.iter().all(|finding| finding["help"].is_string()), "each has a remedy: {wrong:#?}");
        std::fs::rename(folder, folder.with_extension("old")).unwrap();
    };
    in_the_way(&case.root().join("data/onramp-analytics/shims"));
    case.cli(&["install"]).exits(0);
    in_the_way(&case.state());
    case.cli(&["enable", "--local"]).exits(0);
    assert!(findings(&case, "wrong").is_empty());
}

#[test]
fn for_a_home_that_is_not_there_nobody_is_told_to_open_the_folder_above() {
    if !rustix::process::geteuid().is_root() {
        return harness::skipped("only root can be two people");
    }
    let case = Case::new();
    let program = case.root().join("doctor");
    std::fs::copy(env!("CARGO_BIN_EXE_onramp-analytics"), &program).unwrap();
    for path in [&case.root(), &program] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let home = format!("HOME={}/gone/home", case.root().display());
    let words =
        ["setpriv", "--reuid=23456", "--regid=23456", "--clear-groups", "env", "-i", &home, "PATH=/usr/bin:/bin"];
    let ran = case.run(&[&words[..], &[&program.display().to_string(), "doctor"]].concat()).exits(5);
    assert!(ran.out.contains("wrong  {CASE} can't be written") && ran.out.contains("help: set HOME"), "{ran}");
    assert!(!ran.out.contains("chmod"), "{ran}");
}

#[test]
fn an_alias_among_debian_s_aliases_takes_a_name() {
    let case = healthy().file("home/.bash_aliases", "alias ll='ls -l'\nalias make='make -j4'\n");
    let notes = format!("{:?}", findings(&case, "note"));
    assert!(notes.contains("home/.bash_aliases has an alias or a function for make"), "{notes}");
}

#[test]
fn the_way_to_the_server_is_looked_at_only_where_something_may_be_sent() {
    // The port of a listener that is gone again.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let case = healthy().env("ONRAMP_ANALYTICS_API_KEY", "phc_test");
    let case = case.env("ONRAMP_ANALYTICS_HOST", &format!("http://127.0.0.1:{port}"));
    assert!(findings(&case, "wrong").is_empty(), "local: nobody is asked");
    case.cli(&["enable"]).exits(0);
    only_wrong(&case, "can't be reached");
    let server = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let answer = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut client, _) = server.accept().unwrap();
        let mut asked = vec![0; 4096];
        let length = client.read(&mut asked).unwrap();
        client.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    let good = format!("{:?}", findings(&case, "ok"));
    assert!(good.contains("answers (HTTP 404)"), "{good}");
    let asked = answer.join().unwrap();
    assert!(asked.starts_with("GET / HTTP/1.1\r\n") && !asked.contains("phc_test"), "{asked}");
    let case = case.without_env("ONRAMP_ANALYTICS_API_KEY");
    only_wrong(&case, "no PostHog project key");
}

#[test]
fn without_a_home_that_is_what_is_wrong() {
    let case = Case::new();
    let homeless = ["env", "-u", "HOME", "-u", "XDG_STATE_HOME", "-u", "XDG_CONFIG_HOME"];
    let ran = case.run(&[&homeless[..], &[env!("CARGO_BIN_EXE_onramp-analytics"), "doctor"]].concat()).exits(5);
    assert!(ran.out.starts_with("wrong  there is no home to keep anything in"), "{ran}");
}
