//! The choice and the file that it stands in, through the real command.

#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;

use harness::{Case, skipped};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};

const KEY: &str = "phc_test";

/// A case whose settings name a key and a destination on this machine.
fn case() -> Case {
    Case::new().env("ONRAMP_ANALYTICS_API_KEY", KEY).env("ONRAMP_ANALYTICS_HOST", "http://127.0.0.1:9")
}

fn lock(case: &Case) -> PathBuf {
    case.checkout().join("onramp.lock")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The value of a key in the lock.
fn value(case: &Case, key: &str) -> Option<String> {
    let text = std::fs::read_to_string(lock(case)).unwrap_or_default();
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).map(str::to_owned)
}

fn status(case: &Case) -> serde_json::Value {
    let ran = case.cli(&["status", "--json"]);
    serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran}"))
}

#[test]
fn a_yes_shows_the_notice_and_stands_in_the_lock_with_all_that_it_is_bound_to() {
    let case = case();
    let ran = case.cli(&["enable"]).exits(0).stderr("");
    for part in ["What is collected", "Where it goes", "http://127.0.0.1:9", "How to stop", "Where to read more"] {
        assert!(ran.out.contains(part), "{part}: {ran}");
    }
    let today = jiff::Timestamp::now().to_string()[..10].to_owned();
    let id = value(&case, "ANALYTICS_ID").unwrap();
    assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 4);
    assert_eq!(
        text(&lock(&case)),
        format!(
            "ANALYTICS_ENABLED=1\nANALYTICS_ID={id}\nANALYTICS_CHECKOUT={}\nANALYTICS_SCHEMA=1\n\
             ANALYTICS_HOST=http://127.0.0.1:9\nANALYTICS_NOTICE_SHOWN=1\nANALYTICS_DECIDED_ON={today}\n",
            case.place().digits
        )
    );
    assert_eq!(lock(&case).metadata().unwrap().mode() & 0o777, 0o600);
    case.cli(&["show-id"]).stdout(&format!("{id}\n")).exits(0);
    let wait = case.place().file("next").metadata().unwrap().modified().unwrap();
    let wait = wait.duration_since(std::time::SystemTime::now()).unwrap().as_secs();
    assert!((3500..=3600).contains(&wait), "{wait}");
}

#[test]
fn the_exit_code_of_status_tells_the_state() {
    let case = case();
    assert!(case.cli(&["status"]).exits(4).out.starts_with("undecided"));
    assert!(!case.state().exists(), "to look is not to write");
    case.cli(&["enable"]).exits(0);
    assert!(case.cli(&["status"]).exits(0).out.starts_with("on"));
    case.cli(&["enable", "--local"]).exits(0);
    assert!(case.cli(&["status"]).exits(3).out.starts_with("local"));
    case.cli(&["disable"]).exits(0);
    assert!(case.cli(&["status"]).exits(4).out.starts_with("off"));
    let ran = case.at("elsewhere").cli(&["status"]).exits(1).stdout("");
    assert!(ran.err.starts_with("onramp-analytics: could not find OnRamp checkout: {CASE}/elsewhere\nhelp: "), "{ran}");
}

#[test]
fn a_yes_that_holds_keeps_its_id_and_a_new_one_makes_a_new_one() {
    let case = case();
    let ids: Vec<_> = [["enable"], ["enable"], ["disable"], ["enable"]]
        .iter()
        .map(|words| {
            case.cli(words).exits(0);
            value(&case, "ANALYTICS_ID")
        })
        .collect();
    assert!(ids[0].is_some() && ids[0] == ids[1]);
    assert_eq!(ids[2], None);
    assert!(ids[3].is_some() && ids[3] != ids[0]);
    std::fs::remove_file(lock(&case)).unwrap();
    assert_eq!(status(&case)["state"], "undecided");
}

