//! Every example of the README and of the docs, run in a scratch checkout; and the README's own commands are CI's.
//!
//! A block marked `sh` has to end with 0. In one marked `console` each line behind `$ ` is run, and what follows is what
//! has to be printed; `...` stands for any lines. What can't be run here stands in a list, with its reason.

#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, Way, skipped};
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Pages whose examples are run elsewhere, or nowhere: the page, and why.
const NOT_HERE: [(&str, &str); 4] = [
    ("docs/packaging.md", "packages are built and installed by tests/release and the release workflow"),
    ("docs/releasing.md", "releases are made by the release workflow; tests/release tries its steps"),
    ("contrib/onramp/README.md", "needs a checkout of OnRamp itself; tests/release tries the targets"),
    ("contrib/onramp/docs/analytics.md", "needs a published release; tests/release tries the targets on loopback"),
];

/// Blocks that are not run: the page, how the block begins, and why.
const NOT_RUN: [(&str, &str, &str); 13] = [
    ("README.md", "cargo build --release && target/release/onramp-analytics demo", "CI runs it: see below"),
    ("README.md", "cargo test --workspace", "CI runs it: see below"),
    ("README.md", "cargo install --path .", "builds the release anew; .ci/run builds it once"),
    ("CONTRIBUTING.md", "cargo fmt --all", "CI runs these three"),
    ("CONTRIBUTING.md", "cargo test -p onramp-shim --test real_tools", "minutes, for a change of a grammar"),
    ("docs/performance.md", "cargo bench --bench shim", "CI runs it with --gate"),
    ("docs/performance.md", "cargo bench --bench stats", "a measurement"),
    ("docs/wrapping.md", "cargo test -p onramp-shim", "CI runs all tests"),
    ("docs/maintainer.md", "ONRAMP_ANALYTICS_PERSONAL_API_KEY=phx_...", "needs an account at PostHog"),
    ("docs/maintainer.md", "cargo bench --bench collector", "a measurement"),
    ("docs/posthog/README.md", "curl https://eu.posthog.com", "needs an account at PostHog"),
    ("docs/operations.md", "sudo systemctl", "needs root and systemd"),
    ("docs/operations.md", "sudo install", "needs root"),
];

/// Blocks that serve until they are told to end: the page, and how the block begins.
const SERVES: [(&str, &str); 3] = [
    ("docs/maintainer.md", "onramp-analytics collector --data"),
    ("docs/page.md", "onramp-analytics ui"),
    ("contrib/onramp/dashboard/README.md", "mkdir -p ~/.local/state/onramp-analytics-ui"),
];

/// The collector's folder in the pages; in the scene another.
const COLLECTOR: &str = "/var/lib/onramp-collector";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A fenced block.
struct Block {
    page: String,
    language: String,
    lines: Vec<String>,
}

impl Block {
    fn begins(&self, page: &str, start: &str) -> bool {
        self.page == page
            && self.lines.first().is_some_and(|line| line.trim_start().trim_start_matches("$ ").starts_with(start))
    }
}

/// Every page, seen from the root.
fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    let mut folders: Vec<PathBuf> = vec!["".into(), "docs".into(), "contrib".into()];
    while let Some(folder) = folders.pop() {
        for entry in root().join(&folder).read_dir().unwrap().flatten() {
            let below = folder.join(entry.file_name());
            if below.extension().is_some_and(|e| e == "md") {
                pages.push(below.to_str().unwrap().to_owned());
            } else if folder != Path::new("") && entry.file_type().unwrap().is_dir() {
                folders.push(below);
            }
        }
    }
    pages.sort();
    pages
}

