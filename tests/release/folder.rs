//! Owns a release folder on loopback: releases that the release script itself packed, and a server that can fail.
//!
//! The programs in them are stand-ins of a few bytes that run the real ones, since the real ones take long to pack.

use super::{project, read};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

/// The version that this is.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// A later one.
pub const LATER: &str = "99.0.0";

/// The release of this version, as `contrib/release/build` packs it: its folder.
pub fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("release");
        build(&out, &[]);
        out
    })
}

/// Packs a release into a folder.
#[track_caller]
pub fn build(out: &Path, variables: &[(&str, &str)]) {
    let programs = out.with_extension("programs");
    let _ = std::fs::remove_dir_all(&programs);
    std::fs::create_dir_all(&programs).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_onramp-shim"), programs.join("onramp-shim")).unwrap();
    let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_onramp-analytics"));
    program(&programs.join("onramp-analytics"), &script);
    let mut command = Command::new(project("contrib/release/build"));
    command.arg("--no-deb").arg("--programs").arg(&programs).arg("--out").arg(out);
    command.env("CARGO_NET_OFFLINE", "true").envs(variables.iter().copied());
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn program(path: &Path, script: &str) {
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

/// The name of an archive, without its ending.
pub fn name(version: &str) -> String {
    format!("onramp-analytics-{version}-{}-linux", std::env::consts::ARCH)
}

/// A folder `vVERSION/` with an archive and its checksum, below `releases`.
pub fn publish(releases: &Path, version: &str) {
    let into = releases.join(format!("v{version}"));
    std::fs::create_dir_all(&into).unwrap();
    let archive = format!("{}.tar.gz", name(version));
    if version == VERSION {
        std::fs::copy(built().join(&archive), into.join(&archive)).unwrap();
    } else {
        pack(releases, version, &into.join(&archive));
    }
    sum(&into);
}

/// The same release under another version: its programs say so, it has a man page more and one less.
fn pack(releases: &Path, version: &str, archive: &Path) {
    let root = releases.join("packing").join(name(version));
    std::fs::create_dir_all(root.parent().unwrap()).unwrap();
    run("cp", &["-R", built().join("stage").to_str().unwrap(), root.to_str().unwrap()]);
    let real = read(&root.join("bin/onramp-analytics"));
    let script =
        format!("#!/bin/sh\n[ \"$1\" != --version ] || {{ echo 'onramp-analytics {version}'; exit; }}\n{real}");
    program(&root.join("bin/onramp-analytics"), &script);
    std::fs::rename(root.join("docs/man/onramp-analytics-demo.1"), root.join("docs/man/onramp-analytics-later.1"))
        .unwrap();
    let at = root.parent().unwrap().to_str().unwrap();
    run("tar", &["-czf", archive.to_str().unwrap(), "-C", at, &name(version)]);
}

/// Writes SHA256SUMS for all archives of a folder.
pub fn sum(folder: &Path) {
    let at = folder.to_str().unwrap();
    run("sh", &["-c", &format!("cd '{at}' && sha256sum -- *.tar.gz >SHA256SUMS")]);
}

/// The checksum of this machine's archive in a published release.
pub fn checksum(releases: &Path, version: &str) -> String {
    let sums = read(&releases.join(format!("v{version}/SHA256SUMS")));
    let line = sums.lines().find(|line| line.ends_with(&format!("  {}.tar.gz", name(version)))).unwrap();
    line.split_once(' ').unwrap().0.to_owned()
}

#[track_caller]
fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A server of files on loopback.
pub struct Server {
    /// `http://127.0.0.1:PORT`. Below `/cut/` every answer ends in the middle.
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves a folder until the test program ends.
    pub fn of(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (folder, note) = (folder.to_owned(), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(&folder, stream, &note);
            }
        });
        Self { url, asked }
    }

    /// All paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(folder: &Path, mut stream: TcpStream, asked: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    asked.lock().unwrap().push(path.clone());
    let (cut, path) = path.strip_prefix("/cut/").map_or((false, &path[1..]), |path| (true, path));
    let Ok(bytes) = std::fs::read(folder.join(path)) else {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len())?;
    stream.write_all(if cut { &bytes[..bytes.len() / 2] } else { &bytes })
}
