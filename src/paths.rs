//! Owns where things lie for one person: the XDG homes, the state folder, and a checkout's folder in it. The names are
//! those of the shim crate's `paths.rs`.

use crate::env::{Environment, Variable};
use crate::files;
use crate::person::{self, Person};
use crate::words::{error, fill};
use anyhow::{Context as _, Result, bail};
pub use onramp_shim::paths::{
    FISH, PASSWD, PROGRAM, START_UP, checkout, collector, config, data, home, place, program, shim, state,
};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Where the kernel tells this machine's name (proc(5)).
pub const MACHINE_NAME: &str = "/proc/sys/kernel/hostname";

/// Our folders under a person's homes (XDG Base Directory Specification 0.8).
#[derive(Clone, Debug)]
pub struct Homes {
    /// Events, ids, marks and ledgers.
    pub state: PathBuf,
    /// The switch without a shell.
    pub config: PathBuf,
    /// The shims.
    pub data: PathBuf,
}

impl Homes {
    /// The homes of the person behind this process. For root through sudo these are the caller's own, found by their
    /// number, unless the environment names a state folder of theirs.
    ///
    /// # Errors
    /// When there is none: neither HOME nor the XDG variable is an absolute path, or a caller of sudo has no home.
    pub fn of(env: &Environment) -> Result<Self> {
        let person = Person::of(env);
        let named = Self::named(env);
        if !person.by_sudo || named.as_ref().is_ok_and(|homes| person::owns(person.uid, &homes.state)) {
            return named;
        }
        let home = person.home().with_context(|| format!("could not find home: user {} has none", person.uid))?;
        let folder = |below: &str| home.join(below).join(PROGRAM);
        Ok(Self { state: folder(home::STATE), config: folder(home::CONFIG), data: folder(home::DATA) })
    }

    fn named(env: &Environment) -> Result<Self> {
        let folder = |variable, below: &str| -> Result<PathBuf> {
            let absolute = |v| env.path(v).filter(|p| p.is_absolute());
            let base = absolute(variable).or_else(|| absolute(Variable::Home).map(|h| h.join(below)));
            let name = variable.name();
            Ok(base
                .with_context(|| format!("could not find home: neither {name} nor HOME is an absolute path"))?
                .join(PROGRAM))
        };
        Ok(Self {
            state: folder(Variable::XdgStateHome, home::STATE)?,
            config: folder(Variable::XdgConfigHome, home::CONFIG)?,
            data: folder(Variable::XdgDataHome, home::DATA)?,
        })
    }
}

/// One checkout and its folder in the person's state folder.
#[derive(Clone, Debug)]
pub struct Place {
    /// The checkout's own path, without symbolic links.
    pub checkout: PathBuf,
    /// Its sixteen digits.
    pub digits: String,
    /// Its folder in the state folder; it need not exist.
    pub folder: PathBuf,
}

impl Place {
    /// The place of a checkout, if this person has a key yet.
    ///
    /// # Errors
    /// When the checkout or the key is there but can't be read.
    pub fn find(homes: &Homes, checkout: &Path) -> Result<Option<Self>> {
        let path = homes.state.join(state::KEY);
        let mut key = [0; 16];
        match std::fs::File::open(&path).and_then(|mut file| file.read_exact(&mut key)) {
            Ok(()) => Self::with_key(&key, homes, checkout).map(Some),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                let damaged = fill(error::KEY_DAMAGED, &[("path", &path.display().to_string())]);
                bail!("could not read key: {}: {damaged}", path.display())
            }
            Err(e) => Err(e).with_context(|| format!("could not read key: {}", path.display())),
        }
    }

    /// The place of a checkout; makes the key and the folder if they are not there.
    ///
    /// # Errors
    /// When the state folder can't be written.
    pub fn make(homes: &Homes, checkout: &Path) -> Result<Self> {
        let folder = |path: &Path| {
            files::make_folder(path).with_context(|| format!("could not make folder: {}", path.display()))
        };
        folder(&homes.state)?;
        if let Some(place) = Self::find(homes, checkout)? {
            folder(&place.folder)?;
            return Ok(place);
        }
        // Whole before it has its name, and never over another's: 50 first runs at once get one key.
        let path = homes.state.join(state::KEY);
        let key: [u8; 16] = *uuid::Uuid::new_v4().as_bytes();
        let mut file = tempfile::NamedTempFile::new_in(&homes.state)
            .with_context(|| format!("could not write key: {}", path.display()))?;
        // On the disk before it has its name: half a key would make every choice a doubt.
        std::io::Write::write_all(&mut file, &key)
            .and_then(|()| file.as_file().sync_all())
            .with_context(|| format!("could not write key: {}", path.display()))?;
        files::hand_over(file.path()).with_context(|| format!("could not write key: {}", path.display()))?;
        match file.persist_noclobber(&path) {
            Ok(_) => {}
            Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e.error).with_context(|| format!("could not write key: {}", path.display())),
        }
        let place = Self::find(homes, checkout)?.with_context(|| format!("could not read key: {}", path.display()))?;
        folder(&place.folder)?;
        Ok(place)
    }

    fn with_key(key: &[u8; 16], homes: &Homes, checkout: &Path) -> Result<Self> {
        let checkout =
            checkout.canonicalize().with_context(|| format!("could not find checkout: {}", checkout.display()))?;
        let inode =
            checkout.metadata().with_context(|| format!("could not read checkout: {}", checkout.display()))?.ino();
        let digits = onramp_shim::digits::of(key, checkout.as_os_str().as_bytes(), inode);
        let digits = String::from_utf8_lossy(&digits).into_owned();
        let folder = homes.state.join(&digits);
        Ok(Self { checkout, digits, folder })
    }

    /// Whether anything was ever recorded: then the folder is there.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.folder.is_dir()
    }

    /// A file in the checkout's folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}
