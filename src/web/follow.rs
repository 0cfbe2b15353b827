//! Owns telling open pages that something changed, whoever changed it: this page, another tab, a command, a run.
//!
//! By server-sent events (HTML Living Standard, 9.2). What is looked at is whether the files changed, four times a
//! second for as long as a page is open; what they say is read when the page asks for itself again.

use super::Site;
use crate::paths::{Place, checkout, config, place};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a change may go unnoticed.
const EVERY: Duration = Duration::from_millis(250);

/// `GET events`: how it stands, and again after each change.
pub async fn events(State(site): State<Arc<Site>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = unfold((site, None), |(site, seen)| async move {
        let stamp = next(&site, seen).await;
        let event = Event::default().event("change").data(stamp.to_string());
        Some((Ok(event), (site, Some(stamp))))
    });
    Sse::new(changes).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// Waits until the files are others than were seen.
async fn next(site: &Arc<Site>, seen: Option<Stamp>) -> Stamp {
    loop {
        let at = Arc::clone(site);
        // Files may be slow: not on a thread that serves.
        let stamp = tokio::task::spawn_blocking(move || stamp(&at)).await.ok();
        if let Some(stamp) = stamp.filter(|_| stamp != seen) {
            return stamp;
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// What tells one state of the files from another. A page carries the one that it was made from.
pub type Stamp = u64;

/// How the files stand now.
#[must_use]
pub fn stamp(site: &Site) -> Stamp {
    let mut hasher = DefaultHasher::new();
    marks(site).hash(&mut hasher);
    hasher.finish()
}

/// What tells one state of a file from another: device, number, length, and the time of its last change in nanoseconds.
type Mark = Option<(u64, u64, u64, i64, i64)>;

fn marks(site: &Site) -> Vec<Mark> {
    let Site { homes, checkout: folder, .. } = site;
    let mut marks = vec![
        mark(&folder.join(checkout::CHOICE)),
        mark(&folder.join(checkout::ENV_FILE)),
        mark(&homes.config.join(config::OFF)),
    ];
    if let Ok(Some(at)) = Place::find(homes, folder) {
        let files = [place::SPOOL, place::LOCAL, place::LEDGER, place::NEXT, place::NOTICE];
        marks.extend(files.map(|file| mark(&at.file(file))));
    }
    marks
}

fn mark(path: &Path) -> Mark {
    let is = path.metadata().ok()?;
    // ctime: a file that was put in place with its old time has a new one all the same.
    Some((is.dev(), is.ino(), is.len(), is.ctime(), is.ctime_nsec()))
}