fn blocks_of(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in text(page).lines() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some(Block { page: page.to_owned(), language: language.to_owned(), lines: Vec::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{page}: a block without an end");
    blocks
}

/// Every block that holds commands.
fn blocks() -> Vec<Block> {
    let pages = pages().into_iter().filter(|page| NOT_HERE.iter().all(|(other, _)| other != page));
    let all = pages.flat_map(|page| blocks_of(&page));
    all.filter(|block| matches!(block.language.as_str(), "sh" | "console" | "bash" | "shell")).collect()
}

/// A person who counts for herself in a checkout with real make, everything installed, some of it recorded.
fn scene() -> Case {
    let case = Case::new().through(Way::Direct).service("plex");
    let makefile = "start:\n\t@:\nenable-service:\n\t@ln -sf ../services-available/plex.yml services-enabled/plex.yml\n\
        plex:\n\t@:\n-include make.d/*.mk\n";
    let case = case.file("onramp/Makefile", makefile).tool("docker", "exit 0").tool("podman", "exit 0");
    let case = case.program("onramp-analytics", Path::new(env!("CARGO_BIN_EXE_onramp-analytics")));
    let case = case.env("ONRAMP_ANALYTICS_API_KEY", "phc_test").env("ONRAMP_ANALYTICS_HOST", "http://127.0.0.1:9");
    let case = case.path(&["data/onramp-analytics/shims", "bin", "/usr/bin", "/bin"]).env("SHELL", "/bin/bash");
    case.cli(&["collector", "import", "--data", "collected", "-"]).exits(0);
    case.cli(&["install"]).exits(0);
    case.cli(&["enable", "--local"]).exits(0);
    case.run(&["make", "enable-service", "plex"]).exits(0);
    case
}

/// Runs a block; what is wrong with it, if something is.
fn run(block: &Block) {
    let case = scene();
    let name = format!("{}: {}", block.page, block.lines.join("\n"));
    let commands = block.lines.join("\n").replace(COLLECTOR, "collected");
    if SERVES.iter().any(|(page, start)| block.begins(page, start)) {
        return serves(&case, &commands, &name);
    }
    if block.language != "console" {
        let ran = case.run(&["bash", "-eu", "-o", "pipefail", "-c", &commands]);
        return assert!(ran.status.success(), "{name}\n{ran}");
    }
    let mut rest = block.lines.as_slice();
    while let [command, behind @ ..] = rest {
        let command = command.strip_prefix("$ ").unwrap_or_else(|| panic!("{name}: a console block begins with $"));
        let end = behind.iter().position(|line| line.starts_with("$ ")).unwrap_or(behind.len());
        let ran = case.run(&["bash", "-c", &format!("{{ {command}\n}} 2>&1")]);
        assert!(is_like(&ran.out, &behind[..end]), "{name}\n$ {command}\n{ran}");
        rest = &behind[end..];
    }
}

/// Starts what serves, waits for its first line, and ends it.
fn serves(case: &Case, commands: &str, name: &str) {
    let commands = match commands.contains("collector --data") {
        true => format!("{commands} --listen 127.0.0.1:0"),
        false => commands.to_owned(),
    };
    let mut child =
        case.command(&["bash", "-euc", &commands]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let group = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process_group(group, rustix::process::Signal::TERM).unwrap();
    child.wait().unwrap();
    assert!(!line.is_empty(), "{name}: it said nothing");
}

/// Whether a text is as the lines say, where `...` stands for any lines.
fn is_like(text: &str, expected: &[String]) -> bool {
    fn matches(lines: &[&str], expected: &[String]) -> bool {
        match (lines, expected) {
            ([], []) => true,
            (_, [any, rest @ ..]) if any == "..." => (0..=lines.len()).any(|skip| matches(&lines[skip..], rest)),
            ([line, lines @ ..], [wanted, rest @ ..]) if line.trim_end() == wanted.trim_end() => matches(lines, rest),
            _ => false,
        }
    }
    matches(&text.lines().collect::<Vec<_>>(), expected)
}

#[test]
fn every_example_runs() {
    if which::which_in("make", Some("/usr/bin:/bin"), "/").is_err() {
        return skipped("no make");
    }
    let blocks = blocks();
    assert!(blocks.len() > 20, "{}", blocks.len());
    for block in blocks.iter().filter(|b| NOT_RUN.iter().all(|(page, start, _)| !b.begins(page, start))) {
        run(block);
    }
}

#[test]
fn every_exception_is_still_needed() {
    let blocks = blocks();
    for (page, start, _) in NOT_RUN {
        assert!(blocks.iter().any(|block| block.begins(page, start)), "{page} has no block that begins with: {start}");
    }
    for (page, start) in SERVES {
        assert!(blocks.iter().any(|block| block.begins(page, start)), "{page} has no block that begins with: {start}");
    }
}

#[test]
fn no_command_hides_from_the_tests_in_an_indented_block() {
    let looks = |line: &str| {
        let word = line.trim().trim_start_matches("$ ").split(' ').next().unwrap_or_default().to_owned();
        line.starts_with("    ")
            && ["onramp-analytics", "make", "cargo", "docker", "curl", "sudo", "eval", "sh", "git"].contains(&&*word)
    };
    for page in pages().iter().filter(|page| NOT_HERE.iter().all(|(other, _)| other != page)) {
        let mut fenced = false;
        for line in text(page).lines() {
            fenced ^= line.trim_start().starts_with("```");
            assert!(fenced || !looks(line), "{page}: put it into a fenced block: {line}");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        let folder = root().join(&page);
        let folder = folder.parent().unwrap();
        let text = text(&page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            if !path.is_empty() && !path.contains("://") && !path.starts_with("mailto:") {
                let is_there = folder.join(path).exists();
                // Pages of another part of the work, that may not be there yet.
                let later = NOT_HERE.iter().any(|(other, _)| other.ends_with(path.trim_start_matches("../")));
                assert!(is_there || later, "{page} leads to {link}, which is not there");
            }
        }
    }
}

#[test]
fn every_cargo_command_of_the_readme_is_run_by_ci() {
    let ci = text(".ci/run");
    let commands: Vec<String> = blocks_of("README.md").into_iter().flat_map(|block| block.lines).collect();
    let commands: Vec<&str> =
        commands.iter().map(|line| line.trim()).filter(|line| line.starts_with("cargo ")).collect();
    assert!(commands.contains(&"cargo build --release && target/release/onramp-analytics demo"), "{commands:?}");
    assert!(commands.contains(&"cargo test --workspace"), "{commands:?}");
    for command in commands.iter().filter(|c| !c.starts_with("cargo install")) {
        // A step stands behind its name: `step "tests" cargo test --workspace`.
        let runs = |line: &str| line.trim() == *command || line.trim().ends_with(&format!("\" {command}"));
        assert!(ci.lines().any(runs), "CI does not run: {command}");
    }
}

/// So that their own summary is the last thing that CI prints.
#[test]
fn the_tests_come_last() {
    let ci = text(".ci/run");
    let (_, main) = ci.split_once("\nmain() {\n").unwrap();
    let (main, _) = main.split_once("\n}\n").unwrap();
    assert_eq!(main.lines().last().map(str::trim), Some("cargo test --workspace"));
}
