//! The collector through its real binary and real HTTP: what it takes, refuses, keeps, answers and survives.

mod answers;
mod clients;
mod crowd;
mod dashboard;
#[path = "../harness/day.rs"]
mod day;
mod delivery;
mod durability;
mod events;
mod keeping;
mod page;
mod refusal;
mod server;
mod shipped;
mod tools;
