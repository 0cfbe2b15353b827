//! Owns how a test runs the real binaries: one builder, [`Case`], with a person, a machine and an OnRamp checkout of
//! its own, and what came of it, [`Ran`], compared exactly.
//!
//! Refuses to touch the person who runs the tests: every case has its own HOME, XDG homes, PATH and checkout in a
//! folder that goes away with it, a cleared environment, and nothing that it started outlives it.

mod case;
mod day;
pub mod engine;
mod events;
mod leftovers;
mod programs;
mod ran;
mod skipped;
mod terminal;

pub use case::{Case, Running, Way, until};
pub use day::today;
pub use events::read as events_in;
pub use programs::{caller, witness};
pub use ran::Ran;
pub use skipped::skipped;
pub use terminal::Terminal;
