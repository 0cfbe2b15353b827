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
mod schedule;

pub use clock::Clock;
pub use health::{Attempt, Health, health};
pub use lock::Turn;
pub use permission::{Permission, Refusal, ask, endpoint};
pub use preview::{EXAMPLE_ID, Preview, preview};
pub use schedule::{FIRST, MANY, is_due, look_again, next, set_next};

use crate::env::Environment;
use crate::ledger::{Candidate, Ledger, Outcome, Parcel};
use crate::paths::{Homes, Place};
use crate::posthog::{self, Answer, Verdict};
use crate::spool::Spool;
use anyhow::{Context as _, Result};
use client::Client;
use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime};

/// How long a sender lives, from its start to its end.
pub const LIFE: Duration = Duration::from_secs(30);
/// So many events refused one after the other, and none taken: it is not the events.
const REFUSED_IN_A_ROW: usize = 8;

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
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything that should leave has left.
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
    let permission = match ask(job.env, job.homes, job.place) {
        Ok(permission) => permission,
        // Off or undecided: not a file is touched.
        Err(Refusal::Off | Refusal::Undecided | Refusal::Local) => return Ok(()),
        Err(_) => {
            take_in(job)?;
            return look_again(job.place, &job.clock);
        }
    };
    let mut ledger = take_in(job)?;
    if is_due(job.place, &ledger, &permission.endpoint, &job.clock)? {
        run(deliver(job, &permission, &mut ledger))?;
    }
    Ok(())
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
    let mut run =
        Run { job, permission, ledger, queue: parcels(&permission.endpoint.key, &leave), report: new_report() };
    run.report.kept_here = stay.len();
    run.report.waiting = leave.len();
    run.report.end = run.through().await?;
    let Run { report, ledger, .. } = run;
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

fn new_report() -> Report {
    Report { sent: 0, requests: 0, aside: 0, kept_here: 0, waiting: 0, end: End::Done }
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

struct Run<'a> {
    job: &'a Job<'a>,
    permission: &'a Permission,
    ledger: &'a mut Ledger,
    queue: VecDeque<Vec<i64>>,
    report: Report,
}

impl Run<'_> {
    async fn through(&mut self) -> Result<End> {
        let mut client = None;
        let mut refused = 0;
        while let Some(numbers) = self.queue.pop_front() {
            if self.job.until.is_some_and(|until| Instant::now() >= until) {
                return Ok(End::OutOfTime);
            }
            // Again before each request: a disable takes effect at once.
            match ask(self.job.env, self.job.homes, self.job.place) {
                Err(refusal) => return Ok(End::Refused(refusal)),
                Ok(now) if now != *self.permission => return Ok(End::Refused(Refusal::Changed)),
                Ok(_) => {}
            }
            let parcel = self.ledger.parcel(&numbers, &self.permission.id)?;
            self.report.waiting -= numbers.len() - parcel.numbers.len();
            if parcel.numbers.is_empty() {
                continue;
            }
            if client.is_none() {
                client = Some(Client::new(&self.permission.endpoint)?);
            }
            let Some(client) = &client else { continue };
            let answer = self.request(client, &parcel).await?;
            match answer.verdict() {
                Verdict::Acknowledged => refused = 0,
                Verdict::Later(_) => return Ok(End::Later(answer)),
                Verdict::Hopeless => return Ok(End::Hopeless(answer)),
                Verdict::TooLarge | Verdict::Rejected if parcel.numbers.len() > 1 => self.halve(&parcel.numbers),
                Verdict::TooLarge | Verdict::Rejected => refused += 1,
            }
            if refused >= REFUSED_IN_A_ROW {
                return Ok(End::Hopeless(answer));
            }
        }
        Ok(End::Done)
    }

    /// One request, written down before and after.
    async fn request(&mut self, client: &Client, parcel: &Parcel) -> Result<Answer> {
        let Permission { id, endpoint } = self.permission;
        let (wire, gzip) = posthog::packed(&posthog::body(&endpoint.key, &parcel.lines));
        let batch = self.ledger.begin(&endpoint.host, id, parcel, &wire, self.job.clock.now())?;
        self.report.requests += 1;
        let answer = client.post(wire, gzip, self.job.clock.now()).await;
        let alone = parcel.numbers.len() == 1;
        let outcome = match answer.verdict() {
            Verdict::Acknowledged => Outcome::Sent,
            Verdict::TooLarge | Verdict::Rejected if alone => Outcome::Aside,
            _ => Outcome::Kept,
        };
        self.ledger.finish(batch, parcel, &answer, outcome)?;
        let n = parcel.numbers.len();
        match outcome {
            Outcome::Sent => self.report.sent += n,
            Outcome::Aside => self.report.aside += n,
            Outcome::Kept => return Ok(answer),
        }
        self.report.waiting -= n;
        Ok(answer)
    }

    /// The same events in two requests, next in line.
    fn halve(&mut self, numbers: &[i64]) {
        let (first, second) = numbers.split_at(numbers.len() / 2);
        self.queue.push_front(second.to_vec());
        self.queue.push_front(first.to_vec());
    }
}
