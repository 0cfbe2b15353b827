//! Delivery through the real command: what is recorded arrives once in effect, whatever happens on the way.

mod contract;
mod control;
mod damage;
mod destination;
mod faults;
mod house;
mod kills;
mod races;
mod rhythm;
mod sdk;
mod server;
#[path = "../harness/skipped.rs"]
mod skipped;
mod writers;
