//! Keeping events: ageing, backups, exports and imports, and the weekly report.

use crate::day::today;
use crate::events::*;
use crate::server::{Collector, command};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

fn collector(arguments: &[&str], data: &Path, more: &[&str]) -> Output {
    command().arg("collector").args(arguments).arg("--data").arg(data).args(more).output().unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A year of one event a week for each of three installs.
fn a_year() -> Collector {
    let collector = Collector::start();
    for number in 1..=3 {
        let install = install(number);
        let lines: Vec<_> = (0..52)
            .flat_map(|week| {
                let days = week * 7 + number as i64;
                [line(&install, days, ran("start", true, 1200)), line(&install, days, enabled("plex"))]
            })
            .collect();
        assert_eq!(collector.post("/batch/", batch(&lines)).status, 200);
    }
    collector
}

#[test]
fn what_is_too_old_goes_for_good_and_the_rest_stays_right() {
    let mut collector = a_year();
    let folder = collector.take_folder();
    let data = collector.data.clone();
    let within = |days: i64| format!("?from={}", ago(days));
    let before = collector.answers(&within(99));
    assert_eq!(collector.stored(), 312);
    collector.stop();
    let collector = Collector::on(data, &["--keep-days", "100"]);
    assert_eq!(collector.answers(&within(99)), before);
    assert_eq!(collector.answers("")["from"], ago(99));
    let oldest: i64 = collector.query("SELECT min(at) / 86400000000 FROM event");
    assert!(oldest >= today() - 99);
    for table in ["run", "service"] {
        let old = format!("SELECT count(*) FROM {table} WHERE period < {}", today() - 99);
        assert_eq!(collector.query::<u64>(&old), 0, "{table}");
    }
    // Deleting an install afterwards takes away exactly what is left of it: the roll-ups are still those of its events.
    for number in 1..=3 {
        collector.post("/api/forget", json!({"distinct_id": install(number)}).to_string());
    }
    assert_eq!(collector.stored(), 0);
    for table in ["presence", "seen", "install"] {
        assert_eq!(collector.query::<u64>(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    assert_eq!(collector.query::<u64>("SELECT coalesce(sum(abs(runs)), 0) FROM run WHERE period < 1000000"), 0);
    assert_eq!(collector.answers("")["commands"], json!([]));
    drop(folder);
}

#[test]
fn an_install_that_aged_out_wholly_leaves_nothing() {
    let mut collector = Collector::start();
    let folder = collector.take_folder();
    collector.post("/batch/", batch(&[line(&install(1), 50, enabled("plex"))]));
    collector.post("/batch/", batch(&[line(&install(2), 5, enabled("plex"))]));
    let data = collector.data.clone();
    collector.stop();
    let collector = Collector::on(data.clone(), &["--keep-days", "30"]);
    assert_eq!(collector.answers("")["adoption"]["installs"], 1);
    assert_eq!(collector.query::<u64>("SELECT count(*) FROM install"), 1);
    collector.stop();
    let digits = install(1).replace('-', "");
    let id: Vec<u8> = (0..16).map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap()).collect();
    let bytes = std::fs::read(data.join("events.sqlite")).unwrap();
    assert!(!bytes.windows(16).any(|w| w == id), "deleted bytes are overwritten");
    drop(folder);
}

#[test]
fn a_backup_of_a_running_collector_is_whole() {
    let collector = a_year();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.sqlite");
    let install = install(9);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for _ in 0..50 {
                let lines: Vec<_> = (0..100).map(|_| line(&install, 0, ran("start", true, 1200))).collect();
                assert_eq!(collector.post("/batch/", batch(&lines)).status, 200);
            }
        });
        let made = text(&self::collector(&["backup"], &collector.data, &[file.to_str().unwrap()]));
        assert_eq!(made, format!("{}\n", file.display()));
        writing.join().unwrap();
    });
    let again = self::collector(&["backup"], &collector.data, &[file.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "a file that is there is not written over");
    let data = folder.path().join("restored");
    std::fs::create_dir(&data).unwrap();
    std::fs::rename(&file, data.join("events.sqlite")).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
    let restored = Collector::on(data, &[]);
    let stored = restored.stored();
    assert!((312..=5312).contains(&stored) && (stored - 312).is_multiple_of(100), "{stored}");
    assert_eq!(restored.answers("")["errors"]["runs"], stored - 156);
}

