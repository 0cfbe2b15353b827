//! Owns the look at everything that the page shows: read anew for each request, changing nothing.

use super::Site;
use super::follow::{self, Stamp};
use crate::consent::explain::{self, Rule};
use crate::consent::{self, Choice, Consent, destination};
use crate::days;
use crate::ledger::{Batch, Ledger};
use crate::paths::state;
use crate::posthog::{Endpoint, Trouble};
use crate::report::{self, Report};
use crate::sender::{self, Health, Preview};
use anyhow::{Context as _, Result};
use std::sync::Arc;
use std::time::SystemTime;

/// How far back the own figures go, in days.
const DAYS: i64 = 365;

/// All that the page shows.
#[derive(Debug)]
pub struct View {
    /// What the files looked like before they were read: a change after that is told by [`super::follow`].
    pub stamp: Stamp,
    /// What was agreed to.
    pub consent: Consent,
    /// Every source of it, and what it says.
    pub rules: Vec<Rule>,
    /// Where events go or would go, or why nowhere.
    pub endpoint: Result<Endpoint, Trouble>,
    /// The destination that a yes agrees to.
    pub destination: String,
    /// A service came up while nothing was decided.
    pub nudge_due: bool,
    /// The next request, or why it can't be shown.
    pub preview: Result<Preview, String>,
    /// How sending goes, if anything was ever recorded.
    pub health: Option<Health>,
    /// Every request so far, oldest first, or why they can't be shown.
    pub batches: Result<Vec<Batch>, String>,
    /// The person's own figures, or why they can't be shown.
    pub figures: Result<Report, String>,
}

impl View {
    /// Looks at the checkout of a site.
    ///
    /// # Errors
    /// When there is no checkout any more.
    pub fn of(site: &Site) -> Result<Self> {
        let Site { env, homes, checkout, .. } = site;
        let stamp = follow::stamp(site);
        let consent = consent::read(env, homes, checkout)?;
        let now = SystemTime::now();
        let place = consent.place.as_ref().filter(|place| place.exists());
        let found = destination::endpoint(env, checkout);
        let destination = destination::host(env, checkout, found.as_ref().ok());
        let agreed = consent.agreed_host.as_ref().filter(|_| consent.choice == Some(Choice::On));
        let said = |e: anyhow::Error| format!("{e:#}");
        let today = days::of(now);
        let figures = |place| report::of(place, today - DAYS, today);
        let batches = |place| Ok(Ledger::read(place)?.map(|ledger| ledger.batches()).transpose()?.unwrap_or_default());
        Ok(Self {
            stamp,
            rules: explain::all(env, &consent),
            endpoint: match agreed {
                Some(host) => found.and_then(|endpoint| endpoint.agreed(host)),
                None => found,
            },
            destination,
            nudge_due: homes.state.join(state::NUDGE_DUE).exists(),
            preview: sender::preview(env, homes, checkout, now).map_err(said),
            health: place.map(sender::health),
            batches: place.map_or(Ok(Vec::new()), batches).map_err(said),
            figures: place.map_or_else(|| Ok(Report::default()), figures).map_err(said),
            consent,
        })
    }

    /// The same, away from the threads that serve: files may be slow.
    ///
    /// # Errors
    /// As [`View::of`].
    pub async fn look(site: &Arc<Site>) -> Result<Self> {
        let site = Arc::clone(site);
        tokio::task::spawn_blocking(move || Self::of(&site)).await.context("could not look at the checkout")?
    }

    /// Nobody has said yes or no: the page asks.
    #[must_use]
    pub fn needs_nudge(&self) -> bool {
        self.consent.choice.is_none()
    }

    /// The rule that decided; while undecided none did.
    #[must_use]
    pub fn deciding(&self) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.decided)
    }
}
