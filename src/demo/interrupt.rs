//! Owns noticing that the person wants no more of it: Ctrl-C, TERM, a terminal that was closed. What runs at that moment
//! ends first, then everything is cleared away.

use anyhow::{Context as _, Result, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Whether one of these came.
pub struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system lets nobody listen.
    pub fn watch() -> Result<Self> {
        let (tell, told) = watch::channel(false);
        for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
            let mut signal = signal(kind).context("could not wait for signals")?;
            let tell = tell.clone();
            tokio::spawn(async move {
                signal.recv().await;
                tell.send_replace(true);
            });
        }
        Ok(Self(told))
    }

    /// # Errors
    /// When it came.
    pub fn check(&self) -> Result<()> {
        if *self.0.borrow() { stopped() } else { Ok(()) }
    }

    /// Waits for it.
    pub async fn comes(&self) {
        let _ = self.0.clone().wait_for(|came| *came).await;
    }
}

/// # Errors
/// Always: it is why the demonstration goes no further.
pub fn stopped() -> Result<()> {
    bail!("could not finish demonstration: it was interrupted; its scratch folder is removed")
}
