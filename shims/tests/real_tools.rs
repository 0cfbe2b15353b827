//! Random command lines, held against what the tools on this machine make of them: GNU make 4.3, and docker with
//! compose 2.26. Nothing is made and no engine is reached: the makefile only tells, and docker's host is not there.

#[path = "../../tests/harness/skipped.rs"]
mod skipped;

use onramp_shim::env::{Env, Variable};
use onramp_shim::invocation::make::at_home;
use onramp_shim::invocation::{Invocation, Item, Make, Sets, Tool, read, visit};
use onramp_shim::options::{Means, SUBCOMMANDS, Subcommand};
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

/// What make made of its command line. Of its variables those that come from there; `SHELL` is make's own affair.
const MAKEFILE: &str = "$(info <G:$(MAKECMDGOALS)><C:$(notdir $(CURDIR))><F:$(firstword -$(MAKEFLAGS))>\
    <M:$(MAKEFILE_LIST)><V:$(foreach v,$(.VARIABLES),$(if $(filter command,$(word 1,$(origin $v))),[$v]))>)\n\
    .PHONY: FORCE\nall: FORCE ; @echo '<R>'\nMakefile other.mk b.mk: ;\n%.mk: ;\n%: FORCE ; @echo '<R>'\n";

fn make_word() -> impl Strategy<Value = String> {
    let goal = owned(&[
        "foo",
        "./foo",
        ".//foo",
        "././/./foo",
        "4",
        "-",
        "",
        "../foo",
        ".5",
        "a:b",
        "./",
        "foo#x",
        "plex",
        "d1",
        "foo bar",
        "foo\\",
        "é",
        "\u{1}x",
        "~",
        "~/foo",
        "~nobody-of-that-name/x",
        "./~",
        ".//~/foo",
        "foo/",
        "//x",
        "a%b",
        "a*",
        "[b]",
        "'q'",
        "\"q\"",
        "a;b",
        "a\tb",
        "a\nb",
        "@",
        "+",
        " foo",
        "foo ",
        "foo=",
        "x\u{7f}",
    ]);
    let definition = "(A|B| C|a\\?b|A B|a:b|a#b||CC|é|\tT|A\\\\|A\\+|\\.DEFAULT_GOAL)( )?\
        (=|:=|::=|\\+=|\\?=|!=|==|:::=|::|= |:= |\\+ =)(1|-n||x y|b\\.mk|a=b|#c)";
    let letters =
        "-[bmBdeiknpqrRsStwLnqjlOCfoWIEhvxCZ]{1,4}(4|d1|=|=1|\\.5|other\\.mk|none|999999999999|04|-n|A=1|b,v)?";
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
        "assume-old",
        "jobserver-auth",
        "check-symlink-times",
        "environment-overrides",
        "keep-going",
        "no-builtin-variables",
        "no-keep-going",
        "print-directory",
        "sync-mutex",
        "warn-undefined-variables",
    ]);
    let value =
        owned(&["", "", "", "=", "=4", "=d1", "=x", "=line", "=none", "=0", "=-1", "=999999999999", "=b,", "=A=1"]);
    let long = (name, 1..26_usize, value)
        .prop_map(|(name, length, value)| format!("--{}{value}", &name[..length.min(name.len())]));
    let others = owned(&[
        "--",
        "d1",
        "..",
        "other.mk",
        "-C",
        "-f",
        "--directory",
        "-Cd1",
        "-fother.mk",
        "./d1",
        "MAKEFILES=b.mk",
        "MAKEFILES := b.mk other.mk",
        "MAKEFILES?=b.mk",
        "MAKEFILES += other.mk",
        "-f./other.mk",
        "--file=.//b.mk",
        "-f~/b.mk",
    ]);
    prop_oneof![5 => goal, 3 => definition, 5 => letters, 5 => long, 2 => others]
}

