//! The command lines of docker and docker-compose; the first byte says which.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onramp_fuzz::{check, words};
use onramp_shim::invocation::Tool;

fuzz_target!(|data: &[u8]| {
    let Some((which, data)) = data.split_first() else { return };
    let mut words = words(data);
    let tool = if which % 2 == 0 { Tool::Docker } else { Tool::DockerCompose };
    words.insert(0, tool.name().as_bytes());
    if which % 4 == 0 {
        words.insert(1, b"compose");
    }
    check(tool, &words, b"", b"");
});
