//! When a sender sends: the first hour, once a day, many at once, back-off, a long sleep, a clock that was set back.

use crate::house::{House, ID, line};
use crate::server::{Reply, Server};
use crate::writers::{one_run, shim};
use onramp_analytics::ledger::State;
use onramp_analytics::paths::place;
use onramp_analytics::sender::{self, Clock, Job, Turn};
use onramp_analytics::vocabulary;
use onramp_shim::catalog::{Command as Word, Override, Service};
use onramp_shim::schema::{Duration as Took, ErrorType, Event};
use onramp_shim::spool::CROWDED;
use std::cell::Cell;
use std::time::{Duration, SystemTime};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Time as the sender sees it. Events carry the real date.
pub struct Time {
    begun: SystemTime,
    now: Cell<SystemTime>,
}

impl Time {
    /// A time at which the first batch is due.
    pub fn begin(house: &House) -> Self {
        let now = SystemTime::now();
        sender::set_next(&house.place, now).unwrap();
        Self { begun: now, now: Cell::new(now) }
    }

    pub fn pass(&self, time: Duration) {
        self.now.set(self.now.get() + time);
    }

    pub fn passed(&self) -> Duration {
        self.now.get().duration_since(self.begun).unwrap()
    }

    /// What a woken sender does at this time.
    pub fn wake(&self, house: &House) {
        let (env, now) = (house.env(), || self.now.get());
        let chance = || (self.passed().as_secs() % 97) as f64 / 97.0;
        let clock = Clock::of(&now, &chance);
        // A command that another test starts has our descriptors until it is another program.
        let _turn = Turn::take(&house.place, 10 * MINUTE).unwrap().expect("nobody else sends");
        let job = Job { env: &env, homes: &house.homes, place: &house.place, clock, all: false, until: None };
        sender::wake(&job).unwrap();
    }

    /// What a run of the shim does: wakes the sender if the time of `next` has come.
    pub fn wake_if_due(&self, house: &House) -> bool {
        let due = sender::next(&house.place).is_none_or(|next| next <= self.now.get());
        if due {
            self.wake(house);
        }
        due
    }
}

#[test]
fn the_first_batch_leaves_an_hour_after_the_yes() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let time = Time::begin(&house);
    std::fs::remove_file(house.place.file(place::NEXT)).unwrap();
    house.record(600);
    time.wake(&house);
    time.pass(59 * MINUTE);
    time.wake(&house);
    assert_eq!(server.requests().len(), 0, "not even many of them");
    time.pass(2 * MINUTE);
    time.wake(&house);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn once_a_day_and_a_week_of_sleep_sends_once() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let time = Time::begin(&house);
    let mut wakes = 0;
    for quarter in 0..10 * 24 * 4 {
        if quarter % 24 == 0 {
            house.record(1);
        }
        wakes += usize::from(time.wake_if_due(&house));
        time.pass(15 * MINUTE);
    }
    assert!(server.requests().len() <= wakes);
    assert!((9..=12).contains(&wakes), "{wakes} in ten days");
    let before = server.requests().len();
    time.pass(7 * DAY);
    for _ in 0..300 {
        house.record(1);
        time.wake_if_due(&house);
    }
    assert_eq!(server.requests().len(), before + 1);
}

#[test]
fn five_hundred_waiting_events_do_not_wait_for_their_time() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let time = Time::begin(&house);
    house.record(1);
    time.wake(&house);
    time.pass(MINUTE);
    house.record(499);
    time.wake(&house);
    assert_eq!(server.requests().len(), 1);
    house.record(1);
    time.wake(&house);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn the_run_that_makes_them_five_hundred_wakes_the_sender() {
    let (shortest, longest) = shortest_and_longest();
    for event in [shortest, longest] {
        let server = Server::accepting();
        let house = House::on(&server.host());
        let (shim, path) = shim(&house);
        house.record(1);
        house.run(&["flush"]).ends(0);
        let lines: Vec<_> = (0..499).map(|_| line(Some(ID), event)).collect();
        house.append(&lines.join(&b"\n\n"[..]));
        house.send().ends(0);
        assert_eq!(server.requests().len(), 1, "499 wait for their time");
        assert_eq!(house.health().waiting, 499);
        one_run(&house, &shim, &path);
        server.has_seen(2);
        // It is over once it has written down what it sent: the rest is over the daily limit.
        let _turn = Turn::take(&house.place, 10 * MINUTE).unwrap().expect("the sender ends");
        assert_eq!(house.health().waiting, 0);
    }
}

