//! Who may import whom: held by reading `use` lines and paths, so that the house stays as docs/architecture.md draws it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The shim crate's files in the order of `shims/src/lib.rs`: facts first, then the path.
fn order() -> (Vec<String>, Vec<String>) {
    let text = read("shims/src/lib.rs");
    let (facts, path) = text.split_once("// The path, in its order").expect("lib.rs names the path");
    let modules = |part: &str| {
        let lines = part.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned));
        lines.filter(|m| m != "sys").collect::<Vec<_>>()
    };
    (modules(facts), modules(path))
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// All files of a folder, without what stands in their `#[cfg(test)]` parts.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text.split("\n#[cfg(test)]\n").next().unwrap().to_owned()));
            }
        }
    }
    found
}

/// The first module of every path that starts with `prefix`: `crate::paths::Arena` is `paths`.
fn named(text: &str, prefix: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut all = BTreeSet::new();
    for part in code.split(prefix).skip(1) {
        let word = |s: &str| s.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
        match part.strip_prefix('{') {
            Some(list) => all.extend(list.split('}').next().unwrap_or_default().split(',').map(|w| word(w.trim()))),
            None => {
                all.insert(word(part));
            }
        }
    }
    all
}

#[test]
fn facts_import_facts_and_each_station_of_the_path_only_earlier_ones() {
    let (facts, path) = order();
    for (file, text) in files("shims/src") {
        let relative = file.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("shims/src")).unwrap();
        let own = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if own == "lib" {
            continue;
        }
        let earlier: Vec<&String> = match path.iter().position(|m| *m == own) {
            Some(place) => facts.iter().chain(&path[..=place]).collect(),
            None => facts.iter().collect(),
        };
        for other in named(&text, "crate::").into_iter().filter(|other| other != "sys" && !other.is_empty()) {
            let known = facts.contains(&other) || path.contains(&other);
            assert!(!known || earlier.contains(&&other), "{} imports {other}", relative.display());
        }
    }
}

#[test]
fn the_command_uses_facts_grammars_and_rules_of_the_shim_and_nothing_else_of_it() {
    let (facts, _) = order();
    for (file, text) in files("src") {
        if file.ends_with("onramp-shim.rs") {
            continue;
        }
        for module in named(&text, "onramp_shim::") {
            let allowed =
                facts.contains(&module) || ["invocation", "rules", "spool", "wake"].contains(&module.as_str());
            assert!(allowed, "{} uses {module} of the shim", file.display());
        }
    }
}

#[test]
fn the_wire_format_is_known_in_one_place() {
    for (file, text) in files("src") {
        let within =
            |name: &str| file.components().any(|c| c.as_os_str().to_string_lossy().trim_end_matches(".rs") == name);
        // The collector is the other end of the wire, the demonstration looks at what arrived.
        if !within("posthog") && !within("collector") {
            assert!(!text.contains("api_key\\\":") && !text.contains("\"/batch"), "{} knows the wire", file.display());
        }
    }
}

#[test]
fn unsafe_stands_in_one_file() {
    let all = files("src").into_iter().chain(files("shims/src"));
    for (file, text) in all.filter(|(file, _)| !file.ends_with("sys.rs")) {
        let code = text.lines().filter(|l| !l.trim_start().starts_with("//"));
        for line in code {
            assert!(!line.contains("unsafe "), "{}: {line}", file.display());
        }
    }
}

#[test]
fn nothing_in_the_command_names_a_goal_of_onramp() {
    // The demonstration plays a person who types them.
    for (file, text) in files("src")
        .into_iter()
        .filter(|(f, _)| !f.components().any(|c| c.as_os_str().to_string_lossy().starts_with("demo")))
    {
        for goal in ["enable-service", "disable-service", "start-service", "enable-override", "restore-backup"] {
            let code = text.lines().filter(|l| !l.trim_start().starts_with("//"));
            for line in code {
                assert!(!line.contains(&format!("\"{goal}\"")), "{}: {line}", file.display());
            }
        }
    }
}

/// On aarch64 such a step is a function of the compiler's that calls `getauxval` of a libc: the shim would not link there.
#[test]
fn the_shim_exchanges_nothing_in_one_step() {
    for (file, text) in files("shims/src") {
        for step in [".swap(", ".fetch_", ".compare_exchange"] {
            assert!(!text.contains(step) || !text.contains("Ordering::"), "{}: {step}", file.display());
        }
    }
}
