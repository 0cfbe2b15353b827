//! The README's commands are those that CI runs.

use std::path::Path;

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The lines of a page's `sh` blocks that cargo can carry out.
fn commands(page: &str) -> Vec<&str> {
    let mut shell = false;
    let lines = page.lines().filter(move |line| {
        if let Some(language) = line.strip_prefix("```") {
            shell = matches!(language, "sh" | "console" | "shell" | "bash");
            return false;
        }
        shell
    });
    lines.map(|line| line.trim().trim_start_matches("$ ")).filter(|line| line.starts_with("cargo ")).collect()
}

#[test]
fn every_cargo_command_of_the_readme_is_run_by_ci() {
    let (readme, ci) = (text("README.md"), text(".ci/run"));
    let commands = commands(&readme);
    assert!(commands.contains(&"cargo build --release && target/release/onramp-analytics demo"), "{commands:?}");
    assert!(commands.contains(&"cargo test --workspace"), "{commands:?}");
    for command in commands.iter().filter(|c| !c.starts_with("cargo install")) {
        // A step stands behind its name: `step "tests" cargo test --workspace`.
        let runs = |line: &str| line.trim() == *command || line.trim().ends_with(&format!("\" {command}"));
        assert!(ci.lines().any(runs), "CI does not run: {command}");
    }
}

#[test]
fn the_tests_come_last() {
    let ci = text(".ci/run");
    let steps: Vec<&str> = ci.lines().map(str::trim).filter(|l| l.starts_with("step \"")).collect();
    assert_eq!(steps.last().map(|s| s.rsplit_once('"').unwrap().1), Some(" cargo test --workspace"));
}
