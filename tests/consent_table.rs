//! The whole table of consent, put row by row to the real command and to the real shim, and shown by docs/consent.md;
//! what happens to a yes that is carried elsewhere; and that no off ever turns anything on.

#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, skipped};
use onramp_analytics::consent::{Choice, Source, Voices};
use onramp_analytics::env::{Environment, Variable};
use onramp_analytics::words::{fill, rule};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

const ID: &str = "01234567-89ab-4cde-8f01-23456789abcd";
const DATE: &str = "2026-11-21";
/// A user id that nobody has.
const ANOTHER: u32 = 23_456;
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/consent.md");

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    lock: BTreeMap<String, Lock>,
    row: Vec<Row>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    text: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    when: String,
    #[serde(default)]
    environment: Vec<String>,
    settings: Option<String>,
    lock: Option<String>,
    owner: Option<String>,
    #[serde(default)]
    off_file: bool,
    state: String,
    by: Option<String>,
    why: Option<String>,
    records: Option<bool>,
}

fn table() -> Table {
    toml::from_str(include_str!("data/consent.toml")).unwrap()
}

impl Row {
    /// The row on disk.
    fn set_up(&self, locks: &BTreeMap<String, Lock>) -> Case {
        let mut case = Case::new().tool("make", "exit 0");
        for entry in &self.environment {
            let (name, value) = entry.split_once('=').unwrap();
            case = case.env(name, &fill(value, &[("owner", &ANOTHER.to_string())]));
        }
        if let Some(settings) = &self.settings {
            case = case.file("onramp/services-enabled/.env", settings);
        }
        if let Some(name) = &self.lock {
            let digits = case.clone_of_place();
            let text = fill(&locks[name].text, &[("digits", &digits), ("id", ID), ("date", DATE)]);
            case = case.file("onramp/onramp.lock", text.trim_start_matches('\n'));
        }
        if self.owner.is_some() {
            give(&case.state(), ANOTHER);
            give(&case.checkout().join("onramp.lock"), ANOTHER);
        }
        if self.off_file { case.file("config/onramp-analytics/off", "") } else { case }
    }

    fn needs_root(&self) -> bool {
        self.owner.is_some()
    }

    /// What `status` has to say of the rule that decided.
    fn why(&self, case: &Case) -> Option<String> {
        let off_file = case.root().join("config/onramp-analytics/off").display().to_string();
        let known =
            [("date", DATE), ("off_file", &off_file), ("damaged", rule::LOCK_DAMAGED), ("no_text", rule::LOCK_NO_TEXT)];
        self.why.as_ref().map(|why| fill(why, &known))
    }
}

impl Case {
    /// The digits of this case's checkout, for this case's person, whatever the environment of the row says.
    fn clone_of_place(&self) -> String {
        let homes = onramp_analytics::paths::Homes {
            state: self.root().join("state/onramp-analytics"),
            config: self.root().join("config/onramp-analytics"),
            data: self.root().join("data/onramp-analytics"),
        };
        onramp_analytics::paths::Place::make(&homes, &self.checkout()).unwrap().digits
    }
}

fn give(path: &Path, owner: u32) {
    std::os::unix::fs::lchown(path, Some(owner), Some(owner)).unwrap();
    for entry in path.read_dir().into_iter().flatten().flatten() {
        give(&entry.path(), owner);
    }
}

fn status(case: &Case) -> serde_json::Value {
    let ran = case.cli(&["status", "--json"]);
    serde_json::from_str(&ran.out.replace("{CASE}", &case.root().to_string_lossy())).unwrap_or_else(|_| panic!("{ran}"))
}

#[test]
fn every_row_holds_for_the_command_and_for_the_shim() {
    let table = table();
    assert!(table.row.len() >= 40);
    let is_root = rustix::process::geteuid().is_root();
    for row in &table.row {
        if row.needs_root() && !is_root {
            skipped(&format!("{}: only root can give a lock to another person", row.when));
            continue;
        }
        let case = row.set_up(&table.lock);
        let told = status(&case);
        let state = told["state"].as_str().unwrap();
        assert_eq!(
            (state, told["decided_by"].as_str()),
            (row.state.as_str(), row.by.as_deref()),
            "{}: {told:#}",
            row.when
        );
        assert_eq!(told["why"].as_str().map(str::to_owned), row.why(&case), "{}: {told:#}", row.when);
        case.run(&["make", "list-enabled"]).exits(0).stdout("").stderr("");
        let recorded = match (holds_events(&case, "spool"), holds_events(&case, "local")) {
            (true, false) => "on",
            (false, true) => "local",
            (false, false) => "nothing",
            (true, true) => "both",
        };
        let records = row.records.unwrap_or(matches!(state, "on" | "local"));
        assert_eq!(recorded, if records { state } else { "nothing" }, "{}: {told:#}", row.when);
        if row.records == Some(false) {
            let said = case.cli(&["status"]).out;
            assert!(said.starts_with("on, but nothing is recorded"), "{}: {said}", row.when);
            let key = case.env("ONRAMP_ANALYTICS_API_KEY", "phc_test");
            let refused = key.cli(&["flush"]).exits(1);
            assert!(refused.err.contains("could not send events"), "{}: {refused}", row.when);
        }
    }
}

