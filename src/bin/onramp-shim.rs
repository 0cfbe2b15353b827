//! The shim's entry point and panic handler. Everything it does stands in the crate `onramp-shim`, from `shim.rs` on.
#![no_std]
#![no_main]

onramp_shim::entry!(onramp_shim::shim::main);