#[test]
fn an_export_imported_elsewhere_gives_the_same_answers() {
    let collector = a_year();
    collector.post("/batch/", batch(&[line(&install(1), 0, failed("compose up", "usage"))]));
    let export = text(&self::collector(&["export"], &collector.data, &[]));
    assert_eq!(export.lines().count(), 313);
    assert!(export.lines().all(|l| serde_json::from_str::<Value>(l).is_ok()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.ndjson");
    let foreign = r#"{"event":"$pageview","distinct_id":"x","uuid":"11111111-1111-4111-8111-111111111111"}"#;
    std::fs::write(&file, format!("\n{export}\n{foreign}\n")).unwrap();
    let other = Collector::start();
    let import = |more: &str| text(&self::collector(&["import"], &other.data, &[more]));
    let name = file.display();
    let refused = "1 refused (events whose distinct_id is not an id that this program makes)";
    assert_eq!(import(file.to_str().unwrap()), format!("{name}: 313 new, 0 already there, {refused}\n"));
    assert_eq!(import(file.to_str().unwrap()), format!("{name}: 0 new, 313 already there, {refused}\n"));
    assert_eq!(other.answers(""), collector.answers(""));
    let again = text(&self::collector(&["export"], &other.data, &[]));
    let sorted = |export: &str| {
        let mut lines: Vec<_> = export.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&again), sorted(&export));
    std::fs::write(&file, format!("{export}not an event\n")).unwrap();
    let output = self::collector(&["import"], &other.data, &[file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.starts_with(&format!("onramp-analytics: could not read event: {name}, line 314\nhelp: ")), "{error}");
}

#[test]
fn the_report_tells_a_week_in_markdown() {
    let collector = Collector::start();
    for number in 1..=6 {
        let install = install(number);
        let mut lines = vec![
            line(&install, 3, enabled("plex")),
            line(&install, 3, ran("start", true, 2500)),
            line(&install, 2, ran("compose up", true, 900_000)),
            line(&install, 10, ran("start", true, 2500)),
        ];
        if number == 1 {
            lines.push(line(&install, 3, enabled("sonarr")));
            lines.push(line(&install, 3, ran("start", false, 100)));
            lines.push(line(&install, 3, failed("start", "docker_unavailable")));
        }
        collector.post("/batch/", batch(&lines));
    }
    let report = text(&self::collector(&["report"], &collector.data, &["--users", "12"]));
    let expected = format!(
        "# OnRamp, {} to {}

## Adoption

**6 installs** sent something (6 the days before): 50 % of 12 users.

## Top services

- plex: 6 installs (enabled 6 times, disabled 0)
- 1 service of fewer than 5 installs, together

What was enabled before analytics shows only for those who agreed to `enable --with-current`.

## Top commands

- `start`: 7 runs, 14 % failed
- `compose up`: 6 runs

## Errors

- `start`: docker_unavailable (1 error, 14 % of its runs)

Of all runs 7.7 % ended in an error (0 % the days before).

## Durations

- `start`: mean 2.2 s, median 2.5 s, 95 % within 2.5 s (7 runs)

Commands that wait for Ctrl-C (`up`, `logs` and the like) have no duration worth telling.
",
        ago(6),
        ago(0)
    );
    assert_eq!(report, expected);
    let empty = text(&self::collector(&["report"], &collector.data, &["--to", &ago(100)]));
    assert!(empty.contains("**0 installs**") && empty.contains("No command failed."), "{empty}");
    for wrong in [&["--to", "soon"][..], &["--users", "many"], &["--from", &ago(1), "--to", &ago(2)]] {
        assert_eq!(self::collector(&["report"], &collector.data, wrong).status.code(), Some(1), "{wrong:?}");
    }
}

#[test]
fn a_database_of_another_layout_is_left_alone() {
    let mut collector = Collector::start();
    let folder = collector.take_folder();
    let data = collector.data.clone();
    collector.stop();
    let file = data.join("events.sqlite");
    let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata().unwrap());
    assert_eq!(mode & 0o777, 0o600);
    let foreign = rusqlite::Connection::open(&file).unwrap();
    foreign.pragma_update(None, "journal_mode", "delete").unwrap();
    foreign.pragma_update(None, "user_version", 99).unwrap();
    drop(foreign);
    for broken in [false, true] {
        if broken {
            std::fs::write(&file, "this is not a database, and longer than a header of one hundred bytes".repeat(9))
                .unwrap();
        }
        let bytes = std::fs::read(&file).unwrap();
        let output = self::collector(&[], &data, &["--listen", "127.0.0.1:0"]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.starts_with("onramp-analytics: could not open database: "), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), bytes);
    }
    drop(folder);
}
