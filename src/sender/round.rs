//! Owns the requests of one delivery: one after the other, each asked for, written down, made, and written down again.

use super::client::Client;
use super::{End, Job, Permission, Refusal, Report, ask, parcels};
use crate::ledger::{Candidate, Ledger, Outcome, Parcel};
use crate::posthog::{self, Answer, Verdict};
use crate::words::{answer, fill};
use anyhow::Result;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// So many events refused one after the other, and none taken: it is not the events.
const REFUSED_IN_A_ROW: usize = 8;
/// How often consent is looked at while an answer is waited for.
const LOOK: Duration = Duration::from_millis(200);

/// A delivery under way.
pub(super) struct Round<'a> {
    job: &'a Job<'a>,
    permission: &'a Permission,
    ledger: &'a mut Ledger,
    queue: VecDeque<Vec<i64>>,
    report: &'a mut Report,
}

impl<'a> Round<'a> {
    /// A delivery of these events.
    pub(super) fn of(
        job: &'a Job<'a>,
        permission: &'a Permission,
        ledger: &'a mut Ledger,
        leave: &[Candidate],
        report: &'a mut Report,
    ) -> Self {
        Self { job, permission, ledger, queue: parcels(&permission.endpoint.key, leave), report }
    }

    /// Makes one request after the other.
    pub(super) async fn through(&mut self) -> Result<End> {
        let mut client = None;
        let mut refused = 0;
        while let Some(numbers) = self.queue.pop_front() {
            if self.job.until.is_some_and(|until| Instant::now() >= until) {
                return Ok(End::OutOfTime);
            }
            // Again before each request: a disable takes effect at once.
            if let Some(refusal) = refusal(self.job, self.permission) {
                return Ok(End::Refused(refusal));
            }
            let parcel = self.ledger.parcel(&numbers, &self.permission.id)?;
            self.report.waiting -= numbers.len() - parcel.numbers.len();
            if parcel.numbers.is_empty() {
                continue;
            }
            let client = client.get_or_insert_with(|| Client::new(&self.permission.endpoint));
            let answer = match self.request(client, &parcel).await? {
                Ok(answer) => answer,
                Err(refusal) => return Ok(End::Refused(refusal)),
            };
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

    /// One request, written down before and after; broken off when consent or destination change.
    async fn request(&mut self, client: &Result<Client>, parcel: &Parcel) -> Result<Result<Answer, Refusal>> {
        let Permission { id, endpoint } = self.permission;
        let (wire, gzip) = posthog::packed(&posthog::body(&endpoint.key, &parcel.lines));
        let batch = self.ledger.begin(&endpoint.host, id, parcel, &wire, self.job.clock.now())?;
        self.report.requests += 1;
        let now = self.job.clock.now();
        let post = async || match client {
            Ok(client) => client.post(wire, gzip, now).await,
            Err(e) => Answer::Nothing { why: format!("{e:#}"), left: false },
        };
        let answer = tokio::select! {
            answer = post() => answer,
            refusal = refused(self.job, self.permission) => {
                let answer = Answer::Nothing { why: fill(answer::BROKEN_OFF, &[("why", &refusal.to_string())]), left: true };
                self.ledger.finish(batch, parcel, &answer, Outcome::Kept)?;
                return Ok(Err(refusal));
            }
        };
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
            Outcome::Kept => return Ok(Ok(answer)),
        }
        self.report.waiting -= n;
        Ok(Ok(answer))
    }

    /// The same events in two requests, next in line.
    fn halve(&mut self, numbers: &[i64]) {
        let (first, second) = numbers.split_at(numbers.len() / 2);
        self.queue.push_front(second.to_vec());
        self.queue.push_front(first.to_vec());
    }
}

/// Why nothing may leave any more, if that is so.
fn refusal(job: &Job<'_>, permission: &Permission) -> Option<Refusal> {
    match ask(job.env, job.homes, job.place) {
        Err(refusal) => Some(refusal),
        Ok(now) => (now != *permission).then_some(Refusal::Changed),
    }
}

/// Waits until nothing may leave any more.
async fn refused(job: &Job<'_>, permission: &Permission) -> Refusal {
    loop {
        tokio::time::sleep(LOOK).await;
        if let Some(refusal) = refusal(job, permission) {
            return refusal;
        }
    }
}
