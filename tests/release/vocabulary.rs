//! A catalogue that grows is no schema that grows: people are not asked again because OnRamp has a new service.

use super::{project, read};
use onramp_shim::schema::VERSION;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn a_new_name_in_the_catalogue_changes_no_schema() {
    let schema: toml::Table = read(&project("shims/schema.toml")).parse().unwrap();
    assert_eq!(schema["version"].as_integer(), Some(VERSION.into()));
    // Always the same folder: what cargo keeps of it is kept once.
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vocabulary");
    lay_out(&copy);
    let before = tables(&copy);
    let catalog = copy.join("shims/catalog.toml");
    let grown = read(&catalog).replacen("services = [\n", "services = [\n    \"a-service-of-tomorrow\",\n", 1);
    std::fs::write(&catalog, grown).unwrap();
    let after = tables(&copy);
    assert!(!before.0.contains("a-service-of-tomorrow") && after.0.contains("a-service-of-tomorrow"));
    assert_eq!(before.1, after.1);
}

/// The project, with a shim crate of its own.
fn lay_out(copy: &Path) {
    let _ = std::fs::remove_dir_all(copy);
    std::fs::create_dir(copy).unwrap();
    for entry in project("").read_dir().unwrap().flatten() {
        if !["shims", "target", ".git"].contains(&entry.file_name().to_str().unwrap()) {
            std::os::unix::fs::symlink(entry.path(), copy.join(entry.file_name())).unwrap();
        }
    }
    assert!(Command::new("cp").arg("-R").arg(project("shims")).arg(copy).status().unwrap().success());
}

/// Catalogue and schema as the build script of the copy makes them; what it needs is compiled already.
fn tables(copy: &Path) -> (String, String) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--package", "onramp-shim", "--message-format", "json"])
        .arg("--target-dir")
        .arg(target)
        .current_dir(copy)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    let all = told.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let own = all.filter(|message| message["package_id"].as_str().is_some_and(|id| id.contains("/shims#")));
    let out = own.filter_map(|message| message["out_dir"].as_str().map(PathBuf::from)).next().unwrap();
    (read(&out.join("catalog.rs")), read(&out.join("schema.rs")))
}