#[test]
fn fifty_at_once_give_one_id_and_lose_no_line() {
    let case = case().file("onramp/onramp.lock", "OTHER='a b'\r\n# kept\n");
    let mut ids = std::collections::BTreeSet::new();
    let all: Vec<_> = (0..50).map(|_| case.start(&[env!("CARGO_BIN_EXE_onramp-analytics"), "enable"])).collect();
    for one in all {
        let ran = one.wait().exits(0);
        ids.insert(ran.out.lines().find_map(|l| l.strip_prefix("Your anonymous id is ")).unwrap().to_owned());
    }
    assert_eq!(ids.len(), 1);
    let words = [["enable", "--local"], ["disable", "--keep-local"], ["enable", "--with-current"]];
    let program = env!("CARGO_BIN_EXE_onramp-analytics");
    let all: Vec<_> = (0..50).map(|i| case.start(&[&[program], &words[i % 3][..]].concat())).collect();
    for one in all {
        one.wait().exits(0);
    }
    assert!(text(&lock(&case)).starts_with("OTHER='a b'\r\n# kept\n"));
    case.cli(&["enable"]).exits(0);
    assert_eq!(text(&lock(&case)).lines().count(), 9, "{}", text(&lock(&case)));
    let left: Vec<_> = case.checkout().read_dir().unwrap().flatten().map(|e| e.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".onramp")), "{left:?}");
}

#[test]
fn a_no_holds_at_once_and_takes_along_what_waits() {
    for (arguments, kept) in [(&["disable"][..], false), (&["disable", "--keep-local"][..], true)] {
        let case = case().enabled("plex").enabled("my-secret");
        let ran = case.cli(&["enable", "--with-current"]).exits(0);
        assert!(ran.out.contains("2 events for what is enabled now"), "{ran}");
        assert_eq!(case.events().len(), 2);
        let again = case.cli(&["enable", "--with-current"]).exits(0);
        assert!(again.out.contains("not told again") && case.events().len() == 2, "{again}");
        for file in walk(&case.state()).iter().filter(|path| path.is_file()) {
            assert_eq!(file.metadata().unwrap().mode() & 0o077, 0, "others may read {}", file.display());
        }
        let id = value(&case, "ANALYTICS_ID").unwrap();
        let ran = case.cli(arguments).exits(0).stderr("");
        assert!(ran.out.contains(&id) && ran.out.contains("2 events that waited"), "{ran}");
        assert!(ran.out.contains(if kept { "kept for your own figures" } else { "deleted" }), "{ran}");
        assert_eq!(value(&case, "ANALYTICS_ENABLED").as_deref(), Some("0"));
        assert!(!text(&lock(&case)).contains(&id));
        assert_eq!(status(&case)["queue"]["waiting"], 0);
        case.cli(&["enable"]).exits(0);
        assert_eq!(status(&case)["queue"]["waiting"], 0, "what was kept is never sent");
    }
}

#[test]
fn where_nothing_was_enabled_nothing_was_told() {
    let case = case();
    let ran = case.cli(&["enable", "--with-current"]).exits(0);
    assert!(ran.out.contains("Nothing is enabled now"), "{ran}");
    let case = case.enabled("plex");
    let ran = case.cli(&["enable", "--with-current"]).exits(0);
    assert!(ran.out.contains("1 event for what is enabled now, with the next figures"), "{ran}");
    let ran = case.cli(&["enable", "--local", "--with-current"]).exits(0);
    assert!(ran.out.contains("1 event for what is enabled now, among your own figures"), "{ran}");
}

#[test]
fn a_new_id_has_nothing_of_the_old_one() {
    let case = case().enabled("plex");
    case.cli(&["reset-id"]).exits(1).stdout("");
    case.cli(&["enable", "--with-current"]).exits(0);
    let old = value(&case, "ANALYTICS_ID").unwrap();
    let ran = case.cli(&["reset-id"]).exits(0);
    let new = value(&case, "ANALYTICS_ID").unwrap();
    assert!(new != old && ran.out.contains(&new) && ran.out.contains(&old), "{ran}");
    assert!(case.events().is_empty());
}

