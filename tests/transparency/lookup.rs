//! Finding the real command: never the shim itself, and what a shell would say when there is none.

use crate::harness::{Case, Ran, Way, caller, witness};
use std::process::Command;

/// The same, with another PATH, directly and through the shim; `setup` may add further shims.
fn found(path: &[&str], setup: impl Fn(Case) -> Case) -> Ran {
    let case = setup(Case::new().witnesses().consented().path(path));
    case.run(&["make", "start", "out=real", "exit=3"])
}

#[track_caller]
fn finds_the_real_one(path: &[&str], setup: impl Fn(Case) -> Case) {
    found(path, setup)
        .stdout("real\n")
        .stderr("")
        .exits(3)
        .records(&["command_executed start failure", "error_occurred start failed"]);
}

fn shell(case: Case, script: &str) -> Case {
    let done = Command::new("sh").args(["-ec", script]).current_dir(case.root()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    case
}

#[test]
fn shims_as_symlink_hard_link_and_copy() {
    let three = "mkdir s h c t; ln -s ../lib/onramp-shim s/make; ln lib/onramp-shim h/make; cp lib/onramp-shim c/make; cp c/make t/make";
    for path in [
        &["shims", "s", "h", "c", "t", "bin"][..],
        &["c", "t", "shims", "bin"],
        &["t", "c", "t", "c", "bin"],
        &["h", "s", "c", "h", "s", "bin"],
    ] {
        finds_the_real_one(path, |case| shell(case, three));
    }
}

#[test]
fn a_shim_behind_a_link_to_its_folder() {
    finds_the_real_one(&["other", "shims", "other", "bin"], |case| shell(case, "ln -s shims other"));
}

#[test]
fn path_entries_that_are_twice_empty_relative_or_no_folder() {
    let odd = "mkdir -p onramp/rel odd/make file.d; touch file; ln -s nowhere gone; chmod 000 file.d";
    for path in [
        &["shims", "shims", "shims/", "bin", "bin"][..],
        &["shims", "odd", "file", "gone", "file.d", "nowhere", "bin"],
        &["shims", "shims/../shims", "./shims", "bin"],
    ] {
        finds_the_real_one(path, |case| shell(case, odd));
    }
    // Empty means the current folder, relative is from there.
    for entries in ["{CASE}/shims::{CASE}/nowhere", "{CASE}/shims:rel", "{CASE}/shims:./rel/:{CASE}/nowhere"] {
        let case = Case::new().witnesses().consented();
        let case = shell(case, "mkdir onramp/rel; mv bin/make onramp/rel/; cp -a onramp/rel/make onramp/make")
            .env("PATH", entries);
        case.run(&["make", "start", "out=real", "exit=3"]).stdout("real\n").stderr("").exits(3);
    }
}

#[test]
fn a_folder_and_a_file_of_that_name_that_cannot_be_executed_are_passed_over() {
    finds_the_real_one(&["shims", "a", "b", "bin"], |case| shell(case, "mkdir -p a/make b; echo no > b/make"));
}

#[test]
fn a_script_without_an_interpreter_line() {
    // What a shell does: it is a script for /bin/sh.
    let script = "mkdir plain; echo 'echo \"$# $1 $2\"; exit 4' > plain/make; chmod +x plain/make";
    for words in [&["make", "start", "a b"][..], &["make", "enable-service", "plex"]] {
        let direct = shell(Case::new().consented().path(&["plain"]), script).through(Way::Direct);
        let case = shell(Case::new().consented().path(&["shims", "plain"]), script);
        // The harness executes files, it is no shell: the first goes by one.
        let line = format!("exec {} '{}' '{}'", words[0], words[1], words[2]);
        let direct = direct.path(&["plain", "/usr/bin"]).run(&["sh", "-c", &line]);
        assert_eq!(direct.ending(), "exit 4");
        case.run(words).stdout(&direct.out).stderr(&direct.err).exits(4);
    }
}

#[test]
fn a_script_whose_interpreter_is_missing() {
    let script = "mkdir plain; printf '#!/no/such/thing\\n' > plain/make; chmod +x plain/make";
    let ran = shell(Case::new().consented().path(&["shims", "plain"]), script).run(&["make", "start"]);
    assert!(["exit 126", "exit 127"].contains(&ran.ending().as_str()), "{ran}");
}

#[test]
fn a_missing_command() {
    for case in [Case::new(), Case::new().declined(), Case::new().consented(), Case::new().at("elsewhere")] {
        let ran = case.path(&["shims", "bin"]).run(&["make", "start"]).stdout("").exits(127);
        assert!(ran.err.lines().count() == 1 && ran.err.contains("make: not found"), "{ran}");
    }
    let ran = Case::new().consented().path(&["shims", "bin"]).run(&["docker", "compose", "up"]).exits(127);
    ran.records(&["command_executed compose up failure", "error_occurred compose up docker_not_installed"]);
}

/// Where the caller closed standard error, the next file that is opened gets its number.
#[test]
fn what_is_said_without_standard_error_goes_into_no_file_of_ours() {
    for closed in [&["close=2"][..], &["close=1", "close=2"], &["close=0", "close=1", "close=2"]] {
        let case = Case::new().consented().path(&["shims", "bin"]);
        let words = [&[caller().to_str().unwrap()][..], closed, &["--", "make", "start"]].concat();
        let told = ["command_executed start failure", "error_occurred start command_not_found"];
        case.run(&words).stderr("").exits(127).records(&told);
    }
}

#[test]
fn a_command_that_cannot_be_executed() {
    for case in [Case::new(), Case::new().declined(), Case::new().consented(), Case::new().at("elsewhere")] {
        let case = shell(case.path(&["shims", "a"]), "mkdir a; echo no > a/make");
        let ran = case.run(&["make", "start"]).stdout("").exits(126);
        assert!(ran.err.lines().count() == 1 && ran.err.contains("make: "), "{ran}");
    }
}

#[test]
fn no_path_at_all() {
    for value in [None, Some("")] {
        let case = Case::new().consented();
        let shims = case.root().join("shims/make");
        let case = match value {
            Some(value) => case.env("PATH", value),
            None => case.without_env("PATH"),
        };
        case.run(&[shims.to_str().unwrap(), "--version"]).exits(code_of_the_machines_make());
    }
}

/// What becomes of a call of the machine's own make: a machine need not have one.
fn code_of_the_machines_make() -> i32 {
    let folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    if folders.iter().any(|folder| std::path::Path::new(folder).join("make").exists()) { 0 } else { 127 }
}

/// A caller may look a program up by its own PATH and give it another one, without our folder and without the tool's.
#[test]
fn a_path_by_which_the_caller_did_not_find_us() {
    let case = Case::new().consented().env("PATH", "/nowhere:{CASE}/bin");
    let shim = case.root().join("shims/make").display().to_string();
    case.run(&[&shim, "--version"]).exits(code_of_the_machines_make());
    // What stands there comes first.
    let case = case.witnesses();
    case.run(&[&shim, "start", "out=real", "exit=3"]).stdout("real\n").exits(3);
}

/// `exec -a`: which tool it is, is told by the file that was called.
#[test]
fn a_tool_that_is_called_by_another_tools_name() {
    let tools = |case: Case| case.witnesses().program("docker", std::path::Path::new("/bin/echo"));
    let call = [caller().to_str().unwrap(), "argv0=make", "--", "docker", "version"];
    for case in [tools(Case::new().consented()), tools(Case::new().declined()), tools(Case::new().through(Way::Direct))]
    {
        case.run(&call).stdout("version\n").stderr("").exits(0).records(&[]);
    }
}

/// Where a script's shell can't be had, the next program on PATH is not called with the script's words.
#[test]
fn a_script_without_an_interpreter_line_and_without_a_shell() {
    if which::which("strace").is_err() {
        return crate::harness::skipped("no strace");
    }
    let script = "mkdir plain; echo 'echo plain' > plain/make; chmod +x plain/make";
    for setup in [Case::consented as fn(Case) -> Case, Case::declined] {
        let case = shell(setup(Case::new().witnesses().path(&["shims", "plain", "bin", "/usr/bin"])), script);
        let trace = case.root().join("trace").display().to_string();
        let no_shell = ["strace", "-f", "-qq", "-o", &trace, "-P", "/bin/sh", "-e", "inject=execve:error=ENOENT"];
        let words = [&no_shell[..], &["--", "make", "start", "tell=-"]].concat();
        case.run(&words).stdout("").exits(126);
        assert!(std::fs::read_to_string(&trace).unwrap().contains("(INJECTED)"));
    }
}

#[test]
fn the_shim_by_its_own_name_says_what_it_is() {
    let case = Case::new();
    let ran = case.run(&[case.root().join("lib/onramp-shim").to_str().unwrap(), "start"]);
    assert_eq!((ran.ending().as_str(), ran.out.as_str()), ("exit 64", ""));
    assert_eq!(ran.err.lines().count(), 2, "{ran}");
}

#[test]
fn a_shim_by_path_is_that_tool() {
    let case = Case::new().witnesses().consented();
    let shim = case.root().join("shims/make");
    case.run(&[shim.to_str().unwrap(), "start", "out=real", "exit=3"]).stdout("real\n").exits(3);
}

/// Never a fork bomb: what a shim starts is the real command, or nothing.
#[test]
fn only_shims_on_path() {
    let three = "mkdir s h c t; ln -s ../lib/onramp-shim s/make; ln lib/onramp-shim h/make; cp lib/onramp-shim c/make; cp c/make t/make";
    for path in [&["shims", "s", "h", "c", "t"][..], &["c", "t"], &["t", "c", "t"]] {
        found(path, |case| shell(case, three)).stdout("").exits(127);
    }
    let _ = witness();
}