#[test]
fn five_hundred_events_have_the_length_at_which_the_sender_is_woken() {
    let (shortest, longest) = shortest_and_longest();
    // A run's events have a newline each, and one before the first. Releases to come may have a longer version.
    let (least, most) = (500 * (length(shortest) + 1), 500 * (length(longest) + 2 + 8));
    let (start, end) = (CROWDED.start, CROWDED.end);
    assert!(start <= least && least - start < 6 * 1024, "{least}");
    assert!(most <= end && end - most < 6 * 1024, "{most}");
}

fn length(event: Event) -> u64 {
    line(Some(ID), event).len() as u64
}

/// Of all events in all words.
fn shortest_and_longest() -> (Event, Event) {
    let services = vocabulary::services().into_iter().flat_map(|word| {
        let service = Service::named(word.as_bytes());
        [Event::ServiceEnabled { service, has_scaffold: false }, Event::ServiceDisabled { service }]
    });
    let overrides = vocabulary::overrides().into_iter().flat_map(|word| {
        let override_ = Override::named(word.as_bytes());
        [Event::OverrideEnabled { override_ }, Event::OverrideDisabled { override_ }]
    });
    let commands = vocabulary::commands().into_iter().flat_map(|word| {
        let command = Word::named(&word);
        let run = |success, millis| Event::CommandExecuted { command, success, duration: Took::of_millis(millis) };
        // A day and a half is a long run.
        let runs = [run(true, 0), run(false, 130_000_000)];
        let errors = vocabulary::error_types().into_iter().filter_map(|word| ErrorType::named(&word));
        runs.into_iter().chain(errors.map(move |error| Event::ErrorOccurred { command, error })).collect::<Vec<_>>()
    });
    let all: Vec<_> = services.chain(overrides).chain(commands).collect();
    let by_length = |event: &&Event| length(**event);
    (*all.iter().min_by_key(by_length).unwrap(), *all.iter().max_by_key(by_length).unwrap())
}

#[test]
fn the_first_hour_after_another_yes_is_the_persons_too() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    house.record(1);
    house.run(&["flush"]).ends(0);
    house.run(&["disable"]).ends(0);
    house.run(&["enable"]).ends(0);
    let id = house.run(&["show-id"]).ends(0).out;
    house.record_as(id.trim(), 600);
    house.send().ends(0);
    assert_eq!(server.requests().len(), 1, "not even many of them");
    let time = Time { begun: SystemTime::now(), now: Cell::new(SystemTime::now()) };
    time.pass(HOUR + MINUTE);
    time.wake(&house);
    assert_eq!(server.requests().len(), 2);
    house.record_as(id.trim(), 500);
    time.pass(MINUTE);
    time.wake(&house);
    assert_eq!(house.health().waiting, 0, "from then on many are not kept waiting");
}