#[test]
fn local_has_no_id_and_what_it_records_is_never_sent() {
    let case = case().enabled("plex");
    case.cli(&["enable", "--local", "--with-current"]).exits(0);
    assert_eq!(value(&case, "ANALYTICS_ID"), None);
    assert_eq!(value(&case, "ANALYTICS_HOST"), None);
    case.cli(&["show-id"]).exits(1).stdout("");
    case.cli(&["enable"]).exits(0);
    assert_eq!(status(&case)["queue"]["waiting"], 0);
    let local = std::fs::read_to_string(case.place().file("local")).unwrap();
    assert!(local.contains("service_enabled") && !local.contains("distinct_id"), "{local}");
}

#[test]
fn a_lock_keeps_owner_mode_and_link() {
    let case = case().file("onramp/elsewhere/real.lock", "A=1").link("onramp/onramp.lock", "elsewhere/real.lock");
    let real = case.checkout().join("elsewhere/real.lock");
    std::fs::set_permissions(&real, PermissionsExt::from_mode(0o640)).unwrap();
    case.cli(&["enable"]).exits(0);
    assert!(lock(&case).is_symlink());
    assert!(text(&real).starts_with("A=1\nANALYTICS_ENABLED=1\n"));
    assert_eq!(real.metadata().unwrap().mode() & 0o777, 0o640);
    assert_eq!(status(&case)["state"], "on");
}

#[test]
fn a_link_that_leads_nowhere_is_refused() {
    let case = case().link("onramp/onramp.lock", "../elsewhere/nothing");
    let ran = case.cli(&["enable"]).exits(1);
    assert!(ran.err.contains("could not follow link: {CASE}/onramp/onramp.lock"), "{ran}");
    assert!(!case.root().join("elsewhere/nothing").exists());
    assert_eq!(status(&case)["state"], "off");
}

#[test]
fn what_can_not_be_read_is_off_and_status_says_why() {
    let yes = {
        let case = case();
        case.cli(&["enable"]).exits(0);
        text(&lock(&case))
    };
    for (name, bytes) in [("zero bytes", [yes.as_bytes(), b"\0"].concat()), ("too long", vec![b'#'; 65 * 1024])] {
        let case = case().env("ONRAMP_ANALYTICS_ENABLED", "1");
        std::fs::write(lock(&case), bytes).unwrap();
        let status = status(&case);
        assert_eq!((&status["state"], &status["decided_by"]), (&"off".into(), &"onramp.lock".into()), "{name}");
    }
    let folder = case().env("ONRAMP_ANALYTICS_ENABLED", "1");
    std::fs::create_dir(lock(&folder)).unwrap();
    let fifo = case().env("ONRAMP_ANALYTICS_ENABLED", "1");
    assert!(std::process::Command::new("mkfifo").arg(lock(&fifo)).status().unwrap().success());
    for case in [folder, fifo] {
        let status = status(&case);
        assert_eq!(status["state"], "off");
        assert!(status["problems"][0].as_str().unwrap().contains("is no file"), "{status}");
        let ran = case.cli(&["enable"]).exits(1);
        assert!(ran.err.contains("\nhelp: move that file away"), "{ran}");
    }
}

/// What `status` calls off because it can't be told, the shim calls off too.
#[test]
fn a_link_that_leads_nowhere_is_off_for_the_shim_too() {
    for path in ["onramp/onramp.lock", "onramp/services-enabled/.env"] {
        for word in ["1", "local"] {
            let case = Case::new().env("ONRAMP_ANALYTICS_ENABLED", word).tool("make", "exit 0");
            let _ = std::fs::remove_file(case.root().join(path));
            let case = case.link(path, "nothing");
            assert_eq!(status(&case)["state"], "off", "{path}");
            case.run(&["make", "start"]).exits(0).records(&[]);
            assert!(!case.state().exists(), "{path}");
        }
    }
}