fn flags_value() -> impl Strategy<Value = Option<String>> {
    let word = owned(&[
        "n",
        "k",
        "q",
        "t",
        "-n",
        "--just",
        "A=1",
        "B:=2",
        "-j4",
        "j",
        "4",
        "-C",
        "d1",
        "--",
        "\\n",
        "k\\n",
        "--dr\\y",
        "foo",
        "-f",
        "x",
        "-x",
        "kx",
        "\\",
        "A\\=1",
        "-",
        "kj4n",
        "kjn",
        "foo=n",
        "A=x\\ y",
        "A=x\\\\ n",
        "--debug=b",
        "-O",
        "-l",
        "2.5",
        "-W",
        "a",
        "-E",
        "--eval=Q:=1",
        "--no-print-directory",
        "i",
        "\tn",
        "v",
        "h",
        "n\\ q",
        "-- n",
        "rR",
    ]);
    let value = (vec(word, 1..5), owned(&[" ", "  ", "\t"])).prop_map(|(words, blank)| words.join(&blank));
    prop_oneof![3 => Just(None), 1 => value.prop_map(Some)]
}

fn makefiles_value() -> impl Strategy<Value = Option<String>> {
    prop_oneof![9 => Just(None), 1 => owned(&["b.mk", " b.mk  other.mk", "./b.mk", "~/b.mk", ""]).prop_map(Some)]
}

#[test]
fn random_lines_are_read_as_make_reads_them() {
    many_lines_of_make("random_lines_are_read_as_make_reads_them", 600);
}

#[test]
#[ignore = "takes minutes; for a change of the grammar"]
fn very_many_random_lines_are_read_as_make_reads_them() {
    many_lines_of_make("very_many_random_lines_are_read_as_make_reads_them", 30_000);
}

fn many_lines_of_make(test: &str, count: usize) {
    if !says(&["make", "--version"], "GNU Make 4.3") {
        return skipped::skipped("make is not GNU make 4.3");
    }
    let at = folder(test, &[("Makefile", MAKEFILE), ("other.mk", MAKEFILE), ("b.mk", MAKEFILE)]);
    let variables = (flags_value(), flags_value(), makefiles_value());
    let mut told = 0;
    for (words, (flags, more, makefiles)) in random(&(vec(make_word(), 1..6), variables), count) {
        let words: Vec<String> = ["make".to_owned()].into_iter().chain(words).collect();
        let set = [("MAKEFLAGS", flags), ("GNUMAKEFLAGS", more), ("MAKEFILES", makefiles)];
        let set: Vec<(&str, String)> = set.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let output = run(&words, &at, &set);
        told += usize::from(agrees_with_make(&at, &words, &set, &output));
    }
    std::fs::remove_dir_all(&at).unwrap();
    assert!(told > count / 8, "make told of {told} lines only");
}

