//! Owns finding a real container engine with Compose v2 and the busybox image that `.ci/run` imports.

use std::process::{Command, Stdio};

/// The image that all containers of the tests are started from.
pub const IMAGE: &str = "onramp-analytics-test";

/// Why there is no engine to test with; nothing if there is one.
pub fn missing() -> Option<&'static str> {
    let works = |words: &[&str]| {
        let mut command = Command::new("docker");
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|s| s.success())
    };
    [
        (&["info"][..], "no container engine answers"),
        (&["compose", "version"], "docker has no compose plugin"),
        (&["image", "inspect", IMAGE], "the image onramp-analytics-test is not there; .ci/run imports it"),
    ]
    .into_iter()
    .find_map(|(words, why)| (!works(words)).then_some(why))
}
