//! What holds for every command line, whatever stands in it.

use onramp_shim::env::{Env, Variable};
use onramp_shim::invocation::{ALL, Grammar, Invocation, Item, Tool, read, visit};
use onramp_shim::options::Means;
use onramp_shim::rules::{Reason, Verdict, judge};
use proptest::collection::vec;
use proptest::prelude::*;

/// A word as people and programs write them, or anything at all.
fn word() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(
        &[
            "-",
            "--",
            "-n",
            "-k",
            "-C",
            "d1",
            "-Cd1",
            "-f",
            "-fother.mk",
            "-j",
            "-j4",
            "4",
            "-l",
            "-O",
            "-Oline",
            "-nk",
            "-t",
            "-q",
            "--dry",
            "--no",
            "--jobs=",
            "--directory=~/x",
            "--debug=x",
            "--eval",
            "./foo",
            "foo",
            "up",
            "A=1",
            "A::=1",
            "MAKEFLAGS=n",
            "compose",
            "docker",
            "alpha",
            "viz",
            "exec",
            "run",
            "stop",
            "cp",
            "web",
            "web=2",
            "web:/a",
            "--dry-run",
            "--dry-run=false",
            "--file",
            "-p",
            "-d",
            "-dt5",
            "-h",
            "--help",
            "-H",
            "--context",
            "--fil",
            "",
            "--parallel=x",
            "-v",
            "version",
            "help",
            "--index",
            "config",
            "-test.x",
            "__complete",
            "--=x",
            "---x",
            "=x",
        ][..],
    );
    prop_oneof![
        4 => known.prop_map(|word| word.as_bytes().to_vec()),
        1 => "-{0,2}[a-zA-Z=.~$ :\\\\]{0,6}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..300),
    ]
}

fn words() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(word(), 0..12)
}

fn tool() -> impl Strategy<Value = Tool> {
    prop::sample::select(&ALL[..])
}

fn line<'a>(name: &'a str, words: &'a [Vec<u8>]) -> Vec<&'a [u8]> {
    [name.as_bytes()].into_iter().chain(words.iter().map(Vec::as_slice)).collect()
}