/// Whether a file of that name in a place of the state folder holds anything.
fn holds_events(case: &Case, file: &str) -> bool {
    let places = case.root().join("state/onramp-analytics").read_dir().into_iter().flatten().flatten();
    places.map(|place| place.path().join(file)).any(|file| file.metadata().is_ok_and(|is| is.len() > 0))
}

#[test]
fn the_page_shows_the_table() {
    let page = std::fs::read_to_string(PAGE).unwrap_or_default();
    let (before, from) = page.split_once("<!-- consent -->\n").unwrap_or((&page, ""));
    let after = from.split_once("<!-- end -->").map_or("", |(_, after)| after);
    let renewed = format!("{before}<!-- consent -->\n{}<!-- end -->{after}", rendered(&table()));
    if renewed != page {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("consent.md");
        std::fs::write(&made, renewed).unwrap();
        panic!("docs/consent.md differs from tests/data/consent.toml; to renew it: cp {} docs/", made.display());
    }
}

fn rendered(table: &Table) -> String {
    let mut text =
        String::from("| | when | the environment | `.env` | state | decided by |\n|---|---|---|---|---|---|\n");
    for (i, row) in table.row.iter().enumerate() {
        let environment: Vec<_> =
            row.environment.iter().map(|entry| format!("`{}`", entry.replace('|', "\\|"))).collect();
        let environment = environment.join(" ").replace("{owner}", "their number");
        let settings = row
            .settings
            .as_deref()
            .map(|s| format!("`{}`", s.trim().replace('\n', " ; ").replace('\0', "\\0")))
            .unwrap_or_default();
        let by = row.by.as_deref().map_or(String::new(), |by| format!("`{by}`"));
        let state =
            if row.records == Some(false) { format!("{}, nothing is recorded", row.state) } else { row.state.clone() };
        let _ = writeln!(text, "| {} | {} | {environment} | {settings} | {state} | {by} |", i + 1, row.when);
    }
    text
}

// ---- a yes that is carried elsewhere ----------------------------------------------------------------------------

/// A person who said yes in a checkout, for real.
fn consented() -> Case {
    let case =
        Case::new().env("ONRAMP_ANALYTICS_API_KEY", "phc_test").env("ONRAMP_ANALYTICS_HOST", "http://127.0.0.1:9");
    case.cli(&["enable"]).exits(0);
    case
}

fn copy(case: &Case, to: &str) {
    case.run(&["cp", "-a", "onramp", to]).exits(0);
}

/// The state in another folder of the case, and what `status` says of the lock there.
fn state_in(case: &Case, folder: &str) -> (String, String) {
    let ran = case.cli(&["--project", case.root().join(folder).to_str().unwrap(), "status", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran}"));
    let lock = told["rules"].as_array().unwrap().iter().find(|rule| rule["source"] == "onramp.lock").unwrap();
    (told["state"].as_str().unwrap().to_owned(), lock["why"].as_str().unwrap().to_owned())
}

#[test]
fn a_yes_counts_in_its_own_checkout_only() {
    let case = consented().at("");
    let elsewhere = ("undecided".to_owned(), rule::LOCK_OF_ANOTHER_CHECKOUT.to_owned());
    copy(&case, "copied");
    assert_eq!(state_in(&case, "copied"), elsewhere, "copied");
    assert_eq!(state_in(&case, "onramp").0, "on");
    case.run(&["mv", "onramp", "moved"]).exits(0);
    assert_eq!(state_in(&case, "moved"), elsewhere, "moved");
    case.run(&["mv", "moved", "onramp"]).exits(0);
    assert_eq!(state_in(&case, "onramp").0, "on", "moved back");
    // Restored from a backup: the same path, another folder.
    copy(&case, "backup");
    case.run(&["rm", "-r", "onramp"]).exits(0);
    case.run(&["mv", "backup", "onramp"]).exits(0);
    assert_eq!(state_in(&case, "onramp"), elsewhere, "restored");
}

#[test]
fn a_variable_that_says_local_counts_beside_a_yes_that_was_copied_here() {
    let case = consented().at("").tool("make", "exit 0").env("ONRAMP_ANALYTICS_ENABLED", "local");
    copy(&case, "copied");
    assert_eq!(state_in(&case, "copied").0, "local");
    let case = case.at("copied");
    case.run(&["make", "start"]).exits(0);
    assert!(holds_events(&case, "local"), "status says local, so it is recorded");
}

#[test]
fn a_yes_that_was_committed_does_not_come_along_with_a_clone() {
    let case = consented().at("");
    let git = |folder: &str, words: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b"];
        case.run(&[&["git", "-C", folder], &identity[..], words].concat()).exits(0);
    };
    git("onramp", &["init", "-q"]);
    std::fs::write(case.checkout().join("services-available/x.yml"), "").unwrap();
    git("onramp", &["add", "-f", "."]);
    git("onramp", &["commit", "-qm", "all"]);
    git("", &["clone", "-q", "onramp", "clone"]);
    assert_eq!(state_in(&case, "clone"), ("undecided".into(), rule::LOCK_OF_ANOTHER_CHECKOUT.into()));
}

