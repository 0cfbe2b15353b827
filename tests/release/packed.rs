//! The release as it is packed: what lies in it, that its checksums are right, and that it can be packed again to the
//! same bytes.

use super::folder::{self, VERSION};
use super::{project, read};
use onramp_shim::paths::shim::TOOLS;
use std::path::Path;

#[test]
fn the_same_programs_give_the_same_bytes_whoever_packs_them_and_whenever() {
    let first = folder::built();
    let second = Path::new(env!("CARGO_TARGET_TMPDIR")).join("release-again");
    folder::build(&second, &[("TZ", "Asia/Tokyo"), ("LC_ALL", "C.UTF-8")]);
    assert_eq!(read(&first.join("SHA256SUMS")), read(&second.join("SHA256SUMS")));
}

#[test]
fn the_archive_has_what_its_readers_and_their_shells_look_for() {
    let list = std::process::Command::new("tar")
        .arg("--list")
        .arg("--verbose")
        .arg("--numeric-owner")
        .arg("--file")
        .arg(folder::built().join(format!("{}.tar.gz", folder::name(VERSION))))
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    for file in [
        "bin/onramp-analytics",
        "bin/onramp-shim",
        "docs/man/onramp-analytics.1",
        "docs/man/onramp-analytics-enable.1",
        "docs/man/onramp-shim.1",
        "completions/onramp-analytics.bash",
        "completions/_onramp-analytics",
        "completions/onramp-analytics.fish",
        "rules/make.toml",
        "rules/docker.toml",
        "rules/schema.toml",
        "rules/catalog.toml",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "LICENSES-THIRD-PARTY",
        "README.md",
        "install.sh",
    ] {
        let found = list.lines().find(|line| line.ends_with(&format!("/{file}")));
        let line = found.unwrap_or_else(|| panic!("no {file} in\n{list}"));
        let mode = if file.starts_with("bin/") { "-rwxr-xr-x 0/0" } else { "-rw-r--r-- 0/0" };
        assert!(line.starts_with(mode), "{line}");
    }
    // Owners, modes and times say nothing about the machine that packed it; hidden subcommands have no page.
    assert!(list.lines().all(|line| line.contains(" 0/0 ")), "{list}");
    assert!(!list.contains("onramp-analytics-send.1"), "{list}");
}

#[test]
fn every_dependency_has_its_license_in_the_release() {
    let licenses = read(&folder::built().join("stage/LICENSES-THIRD-PARTY"));
    for dependency in ["anyhow", "clap", "reqwest", "ring", "rusqlite", "rustls", "serde", "tokio"] {
        let heading = licenses.lines().find(|line| line.starts_with(&format!("======== {dependency} ")));
        assert!(heading.is_some_and(|line| line.contains(": ")), "{dependency}");
    }
    assert!(!licenses.contains("======== onramp-"));
}

#[test]
fn the_debian_package_changes_nobodys_path_and_runs_nothing() {
    let cargo = read(&project("Cargo.toml"));
    let table = cargo.split("[package.metadata.deb]\n").nth(1).unwrap().split("\n[").next().unwrap();
    for refused in ["maintainer-scripts", "conf-files", "systemd-units", "triggers"] {
        assert!(!table.contains(refused), "{refused}");
    }
    let assets = table.lines().filter(|line| line.trim_start().starts_with("[\""));
    let mut count = 0;
    for asset in assets {
        let target = asset.split('"').nth(3).unwrap();
        assert!(target.starts_with("usr/"), "{asset}");
        let name = if target.ends_with('/') { asset.split('"').nth(1).unwrap() } else { target };
        let name = name.rsplit('/').next().unwrap();
        // A `docker` or `make` in /usr/bin would stand before everybody's.
        assert!(!TOOLS.contains(&name), "{asset}");
        count += 1;
    }
    assert!(count > 8, "{count}");
}

#[test]
fn the_shims_own_page_names_everything_that_it_stands_in_front_of() {
    let page = read(&folder::built().join("stage/docs/man/onramp-shim.1")).replace('\\', "");
    for tool in TOOLS {
        assert!(page.contains(&format!(".B {tool}\n")), "{tool}");
    }
    assert!(page.contains(&format!("onramp-shim {VERSION}")));
}
