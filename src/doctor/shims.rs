//! Owns looking at the folder of shims, the tools behind them, and this program.

use super::{Finding, Repair};
use crate::env::{Environment, Variable};
use crate::install::shims as installed;
use crate::paths::{Homes, PROGRAM, data, shim};
use crate::words::doctor as say;
use crate::words::{fill, machine};
use std::path::Path;

/// Parts of paths by which managers of tools are known, whose shims come between ours and the real tool.
const MANAGERS: [&str; 5] = ["/.asdf/", "/mise/", "/.colima/", "/.rd/", "/.nix-profile/"];

/// Looks at them.
pub fn look(env: &Environment, homes: &Homes) -> Vec<Finding> {
    let folder = homes.data.join(data::SHIMS);
    let mut findings = vec![version()];
    findings.extend(programs(env));
    if !folder.is_dir() {
        let absent = || Finding::wrong(say::NOT_INSTALLED).remedy(say::INSTALL);
        findings.push(super::in_the_way(&folder).unwrap_or_else(absent));
        return findings;
    }
    let wrong: Vec<_> = shim::TOOLS.iter().filter_map(|tool| link(env, &folder, tool)).collect();
    if wrong.is_empty() {
        findings.push(linked(&folder));
    }
    findings.extend(wrong);
    findings.extend(shim::TOOLS.iter().filter_map(|tool| real(env, tool)));
    findings
}

/// The links that there are, each as it should be.
fn linked(folder: &Path) -> Finding {
    let linked: Vec<_> = shim::TOOLS.into_iter().filter(|tool| folder.join(tool).exists()).collect();
    if linked.is_empty() {
        return Finding::note(fill(machine::NOTHING_LINKED, &[("tools", &shim::TOOLS.join(", "))]));
    }
    let values = [("tools", linked.join(", ")), ("folder", folder.display().to_string())];
    Finding::good(fill(say::SHIMS_GOOD, &values.each_ref().map(|(name, value)| (*name, value.as_str()))))
}

/// What is wrong with the link of a tool.
fn link(env: &Environment, folder: &Path, tool: &str) -> Option<Finding> {
    let link = folder.join(tool);
    let is_linked = link.symlink_metadata().is_ok();
    let is_there = installed::real(env, tool).is_some();
    let target = link.canonicalize().ok();
    let own = installed::beside().and_then(|own| Ok(own.canonicalize()?)).ok();
    let (words, name, value) = match (is_linked, is_there) {
        (false, false) => return None,
        (false, true) => (say::SHIM_MISSING, "", String::new()),
        (true, false) => (say::SHIM_ALONE, "", String::new()),
        (true, true) if target.is_none() => (say::SHIM_BROKEN, "link", link.display().to_string()),
        (true, true) if own.is_some() && target != own => {
            (say::SHIM_STALE, "target", target.unwrap_or_default().display().to_string())
        }
        (true, true) => return None,
    };
    Some(Finding::wrong(fill(words, &[("tool", tool), (name, &value)])).repair(Repair::Link))
}

/// The tool behind a shim.
fn real(env: &Environment, tool: &str) -> Option<Finding> {
    let path = installed::real(env, tool)?.display().to_string();
    let is_managed = MANAGERS.iter().any(|part| path.contains(part)) || path.contains("/shims/");
    let values = [("tool", tool), ("path", path.as_str())];
    Some(match is_managed {
        true => Finding::note(fill(say::TOOL_MANAGED, &values)),
        false => Finding::good(fill(say::TOOL_GOOD, &values)),
    })
}

/// Which release this is.
fn version() -> Finding {
    let own = installed::program().map(|own| own.display().to_string()).unwrap_or_default();
    let schema = onramp_shim::schema::VERSION.to_string();
    let values = [("version", env!("CARGO_PKG_VERSION")), ("schema", schema.as_str()), ("own", own.as_str())];
    Finding::good(fill(say::VERSION, &values))
}

/// More than one of us on PATH.
fn programs(env: &Environment) -> Vec<Finding> {
    let found = which::which_in_all(PROGRAM, env.path(Variable::Path), "/").map(Iterator::collect);
    let found: Vec<std::path::PathBuf> = found.unwrap_or_default();
    let mut files: Vec<_> = found.iter().filter_map(|path| path.canonicalize().ok()).collect();
    files.sort();
    files.dedup();
    if files.len() < 2 {
        return Vec::new();
    }
    let paths: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
    let own = installed::program().map(|own| own.display().to_string()).unwrap_or_default();
    let remedy = fill(say::OTHER_PROGRAMS_REMEDY, &[("own", &own)]);
    vec![Finding::note(fill(say::OTHER_PROGRAMS, &[("paths", &paths.join(", "))])).remedy(remedy)]
}
