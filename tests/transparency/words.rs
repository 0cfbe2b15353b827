//! Arguments and environment, byte for byte.

use crate::alike::{ALL, BOTH, Scene, alike};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

#[test]
fn arguments_that_are_no_text() {
    let words =
        [&b"x=\xff\xfe"[..], b"", b"a b", b"'\"$`\\", b"new\nline", b"-", b"--", b"=", b"x=", "\u{1f600}".as_bytes()];
    let words: Vec<&OsStr> = words.iter().map(|w| OsStr::from_bytes(w)).collect();
    alike(&ALL, |case| case, |scene| scene.observe(&[], &words));
}

#[test]
fn five_thousand_arguments() {
    let words: Vec<String> = (0..5000).map(|n| format!("word-{n}")).collect();
    alike(&ALL, |case| case, |scene| scene.observe(&[], &words));
}

#[test]
fn a_long_argument() {
    // MAX_ARG_STRLEN is 32 pages.
    let word = format!("x={}", "y".repeat(131_000));
    alike(&BOTH, |case| case, |scene| scene.observe(&[], &[&word]));
}

/// The largest number of bytes with which the kernel still takes the arguments, found by trying.
pub fn limit(scene: &Scene) -> usize {
    let runs = |size: usize| scene.case.command(&at_limit(scene, size)).status().is_ok_and(|s| s.success());
    let (mut fits, mut fails) = (1 << 20, 4 << 20);
    while fails - fits > 1 {
        let middle = (fits + fails) / 2;
        if runs(middle) { fits = middle } else { fails = middle }
    }
    fits
}

/// A command line whose words take about `size` bytes.
fn at_limit(scene: &Scene, size: usize) -> Vec<OsString> {
    let full = size / 100_000;
    let mut words = vec!["z".repeat(99_999); full];
    words.push("z".repeat(size % 100_000));
    scene.make(&words)
}

#[test]
fn arguments_at_the_kernels_limit() {
    // The marker would be one string too many: the command must run all the same.
    alike(
        &BOTH,
        |case| case,
        |scene| {
            let direct = Scene::new(scene.mode, crate::harness::Way::Direct, &|c| c);
            let fits = limit(&direct);
            [fits - 100_000, fits - 40, fits - 16, fits - 8]
                .map(|size| {
                    // The last bytes are the length of the program's own path, which the kernel counts too.
                    let status = scene.case.command(&at_limit(scene, size)).status();
                    format!("{}: {:?}\n", fits - size, status.map(|s| s.code()).map_err(|e| e.raw_os_error()))
                })
                .concat()
        },
    );
}

#[test]
fn an_environment_that_no_shell_would_make() {
    let own = |scene: &Scene, name: &str| {
        let root = scene.case.root();
        let value = if name == "PATH" {
            format!("{0}/shims:{0}/bin", root.display())
        } else {
            format!("{}/{name}", root.display())
        };
        format!("{name}={value}").into_bytes()
    };
    alike(
        &ALL,
        |case| case,
        |scene| {
            let mut entries: Vec<Vec<u8>> =
                [&b"no equals sign"[..], b"TWICE=1", b"", b"=empty name", b"bytes=\xff\x80", b"TWICE=2"]
                    .iter()
                    .map(|e| e.to_vec())
                    .collect();
            entries.push(own(scene, "PATH"));
            for (name, below) in [("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config"), ("HOME", "home")] {
                entries.push([name.as_bytes(), b"=", scene.case.root().join(below).as_os_str().as_bytes()].concat());
            }
            if scene.mode == crate::alike::Mode::Nested {
                entries.push(format!("ONRAMP_ANALYTICS_RUN={}", std::process::id()).into_bytes());
            }
            entries.push(b"PATH=/nowhere".to_vec());
            entries.push(b"LAST=1".to_vec());
            let mut bytes = entries.join(&0);
            bytes.push(0);
            let file = scene.case.root().join("environment");
            std::fs::write(&file, OsString::from_vec(bytes).as_bytes()).unwrap();
            scene.observe(&[&format!("environment={}", file.display())], &["exit=3"])
        },
    );
}
