//! Owns running the command: started with everything that was inherited, waited for, its stops mirrored, and signals that
//! were meant for this process alone passed on.
//!
//! Every signal is blocked while we wait, so there is no handler that could differ from what the caller had set, and
//! nothing is restored but the mask. A terminal's signals come from the kernel and reached the command too: they are
//! never passed on.

use crate::outcome::{Ending, Outcome};
use crate::paths::Arena;
use crate::real::Candidates;
use crate::sys::{self, ALL_SIGNALS, Change, Clock, Errno, Signal, Start, Wait};

const STOPS: u64 = Signal::TSTP.mask() | Signal::TTIN.mask() | Signal::TTOU.mask();

/// Becomes the real command. What runs then is that command and nothing else; returns only if there is none.
pub fn step_aside(start: &mut Start, real: &mut Candidates<'_>, arena: &mut Arena) -> Ending {
    while let Some(path) = real.current() {
        match start.become_program(path) {
            Errno::NOENT => {}
            Errno::ACCES => real.found_unusable = true,
            _ => return Ending::NotExecutable,
        }
        real.next_program(arena);
    }
    if real.found_unusable { Ending::NotExecutable } else { Ending::NotFound }
}

/// Runs the real command to its end.
pub fn run(start: &mut Start, real: &mut Candidates<'_>, arena: &mut Arena) -> Outcome {
    let began = sys::now(Clock::Steady);
    let mut outcome = Outcome { ending: Ending::NotFound, interrupted: false, terminated: false, millis: 0 };
    let ignore_children = sys::hear_of_children();
    // While the command runs, no file of ours keeps a file system from being unmounted.
    sys::close_aside();
    // Nothing stands between this and the start: a Ctrl-C that came in between would not reach the command.
    let mask = sys::set_mask(ALL_SIGNALS);
    while let Some(path) = real.current() {
        sys::remember_child(0, mask);
        let until_end = |child| {
            sys::remember_child(child, mask);
            wait_for(child, &mut outcome)
        };
        match start.spawn(path, mask, ignore_children, until_end) {
            Ok(ending) => {
                outcome.ending = ending;
                break;
            }
            Err(Errno::NOENT) => {}
            Err(Errno::ACCES) => real.found_unusable = true,
            Err(_) => {
                // No process could be made: without a shim the command would have started all the same.
                sys::set_mask(mask);
                start.become_program(path);
                real.found_unusable = true;
                break;
            }
        }
        real.next_program(arena);
    }
    match outcome.ending {
        Ending::Code(code) => sys::remember_end(Change::Exited(code)),
        Ending::Signal(signal) => sys::remember_end(Change::Killed(signal)),
        Ending::NotFound if real.found_unusable => outcome.ending = Ending::NotExecutable,
        Ending::NotFound | Ending::NotExecutable => {}
    }
    outcome.millis = sys::now(Clock::Steady).saturating_sub(began) / 1_000_000;
    outcome
}

fn wait_for(child: i32, outcome: &mut Outcome) -> Ending {
    let mut stop = Stop::default();
    loop {
        let arrival = match sys::next_signal(ALL_SIGNALS) {
            Ok(arrival) => arrival,
            Err(Errno::INTR) => continue,
            // Where that call is forbidden, only the end is waited for.
            Err(_) => return end_of(child),
        };
        let signal = arrival.signal;
        let by_somebody = !arrival.is_from_kernel();
        outcome.interrupted |= signal == Signal::INT;
        outcome.terminated |= signal == Signal::TERM || signal == Signal::HUP;
        if signal == Signal::CHLD {
            match look(child) {
                Some(Change::Stopped(by)) => stop.command = Some(by),
                // Somebody let the command alone go on: a stop that was not mirrored is over.
                Some(Change::None) if arrival.tells_of_going_on() => stop = Stop::default(),
                Some(change) => {
                    if let Some(ending) = ended(change) {
                        return ending;
                    }
                }
                None => return Ending::Code(0),
            }
        }
        if signal == Signal::CONT {
            stop = Stop::default();
            match sys::wait(child, Wait::PollContinued) {
                // A shell's `fg` reached the command as well; it then went on already.
                Ok(Change::Continued) => {}
                // Whoever asks is also told of the end, once: nobody hears of it again.
                change => match change.ok().and_then(ended) {
                    Some(ending) => return ending,
                    None => arrival.pass_on(child),
                },
            }
        } else if by_somebody || signal != Signal::CHLD && !reached_the_group(signal) {
            arrival.pass_on(child);
        }
        stop.is_asked_for |= STOPS & signal.mask() != 0;
        stop.mirror(child);
    }
}

/// Waits for the command's end alone.
fn end_of(child: i32) -> Ending {
    loop {
        match sys::wait(child, Wait::End) {
            Ok(change) => {
                if let Some(ending) = ended(change) {
                    return ending;
                }
            }
            Err(Errno::INTR) => {}
            Err(_) => return Ending::Code(0),
        }
    }
}

/// What became of the command; nothing if there is no such child any more.
fn look(child: i32) -> Option<Change> {
    const TRIES: usize = 3;
    (0..TRIES).find_map(|_| sys::wait(child, Wait::Poll).ok())
}

/// Whether a signal that the kernel sent reached the command as well: what keys and a closed terminal send goes to a
/// whole group, but a timer's signal to one process, and the end of a terminal first of all to the session's leader.
fn reached_the_group(signal: Signal) -> bool {
    const BY_TERMINAL: u64 =
        STOPS | Signal::INT.mask() | Signal::QUIT.mask() | Signal::HUP.mask() | Signal::WINCH.mask();
    BY_TERMINAL & signal.mask() != 0 && !(signal == Signal::HUP && sys::leads_session())
}

fn ended(change: Change) -> Option<Ending> {
    match change {
        Change::Exited(code) => Some(Ending::Code(code)),
        Change::Killed(signal) => Some(Ending::Signal(signal)),
        Change::None | Change::Stopped(_) | Change::Continued => None,
    }
}

/// What is known of a stop: the signal that this process got as well and the command's own stop come in either order.
#[derive(Default)]
struct Stop {
    is_asked_for: bool,
    command: Option<Signal>,
}

impl Stop {
    /// Stops as the command stopped, if this process was told to as well, or if a terminal waits for one of the two: then
    /// whoever continues this one is heard. Otherwise somebody stopped the command alone, will continue it alone, and
    /// would leave us stopped for ever.
    fn mirror(&mut self, child: i32) {
        if let Some(by) = self.command
            && (self.is_asked_for || sys::is_in_foreground(0) || sys::is_in_foreground(child))
        {
            *self = Self::default();
            sys::stop_self(by);
        }
    }
}
