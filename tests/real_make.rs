//! Real GNU make behind the shim: its jobserver through three levels, its dry runs, its signals; the same output, the
//! same end, one event.

#[expect(unused, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, Ran, Way, until};

/// Three levels of `$(MAKE)`, eight leaves, each of which runs for a moment; a jobserver's tokens limit them.
const LEVELS: &str = "
start: one two
one two:
\t+@$(MAKE) --no-print-directory level-$@
level-one: a b
level-two: c d
a b c d:
\t+@$(MAKE) --no-print-directory $@1 $@2
%1 %2:
\t@: > running.$@; sleep 0.05; docker ps; ls running.* 2>/dev/null | wc -l >> most; rm running.$@
fails:
\t@exit 3
-include made.mk
made.mk:
\t@echo 'remade' >> remade; touch made.mk
deep:
\t@$(MAKE) deeper
deeper:
\t@echo $(MAKELEVEL) \"$(MAKEFLAGS)\" $(MAKE)
";

fn case(way: Way) -> Option<Case> {
    if !std::path::Path::new("/usr/bin/make").exists() {
        harness::skipped("there is no /usr/bin/make");
        return None;
    }
    Some(Case::new().consented().tool("docker", "").file("onramp/Makefile", LEVELS).through(way))
}

/// Runs a command line of make directly and through the shim; both are the same, and what is recorded is as expected.
fn same(words: &[&str], events: &[&str], look: impl Fn(&Case, &Ran) -> String) {
    let [Some(direct), Some(shim)] = [Way::Direct, Way::Shim].map(case) else { return };
    let (one, two) = (direct.run(words).records(&[]), shim.run(words).records(events));
    let seen = [(&direct, &one), (&shim, &two)].map(|(case, ran)| look(case, ran));
    assert_eq!(seen[0], seen[1], "{one}{two}");
}

fn all_of(_: &Case, ran: &Ran) -> String {
    format!("{}\n{}\n{}", ran.ending(), ran.out, ran.err)
}

fn read(case: &Case, name: &str) -> String {
    std::fs::read_to_string(case.checkout().join(name)).unwrap_or_default()
}

#[test]
fn a_jobserver_through_three_levels() {
    for jobs in ["-j1", "-j2", "-j8"] {
        same(&["make", jobs, "start"], &["command_executed start success"], |case, ran| {
            // All eight ran, none without a token, and make has nothing to say about its jobserver.
            let leaves = read(case, "most").lines().count();
            let most = read(case, "most").lines().map(|l| l.trim().parse::<usize>().unwrap()).max().unwrap();
            let limit: usize = jobs[2..].parse().unwrap();
            assert!(most <= limit, "{most} at once\n{ran}");
            format!("{} {leaves} {:?}", ran.ending(), ran.err)
        });
    }
}

#[test]
fn dry_runs_remake_makefiles_for_real() {
    same(&["make", "-n", "start"], &[], |case, ran| format!("{}{}", all_of(case, ran), read(case, "remade")));
    same(&["make", "--dry-run", "fails"], &[], all_of);
}

#[test]
fn questions_and_touching() {
    same(&["make", "-q", "fails"], &[], all_of);
    same(&["make", "-t", "other"], &["command_executed other failure", "error_occurred other unknown_target"], all_of);
}

#[test]
fn levels_and_flags_as_make_hands_them_down() {
    same(&["make", "-k", "--no-print-directory", "deep", "X=1"], &["command_executed other success"], all_of);
    let own = |line: &str| vec!["sh".to_owned(), "-c".to_owned(), line.to_owned()];
    let line = own("MAKEFLAGS=w make deep; MAKELEVEL=3 make deep; make -C . deep -s");
    let words: Vec<&str> = line.iter().map(String::as_str).collect();
    same(&words, &["command_executed other success"; 3], all_of);
}

#[test]
fn failures() {
    // A goal that OnRamp does not have counts as one that make does not know, whatever made it fail.
    let unknown = ["command_executed other failure", "error_occurred other unknown_target"];
    same(&["make", "fails"], &unknown, all_of);
    same(&["make", "-k", "fails", "start"], &unknown, |_, ran| format!("{} {}", ran.ending(), ran.err));
    same(&["make", "no-such-goal"], &unknown, all_of);
    let missing = ["command_executed start failure", "error_occurred start file_not_found"];
    same(&["make", "-f", "missing.mk", "start"], &missing, all_of);
    same(
        &["make", "-C", "..", "-Conramp", "--makefile=make.d/missing.mk", "-f", "Makefile", "start"],
        &missing,
        all_of,
    );
}

#[test]
fn a_goal_that_make_normalises_and_options_behind_it() {
    same(&["make", "./start", "-j2"], &["command_executed start success"], |_, ran| ran.ending());
    same(
        &["make", "start", "-s", "--", "fails"],
        &["command_executed start failure", "error_occurred start failed"],
        |_, ran| ran.ending(),
    );
}

/// TERM to make ends its recipes: a nested shim that swallowed it would keep make waiting.
#[test]
fn term_to_a_make_with_nested_calls_ends_all() {
    let makefile = "start:\n\t@docker compose up\n";
    for way in [Way::Direct, Way::Shim] {
        let Some(case) = case(way) else { return };
        let case = case.file("onramp/Makefile", makefile).tool("docker", ": > ../begun; exec sleep 30");
        let running = case.start(&["make", "start"]);
        until("the nested call", || case.root().join("begun").exists());
        rustix::process::kill_process(running.pid(), rustix::process::Signal::TERM).unwrap();
        let ran = running.wait();
        assert_eq!(ran.ending(), "signal 15", "{ran}");
        let expected: &[&str] = if way == Way::Shim { &["command_executed start failure"] } else { &[] };
        ran.records(expected);
    }
}

/// A make that starts itself without end ends when it is told to, and leaves nobody behind.
#[test]
fn a_make_that_recurses_without_end() {
    let Some(case) = case(Way::Shim) else { return };
    // Far enough for never, and near enough for the machine on which this fails.
    let deeper = "start:\n\t@echo >> ../levels; test $(MAKELEVEL) -lt 1000 && $(MAKE) start\n";
    let case = case.file("onramp/Makefile", deeper);
    let running = case.start(&["make", "start"]);
    let levels = || std::fs::read(case.root().join("levels")).map_or(0, |lines| lines.len());
    until("some levels", || levels() > 5);
    rustix::process::kill_process_group(running.pid(), rustix::process::Signal::INT).unwrap();
    let ran = running.wait();
    assert_eq!(ran.ending(), "signal 2", "{ran}");
}