#[test]
fn many_events_do_not_overrule_a_back_off() {
    let server =
        Server::scripted(|_, _| Reply::With(503, "Content-Type: application/json\r\nRetry-After: 7200\r\n", ""));
    let house = House::on(&server.host());
    let time = Time::begin(&house);
    house.record(1);
    time.wake(&house);
    house.record(600);
    time.pass(HOUR);
    time.wake(&house);
    assert_eq!(server.requests().len(), 1);
    time.pass(HOUR + MINUTE);
    time.wake(&house);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_retry_after_as_a_date_is_kept_to_and_a_long_one_has_a_ceiling() {
    let date = httpdate::fmt_http_date(SystemTime::now() + 2 * HOUR);
    let head = format!("Content-Type: application/json\r\nRetry-After: {date}\r\n");
    let head: &'static str = Box::leak(head.into_boxed_str());
    let server = Server::scripted(move |n, _| match n {
        0 => Reply::With(429, head, "{}"),
        1 => Reply::With(503, "Content-Type: application/json\r\nRetry-After: 99999999\r\n", "{}"),
        _ => Reply::Json(200),
    });
    let house = House::on(&server.host());
    let time = Time::begin(&house);
    house.record(1);
    time.wake(&house);
    time.pass(2 * HOUR - MINUTE);
    time.wake(&house);
    assert_eq!(server.requests().len(), 1);
    time.pass(2 * MINUTE);
    time.wake(&house);
    assert_eq!(server.requests().len(), 2);
    time.pass(DAY - MINUTE);
    time.wake(&house);
    assert_eq!(server.requests().len(), 2);
    time.pass(2 * MINUTE);
    time.wake(&house);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_configuration_that_cannot_work_is_left_alone_until_it_changes_or_a_day_has_passed() {
    let server = Server::scripted(|_, r| Reply::Json(if r.json()["api_key"] == "phc_good" { 200 } else { 401 }));
    let mut house = House::on(&server.host());
    let time = Time::begin(&house);
    house.record(1);
    for _ in 0..23 {
        time.wake_if_due(&house);
        time.pass(HOUR);
    }
    assert_eq!(server.requests().len(), 1);
    time.pass(2 * HOUR);
    time.wake_if_due(&house);
    assert_eq!(server.requests().len(), 2, "a day has passed");
    time.pass(HOUR);
    house.set("POSTHOG_API_KEY", "phc_good");
    assert!(time.wake_if_due(&house));
    assert_eq!(server.requests().len(), 3, "it changed");
    assert_eq!(house.events(&[State::Sent]).len(), 1);
}

#[test]
fn a_clock_that_was_set_back_does_not_silence_the_sender() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let time = Time::begin(&house);
    house.record(1);
    time.pass(20 * DAY);
    time.wake(&house);
    time.now.set(time.begun);
    house.record(1);
    time.wake(&house);
    assert_eq!(server.requests().len(), 2);
    let next = sender::next(&house.place).unwrap();
    assert!(next < time.begun + 2 * DAY, "{next:?}");
}

#[test]
fn a_clock_that_is_years_ahead_takes_no_history_along() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let time = Time::begin(&house);
    let sent = house.record(3);
    time.wake(&house);
    time.pass(4_000 * DAY);
    time.wake(&house);
    time.wake(&house);
    time.now.set(time.begun + DAY);
    time.wake(&house);
    assert_eq!(house.events(&[State::Sent]).into_iter().map(|e| e.line).collect::<Vec<_>>(), sent);
    let ledger = house.run(&["ledger", "--json"]).ends(0).out;
    assert!(ledger.contains("service_enabled"), "what was sent is listed still, with its body: {ledger}");
}

#[test]
fn events_wait_thirty_days() {
    let server = Server::accepting();
    let mut house = House::on(&server.host());
    house.set("POSTHOG_API_KEY", "");
    let time = Time::begin(&house);
    house.record(2);
    time.pass(30 * DAY);
    time.wake(&house);
    assert_eq!(house.events(&[State::Waiting]).len(), 2);
    time.pass(DAY);
    time.wake(&house);
    assert_eq!(house.events(&[State::Waiting]).len(), 0);
    assert_eq!(house.health().totals.dropped, 2);
    time.pass(400 * DAY);
    time.wake(&house);
    assert_eq!(house.events(&State::ALL).len(), 0, "history ends after 400 days");
}

#[test]
fn bodies_are_kept_ninety_days() {
    let server = Server::accepting();
    let house = House::on(&server.host());
    let time = Time::begin(&house);
    house.record(1);
    time.wake(&house);
    let kept = || house.run(&["ledger", "--json"]).ends(0).out;
    assert!(kept().contains("service_enabled"), "{}", kept());
    time.pass(91 * DAY);
    time.wake(&house);
    let ledger = kept();
    assert!(!ledger.contains("service_enabled") && ledger.contains("\"body\":null"), "{ledger}");
}
