//! What stands on PATH as `docker`, `docker-compose`, `podman` and `make`: the facts and the path, read downwards.
//!
//! No std, no libc, no allocation, no recursion; the only `unsafe` is in [`sys`]. Every doubt steps aside: the real
//! command runs as if nothing were in front of it.
//!
//! The command `onramp-analytics` uses the facts, the grammars, the rules and the spool's names, never [`sys`].
#![cfg_attr(not(test), no_std)]

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
compile_error!("onramp-analytics wraps commands by Linux system calls: it builds for Linux on x86-64 and aarch64 only");

// The only way to the kernel.
pub mod sys;

// Facts: they import facts.
pub mod bytes;
pub mod catalog;
pub mod consent;
pub mod digits;
pub mod env;
pub mod options;
pub mod paths;
pub mod person;
pub mod schema;
pub mod words;

// The path, in its order: a station imports facts and earlier stations.
pub mod real;
pub mod invocation;
pub mod rules;
pub mod place;
pub mod observe;
pub mod outcome;
pub mod run;
pub mod record;
pub mod identity;
pub mod spool;
pub mod notice;
pub mod wake;
pub mod shim;
