//! Owns the few words that the shim itself says, to be tried and changed. Everything else that a person reads stands in
//! `words.rs` of the command.

/// When the command is not on PATH: behind the name, as dash says it (exit code 127).
pub const NOT_FOUND: &str = ": not found\n";
/// When it can't be executed: behind the name, as dash says it (exit code 126).
pub const NOT_EXECUTABLE: &str = ": Permission denied\n";

/// When the shim is called by its own name (exit code 64).
pub const ABOUT: &str = "onramp-shim runs docker, docker-compose or make, whichever name it is called by, and counts OnRamp commands\n\
    if you said yes to that. Nothing to do here: see onramp-analytics --help.\n";

/// The nudge: once ever, when a service came up for the first time and nothing is decided.
pub const NUDGE: &str = "OnRamp: may we count what you use, anonymously? Nothing is counted until you say so. See \
    onramp-analytics ui, or make analytics-enable / make analytics-disable\n";

/// The notice, before and behind the destination: once, when a variable alone said yes.
pub const NOTICE: (&str, &str) = (
    "OnRamp: ONRAMP_ANALYTICS_ENABLED is set, so the names of public services and commands you use, whether they worked and how long \
they took are counted anonymously and sent once a day to ",
    ".\nStop: make analytics-disable, or ONRAMP_ANALYTICS_ENABLED=0. Look: onramp-analytics preview\n",
);

/// Before a reason, when ONRAMP_ANALYTICS_DEBUG=1 asks for it.
pub const DEBUG: &str = "onramp-shim: ";
