//! make's command line, with MAKEFLAGS and GNUMAKEFLAGS in front.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onramp_fuzz::{check, words};
use onramp_shim::invocation::Tool;

fuzz_target!(|data: &[u8]| {
    let mut words = words(data);
    let flags = words.first().copied().unwrap_or_default();
    let more = words.get(1).copied().unwrap_or_default();
    words.drain(..words.len().min(2));
    words.insert(0, b"make");
    check(Tool::Make, &words, flags, more);
});