fn make<'a>(words: &'a [&'a [u8]], env: &Env<'a>) -> onramp_shim::invocation::Make<'a> {
    match read(Tool::Make, words, env) {
        Invocation::Make(make) => make,
        other => panic!("not make: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_read_and_what_is_read_agrees_with_the_items(
        tool in tool(), words in words(), flags in word(), more in word(),
    ) {
        let words = line(tool.name(), &words);
        let env = Env::EMPTY.with(Variable::Makeflags, &flags).with(Variable::Gnumakeflags, &more);
        let mut items = Vec::new();
        let grammar = visit(tool, &words[..], &env, &mut |item| items.push(item));
        let any = |wanted: Means| items.iter().any(|item| matches!(item, Item::Flag(means, _) if *means == wanted));
        let last = |wanted: Means| items.iter().rev().find_map(|item| match item {
            Item::Flag(means, on) if *means == wanted => Some(*on),
            _ => None,
        });
        let goals: Vec<&[u8]> = items.iter().filter_map(|i| if let Item::Goal(goal) = i { Some(*goal) } else { None }).collect();
        let is_broken = items.contains(&Item::Broken);
        let invocation = read(tool, &words[..], &env);
        match invocation {
            Invocation::Make(make) => {
                prop_assert_eq!(grammar, Grammar::Make);
                prop_assert_eq!((make.goal, make.goals), (goals.first().copied(), goals.len()));
                prop_assert_eq!(make.is_dry_run, any(Means::DryRun));
                prop_assert_eq!(make.only_asks, any(Means::Question));
                prop_assert_eq!(make.is_broken, is_broken);
            }
            Invocation::Compose(compose) => {
                prop_assert_eq!(grammar, Grammar::Compose);
                prop_assert_eq!(compose.is_dry_run, last(Means::DryRun).unwrap_or(false));
                prop_assert_eq!(compose.is_broken, is_broken);
                prop_assert_eq!(compose.is_unknown, items.contains(&Item::Stranger));
            }
            Invocation::Plain => prop_assert_eq!(grammar, Grammar::Plain),
        }
        // Whatever it is, it can be judged, and a dry run is never recorded.
        if let Verdict::Recorded { .. } = judge(&invocation) {
            prop_assert_ne!(last(Means::DryRun), Some(true));
            prop_assert_ne!(grammar, Grammar::Plain);
        }
    }

    #[test]
    fn a_dry_run_in_front_makes_every_make_line_a_dry_run(words in words(), flag in "-n|--just-print|--dry|-kn|--rec") {
        let mut words = words;
        words.insert(0, flag.into_bytes());
        let words = line("make", &words);
        prop_assert!(make(&words, &Env::EMPTY).is_dry_run);
        let Verdict::Ignored(reason) = judge(&read(Tool::Make, &words[..], &Env::EMPTY)) else { panic!("recorded") };
        prop_assert!(matches!(reason, Reason::DryRun | Reason::Help | Reason::Version));
    }

    #[test]
    fn nothing_behind_two_dashes_is_an_option_of_make(words in words()) {
        let all = line("make", &words);
        let behind: Vec<&[u8]> = [&b"make"[..], b"--"].into_iter().chain(all[1..].iter().copied()).collect();
        let made = make(&behind, &Env::EMPTY);
        let sets_flags = words.iter().any(|word| word.windows(9).any(|part| part == b"MAKEFLAGS"));
        prop_assert!(!made.is_dry_run || sets_flags);
        prop_assert!(!made.shows_help && !made.shows_version);
    }

    #[test]
    fn the_environment_makes_neither_goals_nor_folders(words in words(), flags in word(), more in word()) {
        let words = line("make", &words);
        let env = Env::EMPTY.with(Variable::Makeflags, &flags).with(Variable::Gnumakeflags, &more);
        let (without, with) = (make(&words, &Env::EMPTY), make(&words, &env));
        prop_assert_eq!((without.goal, without.goals, without.directories), (with.goal, with.goals, with.directories));
        prop_assert_eq!(without.is_broken, with.is_broken);
    }

    #[test]
    fn the_last_dry_run_of_compose_counts(words in vec(prop::sample::select(&["web", "-t5", "db", "--timeout", "4"][..]), 0..5)) {
        for (words_before, before) in [(vec![], false), (vec!["--dry-run"], true), (vec!["--dry-run=false"], false)] {
            for (after, on) in [("--dry-run", true), ("--dry-run=f", false), ("--dry-run=T", true)] {
                let globals = [vec!["docker", "compose"], words_before.clone(), vec!["stop"]].concat();
                let whole = [globals.clone(), vec![after], words.clone()].concat();
                prop_assert_eq!(is_dry_run(&whole), on, "{:?}", whole);
                prop_assert_eq!(is_dry_run(&[globals, words.clone()].concat()), before);
            }
        }
    }

    #[test]
    fn what_runs_in_a_container_is_never_read(words in words(), sub in "exec|run") {
        let front: [&[u8]; 4] = [b"docker", b"compose", sub.as_bytes(), b"web"];
        let whole: Vec<&[u8]> = front.into_iter().chain(words.iter().map(Vec::as_slice)).collect();
        let mut inner = Vec::new();
        let mut others = 0;
        visit(Tool::Docker, &whole[..], &Env::EMPTY, &mut |item| match item {
            Item::Inner(word) => inner.push(word),
            Item::Subcommand(_) | Item::Service(_) | Item::Broken => {}
            _ => others += 1,
        });
        prop_assert_eq!(inner, words.iter().map(Vec::as_slice).collect::<Vec<_>>());
        prop_assert_eq!(others, 0);
    }

    #[test]
    fn the_path_of_the_command_makes_no_difference(words in words(), tool in tool()) {
        let name = format!("/usr/local/bin/{}", tool.name());
        prop_assert_eq!(Tool::of(name.as_bytes()), Some(tool));
        let (short, long) = (line(tool.name(), &words), line(&name, &words));
        prop_assert_eq!(read(tool, &short[..], &Env::EMPTY), read(tool, &long[..], &Env::EMPTY));
    }
}

fn is_dry_run(words: &[&str]) -> bool {
    let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    matches!(read(Tool::Docker, &words[..], &Env::EMPTY), Invocation::Compose(compose) if compose.is_dry_run)
}

#[test]
fn behind_the_first_service_docker_compose_1_29_takes_everything_for_services() {
    for (line, services) in [
        ("docker-compose stop web -t 5 db", "web -t 5 db"),
        ("docker-compose --fil a.yml stop web -t 5", "web -t 5"),
        ("docker-compose stop -t 5 web", "web"),
        ("docker-compose exec web ls -l", "web"),
    ] {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let mut read = Vec::new();
        visit(Tool::DockerCompose, &words[..], &Env::EMPTY, &mut |item| {
            if let Item::Service(word) | Item::OldService(word) = item {
                read.push(word);
            }
        });
        assert_eq!(read, services.split(' ').map(str::as_bytes).collect::<Vec<_>>(), "{line}");
    }
}
