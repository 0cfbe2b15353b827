//! Delivery through the real command: what is recorded arrives once in effect, whatever happens on the way.
#![allow(dead_code)]

mod contract;
mod destination;
mod faults;
mod house;
mod kills;
mod races;
mod rhythm;
mod sdk;
mod server;
mod writers;
