//! `collector dashboard`: PostHog's dashboard with the five answers.

use crate::cli::progress::Progress;
use crate::cli::{Session, print};
use crate::collector::dashboard::TILES;
use crate::collector::dashboard::push::Project;
use crate::collector::dashboard::template;
use crate::env::Variable;
use crate::words::help;
use anyhow::{Context as _, Result};

/// What can be done with it.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    #[command(about = help::DASHBOARD_TEMPLATE)]
    Template,
    #[command(about = help::DASHBOARD_PUSH)]
    Push {
        #[arg(long, value_name = "URL", default_value = "https://us.posthog.com", help = help::DASHBOARD_HOST)]
        host: String,
        #[arg(long, value_name = "NUMBER", default_value = "@current", help = help::DASHBOARD_POSTHOG_PROJECT)]
        posthog_project: String,
        #[arg(long, help = help::DASHBOARD_DRY_RUN)]
        dry_run: bool,
    },
}

/// Does what was asked.
///
/// # Errors
/// When PostHog refuses or can't be reached.
pub fn run(session: &Session, action: &Action) -> Result<()> {
    match action {
        Action::Template => print(&format!("{:#}\n", template())),
        Action::Push { host, posthog_project, dry_run } => {
            let project = Project::of(host, posthog_project)?;
            if *dry_run {
                print(&project.rehearsal());
                return Ok(());
            }
            let name = Variable::OnrampAnalyticsPersonalApiKey.name();
            let key = session.env.text(Variable::OnrampAnalyticsPersonalApiKey).with_context(|| {
                format!("could not find key: {name} is not set\nhelp: set it to a personal key (phx_...) of yours")
            })?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let mut progress = Progress::begin(session);
            let far = |made| progress.tell(|| format!("{made} of {} insights", TILES.len()));
            let page = runtime.context("could not start")?.block_on(project.push(key.trim(), far))?;
            drop(progress);
            print(&format!("{page}\n"));
        }
    }
    Ok(())
}
