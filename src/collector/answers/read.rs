//! Owns reading the roll-ups: one pass over each table, for the periods of the range.

use super::{Adoption, Answers, Ask, Command, Duration, Errors, Failure, Rare, Service, Services, Week};
use crate::collector::calendar::{self, Range, monday};
use crate::collector::histogram::Histogram;
use crate::collector::rollup::{ANYTHING, Word};
use onramp_shim::rules::is_attached;
use rusqlite::{Connection, Result, Row, ToSql, params};
use std::collections::{BTreeMap, HashMap};

/// Answers all five questions from one snapshot.
///
/// # Errors
/// When the database can't be read.
pub fn answers(db: &Connection, ask: &Ask) -> Result<Answers> {
    let first = db.query_row("SELECT value FROM fact WHERE name = 'first_day'", [], |row| row.get(0))?;
    let range = Range { from: ask.range.from.max(first), ..ask.range };
    let ask = &Ask { range, ..ask.clone() };
    let words = words(db)?;
    let runs = runs(db, &words, ask)?;
    Ok(Answers {
        from: calendar::text(ask.range.from),
        to: calendar::text(ask.range.to),
        adoption: adoption(db, ask)?,
        services: services(db, &words, ask)?,
        commands: commands(&runs),
        errors: errors(db, &words, ask, &runs)?,
        durations: durations(&runs),
        refused: refused(db, ask)?,
    })
}

type Words = HashMap<Word, String>;

fn words(db: &Connection) -> Result<Words> {
    db.prepare_cached("SELECT number, text FROM word")?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Reads the rows of a table for each period of the range.
fn each(db: &Connection, range: Range, sql: &str, mut take: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
    let mut query = db.prepare_cached(sql)?;
    for periods in range.periods() {
        if !periods.is_empty() {
            let mut rows = query.query([periods.start() as &dyn ToSql, periods.end()])?;
            while let Some(row) = rows.next()? {
                take(row)?;
            }
        }
    }
    Ok(())
}

fn adoption(db: &Connection, ask: &Ask) -> Result<Adoption> {
    let Range { from, to } = ask.range;
    let sql = "SELECT day, previous, installs FROM presence WHERE subject = ?1 AND day BETWEEN ?2 AND ?3";
    let mut query = db.prepare_cached(sql)?;
    let mut rows = query.query(params![ANYTHING, from, to])?;
    let mut installs = 0;
    let mut weeks: BTreeMap<_, _> = ask.range.weeks().map(|week| (week, 0)).collect();
    while let Some(row) = rows.next()? {
        let (day, previous, count): (i64, i64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let week = monday(day);
        if previous < from {
            installs += count;
        }
        if previous < week.max(from) {
            *weeks.entry(week).or_default() += count;
        }
    }
    let last_whole = weeks.iter().rev().find(|(week, _)| **week >= from && **week + 6 <= to).map(|(_, n)| *n);
    let rate = ask.users.filter(|users| *users > 0).zip(last_whole).map(|(users, n)| ratio(n, users));
    let weeks = weeks.into_iter().map(|(week, installs)| Week { week: calendar::text(week), installs }).collect();
    Ok(Adoption { installs, weeks, users: ask.users, rate })
}

fn services(db: &Connection, words: &Words, ask: &Ask) -> Result<Services> {
    let mut found: HashMap<Word, [u64; 4]> = HashMap::new();
    let sql = "SELECT service, enabled, scaffolded, disabled FROM service WHERE period BETWEEN ?1 AND ?2";
    each(db, ask.range, sql, |row| {
        let counts = found.entry(row.get(0)?).or_default();
        for (place, count) in counts[1..].iter_mut().enumerate() {
            *count += row.get::<_, u64>(place + 1)?;
        }
        Ok(())
    })?;
    let sql = "SELECT total(installs) FROM presence
               WHERE subject = ?1 AND day BETWEEN ?2 AND ?3 AND previous < ?2";
    let mut query = db.prepare_cached(sql)?;
    for (word, counts) in &mut found {
        let installs: f64 = query.query_row([*word, ask.range.from, ask.range.to], |row| row.get(0))?;
        counts[0] = installs as u64;
    }
    let mut top = Vec::new();
    let mut rare = Rare { fewer_than: ask.smallest_group, ..Rare::default() };
    for (word, [installs, enabled, with_scaffold, disabled]) in found {
        let service = words.get(&word).cloned().unwrap_or_default();
        if enabled + disabled == 0 {
            continue;
        }
        // Whatever service is asked for: a question for one alone must not tell what showing them together hides.
        if installs < ask.smallest_group {
            rare.services += 1;
            rare.enabled += enabled;
            rare.disabled += disabled;
        } else if ask.service.as_ref().is_none_or(|only| *only == service) {
            top.push(Service { service, installs, enabled, with_scaffold, disabled });
        }
    }
    top.sort_by(|a, b| b.installs.cmp(&a.installs).then_with(|| a.service.cmp(&b.service)));
    Ok(Services { top, rare })
}

/// How often a command ran, and how long it took.
#[derive(Default)]
struct Runs {
    runs: u64,
    failed: u64,
    durations: Histogram,
}

fn runs(db: &Connection, words: &Words, ask: &Ask) -> Result<BTreeMap<String, Runs>> {
    let mut found: HashMap<Word, Runs> = HashMap::new();
    let sql = "SELECT command, runs, failed, durations FROM run WHERE period BETWEEN ?1 AND ?2";
    each(db, ask.range, sql, |row| {
        let runs = found.entry(row.get(0)?).or_default();
        runs.runs += row.get::<_, u64>(1)?;
        runs.failed += row.get::<_, u64>(2)?;
        runs.durations.unpack(row.get_ref(3)?.as_blob()?);
        Ok(())
    })?;
    let named = found.into_iter().map(|(word, runs)| (words.get(&word).cloned().unwrap_or_default(), runs));
    let asked = |name: &String| ask.command.as_ref().is_none_or(|only| only == name);
    Ok(named.filter(|(name, runs)| runs.runs > 0 && asked(name)).collect())
}

fn commands(runs: &BTreeMap<String, Runs>) -> Vec<Command> {
    let mut commands: Vec<_> = runs
        .iter()
        .map(|(command, runs)| Command { command: command.clone(), runs: runs.runs, failed: runs.failed })
        .collect();
    commands.sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.command.cmp(&b.command)));
    commands
}

