//! Consent, delivery, reports, page and collector: everything of onramp-analytics that is not on PATH.
//!
//! Uses the shim crate's facts, grammars, rules and spool names, never its system calls.

pub mod checkout;
pub mod cli;
pub mod collector;
pub mod connection;
pub mod consent;
pub mod days;
pub mod demo;
pub mod docs;
pub mod doctor;
pub mod env;
pub mod files;
pub mod git;
pub mod http;
pub mod install;
pub mod ledger;
pub mod paths;
pub mod person;
pub mod posthog;
pub mod report;
pub mod sender;
pub mod spool;
pub mod vocabulary;
pub mod web;
pub mod words;

#[cfg(test)]
#[path = "../tests/harness/skipped.rs"]
mod skipped;
