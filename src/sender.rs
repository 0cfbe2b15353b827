//! Owns delivery: from what waits to what the server acknowledged, once in effect.
//!
//! Events leave in requests of one id each, made from the very bytes that were recorded. A request is written down
//! before it is made, its answer after it came, both in the ledger. Killed anywhere, nothing is lost; what is sent again
//! is the same to the byte, and the server takes it for the same.
//!
//! Consent and destination are asked for again before each request. Refuses to run twice at a time.

mod client;
mod clock;
mod health;
mod lock;
mod permission;
mod preview;
mod round;
mod schedule;

pub use clock::Clock;
pub use health::{Aside, Attempt, Health, health};
pub use lock::Turn;
pub use permission::{Permission, Refusal, ask, endpoint, refusal};
pub use preview::{EXAMPLE_ID, Preview, preview};
pub use schedule::{FIRST, MANY, is_due, look_again, next, set_first, set_next};

use crate::env::Environment;
use crate::ledger::{Candidate, Ledger};
use crate::paths::{Homes, Place};
use crate::posthog::{self, Answer, Verdict};
use crate::spool::Spool;
use anyhow::{Context as _, Result};
use round::Round;
use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime};

/// How long a sender lives, from its start to its end.
pub const LIFE: Duration = Duration::from_secs(30);

/// What a delivery works with.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Consent and endpoint are read from it.
    pub env: &'a Environment,
    /// The person's folders.
    pub homes: &'a Homes,
    /// The checkout.
    pub place: &'a Place,
    /// Time and chance.
    pub clock: Clock<'a>,
    /// Whether the daily limit counts.
    pub all: bool,
    /// No request begins after this.
    pub until: Option<Instant>,
}

/// What a delivery did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Events that arrived.
    pub sent: usize,
    /// Requests that were made.
    pub requests: usize,
    /// Events that were set aside, because the server refused them by themselves.
    pub aside: usize,
    /// Events that the daily limit keeps here.
    pub kept_here: usize,
    /// Events that wait on.
    pub waiting: usize,
    /// How it ended.
    pub end: End,
}

/// How a delivery ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Everything that should leave has left.
    #[default]
    Done,
    /// The server can't be reached or asks to wait.
    Later(Answer),
    /// This configuration can't work.
    Hopeless(Answer),
    /// Consent or destination changed while it was under way.
    Refused(Refusal),
    /// The time was up.
    OutOfTime,
}

/// What a woken sender does: takes in what runs appended, and sends if it is time and allowed. The caller holds the
/// [`Turn`].
///
/// # Errors
/// When ledger or folder can't be read or written. Nothing is lost by that.
pub fn wake(job: &Job<'_>) -> Result<()> {
    try_to_wake(job).inspect_err(|_| {
        // A full disk or a damaged ledger: not again at each command.
        let _ = look_again(job.place, &job.clock);
    })
}

fn try_to_wake(job: &Job<'_>) -> Result<()> {
    let permission = match ask(job.env, job.homes, job.place) {
        Ok(permission) => permission,
        // Off or undecided: not a file is touched.
        Err(Refusal::Off | Refusal::Undecided | Refusal::Local) => return Ok(()),
        Err(_) => {
            take_in(job)?;
            return look_again(job.place, &job.clock);
        }
    };
    if schedule::is_early(job.place, &job.clock) && waiting(job.place).is_ok_and(|waiting| waiting < MANY) {
        // Left in the spool, where the next run sees how much there is.
        return Ok(());
    }
    let mut ledger = take_in(job)?;
    if is_due(job.place, &ledger, &permission.endpoint, &job.clock)? {
        run(deliver(job, &permission, &mut ledger))?;
    }
    Ok(())
}

/// How many events wait, in ledger and spool. Changes nothing.
fn waiting(place: &Place) -> Result<u64> {
    let in_ledger = Ledger::read(place)?.map_or(Ok(0), |ledger| ledger.waiting())?;
    Ok(in_ledger + crate::spool::lines(&Spool::Outgoing.glance(place)).count() as u64)
}