/// Whether make told what it made of its command line; fails where that is not what is read here.
fn agrees_with_make(at: &Path, words: &[String], set: &[(&str, String)], output: &Output) -> bool {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let fact = |name: &str| stdout.split_once(&format!("<{name}:")).and_then(|(_, t)| Some(t.split_once('>')?.0));
    let slices: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    let home = at.to_string_lossy();
    let entries: Vec<String> = set.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut env = Env::EMPTY;
    entries.iter().for_each(|entry| env.note(entry.as_bytes()));
    let Invocation::Make(make) = read(Tool::Make, &slices[..], &env) else { panic!("not make") };
    let context = format!("{words:?} {set:?} {make:?}\n{stdout}\n{stderr}");
    if stdout.contains("Usage: make") || stderr.contains("Usage: make") {
        assert!(if output.status.success() { make.shows_help } else { make.is_broken }, "{context}");
        return false;
    }
    let Some(goals) = fact("G") else { return false };
    assert!(!make.is_broken && !make.shows_help && !make.shows_version, "{context}");
    let read = Lists::of(&slices, &env, &home);
    assert_eq!(goals, read.goals.join(" "), "{context}");
    let here = at.file_name().unwrap().to_str().unwrap();
    assert_eq!(fact("C"), Some(walked(&make, here, &home)), "{context}");
    // What is no cluster of letters begins with two dashes or has a sign.
    let letters = fact("F").filter(|f| !f.starts_with("--") && !f.contains('=')).unwrap_or("");
    let has = |letter| letters.contains(letter);
    let switches = (make.is_dry_run, make.only_asks, make.only_touches);
    assert_eq!((has('n'), has('q'), has('t')), switches, "{context}");
    // Makefiles that are not there are made, whatever the switches say.
    if format!("\n{stdout}").contains("\n<R>") && !context.contains("MAKEFILES") && !stderr.contains("No such file") {
        assert_eq!(switches, (false, false, false), "{context}");
    }
    let mut variables: Vec<&str> =
        fact("V").unwrap_or("").split('[').filter_map(|v| Some(v.split_once(']')?.0)).collect();
    variables.sort_unstable();
    assert_eq!(variables, read.variables, "{context}");
    // The last makefile knows of all that are there; of the others make only complains.
    let all = stdout.rsplit("<M:").next().and_then(|rest| rest.split('>').next()).unwrap_or("");
    let by_itself =
        |all: &[&str]| all.split_last().is_some_and(|(last, given)| *last == "Makefile" && given == read.makefiles);
    let all: Vec<&str> = all.split_whitespace().collect();
    let at_home = format!("{home}/b.mk");
    let is_there = |path: &String| ["Makefile", "other.mk", "b.mk", "./b.mk", &at_home].contains(&path.as_str());
    let is_whole = !read.evaluates && read.makefiles.iter().all(is_there);
    assert!(!is_whole || all == read.makefiles || by_itself(&all), "{all:?} {:?} {context}", read.makefiles);
    true
}

/// What a command line of make names.
#[derive(Default)]
struct Lists {
    goals: Vec<String>,
    makefiles: Vec<String>,
    variables: Vec<String>,
    /// A text of its own, which may set MAKEFILES too.
    evaluates: bool,
}

impl Lists {
    fn of(words: &[&[u8]], env: &Env<'_>, home: &str) -> Self {
        let mut this = Self::default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let named = |name: &[u8]| match at_home(name, Some(home.as_bytes())) {
            None => text(name),
            Some([b"", rest]) => text(rest),
            Some([front, b""]) => text(front),
            Some(parts) => text(&parts.join(&b'/')),
        };
        visit(Tool::Make, words, env, &mut |item| match item {
            Item::Goal(goal) => this.goals.push(named(goal)),
            Item::Preread(path) | Item::Value(Means::Makefile, path) => this.makefiles.push(named(path)),
            // The environment had it already; it is listed all the same, since the person wrote it.
            Item::Variable { name: b"MAKEFILES", sets: Sets::Unset, .. } if env.get(Variable::Makefiles).is_some() => {}
            Item::Variable { name, .. } => this.variables.push(text(name)),
            Item::Value(Means::Eval, _) => this.evaluates = true,
            _ => {}
        });
        this.variables.sort_unstable();
        this.variables.dedup();
        this
    }
}