#[test]
fn a_yes_that_was_cut_off_anywhere_is_none() {
    let case = case();
    case.cli(&["enable"]).exits(0);
    let whole = text(&lock(&case));
    // From the last thing that a yes is made of on, nothing that is missing changes what was said.
    let end = whole.find("\nANALYTICS_HOST=http").unwrap() + "\nANALYTICS_HOST=http://127.0.0.1:9".len();
    for length in (0..end).step_by(3) {
        std::fs::write(lock(&case), &whole[..length]).unwrap();
        let status = status(&case);
        let sends = status["state"] == "on" && status["endpoint"].is_string();
        assert!(!sends, "cut after {length} bytes: {status:#}");
    }
}

#[test]
fn a_choice_that_can_not_be_written_changes_nothing() {
    let Some(case) = as_somebody(case().file("onramp/onramp.lock", "A=1\n")) else {
        return;
    };
    std::fs::set_permissions(case.checkout(), PermissionsExt::from_mode(0o555)).unwrap();
    let out = somebody(&case, &["enable"]);
    assert!(!out.status.success());
    let err = String::from_utf8_lossy(&out.stderr);
    assert!(err.contains("could not write choice") && err.contains("\nhelp: "), "{err}");
    assert_eq!(text(&lock(&case)), "A=1\n");
    std::fs::set_permissions(case.checkout(), PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::remove_dir_all(case.state()).unwrap();
    std::fs::set_permissions(case.state().parent().unwrap(), PermissionsExt::from_mode(0o555)).unwrap();
    let err = String::from_utf8_lossy(&somebody(&case, &["enable"]).stderr).into_owned();
    assert!(err.contains("could not make folder"), "{err}");
    let off = somebody(&case, &["disable"]);
    assert!(off.status.success(), "a no needs no state folder: {off:?}");
    let told = String::from_utf8_lossy(&somebody(&case, &["status"]).stdout).into_owned();
    assert!(told.contains("nothing can be recorded"), "{told}");
    std::fs::set_permissions(case.state().parent().unwrap(), PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn a_no_holds_whoever_the_state_folder_belongs_to() {
    let Some(case) = as_somebody(case()) else { return };
    let value = |key| value(&case, key);
    let choose = |word| assert!(somebody(&case, &[word]).status.success(), "{word}");
    choose("enable");
    let turns = case.place().file("choice.lock");
    std::os::unix::fs::lchown(&turns, Some(0), Some(0)).unwrap();
    // Others can't be kept waiting, so a yes is refused; a no needs nobody's leave.
    let refused = somebody(&case, &["enable"]);
    let err = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(err.contains("could not lock choice: ") && err.contains("\nhelp: onramp-analytics doctor"), "{err}");
    choose("disable");
    assert_eq!((value("ANALYTICS_ENABLED").as_deref(), value("ANALYTICS_ID")), (Some("0"), None));
    std::os::unix::fs::lchown(&turns, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    choose("enable");
    for path in walk(&case.state()) {
        std::os::unix::fs::lchown(&path, Some(0), Some(0)).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let half = somebody(&case, &["disable"]);
    let err = String::from_utf8_lossy(&half.stderr).into_owned();
    assert_eq!(half.status.code(), Some(1), "{err}");
    assert!(err.contains("could not ") && err.contains("is off all the same"), "{err}");
    assert_eq!(value("ANALYTICS_ENABLED").as_deref(), Some("0"));
    assert_eq!(somebody(&case, &["status"]).status.code(), Some(4));
    let left = somebody(&case, &["uninstall"]);
    assert!(!lock(&case).exists(), "what can be taken away is: {left:?}");
    for path in walk(&case.state()) {
        std::os::unix::fs::lchown(&path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    }
}

#[test]
fn what_no_yes_can_set_right_is_told_with_what_does() {
    let case = case();
    case.cli(&["enable"]).exits(0);
    let yes = std::fs::read(lock(&case)).unwrap();
    std::fs::write(lock(&case), [&yes[..], b"\0"].concat()).unwrap();
    let ran = case.cli(&["enable"]).exits(1).stdout("");
    assert!(ran.err.contains("holds bytes that no text has\nhelp: move that file away"), "{ran}");
    assert!(case.cli(&["status"]).exits(4).out.contains("Move it away, then choose again"));
    case.cli(&["disable"]).exits(0);
    std::fs::write(lock(&case), yes).unwrap();
    let key = case.state().join("key");
    std::fs::write(&key, b"half").unwrap();
    let help = "it is damaged\n  help: remove it and choose again";
    let ran = case.cli(&["status"]).exits(4);
    assert!(ran.out.contains(help) && ran.out.contains("rm {CASE}/state/onramp-analytics/key"), "{ran}");
    assert!(!status(&case)["why"].as_str().unwrap().contains('\n'));
    assert!(case.cli(&["enable"]).exits(1).err.contains("\nhelp: remove it and choose again"));
    assert!(case.cli(&["doctor"]).out.contains("it is damaged\n       help: remove it and choose again"));
    case.cli(&["disable"]).exits(0);
    std::fs::remove_file(&key).unwrap();
    case.cli(&["enable"]).exits(0);
    assert_eq!(status(&case)["state"], "on");
}

#[test]
fn a_full_disk_loses_no_line() {
    let case = case();
    let script = format!(
        "mount -t tmpfs -o size=16k none onramp 2>/dev/null || exit 77
         mkdir -p onramp/services-available onramp/services-enabled; : > onramp/Makefile; echo A=1 > onramp/onramp.lock
         head -c 100000 /dev/zero > onramp/filler 2>/dev/null
         cd onramp; {} enable; echo \"exit $?\"; cat onramp.lock; ls -A",
        env!("CARGO_BIN_EXE_onramp-analytics")
    );
    let case = case.at("");
    let ran = case.run(&["unshare", "-m", "sh", "-c", &script]);
    if ran.status.code() != Some(0) {
        return skipped("no mount namespace here");
    }
    assert!(ran.out.contains("exit 1\nA=1\nMakefile\nfiller\nonramp.lock\n"), "{ran}");
    assert!(ran.err.contains("could not write choice") && ran.err.contains("\nhelp: nothing was changed"), "{ran}");
}

#[test]
fn root_acts_for_who_called_sudo_and_leaves_everything_to_them() {
    let Some(case) = as_somebody(case()) else { return };
    std::fs::create_dir_all(case.state()).unwrap();
    std::os::unix::fs::chown(case.state(), Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    let sudo = case.env("SUDO_UID", &SOMEBODY.to_string());
    sudo.cli(&["enable"]).exits(0);
    assert_eq!(lock(&sudo).metadata().unwrap().uid(), SOMEBODY);
    for entry in walk(&sudo.state()) {
        assert_eq!(entry.metadata().unwrap().uid(), SOMEBODY, "{}", entry.display());
    }
    assert_eq!(status(&sudo)["state"], "on");
    // The very same lock, for root in person: nothing that root agreed to.
    let root = sudo.without_env("SUDO_UID");
    assert_eq!(status(&root)["state"], "undecided");
    let ran = root.cli(&["enable"]).exits(1);
    assert!(ran.err.contains("belongs to user"), "{ran}");
    let theirs = somebody(&root, &["status"]);
    assert_eq!(theirs.status.code(), Some(0), "{theirs:?}");
}

/// `sudo chown -R ann` leaves root's group, which ann can't give to a file.
#[test]
fn a_group_that_the_person_is_not_in_is_in_nobody_s_way() {
    let Some(case) = as_somebody(case().file("home/.bashrc", "alias ll='ls -l'\n")) else { return };
    case.run(&["git", "init", "-q"]).exits(0);
    for path in walk(&case.root()) {
        std::os::unix::fs::lchown(&path, Some(SOMEBODY), Some(0)).unwrap();
    }
    let runs = |words: &[&str]| {
        let ran = somebody(&case, words);
        assert!(ran.status.success(), "{words:?}: {ran:?}");
    };
    runs(&["enable", "--local"]);
    assert_eq!(value(&case, "ANALYTICS_ENABLED").as_deref(), Some("local"));
    // A lock that came to them the same way: what root's group may, nobody else's may.
    std::os::unix::fs::chown(lock(&case), None, Some(0)).unwrap();
    std::fs::set_permissions(lock(&case), PermissionsExt::from_mode(0o660)).unwrap();
    runs(&["disable"]);
    assert_eq!(value(&case, "ANALYTICS_ENABLED").as_deref(), Some("0"));
    assert_eq!(lock(&case).metadata().unwrap().mode() & 0o777, 0o600);
    runs(&["install", "--hook", "bash"]);
    runs(&["uninstall"]);
    assert_eq!(text(&case.root().join("home/.bashrc")), "alias ll='ls -l'\n");
}

#[test]
fn without_a_home_everything_is_off_and_status_says_so() {
    let case = case();
    let homeless = ["env", "-u", "HOME", "-u", "XDG_STATE_HOME", "-u", "XDG_CONFIG_HOME"];
    let run = |word| case.run(&[&homeless[..], &[env!("CARGO_BIN_EXE_onramp-analytics"), word]].concat());
    let ran = run("status").exits(4);
    assert!(ran.out.starts_with("off") && ran.out.contains("could not find home"), "{ran}");
    let ran = run("enable").exits(1).stdout("");
    assert!(ran.err.contains("could not find home") && ran.err.contains("\nhelp: set HOME"), "{ran}");
}

#[test]
fn a_yes_against_an_off_is_saved_and_says_what_keeps_it_off() {
    let case = case().env("DO_NOT_TRACK", "1");
    let ran = case.cli(&["enable"]).exits(0);
    assert!(ran.out.contains("stays off: DO_NOT_TRACK"), "{ran}");
    let case = case.without_env("DO_NOT_TRACK");
    assert_eq!(status(&case)["state"], "on");
}

#[test]
fn another_destination_gets_nothing_and_asks_again() {
    let case = case();
    case.cli(&["enable"]).exits(0);
    let case = case.env("ONRAMP_ANALYTICS_HOST", "https://elsewhere.example");
    let told = status(&case);
    assert_eq!((&told["state"], &told["endpoint"]), (&"on".into(), &serde_json::Value::Null));
    assert!(told["endpoint_problem"].as_str().unwrap().contains("but you agreed to http://127.0.0.1:9"), "{told}");
    case.cli(&["enable"]).exits(0);
    assert_eq!(status(&case)["endpoint"], "https://elsewhere.example");
    let ran = case.cli(&["enable", "--host", "http://example.org"]).exits(2);
    assert!(ran.err.contains("could not use host"), "{ran}");
}

#[test]
fn what_was_recorded_for_one_destination_goes_to_no_other() {
    let case = case().enabled("plex");
    case.cli(&["enable", "--with-current"]).exits(0);
    let old = value(&case, "ANALYTICS_ID").unwrap();
    let ran = case.cli(&["enable", "--host", "https://elsewhere.example/"]).exits(0);
    let new = value(&case, "ANALYTICS_ID").unwrap();
    assert!(new != old, "one id at two servers would tie them together");
    for told in [
        "To https://elsewhere.example, once a day",
        "another destination than before, which was http://127.0.0.1:9",
        "1 event that waited to be sent: kept for your own figures, never sent",
        &old,
        &new,
    ] {
        assert!(ran.out.contains(told), "{told}: {ran}");
    }
    assert_eq!(status(&case)["queue"]["waiting"], 0);
    let again = case.cli(&["enable", "--host", "https://elsewhere.example"]).exits(0);
    assert_eq!(value(&case, "ANALYTICS_ID").unwrap(), new);
    assert!(!again.out.contains("another destination"), "{again}");
}

#[test]
fn a_variable_s_yes_and_one_to_another_destination_share_no_id() {
    let case = case().env("ONRAMP_ANALYTICS_ENABLED", "1").witnesses();
    for (shown, is_kept) in [("http://127.0.0.1:9", true), ("https://elsewhere.example", false)] {
        let _ = std::fs::remove_file(lock(&case));
        case.run(&["make", "start"]).exits(0);
        let id = value(&case, "ANALYTICS_ID").unwrap();
        std::fs::write(case.place().file("notice"), shown).unwrap();
        case.cli(&["enable"]).exits(0);
        assert_eq!(value(&case, "ANALYTICS_ID").unwrap() == id, is_kept, "{shown}");
    }
}

#[test]
fn when_the_first_figures_leave_is_said_of_a_new_yes_only() {
    let case = case();
    let first = "The first figures leave in an hour at the earliest";
    assert!(case.cli(&["enable"]).exits(0).out.contains(first));
    // By now they may be about to leave.
    assert!(!case.cli(&["enable"]).exits(0).out.contains(first));
    assert!(!case.cli(&["enable", "--local"]).exits(0).out.contains(first));
    assert!(case.cli(&["enable"]).exits(0).out.contains(first));
}

#[test]
fn without_a_key_a_yes_says_that_nothing_can_be_sent() {
    let ran = Case::new().cli(&["enable"]).exits(0);
    assert!(ran.err.contains("no PostHog project key") && ran.err.contains("enable --local"), "{ran}");
}

#[test]
fn a_lock_stays_out_of_git() {
    let case = case();
    let git = |words: &[&str]| case.run(&[&["git", "-C", case.checkout().to_str().unwrap()], words].concat());
    git(&["init", "-q"]).exits(0);
    case.cli(&["enable"]).exits(0).stderr("");
    assert!(!git(&["status", "--porcelain", "-uall"]).out.contains("onramp.lock"));
    case.cli(&["enable"]).exits(0);
    let exclude = text(&case.checkout().join(".git/info/exclude"));
    assert_eq!(exclude.matches("/onramp.lock\n").count(), 1, "{exclude}");
    git(&["add", "-f", "onramp.lock"]).exits(0);
    let ran = case.cli(&["enable"]).exits(0);
    assert!(ran.err.contains("tracked by git") && ran.err.contains("\nhelp: git rm --cached"), "{ran}");
}

// ---- somebody who is not root -----------------------------------------------------------------------------------

/// A user id that nobody has.
const SOMEBODY: u32 = 23_456;

/// The case in the hands of somebody who is not root; needs root to begin with.
fn as_somebody(case: Case) -> Option<Case> {
    if !rustix::process::geteuid().is_root() {
        skipped("only root can act for somebody else");
        return None;
    }
    for path in walk(&case.root()) {
        std::os::unix::fs::lchown(&path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    }
    let reachable = case.root().ancestors().all(|a| a == case.root() || a.metadata().unwrap().mode() & 0o001 != 0);
    if !reachable {
        skipped("somebody else can't reach this folder");
    }
    reachable.then_some(case)
}

/// Runs the command as somebody who is not root.
fn somebody(case: &Case, arguments: &[&str]) -> std::process::Output {
    use std::os::unix::process::CommandExt as _;
    let words = [&[env!("CARGO_BIN_EXE_onramp-analytics")], arguments].concat();
    case.command(&words).uid(SOMEBODY).gid(SOMEBODY).output().unwrap()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let below = folder.read_dir().map(|all| all.flatten().map(|e| e.path()).collect::<Vec<_>>()).unwrap_or_default();
    let real = |path: &Path| path.is_dir() && !path.is_symlink();
    let deeper = below.iter().filter(|p| real(p)).flat_map(|p| walk(p)).collect::<Vec<_>>();
    let files = below.iter().filter(|p| !real(p)).cloned();
    std::iter::once(folder.to_owned()).chain(files).chain(deeper).collect()
}
