//! `catalog`: makes the catalogue of public names anew from an OnRamp checkout. For maintainers; hidden.
//!
//! Prints what `shims/catalog.toml` shall hold, to be reviewed as a diff. Only what git tracks is public: a private
//! service that lies in `services-available/` is not.

use super::Session;
use crate::words::help;
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The options of `catalog`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(help = help::CATALOG_CHECKOUT)]
    checkout: PathBuf,
}

const HEAD: &str = "\
# The public names: every service, override and target that OnRamp itself publishes.
# A name that is not here is recorded as `custom`, a command as `other`. Made by `onramp-analytics catalog CHECKOUT`;
# reviewed as a diff. `games` are services whose file lies in services-available/games/.
";

/// Prints the catalogue.
///
/// # Errors
/// When the folder is no git checkout of OnRamp.
pub fn run(_: &Session, args: &Args) -> Result<ExitCode> {
    let tracked = git(&args.checkout, &["ls-files", "-z"])?;
    let tracked: Vec<&str> = tracked.split('\0').collect();
    let source = git(&args.checkout, &["log", "-1", "--format=%h (%cs)"])?;
    let mut text = format!("{HEAD}\nsource = {:?}\n", format!("traefikturkey/onramp main {}", source.trim()));
    let makefiles = tracked.iter().filter(|p| **p == "Makefile" || is_in(p, "make.d/", ".mk"));
    let mut targets = BTreeSet::new();
    for path in makefiles {
        let path = args.checkout.join(path);
        let makefile =
            std::fs::read_to_string(&path).with_context(|| format!("could not read makefile: {}", path.display()))?;
        targets.extend(goals(&makefile));
    }
    let stems =
        |folder: &str| tracked.iter().filter_map(|p| stem(p, folder)).map(str::to_owned).collect::<BTreeSet<_>>();
    for (name, names) in [
        ("services", stems("services-available/")),
        ("games", stems("services-available/games/")),
        ("overrides", stems("overrides-available/")),
        ("targets", targets),
    ] {
        let _ = writeln!(text, "\n{name} = [");
        for word in names {
            let _ = writeln!(text, "    {word:?},");
        }
        text += "]\n";
    }
    super::print(&text);
    Ok(ExitCode::SUCCESS)
}

fn git(checkout: &Path, words: &[&str]) -> Result<String> {
    let output = Command::new("git").arg("-C").arg(checkout).args(words).output().context("could not run git")?;
    if !output.status.success() {
        bail!("could not read checkout: {}\nhelp: name a git checkout of OnRamp", checkout.display());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn is_in(path: &str, folder: &str, ending: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|file| !file.contains('/') && file.ends_with(ending))
}

/// The name of a compose file right in a folder.
fn stem<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    // OnRamp writes .yaml here and there; its names are public all the same.
    let ending = [".yml", ".yaml"].into_iter().find(|ending| is_in(path, folder, ending))?;
    path.strip_prefix(folder)?.strip_suffix(ending)
}

/// The goals that a makefile defines by name: no patterns, no files, no variables.
fn goals(makefile: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in makefile.lines().filter(|line| !line.starts_with(['\t', ' ', '#', '.'])) {
        let Some((names, rest)) = line.split_once(':') else { continue };
        let is_rule = !rest.starts_with(['=', ':']) && !names.contains(['=', '$', '(', '%', '/', '"']);
        let plain =
            |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
        found.extend(names.split_whitespace().filter(|_| is_rule).filter(plain).map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_what_a_makefile_defines_by_name() {
        let makefile = "A := 1\nstart: build\n\t@x: y\nup down: ## doc\n%.yml: x\n.PHONY: start\n$(X): y\nservices/a.yml:\n\
            start-service: COMPOSE = true\nifeq (a:b)\nA::=2\n";
        let expected = ["down", "start", "start-service", "up"].map(str::to_owned);
        assert_eq!(goals(makefile), BTreeSet::from(expected));
    }

    #[test]
    fn names_are_files_right_in_their_folder() {
        assert_eq!(stem("services-available/plex.yml", "services-available/"), Some("plex"));
        assert_eq!(stem("services-available/games/rust.yml", "services-available/"), None);
        assert_eq!(stem("services-available/README.md", "services-available/"), None);
    }
}