/// What `flush` does: the same at once, whatever the time. The caller holds the [`Turn`].
///
/// # Errors
/// When ledger or folder can't be read or written. Nothing is lost by that.
pub fn now(job: &Job<'_>, permission: &Permission) -> Result<Report> {
    let mut ledger = take_in(job)?;
    run(deliver(job, permission, &mut ledger))
}

/// How many events would leave, how many the daily limit would keep here, and in how many requests. Changes nothing.
///
/// # Errors
/// When ledger or spool can't be read.
pub fn outlook(place: &Place, permission: &Permission, all: bool, now: SystemTime) -> Result<(usize, usize, usize)> {
    let mut copy = Ledger::copy(place)?;
    copy.add(&Spool::Outgoing.glance(place), now)?;
    let (leave, stay) = copy.candidates(&permission.id, all)?;
    Ok((leave.len(), stay.len(), parcels(&permission.endpoint.key, &leave).len()))
}

/// Whether a host can be reached, for `doctor`. Nothing is sent but a request for its first page.
///
/// # Errors
/// When no request can be made at all.
pub fn reach(host: &str) -> Result<Answer> {
    run(async { Ok(client::reach(host).await) })
}

/// Asks the server to delete everything of an id, if it is an embedded collector; answers with how many events.
///
/// # Errors
/// When it can't be reached, or is something else.
pub fn forget_at(host: &str, id: &str) -> Result<u64> {
    run(client::forget(host, id))
}

fn run<T>(delivery: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("could not start runtime")?;
    let report = runtime.block_on(delivery);
    // A lookup that hangs in a thread must not keep us.
    runtime.shutdown_background();
    report
}

/// Delivers what waits, and notes when to try next. The caller holds the [`Turn`].
///
/// # Errors
/// When ledger or folder can't be read or written. Nothing is lost by that.
pub async fn deliver(job: &Job<'_>, permission: &Permission, ledger: &mut Ledger) -> Result<Report> {
    ledger.part_with_other_ids(&permission.id)?;
    let (leave, stay) = ledger.candidates(&permission.id, job.all)?;
    ledger.keep_here(&stay)?;
    let mut report = Report { kept_here: stay.len(), waiting: leave.len(), ..Report::default() };
    report.end = Round::of(job, permission, ledger, &leave, &mut report).through().await?;
    note(job, permission, ledger, &report.end)?;
    Ok(report)
}

/// The events that leave in one run, by their numbers, divided into requests.
#[must_use]
pub fn parcels(key: &str, leave: &[Candidate]) -> VecDeque<Vec<i64>> {
    let (mut rest, mut parcels) = (leave, VecDeque::new());
    while !rest.is_empty() {
        let n = posthog::fitting(key, rest.iter().map(|c| c.length));
        parcels.push_back(rest[..n].iter().map(|c| c.n).collect());
        rest = &rest[n..];
    }
    parcels
}

/// Takes in what runs appended, from the files of the outgoing spool.
///
/// # Errors
/// When ledger or folder can't be read or written.
pub fn take_in(job: &Job<'_>) -> Result<Ledger> {
    let mut ledger = Ledger::open(job.place)?;
    ledger.ingest(Spool::Outgoing, job.clock.now())?;
    Ok(ledger)
}

fn note(job: &Job<'_>, permission: &Permission, ledger: &mut Ledger, end: &End) -> Result<()> {
    let (place, clock) = (job.place, &job.clock);
    match end {
        End::Done => schedule::after_success(place, ledger, clock),
        End::Later(answer) => {
            let Verdict::Later(asked) = answer.verdict() else { return Ok(()) };
            schedule::after_failure(place, ledger, asked, clock)
        }
        End::Hopeless(_) => schedule::after_hopeless(place, ledger, &permission.endpoint, clock),
        End::Refused(_) => schedule::look_again(place, clock),
        End::OutOfTime => set_next(place, clock.now()),
    }
}
