//! Delivers events by PostHog's own client, unchanged: deliver-by-posthog-rs HOST COUNT

use posthog_rs::{ClientOptionsBuilder, Event, client};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let host = arguments[1].clone();
    let count: usize = arguments[2].parse().unwrap();
    let options = ClientOptionsBuilder::default().api_key("phc_test".to_owned()).host(host).build().unwrap();
    let client = client(options);
    let events = (0..count).map(|number| {
        let mut event = Event::new("service_enabled".to_owned(), format!("somebody-{number}"));
        event.insert_prop("service_name", "plex").unwrap();
        event
    });
    let summary = client.capture_batch_immediate(events.collect(), false).unwrap();
    println!("{summary:?}");
    client.shutdown();
}
