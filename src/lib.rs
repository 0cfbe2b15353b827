//! Consent, delivery, reports, page and collector: everything of onramp-analytics that is not on PATH.
//!
//! Uses the shim crate's facts, grammars, rules and spool names, never its system calls.

pub mod checkout;
pub mod cli;
pub mod collector;
pub mod env;
pub mod paths;
