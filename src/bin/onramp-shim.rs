//! The shim's entry point. Everything it does stands in the crate `onramp-shim`, from `shim.rs` downwards.
fn main() {}
