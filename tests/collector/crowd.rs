//! A hundred installs, each with a sender of its own, flush at the same moment.

#[path = "../delivery/house.rs"]
#[expect(unused, reason = "a crowd needs a part of the house only")]
mod house;

use crate::events::install;
use crate::server::Collector;
use house::House;
use onramp_analytics::ledger::State;
use onramp_analytics::paths::place;
use std::process::Stdio;
use std::time::SystemTime;

const INSTALLS: u64 = 100;
const EVENTS: usize = 40;

/// Installs that have something to send and may now.
fn crowd(collector: &Collector) -> Vec<House> {
    let one = |number| {
        let mut house = House::on("");
        agree(&mut house, number, collector);
        house.record_as(&install(number), EVENTS);
        house.due();
        house
    };
    (0..INSTALLS).map(one).collect()
}

fn agree(house: &mut House, number: u64, collector: &Collector) {
    house.host = format!("http://{}", collector.address);
    house.set("POSTHOG_HOST", &house.host.clone());
    house.consent("1", &install(number));
}

/// Runs the command in each checkout, all at once.
fn all(crowd: &[House], command: &[&str]) {
    let start = |house: &House| {
        let project = house.place.checkout.display().to_string();
        let mut command = house.command(&[&["--project", &project], command].concat());
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    let running: Vec<_> = crowd.iter().map(start).collect();
    running.into_iter().for_each(|mut command| assert!(command.wait().unwrap().success()));
}

fn waiting(house: &House) -> usize {
    house.events(&[State::Waiting]).len()
}

#[test]
fn a_hundred_senders_deliver_at_once() {
    let collector = Collector::start();
    let crowd = crowd(&collector);
    all(&crowd, &["send"]);
    assert!(crowd.iter().all(|house| waiting(house) == 0));
    assert_eq!(collector.stored(), INSTALLS * EVENTS as u64);
    assert_eq!(collector.answers("")["adoption"]["installs"], INSTALLS);
}

#[test]
fn senders_that_are_told_to_wait_keep_everything_and_wait() {
    // All come from one address: thirty get through, and one more every two seconds.
    let mut collector = Collector::with(&["--rate", "30"]);
    let mut crowd = crowd(&collector);
    all(&crowd, &["send"]);
    let delivered = crowd.iter().filter(|house| waiting(house) == 0).count();
    assert!((30..INSTALLS as usize).contains(&delivered), "{delivered} got through");
    assert_eq!(collector.stored(), (delivered * EVENTS) as u64);
    for house in crowd.iter().filter(|house| waiting(house) > 0) {
        assert_eq!(waiting(house), EVENTS);
        let next = house.place.file(place::NEXT).metadata().unwrap().modified().unwrap();
        assert!(next > SystemTime::now());
        let status = house.run(&["status"]).ends(0).out;
        assert!(status.contains("429"), "{status}");
    }
    // Now there is no limit; but who was told to wait waits, even if woken.
    let folder = collector.take_folder();
    let data = collector.data.clone();
    collector.stop();
    let collector = Collector::on(data, &[]);
    (0..).zip(&mut crowd).for_each(|(number, house)| agree(house, number, &collector));
    crowd.iter().filter(|house| waiting(house) > 0).for_each(House::due);
    all(&crowd, &["send"]);
    assert_eq!(collector.stored(), (delivered * EVENTS) as u64);
    all(&crowd, &["flush"]);
    assert!(crowd.iter().all(|house| waiting(house) == 0));
    assert_eq!(collector.stored(), INSTALLS * EVENTS as u64);
    drop(folder);
}