#[test]
fn a_yes_does_not_hold_on_another_machine() {
    let case = consented();
    // Everything is the same but the key, which is random and never leaves the machine.
    std::fs::write(case.state().join("key"), [7; 16]).unwrap();
    assert_eq!(state_in(&case, "onramp"), ("undecided".into(), rule::LOCK_OF_ANOTHER_CHECKOUT.into()));
    std::fs::remove_dir_all(case.state()).unwrap();
    assert_eq!(state_in(&case, "onramp"), ("undecided".into(), rule::LOCK_OF_ANOTHER_CHECKOUT.into()));
}

#[test]
fn a_key_that_can_not_be_read_is_a_doubt() {
    let case = consented();
    std::fs::write(case.state().join("key"), [7; 3]).unwrap();
    let (state, why) = state_in(&case, "onramp");
    assert!(state == "off" && why.contains("could not read key"), "{state}: {why}");
}

#[test]
fn two_checkouts_have_two_choices_and_two_ids() {
    let case = consented().at("");
    copy(&case, "second");
    let second = case.root().join("second");
    case.cli(&["--project", second.to_str().unwrap(), "enable"]).exits(0);
    assert_eq!((state_in(&case, "onramp").0, state_in(&case, "second").0), ("on".into(), "on".into()));
    let id = |folder: &str| case.cli(&["--project", folder, "show-id"]).exits(0).out;
    assert_ne!(id("onramp"), id("second"));
    case.cli(&["--project", "second", "disable"]).exits(0);
    assert_eq!((state_in(&case, "onramp").0, state_in(&case, "second").0), ("on".into(), "off".into()));
}

// ---- no off ever turns anything on --------------------------------------------------------------------------------

fn any_choice() -> impl Strategy<Value = Option<Choice>> {
    prop_oneof![Just(None), Just(Some(Choice::Off)), Just(Some(Choice::Local)), Just(Some(Choice::On))]
}

/// How much may happen; undecided is as little as off.
fn reach(choice: Option<Choice>) -> u8 {
    match choice {
        None | Some(Choice::Off) => 0,
        Some(Choice::Local) => 1,
        Some(Choice::On) => 2,
    }
}

proptest! {
    #[test]
    fn an_off_anywhere_turns_everything_off(said in proptest::array::uniform6(any_choice()), at in 0..6_usize) {
        let mut voices = Voices::default();
        for (source, choice) in Source::ALL.into_iter().zip(said) {
            voices.say(source, choice);
        }
        let before = voices.choice();
        voices.say(Source::ALL[at], Some(Choice::Off));
        prop_assert_eq!(voices.choice(), Some(Choice::Off));
        prop_assert!(reach(voices.choice()) <= reach(before));
        let by = voices.decided_by().unwrap();
        prop_assert_eq!(voices.of(by), Some(Choice::Off));
    }

    #[test]
    fn a_word_more_in_the_environment_never_adds_to_an_off(
        own in proptest::option::of(" ?(1|0|on|off|local|yes|x|)"), track in proptest::option::of("1|0|true|"),
        ci in proptest::option::of("true|1|0|"), off in 0..3_usize,
    ) {
        let entries = |own: &Option<String>, track: &Option<String>, ci: &Option<String>| {
            let all = [(Variable::OnrampAnalyticsEnabled, own), (Variable::DoNotTrack, track), (Variable::Ci, ci)];
            let set = all.iter().filter_map(|(v, value)| Some(format!("{}={}", v.name(), (*value).as_ref()?).into_bytes()));
            Environment::of_entries(set.collect())
        };
        let before = Voices::of_environment(&entries(&own, &track, &ci).known()).choice();
        let (own, track, ci) = match off {
            0 => (Some("off".to_owned()), track, ci),
            1 => (own, Some("1".to_owned()), ci),
            // CI is what the environment's own variable overrules, and nothing else does.
            _ => (own.clone(), track, if own.is_some_and(|o| !o.trim().is_empty()) { ci } else { Some("true".to_owned()) }),
        };
        let after = Voices::of_environment(&entries(&own, &track, &ci).known()).choice();
        prop_assert!(reach(after) <= reach(before), "{before:?} became {after:?}");
    }
}