/// The name of the folder in which make ends up.
fn walked<'a>(make: &Make<'_>, here: &'a str, home: &str) -> &'a str {
    let mut depth = 0;
    let parts: Vec<u8> =
        make.directories.parts(Some(home.as_bytes())).unwrap().flat_map(|part| [part, b"/"].concat()).collect();
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

/// A word for a subcommand: an option of its own in one of its spellings, with or without a value.
fn option_of(subcommand: &'static Subcommand) -> impl Strategy<Value = Vec<String>> {
    let all: Vec<_> = subcommand.options.all().collect();
    let place = 0..all.len().max(1);
    let value = owned(&["5", "x", "0x1", "-1", "web", "--", "", "1_0", "true", "f"]);
    (place, any::<bool>(), 0..3_usize, value).prop_map(move |(place, as_letter, form, value)| {
        let Some(opt) = all.get(place) else { return vec![value] };
        let name = match opt.letter {
            0 => format!("--{}", String::from_utf8_lossy(opt.long)),
            letter if as_letter || opt.long.is_empty() => format!("-{}", char::from(letter)),
            _ => format!("--{}", String::from_utf8_lossy(opt.long)),
        };
        match form {
            0 => vec![format!("{name}={value}")],
            1 if opt.value != onramp_shim::options::Value::None => vec![name, value],
            _ => vec![name],
        }
    })
}

/// A whole command line: docker's own options in front of and behind `compose`, and the options of its subcommand.
fn whole_line() -> impl Strategy<Value = Vec<String>> {
    let globals = [
        "-D",
        "-l info",
        "--log-level=warn",
        "--context default",
        "-cdefault",
        "--tls=false",
        "-fa.yml",
        "-f a.yml",
        "--env-file a.env",
        "-p=n",
        "--profile x",
        "--dry-run=0",
        "--compatibility",
        "--workdir .",
        "--nosuch",
        "-Z",
        "--fil=a",
        "--help=false",
        "-Dc default",
    ];
    let global = select(globals.map(|words| words.split(' ').collect::<Vec<_>>()).to_vec());
    let globals = move || vec(global.clone(), 0..2);
    let taken: Vec<_> = SUBCOMMANDS.iter().filter(|s| !s.name.contains(' ')).collect();
    let rest = select(taken).prop_flat_map(|subcommand| {
        let word =
            prop_oneof![3 => option_of(subcommand), 2 => owned(&["web", "db", "nosuch", "-Z"]).prop_map(|w| vec![w])];
        (Just(subcommand.name.to_owned()), vec(word, 0..4))
    });
    let front = ["docker compose", "docker -- compose", "docker-compose"];
    let front = select(front.map(|words| words.split(' ').collect::<Vec<_>>()).to_vec());
    (front, globals(), globals(), rest).prop_map(|(front, before, behind, (subcommand, words))| {
        let own = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let (name, rest) = front.split_first().unwrap();
        let middle = [before.concat(), rest.to_vec(), behind.concat()].concat();
        [own(&[name]), own(&middle), vec![subcommand], words.concat()].concat()
    })
}

#[test]
fn random_lines_are_refused_as_compose_refuses_them() {
    many_lines_of_compose("random_lines_are_refused_as_compose_refuses_them", 80);
}

#[test]
#[ignore = "takes many minutes; for a change of the grammar"]
fn very_many_random_lines_are_refused_as_compose_refuses_them() {
    many_lines_of_compose("very_many_random_lines_are_refused_as_compose_refuses_them", 5_000);
}

fn many_lines_of_compose(test: &str, count: usize) {
    if !says(&["docker", "compose", "version"], "2.26") {
        return skipped::skipped("there is no docker compose 2.26");
    }
    let services = "services:\n  web: {image: nosuch/web}\n  db: {image: nosuch/db}\n";
    let at = folder(test, &[("compose.yaml", services), ("a.yml", services), ("a.env", "")]);
    let host = ("DOCKER_HOST", format!("unix://{}/no.sock", at.display()));
    for words in random(&prop_oneof![compose_line(), whole_line()], count) {
        let output = run(&words, &at, std::slice::from_ref(&host));
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        // What is not looked at here: values that are neither numbers nor yes or no, and `docker -H` twice.
        if ["invalid project name", "invalid size", "bad format of filter"].iter().any(|c| told.contains(c)) {
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
        let tool = Tool::of(slices[0]).unwrap();
        let Invocation::Compose(compose) = read(tool, &slices[..], &Env::EMPTY) else {
            // docker itself refuses it, and says so in its own name.
            assert!(!output.status.success() && !told.contains("docker compose "), "{words:?}\n{told}");
            continue;
        };
        let context = format!("{words:?} {compose:?}\n{told}");
        let bare = compose.subcommand.is_none() && !compose.is_unknown;
        if told.starts_with("Docker Compose version") {
            assert!(!compose.is_broken, "{context}");
            continue;
        }
        assert_eq!(compose.is_broken, refuses, "{context}");
        assert_eq!(!refuses && (compose.shows_help || bare), helps, "{context}");
    }
    std::fs::remove_dir_all(&at).unwrap();
}
