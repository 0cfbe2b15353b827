//! Owns telling how the programs themselves go from a machine: by whatever brought them. Removes nothing.

use super::word;
use crate::paths::{PROGRAM, program, shim};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// The command that takes this program and the shim beside it away.
#[must_use]
pub fn command(own: &Path) -> String {
    let folder = own.parent().unwrap_or(own);
    let prefix = folder.parent().unwrap_or(folder);
    if prefix.join(program::INSTALLED).is_file() {
        let script = word(&prefix.join(program::INSTALLER));
        return format!("sh {script} --remove --prefix {}", word(prefix));
    }
    let is_packaged = |list: &str| std::fs::read(list).is_ok_and(|files| names(&files, own));
    if is_packaged(program::DEBIAN) {
        return format!("sudo apt-get purge {PROGRAM}");
    }
    if prefix.join(program::CARGO).is_file() {
        return format!("cargo uninstall --root {} {PROGRAM}", word(prefix));
    }
    format!("rm {} {}", word(own), word(&folder.join(shim::NAME)))
}

/// Whether a list of files, one a line, has that one.
fn names(files: &[u8], path: &Path) -> bool {
    files.split(|b| *b == b'\n').any(|line| line == path.as_os_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_by_what_brought_it() {
        let home = tempfile::tempdir().unwrap();
        let prefix = home.path().join("a b");
        let own = prefix.join("bin/onramp-analytics");
        let at = prefix.display();
        assert_eq!(command(&own), format!("rm '{at}/bin/onramp-analytics' '{at}/bin/onramp-shim'"));
        let trace = |below: &str| {
            let path = prefix.join(below);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        };
        trace(program::CARGO);
        assert_eq!(command(&own), format!("cargo uninstall --root '{at}' onramp-analytics"));
        trace(program::INSTALLED);
        let script = format!("'{at}/share/doc/onramp-analytics/install.sh'");
        assert_eq!(command(&own), format!("sh {script} --remove --prefix '{at}'"));
    }

    #[test]
    fn a_package_is_told_by_its_list_of_files() {
        let list = b"/.\n/usr\n/usr/bin/onramp-analytics\n";
        assert!(names(list, Path::new("/usr/bin/onramp-analytics")));
        assert!(
            !names(list, Path::new("/usr/local/bin/onramp-analytics")) && !names(list, Path::new("/usr/bin/onramp"))
        );
    }
}
