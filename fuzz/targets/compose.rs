//! The command lines of docker, docker-compose and podman; the first byte says which.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onramp_fuzz::{check, words};
use onramp_shim::invocation::Tool;

fuzz_target!(|data: &[u8]| {
    let Some((which, data)) = data.split_first() else { return };
    let mut words = words(data);
    let tool = [Tool::Docker, Tool::DockerCompose, Tool::Podman][usize::from(which % 3)];
    words.insert(0, tool.name().as_bytes());
    if which % 4 < 2 {
        words.insert(1, b"compose");
    }
    check(tool, &words, b"", b"");
});
