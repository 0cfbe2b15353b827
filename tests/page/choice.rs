//! Choices: saved, overruled, not saved, under way, and followed by open pages.

use super::{Case, Served, state, until};
use crate::served::request;
use onramp_analytics::paths::{checkout::CHOICE, place};
use rustix::process::Signal;
use std::io::{BufRead as _, BufReader, Write as _};
use std::time::Duration;

#[test]
fn a_choice_by_json_is_on_the_disk_when_it_is_answered() {
    let case = Case::new();
    let served = Served::start(&case);
    let view = served.get("/api/view").json();
    assert_eq!((&view["needs_nudge"], &view["nudge_due"], &view["id"]), (&true.into(), &false.into(), &().into()));

    let answer = served.opt("{\"opt\":\"opt-in\"}");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!((&answer.json()["state"], &answer.json()["needs_nudge"]), (&"on".into(), &false.into()));
    let id =
        |case: &Case| case.lock().lines().find_map(|l| l.strip_prefix("ANALYTICS_ID=").map(str::to_owned)).unwrap();
    let first = id(&case);
    assert_eq!(served.get("/api/view").json()["id"], first);
    assert_eq!(served.opt("{\"opt\":\"opt-in\",\"with_current\":true}").status, 200);
    assert_eq!(id(&case), first, "a second yes keeps the id");

    assert_eq!(served.opt("{\"opt\":\"opt-out\"}").json()["state"], "off");
    assert!(case.lock().contains("ANALYTICS_ENABLED=0") && !case.lock().contains("ANALYTICS_ID"));
    assert_eq!(served.get("/api/view").json()["needs_nudge"], false);
}

#[test]
fn a_choice_by_form_leads_back_to_the_page_that_thanks() {
    let case = Case::new();
    let served = Served::start(&case);
    for (form, back, thanks, word) in [
        ("choice=on", "./?after=on", "Thank you!", "ANALYTICS_ENABLED=1"),
        ("choice=local", "./?after=local", "For you only", "ANALYTICS_ENABLED=local"),
        ("choice=off", "./?after=off", "Understood", "ANALYTICS_ENABLED=0"),
    ] {
        let answer = served.form(form);
        assert_eq!((answer.status, answer.header("location")), (303, Some(back)), "{answer:?}");
        assert!(case.lock().contains(word));
        let page = served.get(&back[1..]).body;
        assert!(page.contains(thanks) && page.contains("content=\"15; url=./\""), "{form}");
        assert!(
            served.get("/").body.contains("<section id=\"panel\"></section>"),
            "the page itself asks and thanks no more"
        );
    }
    assert!(!served.get("/?after=on").body.contains("Thank you!"), "an old address thanks for nothing");
}

#[test]
fn what_is_enabled_now_is_told_only_when_asked_for() {
    let case = Case::new().enabled("plex");
    let served = Served::start(&case);
    served.form("choice=on");
    assert_eq!(case.events(), [] as [&str; 0]);
    served.form("choice=on&with_current=1");
    assert_eq!(case.events(), ["service_enabled plex"]);
}

#[test]
fn a_yes_is_to_the_destination_that_was_read() {
    // Without a key nothing is sent, but the yes stands for whoever sets one later.
    let case = Case::new().file("onramp/services-enabled/.env", "POSTHOG_HOST=https://read.example\n");
    let served = Served::start(&case);
    let page = served.get("/").body;
    assert!(page.contains("It is sent to https://read.example, once a day"), "{page}");
    let field = "<input type=\"hidden\" name=\"destination\" value=\"https://read.example\">";
    assert_eq!(served.get("/api/view").json()["destination"], "https://read.example");
    assert_eq!(page.matches(field).count(), 1, "{page}");
    assert!(page.contains("one POST to https://read.example/batch/"), "{page}");
    // Changed by somebody between the look and the click.
    std::fs::write(case.checkout().join("services-enabled/.env"), "POSTHOG_HOST=https://other.example\n").unwrap();
    assert_eq!(served.form("choice=on&destination=nowhere").status, 400);
    assert!(!case.checkout().join(CHOICE).exists());
    assert_eq!(served.form("choice=on&destination=https%3A%2F%2Fread.example").status, 303);
    assert!(case.lock().contains("ANALYTICS_HOST=https://read.example\n"), "{}", case.lock());
    assert_eq!(served.opt("{\"opt\":\"opt-in\",\"destination\":\"ftp://x\"}").status, 400);
    assert_eq!(served.opt("{\"opt\":\"opt-in\",\"destination\":\"https://read.example/\"}").status, 200);
    assert!(case.lock().contains("ANALYTICS_HOST=https://read.example\n"), "{}", case.lock());
    let page = served.get("/").body;
    assert!(page.contains("on: recorded; nothing can be sent now.") && !page.contains("It does not leave"), "{page}");
}

