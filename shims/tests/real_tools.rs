//! Random command lines, held against what the tools on this machine make of them: GNU make 4.3, and docker with
//! compose 2.26. Nothing is made and no engine is reached: the makefile only tells, and docker's host is not there.

#[path = "../../tests/harness/skipped.rs"]
mod skipped;

use onramp_shim::env::{Env, Variable};
use onramp_shim::invocation::{Invocation, Item, Make, Tool, read, visit};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of its own for a test, and one in it for `-C d1`.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    for below in ["", "d1"] {
        std::fs::create_dir_all(folder.join(below)).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(below).join(name), text).unwrap();
        }
    }
    folder
}

fn run(words: &[String], at: &Path, variables: &[(&str, String)]) -> Output {
    Command::new(&words[0])
        .args(&words[1..])
        .current_dir(at)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", at)
        .envs(variables.iter().map(|(name, value)| (*name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn says(words: &[&str], version: &str) -> bool {
    let output = Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()).output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(version))
}

/// As many random values as are asked for, the same ones every time.
fn random<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn owned(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(words).prop_map(str::to_owned)
}

// ---- make -----------------------------------------------------------------------------------------------------

const MAKEFILE: &str = "$(info <G:$(MAKECMDGOALS)><C:$(notdir $(CURDIR))><F:$(firstword -$(MAKEFLAGS))>)\n\
    .PHONY: FORCE\nall: FORCE ; @:\nMakefile other.mk: ;\n%: FORCE ; @:\n";

fn make_word() -> impl Strategy<Value = String> {
    let goal = owned(&["foo", "./foo", ".//foo", "4", "-", "", "../foo", ".5", "a:b", "./", "foo#x", "plex", "d1"]);
    let definition = "(A|B| C|a\\?b|A B|a:b|a#b|)( )?(=|:=|::=|\\+=|\\?=|!=|==|:::=|::)(1|-n||x y)";
    let letters = "-[bmBdeiknpqrRsStwLnqjlOCfoWIEhvxC]{1,3}(4|d1|=|=1|\\.5|other\\.mk|none)?";
    let name = owned(&[
        "always-make",
        "debug",
        "directory",
        "dry-run",
        "eval",
        "file",
        "help",
        "ignore-errors",
        "include-dir",
        "jobs",
        "just-print",
        "load-average",
        "makefile",
        "max-load",
        "new-file",
        "no-builtin-rules",
        "no-print-directory",
        "no-silent",
        "old-file",
        "output-sync",
        "print-data-base",
        "question",
        "quiet",
        "recon",
        "silent",
        "stop",
        "touch",
        "trace",
        "version",
        "what-if",
        "assume-new",
        "jobserver-auth",
    ]);
    let long = (name, 1..20_usize, owned(&["", "", "", "=", "=4", "=d1", "=x", "=line"]))
        .prop_map(|(name, length, value)| format!("--{}{value}", &name[..length.min(name.len())]));
    let others = owned(&["--", "d1", "..", "other.mk", "-C", "-f", "--directory", "-Cd1", "-fother.mk", "./d1"]);
    prop_oneof![5 => goal, 3 => definition, 5 => letters, 5 => long, 2 => others]
}

fn flags_value() -> impl Strategy<Value = Option<String>> {
    let word = owned(&[
        "n", "k", "q", "t", "-n", "--just", "A=1", "B:=2", "-j4", "j", "4", "-C", "d1", "--", "\\n", "k\\n", "--dr\\y",
        "foo", "-f", "x", "-x", "kx", "\\", "A\\=1", "-", "kj4n", "kjn", "foo=n",
    ]);
    let value = vec(word, 1..4).prop_map(|words| words.join(" "));
    prop_oneof![3 => Just(None), 1 => value.prop_map(Some)]
}

#[test]
fn random_lines_are_read_as_make_reads_them() {
    if !says(&["make", "--version"], "GNU Make 4.3") {
        return skipped::skipped("random_lines_are_read_as_make_reads_them", "make is not GNU make 4.3");
    }
    let at = folder("real-make", &[("Makefile", MAKEFILE), ("other.mk", MAKEFILE)]);
    let here = at.file_name().unwrap().to_str().unwrap();
    let lines = random(&(vec(make_word(), 1..5), flags_value(), flags_value()), 400);
    let mut told = 0;
    for (words, flags, more) in lines {
        let words: Vec<String> = ["make".to_owned()].into_iter().chain(words).collect();
        let set = [("MAKEFLAGS", flags.clone()), ("GNUMAKEFLAGS", more.clone())];
        let set: Vec<_> = set.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let output = run(&words, &at, &set);
        let stdout = String::from_utf8_lossy(&output.stdout);
        let is_usage =
            stdout.contains("Usage: make") || String::from_utf8_lossy(&output.stderr).contains("Usage: make");
        let fact = |name: &str| stdout.split_once(&format!("<{name}:")).and_then(|(_, t)| Some(t.split_once('>')?.0));
        let slices: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        let mut env = Env::EMPTY;
        env = flags.as_ref().map_or(env, |value| env.with(Variable::Makeflags, value.as_bytes()));
        env = more.as_ref().map_or(env, |value| env.with(Variable::Gnumakeflags, value.as_bytes()));
        let Invocation::Make(make) = read(Tool::Make, &slices[..], &env) else { panic!("not make") };
        let context = format!("{words:?} {set:?} {make:?}\n{stdout}");
        if is_usage {
            assert!(if output.status.success() { make.shows_help } else { make.is_broken }, "{context}");
        } else if let Some(goals) = fact("G") {
            told += 1;
            assert!(!make.is_broken, "{context}");
            assert_eq!(goals, goals_of(&slices, &env), "{context}");
            assert_eq!(fact("C"), Some(walked(&make, here)), "{context}");
            // What is no cluster of letters begins with two dashes or has a sign.
            let letters = fact("F").filter(|f| !f.starts_with("--") && !f.contains('=')).unwrap_or("");
            let has = |letter| letters.contains(letter);
            assert_eq!(
                (has('n'), has('q'), has('t')),
                (make.is_dry_run, make.only_asks, make.only_touches),
                "{context}"
            );
        }
    }
    std::fs::remove_dir_all(&at).unwrap();
    assert!(told > 50, "make told of {told} lines only");
}

fn goals_of(words: &[&[u8]], env: &Env<'_>) -> String {
    let mut goals = Vec::new();
    visit(Tool::Make, words, env, &mut |item| {
        if let Item::Goal(goal) = item {
            goals.push(String::from_utf8_lossy(goal).into_owned());
        }
    });
    goals.join(" ")
}

/// The name of the folder in which make ends up.
fn walked<'a>(make: &Make<'_>, here: &'a str) -> &'a str {
    let mut depth = 0;
    let parts: Vec<u8> = make.directories.parts(None).unwrap().flat_map(|part| [part, b"/"].concat()).collect();
    for part in parts.split(|byte| *byte == b'/') {
        match part {
            b"d1" => depth += 1,
            b".." => depth -= 1,
            _ => {}
        }
    }
    match depth {
        0 => here,
        1 => "d1",
        _ => Path::new(env!("CARGO_TARGET_TMPDIR")).file_name().unwrap().to_str().unwrap(),
    }
}

// ---- compose --------------------------------------------------------------------------------------------------

fn compose_line() -> impl Strategy<Value = Vec<String>> {
    let global = owned(&[
        "-fa.yml",
        "--file=a.yml",
        "-pn",
        "--profile=x",
        "--ansi=never",
        "--parallel=3",
        "--parallel=x",
        "--dry-run",
        "--dry-run=false",
        "-v",
        "-h",
        "--help=false",
        "-vh",
        "--",
        "-",
        "",
        "-Z",
        "--nosuch",
        "-f",
        "-p",
        "-D",
        "--debug",
        "--=x",
        "---x",
        "-v=",
        "stop",
        "alpha",
        "viz",
        "a.yml",
    ]);
    let subcommand = owned(&[
        "attach", "build", "config", "convert", "cp", "create", "down", "events", "exec", "images", "kill", "logs",
        "ls", "port", "ps", "restart", "rm", "run", "scale", "start", "stats", "stop", "top", "up", "version", "wait",
        "nosuch", "help",
    ]);
    let word = owned(&[
        "web",
        "db",
        "web=2",
        "web:/a",
        "--",
        "-",
        "",
        "-d",
        "--detach=T",
        "-t",
        "5",
        "-t5",
        "-t=x",
        "--timeout=0x1",
        "-T",
        "-h",
        "--help",
        "--dry-run",
        "-fsv",
        "--index=1",
        "-eA=1",
        "--scale",
        "--no-deps",
        "-q",
        "--format",
        "json",
        "--wait=x",
    ]);
    (vec(global, 0..3), subcommand, vec(word, 0..4)).prop_map(|(globals, subcommand, words)| {
        let front = ["docker".to_owned(), "compose".to_owned()];
        front.into_iter().chain(globals).chain([subcommand]).chain(words).collect()
    })
}

#[test]
fn random_lines_are_refused_as_compose_refuses_them() {
    if !says(&["docker", "compose", "version"], "2.26") {
        return skipped::skipped("random_lines_are_refused_as_compose_refuses_them", "there is no docker compose 2.26");
    }
    let services = "services:\n  web: {image: nosuch/web}\n  db: {image: nosuch/db}\n";
    let at = folder("real-compose", &[("compose.yaml", services), ("a.yml", services)]);
    let host = ("DOCKER_HOST", format!("unix://{}/no.sock", at.display()));
    for words in random(&compose_line(), 80) {
        let output = run(&words, &at, std::slice::from_ref(&host));
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        if told.contains("invalid project name") {
            // Looked at before anything else, and not here.
            continue;
        }
        let complaints = [
            "unknown flag",
            "unknown shorthand flag",
            "flag needs an argument",
            "invalid argument \"",
            "bad flag syntax",
            "unknown docker command",
            "unknown command",
            "requires at least",
            "requires exactly",
            "arg(s)",
            "accepts no arguments",
        ];
        let refuses = output.status.code() == Some(16) || complaints.iter().any(|c| told.contains(c));
        let helps = output.status.success() && told.contains("Usage:  docker compose");
        let slices: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        let Invocation::Compose(compose) = read(Tool::Docker, &slices[..], &Env::EMPTY) else {
            panic!("{words:?} is not read as compose");
        };
        let context = format!("{words:?} {compose:?}\n{told}");
        let bare = compose.subcommand.is_none() && !compose.is_unknown;
        assert_eq!(compose.is_broken, refuses, "{context}");
        assert_eq!(!refuses && (compose.shows_help || bare), helps, "{context}");
    }
    std::fs::remove_dir_all(&at).unwrap();
}
