//! Owns how a command ended, as a fact without I/O; and ending this process the same way.

use crate::sys::{self, Signal};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With an exit code.
    Code(u8),
    /// By a signal.
    Signal(Signal),
    /// It was not found on PATH: 127.
    NotFound,
    /// It could not be executed: 126.
    NotExecutable,
}

/// A run that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How the command ended.
    pub ending: Ending,
    /// An interrupt (Ctrl-C) was seen on the way.
    pub interrupted: bool,
    /// A hang-up or a request to terminate was seen on the way.
    pub terminated: bool,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

impl Outcome {
    /// Whether the command said that it succeeded.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        matches!(self.ending, Ending::Code(0))
    }

    /// Whether a person or the system stopped it: it is no fault of the command.
    #[must_use]
    pub fn was_stopped(&self) -> bool {
        const STOPPING: [Signal; 5] = [Signal::INT, Signal::QUIT, Signal::HUP, Signal::TERM, Signal::PIPE];
        // 130 is what compose says of itself when it was cancelled.
        let by_signal = matches!(self.ending, Ending::Signal(signal) if STOPPING.contains(&signal));
        by_signal || self.ending == Ending::Code(130) || !self.is_zero() && (self.interrupted || self.terminated)
    }

    /// Whether it was stopped the way people leave what runs for ever: Ctrl-C, or nobody reads any more.
    #[must_use]
    pub fn was_left(&self) -> bool {
        let by_signal = matches!(self.ending, Ending::Signal(Signal::INT | Signal::PIPE));
        by_signal || self.ending == Ending::Code(130) || !self.is_zero() && self.interrupted
    }

    /// Ends this process exactly as the command ended.
    pub fn end(&self) -> ! {
        match self.ending {
            Ending::Code(code) => sys::exit(code),
            Ending::Signal(signal) => sys::die(signal),
            Ending::NotFound => sys::exit(127),
            Ending::NotExecutable => sys::exit(126),
        }
    }
}
