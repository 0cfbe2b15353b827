//! Delivery through the real command: what is recorded arrives once in effect, whatever happens on the way.
#![allow(dead_code)]

mod contract;
mod house;
mod server;
