//! The workflows, ours and the one that OnRamp would merge: what they run of others is pinned, and what they may do is little.

use super::{project, read};
use std::path::PathBuf;

fn workflows() -> Vec<(PathBuf, String)> {
    let folders = [".github/workflows", "contrib/onramp/.github/workflows"];
    let files = folders.iter().flat_map(|folder| project(folder).read_dir().unwrap().flatten());
    let all: Vec<_> = files.map(|file| (file.path(), read(&file.path()))).collect();
    assert!(all.len() >= 4, "{all:?}");
    all
}

#[test]
fn every_action_is_pinned_by_its_full_commit() {
    let mut count = 0;
    for (path, text) in workflows() {
        for line in text.lines().filter(|line| line.trim_start().trim_start_matches("- ").starts_with("uses:")) {
            let (_, commit) = line.split_once('@').unwrap_or_else(|| panic!("{}: {line}", path.display()));
            let (digits, version) = commit.split_once(" # v").unwrap_or_else(|| panic!("{}: {line}", path.display()));
            assert!(digits.len() == 40 && digits.bytes().all(|b| b.is_ascii_hexdigit()), "{}: {line}", path.display());
            assert_eq!(version.split('.').count(), 3, "{}: {line}", path.display());
            // Only actions of the platform itself.
            assert!(line.contains("uses: actions/"), "{}: {line}", path.display());
            count += 1;
        }
    }
    assert!(count > 4, "{count}");
}

#[test]
fn a_workflow_may_do_nothing_that_its_jobs_do_not_name() {
    for (path, text) in workflows() {
        assert!(text.contains("\npermissions: {}\n"), "{}", path.display());
        assert!(!text.contains("pull_request_target"), "{}", path.display());
        assert!(!text.contains("write-all"), "{}", path.display());
    }
}

/// What somebody else can choose (a title, a branch's name) reaches a script as a variable or not at all.
#[test]
fn nothing_is_pasted_into_a_script() {
    for (path, text) in workflows() {
        let mut script_from = None;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let indent = line.len() - line.trim_start().len();
            if script_from.is_some_and(|from| indent <= from) {
                script_from = None;
            }
            if line.trim_start().trim_start_matches("- ").starts_with("run:") {
                script_from = Some(indent);
            }
            assert!(script_from.is_none() || !line.contains("${{"), "{}: {line}", path.display());
        }
    }
}

#[test]
fn a_release_is_made_for_both_machines_by_the_script_that_is_tested_here() {
    let text = read(&project(".github/workflows/release.yml"));
    for part in [
        "ubuntu-22.04",
        "ubuntu-22.04-arm",
        "contrib/release/build",
        "contrib/release/publishable",
        "ONRAMP_ANALYTICS_BUILTIN_KEY",
        "ONRAMP_ANALYTICS_BUILTIN_HOST",
        "actions/attest-build-provenance@",
    ] {
        assert!(text.contains(part), "{part}");
    }
}