fn errors(db: &Connection, words: &Words, ask: &Ask, runs: &BTreeMap<String, Runs>) -> Result<Errors> {
    let mut found: HashMap<(Word, Word), u64> = HashMap::new();
    let sql = "SELECT command, error_type, errors FROM failure WHERE period BETWEEN ?1 AND ?2 AND errors > 0";
    each(db, ask.range, sql, |row| {
        *found.entry((row.get(0)?, row.get(1)?)).or_default() += row.get::<_, u64>(2)?;
        Ok(())
    })?;
    let mut top = Vec::new();
    for ((command, error_type), errors) in found {
        let command = words.get(&command).cloned().unwrap_or_default();
        if ask.command.as_ref().is_some_and(|only| *only != command) {
            continue;
        }
        let rate = runs.get(&command).map(|runs| ratio(errors, runs.runs));
        let error_type = words.get(&error_type).cloned().unwrap_or_default();
        top.push(Failure { command, error_type, errors, rate });
    }
    top.sort_by(|a, b| {
        b.errors.cmp(&a.errors).then_with(|| (&a.command, &a.error_type).cmp(&(&b.command, &b.error_type)))
    });
    let all = runs.values().map(|runs| runs.runs).sum();
    let errors = top.iter().map(|f| f.errors).sum();
    Ok(Errors { runs: all, errors, rate: (all > 0).then(|| ratio(errors, all)), top })
}

fn durations(runs: &BTreeMap<String, Runs>) -> Vec<Duration> {
    let mut durations: Vec<_> = runs
        .iter()
        .filter(|(command, _)| !is_attached(command))
        .map(|(command, Runs { runs, durations, .. })| Duration {
            command: command.clone(),
            runs: *runs,
            mean_ms: ratio(durations.sum(), durations.count()),
            median_ms: durations.at(0.5),
            p95_ms: durations.at(0.95),
        })
        .collect();
    let waited = |d: &Duration| d.mean_ms * d.runs as f64;
    durations.sort_by(|a, b| waited(b).total_cmp(&waited(a)).then_with(|| a.command.cmp(&b.command)));
    durations
}

fn refused(db: &Connection, ask: &Ask) -> Result<BTreeMap<String, u64>> {
    let sql = "SELECT reason, sum(events) FROM refused WHERE day BETWEEN ?1 AND ?2 GROUP BY reason";
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map([ask.range.from, ask.range.to], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}
