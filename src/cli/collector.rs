//! `collector`: the maintainer's side on one machine. Without a subcommand it serves.

mod dashboard;
mod serve;

use super::Session;
use super::progress::Progress;
use crate::collector::admission::Reason;
use crate::collector::answers::{Ask, Filter, answers};
use crate::collector::calendar::{self, Range};
use crate::collector::report::grouped;
use crate::collector::{Options, report, transfer};
use crate::words::help;
use anyhow::{Context as _, Result, anyhow};
use std::fmt::Write as _;
use std::io::{BufReader, BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Bytes of a megabyte.
const MEGA: u64 = 1_000_000;

/// The options of `collector`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    serve: Option<serve::Serve>,
}

/// The folder with the database.
#[derive(Debug, clap::Args)]
struct Data {
    #[arg(long, value_name = "DIR", help = help::COLLECTOR_FOLDER)]
    data: PathBuf,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    #[command(about = help::REPORT)]
    Report {
        #[command(flatten)]
        data: Data,
        #[arg(long, value_name = "DATE", default_value = "", help = help::REPORT_FROM)]
        from: String,
        #[arg(long, value_name = "DATE", default_value = "", help = help::REPORT_TO)]
        to: String,
        #[arg(long, value_name = "NUMBER", default_value = "", help = help::REPORT_USERS)]
        users: String,
    },
    #[command(about = help::DASHBOARD)]
    #[command(subcommand)]
    Dashboard(dashboard::Action),
    #[command(about = help::BACKUP)]
    Backup {
        #[command(flatten)]
        data: Data,
        #[arg(help = help::BACKUP_FILE)]
        file: PathBuf,
    },
    #[command(about = help::COLLECTOR_EXPORT)]
    Export {
        #[command(flatten)]
        data: Data,
    },
    #[command(about = help::IMPORT)]
    Import {
        #[command(flatten)]
        data: Data,
        #[arg(required = true, help = help::IMPORT_FILES)]
        files: Vec<PathBuf>,
        #[arg(long, value_name = "DAYS", default_value_t = Options::default().keep_days,
            value_parser = clap::value_parser!(i64).range(1..=serve::LONGEST), help = help::COLLECTOR_KEEP_DAYS)]
        keep_days: i64,
    },
}

/// Does what was asked.
///
/// # Errors
/// When it could not be done.
pub fn run(session: &Session, args: &Args) -> Result<ExitCode> {
    match (&args.action, &args.serve) {
        (Some(Action::Report { data, from, to, users }), _) => {
            let filter = Filter { from: from.clone(), to: to.clone(), users: users.clone(), ..Filter::default() };
            super::print(&report_of(&data.data, filter)?);
        }
        (Some(Action::Dashboard(action)), _) => dashboard::run(session, action)?,
        (Some(Action::Backup { data, file }), _) => {
            let mut progress = Progress::begin(session);
            transfer::backup(&data.data, file, |written, all| {
                progress.tell(|| format!("{} of {} MB", written / MEGA, all / MEGA));
            })?;
            drop(progress);
            super::print(&format!("{}\n", file.display()));
        }
        (Some(Action::Export { data }), _) => export(session, &data.data)?,
        (Some(Action::Import { data, files, keep_days }), _) => {
            for file in files {
                import(session, &data.data, file, *keep_days)?;
            }
        }
        (None, Some(args)) => serve::run(args)?,
        (None, None) => unreachable!("clap asks for --data"),
    }
    Ok(ExitCode::SUCCESS)
}

fn report_of(data: &Path, mut filter: Filter) -> Result<String> {
    let today = calendar::today();
    let wrong = |why| anyhow!("could not read options: {why}");
    let last = if filter.to.is_empty() { today } else { calendar::parse(&filter.to).unwrap_or(today) };
    if filter.from.is_empty() {
        filter.from = calendar::text(last - 6);
    }
    let ask = Ask::of(&filter, 0, today, Options::default().smallest_group).map_err(wrong)?;
    let Range { from, to } = ask.range;
    anyhow::ensure!(from <= to, "could not read options: --from comes after --to");
    let mut db = transfer::open(data)?;
    let snapshot = db.transaction().context("could not read database")?;
    let read = |ask: &Ask| answers(&snapshot, ask).context("could not read database");
    let before = Ask { range: Range { from: from - (to - from) - 1, to: from - 1 }, ..ask.clone() };
    Ok(report::markdown(&read(&ask)?, &read(&before)?))
}

fn export(session: &Session, data: &Path) -> Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    // Events that go to the terminal show how far they are.
    let mut progress = (!std::io::stdout().is_terminal()).then(|| Progress::begin(session));
    let far = |written, all| {
        if let Some(progress) = &mut progress {
            progress.tell(|| format!("{} of {} events", grouped(written), grouped(all)));
        }
    };
    let result = transfer::export(data, &mut out, far).and_then(|()| Ok(out.flush()?));
    match result {
        // A reader that has gone wants no more.
        Err(e) if e.downcast_ref().is_some_and(|e: &std::io::Error| e.kind() == std::io::ErrorKind::BrokenPipe) => {
            Ok(())
        }
        other => other,
    }
}

fn import(session: &Session, data: &Path, file: &Path, keep_days: i64) -> Result<()> {
    let name = file.display().to_string();
    let mut progress = Progress::begin(session);
    let imported = if name == "-" {
        let far = |read| progress.tell(|| format!("{name}: {} MB", read / MEGA));
        transfer::import(data, std::io::stdin().lock(), "standard input", keep_days, far)?
    } else {
        let file = std::fs::File::open(file).with_context(|| format!("could not read events: {name}"))?;
        let all = file.metadata().map_or(0, |is| is.len());
        let far = |read| progress.tell(|| format!("{name}: {} of {} MB", read / MEGA, all / MEGA));
        transfer::import(data, BufReader::new(file), &name, keep_days, far)?
    };
    drop(progress);
    let mut text = format!("{name}: {} new, {} already there", imported.new, imported.known);
    for (reason, _, means) in Reason::ALL {
        if let Some(events) = imported.refused.get(&reason) {
            let _ = write!(text, ", {events} refused ({means})");
        }
    }
    super::print(&format!("{text}\n"));
    Ok(())
}
