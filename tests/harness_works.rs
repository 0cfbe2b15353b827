//! The harness itself: what it sees, and that it fails when it should.

#[expect(unused, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, Terminal, Way};

#[test]
fn a_stand_in_runs_in_the_case() {
    let case = Case::new().through(Way::Direct).tool("make", "echo \"$PWD $*\"; cat; echo oops >&2; exit 3");
    case.run(&["make", "a b", "c"]).stdout("{CASE}/onramp a b c\n").stderr("oops\n").exits(3).records(&[]);
    let case = case.stdin("typed\n");
    case.run(&["make"]).stdout("{CASE}/onramp \ntyped\n").exits(3);
}

#[test]
fn a_terminal_is_a_terminal() {
    let case = Case::new().through(Way::Direct).tool("make", "tty -s && read x && echo \"<$x>\" && exit 5");
    let mut terminal = Terminal::start(&case, &["group=foreground"], &["make"]);
    terminal.type_in("word\r");
    terminal.see("<word>");
    assert_eq!(terminal.ends().0, 5);
}

#[test]
#[should_panic(expected = "left behind")]
fn what_outlives_a_case_is_seen() {
    Case::new().run(&["sh", "-c", "sleep 77 >/dev/null 2>&1 </dev/null &"]).exits(0);
}

#[test]
#[ignore = "run by the test below"]
fn a_test_that_cannot_run_here() {
    harness::skipped("there is no moon");
}

#[test]
fn what_was_skipped_is_said_even_where_the_runner_keeps_output_back() {
    let itself = std::env::current_exe().unwrap();
    let ran = std::process::Command::new(itself)
        .args(["--ignored", "--exact", "a_test_that_cannot_run_here"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(said, "SKIPPED a_test_that_cannot_run_here: there is no moon\n", "{ran:?}");
}
