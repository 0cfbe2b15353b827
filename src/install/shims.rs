//! Owns the folder of shims: one link for each tool that exists, to the shim beside this program.

use crate::env::{Environment, Variable};
use crate::files;
use crate::paths::{Homes, PROGRAM, data, shim};
use crate::words::{error, fill};
use anyhow::{Context as _, Result, bail};
use onramp_shim::paths::NOTE;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// How much of a program is searched for the note that marks a shim, in bytes.
const HEAD: u64 = 4096;

/// Folders that are on PATH in every shell, whatever start-up files do.
const EVERYWHERE_ON_PATH: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// What the folder holds now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// The folder.
    pub folder: PathBuf,
    /// The tools that have a link.
    pub linked: Vec<&'static str>,
    /// The tools that are not installed: no link, since `command -v docker` has to tell the truth.
    pub absent: Vec<&'static str>,
}

/// Links every tool that exists, and takes away links of tools that do not. Each link is replaced whole, so that commands
/// may run meanwhile.
///
/// # Errors
/// When there is no shim beside this program, or the folder can't be written.
pub fn link(env: &Environment, homes: &Homes) -> Result<Linked> {
    let target = beside()?;
    let folder = homes.data.join(data::SHIMS);
    files::make_folder(&folder).with_context(|| format!("could not make folder: {}", folder.display()))?;
    let mut done = Linked { folder, ..Linked::default() };
    for tool in shim::TOOLS {
        let link = done.folder.join(tool);
        if real(env, tool).is_some() {
            replace(&link, &target).with_context(|| format!("could not link shim: {}", link.display()))?;
            done.linked.push(tool);
        } else {
            files::unlink(&link)?;
            done.absent.push(tool);
        }
    }
    Ok(done)
}

/// Links anew what is installed already, since tools come and go; where nothing is installed nothing is done.
///
/// # Errors
/// As [`link`].
pub fn relink(env: &Environment, homes: &Homes) -> Result<()> {
    if homes.data.join(data::SHIMS).is_dir() { link(env, homes).map(|_| ()) } else { Ok(()) }
}

/// Takes the folder away; answers whether there was one. What is not ours in it stays, and so does the folder then.
///
/// # Errors
/// When something of ours stays.
pub fn unlink(homes: &Homes) -> Result<bool> {
    let folder = homes.data.join(data::SHIMS);
    let was_there = folder.is_dir();
    for tool in shim::TOOLS {
        files::unlink(&folder.join(tool))?;
    }
    files::remove_empty(&folder)?;
    Ok(was_there)
}

/// The real command of that name on PATH, past every shim.
#[must_use]
pub fn real(env: &Environment, tool: &str) -> Option<PathBuf> {
    candidates(env, tool).into_iter().find(|path| !is_shim(path))
}

/// Every program of that name on PATH, shims too, in order.
#[must_use]
pub fn candidates(env: &Environment, tool: &str) -> Vec<PathBuf> {
    let path = env.path(Variable::Path);
    which::which_in_all(tool, path, "/").map(Iterator::collect).unwrap_or_default()
}

/// Whether a file is a shim: ours, another copy of it, or an older release's. All carry the same note near their start.
#[must_use]
pub fn is_shim(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && head.windows(NOTE.len()).any(|part| part == NOTE)
}

/// The shim that came with this program.
///
/// # Errors
/// When there is none beside it.
pub fn beside() -> Result<PathBuf> {
    let own = program()?;
    let path = own.with_file_name(shim::NAME);
    if !is_shim(&path) {
        bail!(fill(error::NO_SHIM, &[("path", &path.display().to_string())]));
    }
    Ok(path)
}

/// This program's own file.
///
/// # Errors
/// When the system does not tell.
pub fn program() -> Result<PathBuf> {
    std::env::current_exe().and_then(|path| path.canonicalize()).context("could not find this program's own file")
}

/// This program as a start-up file calls it: by name where every shell finds it, else by its path. The line stands above
/// those that put `~/.cargo/bin` and the like on PATH.
///
/// # Errors
/// When the system does not tell its own file.
pub fn spoken(env: &Environment) -> Result<String> {
    let own = program()?;
    let found = which::which_in(PROGRAM, env.path(Variable::Path), "/").ok().filter(|found| {
        found.parent().is_some_and(|folder| EVERYWHERE_ON_PATH.iter().any(|known| folder == Path::new(known)))
    });
    let is_found = found.and_then(|found| found.canonicalize().ok()).is_some_and(|found| found == own);
    Ok(if is_found { PROGRAM.to_owned() } else { super::word(&own) })
}

fn replace(link: &Path, target: &Path) -> std::io::Result<()> {
    if std::fs::read_link(link).is_ok_and(|now| now == target) {
        return Ok(());
    }
    let new = link.with_extension("new");
    let _ = std::fs::remove_file(&new);
    std::os::unix::fs::symlink(target, &new)?;
    files::hand_over(&new)?;
    std::fs::rename(&new, link)
}
