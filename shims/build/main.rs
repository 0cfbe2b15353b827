//! Turns the data of this crate into tables: `rules/*.toml`, `catalog.toml`, `variables.toml` and `schema.toml`; and
//! `words.toml` into constants.
//!
//! The tables are compiled in on purpose: what can be collected is a property of the reviewed release, and a
//! stray file on a machine can't widen it. A key that is not known here fails the build.

mod catalog;
mod options;
mod phrases;
mod rules;
mod schema;
mod tools;
mod variables;

use serde::Deserialize;
use std::path::Path;
use tools::{Docker, Make};

fn main() {
    let make: Make = read("rules/make.toml");
    let docker: Docker = read("rules/docker.toml");
    let hosts = tools::hosts(&docker);
    let tables = [
        ("names.rs", tools::names(&make, &docker, &hosts)),
        ("tools.rs", tools::table(&make, &docker, &hosts)),
        ("variables.rs", variables::table()),
        ("catalog.rs", catalog::table(&docker)),
        ("schema.rs", schema::table()),
        ("options.rs", options::table(&make, &docker, &hosts)),
        ("rules.rs", rules::table(&make, &docker, &hosts)),
        ("words.rs", phrases::constants(&read("words.toml"))),
    ];
    #[expect(clippy::disallowed_methods, reason = "cargo speaks to a build script by variables")]
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    for (name, text) in tables {
        std::fs::write(Path::new(&out).join(name), text).expect("OUT_DIR is writable");
    }
}

fn read<T: for<'a> Deserialize<'a>>(path: &str) -> T {
    println!("cargo::rerun-if-changed={path}");
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("could not read {path}: {e}"));
    toml::from_str(&text).unwrap_or_else(|e| panic!("could not parse {path}: {e}"))
}

/// `DO_NOT_TRACK` becomes `DoNotTrack`.
fn camel(name: &str) -> String {
    name.split(['_', '-'])
        .map(|word| {
            let (head, tail) = word.split_at(1);
            head.to_uppercase() + &tail.to_lowercase()
        })
        .collect()
}