#[test]
fn a_yes_that_a_variable_overrules_is_saved_and_says_so() {
    let case = Case::new().env("DO_NOT_TRACK", "1");
    let served = Served::start(&case);
    let answer = served.opt("{\"opt\":\"opt-in\"}").json();
    assert_eq!(answer["state"], "off");
    assert!(answer["said"][0].as_str().unwrap().contains("stays off: DO_NOT_TRACK"), "{answer}");
    assert!(case.lock().contains("ANALYTICS_ENABLED=1"));
}

#[test]
fn a_choice_that_can_not_be_saved_says_why_and_what_to_do() {
    let case = Case::new();
    let served = Served::start(&case);
    std::fs::create_dir(case.checkout().join(CHOICE)).unwrap();
    let answer = served.opt("{\"opt\":\"opt-in\"}");
    assert_eq!(answer.status, 500);
    assert!(answer.json()["error"].as_str().unwrap().contains("onramp.lock"), "{answer:?}");
    assert!(answer.json()["help"].as_str().unwrap().contains("move that file away"), "{answer:?}");
    assert!(served.log().contains("could not save choice on: ") && served.log().contains("onramp.lock"));
    let page = served.form("choice=on");
    assert_eq!(page.status, 500);
    let panel = page.body.split("<section id=\"panel\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(panel.contains("could not be saved") && panel.contains("Try again") && !panel.contains("No, thank you"));
    std::fs::remove_dir(case.checkout().join(CHOICE)).unwrap();
    assert_eq!(state(&served), "undecided");
    assert_eq!(served.opt("{\"opt\":\"opt-in\"}").status, 200);
}

#[test]
fn a_choice_that_is_saved_without_all_that_belongs_to_it_is_told_as_that() {
    let case = Case::new();
    let served = Served::start(&case);
    std::fs::create_dir(case.place().file(place::NEXT)).unwrap();
    let page = served.form("choice=on");
    assert_eq!(page.status, 500, "{page:?}");
    assert!(page.body.contains("The choice itself is saved, and analytics is on"), "{}", page.body);
    assert!(served.log().contains("could not save choice on: "), "{}", served.log());
}

#[test]
fn a_choice_under_way_is_saved_before_it_ends() {
    let case = Case::new();
    let mut served = Served::start(&case);
    let held = std::fs::File::create(case.place().file(place::CHOICE_LOCK)).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let mut stream = served.connect();
    let (bearer, host) = (served.bearer(), format!("127.0.0.1:{}", served.port));
    let headers = [("Authorization", &*bearer), ("Content-Type", "application/json")];
    stream
        .write_all(request("POST", "/api/analytics_opt", &host, &headers, "{\"opt\":\"opt-in\"}").as_bytes())
        .unwrap();
    // Whether it has come as far as the lock shows from outside: the file is open in that process.
    let waits = || {
        let folder = format!("/proc/{}/fd", served.pid().as_raw_nonzero());
        let mut open = std::fs::read_dir(folder).unwrap().flatten().filter_map(|fd| std::fs::read_link(fd.path()).ok());
        open.any(|path| path.ends_with(place::CHOICE_LOCK))
    };
    until("the choice waits for its turn", waits);
    rustix::process::kill_process(served.pid(), Signal::TERM).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    drop(held);
    assert!(served.end(Signal::TERM).success());
    assert!(case.lock().contains("ANALYTICS_ENABLED=1"));
}

#[test]
fn a_change_by_anybody_is_told_to_open_pages() {
    let case = Case::new();
    let served = Served::start(&case);
    let stamp_of = |page: &str| page.split("data-stamp=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let first = stamp_of(&served.get("/").body);
    let mut stream = served.connect();
    let bearer = served.bearer();
    let host = format!("127.0.0.1:{}", served.port);
    stream.write_all(request("GET", "/events", &host, &[("Authorization", &bearer)], "").as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let mut next = || lines.find_map(|line| line.strip_prefix("data: ").map(str::to_owned)).unwrap();
    assert_eq!(next(), first, "a page that is up to date is told nothing new");
    for (words, state) in [(&["enable"][..], "on"), (&["disable"], "off"), (&["enable", "--local"], "local")] {
        case.cli(words).exits(0);
        // One command may be seen in several steps.
        while next() != stamp_of(&served.get("/").body) {}
        assert_eq!(served.get("/api/view").json()["state"], state);
    }
}
