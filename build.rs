//! Gives the shim binary its link arguments, and nothing else.
//!
//! The shim has no libc: it brings its own `_start`, and the linker must not add the C start-up files
//! or libraries. `-no-pie` because a static position-independent program would need a relocation step
//! that libc's start-up files do. Stripped in every profile: a shim is recognised by the note near its start, and a
//! file too large to be one is not opened.

fn main() {
    // Fewer pages of the file are fewer pages in memory while the shim waits.
    let sections = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/onramp-shim.ld");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={sections}");
    for argument in ["-nostartfiles", "-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none", "-Wl,--strip-all"] {
        println!("cargo::rustc-link-arg-bin=onramp-shim={argument}");
    }
    // `-n`: the linker script says itself where pages begin, and the file is not filled up to one.
    for argument in ["-Wl,--no-eh-frame-hdr", "-Wl,-z,norelro", "-Wl,-n", &format!("-Wl,-T,{sections}")] {
        println!("cargo::rustc-link-arg-bin=onramp-shim={argument}");
    }
}
