//! Owns taking the events out and in again: a copy of the whole database, and one event a line as on the wire.

use crate::collector::admission::{Reason, Window, judge};
use crate::collector::calendar;
use crate::collector::store::{self, Batch};
use crate::collector::wire::Incoming;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// Opens the database in that folder for reading, beside a collector that may be running.
///
/// # Errors
/// When there is none.
pub fn open(data: &Path) -> Result<Connection> {
    let path = data.join(crate::paths::collector::DATABASE);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(Duration::from_secs(30))?;
        connection.query_row("SELECT count(*) FROM fact", [], |_| Ok(()))?;
        Ok::<_, rusqlite::Error>(connection)
    };
    open().with_context(|| {
        format!("could not open database: {}\nhelp: name the collector's folder with --data DIR", path.display())
    })
}

/// Copies the database into a new file, as it is at this moment, while a collector goes on writing. The file has its
/// name only once it is whole. Says about once a second how many bytes of how many are written.
///
/// # Errors
/// When the file is there already or can't be written.
pub fn backup(data: &Path, file: &Path, mut far: impl FnMut(u64, u64)) -> Result<()> {
    let whole = || format!("could not write backup: {}", file.display());
    ensure!(!file.exists(), "could not write backup: {} is already there", file.display());
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let draft = tempfile::TempDir::new_in(folder).with_context(whole)?;
    let copy = draft.path().join(crate::paths::collector::DATABASE);
    let name = copy.to_str().context("could not write backup: the path is not UTF-8")?;
    let size = |path: &Path| path.metadata().map_or(0, |is| is.len());
    let all = size(&data.join(crate::paths::collector::DATABASE));
    let source = open(data)?;
    std::thread::scope(|scope| {
        let (done, is_done) = std::sync::mpsc::channel();
        let copying = scope.spawn(move || {
            let copied = source.execute("VACUUM INTO ?1", [name]);
            drop(done);
            copied
        });
        while is_done.recv_timeout(Duration::from_secs(1)) == Err::<(), _>(RecvTimeoutError::Timeout) {
            far(size(&copy), all);
        }
        copying.join()
    })
    .map_err(|_| anyhow!("the copying ended early"))
    .and_then(|copied| Ok(copied?))
    .with_context(whole)?;
    std::fs::File::open(&copy).and_then(|f| f.sync_all()).with_context(whole)?;
    // Unlike a rename, a link never takes the place of a file that appeared meanwhile.
    std::fs::hard_link(&copy, file).with_context(whole)?;
    std::fs::File::open(folder).and_then(|f| f.sync_all()).with_context(whole)
}

/// How many events are written or read between two words about how far it is.
const AT_ONCE: u64 = 10_000;

/// Writes every event as one line, as it arrived. Says now and then how many of how many are written.
///
/// # Errors
/// When the database can't be read or the lines not be written.
pub fn export(data: &Path, out: &mut impl Write, mut far: impl FnMut(u64, u64)) -> Result<()> {
    let db = open(data)?;
    let all = db.query_row("SELECT value FROM fact WHERE name = 'events'", [], |row| row.get(0));
    let (all, mut written) = (all.context("could not read events")?, 0);
    let mut query = db.prepare("SELECT uuid, event, distinct_id, timestamp, properties FROM stored")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next().context("could not read events")? {
        let text = |column| row.get_ref(column).and_then(|value| Ok(value.as_str()?));
        let (uuid, event, id, at, properties) = (text(0)?, text(1)?, text(2)?, text(3)?, text(4)?);
        writeln!(
            out,
            r#"{{"uuid":"{uuid}","event":"{event}","distinct_id":"{id}","timestamp":"{at}","properties":{properties}}}"#
        )
        .context("could not write events")?;
        written += 1;
        if written % AT_ONCE == 0 {
            far(written, all);
        }
    }
    Ok(())
}

/// What became of the lines of an import.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Stored now.
    pub new: u64,
    /// Already there.
    pub known: u64,
    /// Not stored.
    pub refused: BTreeMap<Reason, u64>,
}

/// Stores the events of an export, one a line; empty lines are skipped. A collector may be running. What was stored
/// before an error stays: the same import again stores the rest. Says now and then how many bytes are read.
///
/// # Errors
/// When a line is no event, or the database can't be written.
pub fn import(
    data: &Path,
    lines: impl BufRead,
    name: &str,
    keep_days: i64,
    mut far: impl FnMut(u64),
) -> Result<Imported> {
    let path = store::make(data)?;
    let mut db = store::open(&path).with_context(|| format!("could not open database: {}", path.display()))?;
    let window = Window::of(calendar::today(), keep_days);
    let mut imported = Imported::default();
    let mut batch = Batch::default();
    let mut store = |batch: &mut Batch| -> Result<()> {
        let all = batch.events.len() as u64;
        let new = store::add(&mut db, std::mem::take(batch)).context("could not write events")?;
        imported.new += new;
        imported.known += all - new;
        Ok(())
    };
    let (mut refused, mut read) = (BTreeMap::new(), 0);
    for (number, line) in lines.lines().enumerate() {
        let line = line.with_context(|| format!("could not read events: {name}"))?;
        read += line.len() as u64 + 1;
        if line.trim().is_empty() {
            continue;
        }
        let Ok(incoming) = serde_json::from_str::<Incoming<'_>>(&line) else {
            store(&mut batch)?;
            bail!(
                "could not read event: {name}, line {}\nhelp: repair or remove the line, and import again",
                number + 1
            );
        };
        match judge(&incoming, window) {
            Ok(event) => batch.events.push(event),
            Err(reason) => *refused.entry(reason).or_default() += 1,
        }
        if batch.events.len() as u64 >= AT_ONCE {
            store(&mut batch)?;
            far(read);
        }
    }
    store(&mut batch)?;
    imported.refused = refused;
    Ok(imported)
}
