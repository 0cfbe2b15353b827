//! The collector's page, in light, in the dark and on a narrow screen: complains of nothing, needs no sideways
//! scrolling, and is drawn for the docs: `cargo test --test browser maintainer -- --ignored`.

use super::{Browser, in_browser, people, pictures};
use crate::harness::{Case, skipped};
use onramp_analytics::collector::admission::{Admitted, Version, command};
use onramp_analytics::collector::calendar::{DAY, today};
use onramp_analytics::collector::store::{self, Batch};
use onramp_shim::catalog::{SERVICES, Service};
use onramp_shim::schema::{Duration, ErrorType, Event, Stamp};
use serde_json::json;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

/// A collector that has seen half a year, and its address.
struct Maintained(Child, String);

impl Drop for Maintained {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn maintained(case: &Case) -> Maintained {
    let data = case.root().join("maintained");
    let mut db = store::open(&store::make(&data).unwrap()).unwrap();
    store::add(&mut db, Batch { events: half_a_year(), refused: Vec::new() }).unwrap();
    let data = data.display().to_string();
    let words = [env!("CARGO_BIN_EXE_onramp-analytics"), "collector", "--data", &data, "--listen", "127.0.0.1:0"];
    let mut child = case.command(&words).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Maintained(child, line.trim().to_owned())
}

/// More and more installs, each with a handful of events on some days: the same on every run of the tests.
fn half_a_year() -> Vec<Admitted> {
    const INSTALLS: u64 = 240;
    let chance = |what: &str, n: u64, below: u64| {
        let mut hasher = DefaultHasher::new();
        (what, n).hash(&mut hasher);
        hasher.finish() % below
    };
    let mut events = Vec::new();
    for number in 0..INSTALLS {
        for ago in 0..182 - number * 160 / INSTALLS {
            let day = today() - ago as i64;
            for n in 0..chance("events", number << 32 | day as u64, 9).saturating_sub(5) {
                let n = number << 40 | (day as u64) << 8 | n;
                let bytes = (u128::from(chance("uuid", n, u64::MAX)) << 64 | u128::from(n)).to_be_bytes();
                events.push(Admitted {
                    uuid: uuid::Builder::from_random_bytes(bytes).into_uuid(),
                    install: uuid::Builder::from_random_bytes(u128::from(number + 1).to_be_bytes()).into_uuid(),
                    at: day * DAY + chance("time", n, Stamp::LATEST) as i64,
                    version: Version::of_number(100_000),
                    event: happened(|what, below| chance(what, n, below)),
                });
            }
        }
    }
    events
}

fn happened(chance: impl Fn(&str, u64) -> u64) -> Event {
    const COMMANDS: [&str; 10] = [
        "start",
        "compose up",
        "restart",
        "list-enabled",
        "compose ps",
        "enable-service",
        "compose logs",
        "restart-service",
        "pull",
        "create-backup",
    ];
    const KNOWN: [&str; 12] = [
        "plex",
        "sonarr",
        "radarr",
        "jellyfin",
        "prowlarr",
        "pihole",
        "authentik",
        "vaultwarden",
        "nextcloud",
        "overseerr",
        "uptime-kuma",
        "paperless-ngx",
    ];
    // The first ones come often.
    let popular = |what: &str, of: usize| (chance(what, 97) * chance("popular", 89) * of as u64 / 97 / 89) as usize;
    let place = popular("command", COMMANDS.len());
    let command = command(COMMANDS[place]).unwrap();
    match chance("event", 20) {
        0..5 => {
            // Some are known to everybody, and some hardly to anybody.
            let all = if chance("known", 6) > 0 { KNOWN.as_slice() } else { SERVICES.as_slice() };
            let service = Service::named(all[popular("service", all.len())].as_bytes());
            Event::ServiceEnabled { service, has_scaffold: chance("scaffold", 3) > 0 }
        }
        5 => Event::ServiceDisabled { service: Service::named(KNOWN[popular("service", KNOWN.len())].as_bytes()) },
        6 => {
            let errors = ["failed", "docker_unavailable", "image_unavailable", "usage"];
            Event::ErrorOccurred { command, error: ErrorType::named(errors[popular("error", 4)]).unwrap() }
        }
        _ => {
            let duration = Duration::of_millis(
                (300 + 4_000 * place as u64 % 15_000) * (20 + chance("duration", 100).pow(2) / 40) / 20,
            );
            Event::CommandExecuted { command, success: chance("success", 12) > 0, duration }
        }
    }
}

/// As wide as that, with everything open.
async fn wide(browser: &Browser, width: u32) {
    let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
    browser.order("Emulation.setDeviceMetricsOverride", size).await;
}

async fn light(browser: &Browser, scheme: &str) {
    browser.prefers(&[("prefers-color-scheme", scheme)]).await;
}

#[test]
fn the_page_of_answers_fits_every_screen_and_complains_of_nothing() {
    in_browser(async || {
        let case = Case::new();
        let (maintained, browser) = (maintained(&case), Browser::start(&case).await);
        browser.open(&format!("{}?users=900&command=compose+up", maintained.1)).await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
        assert_eq!(browser.eval("performance.getEntriesByType('resource').length").await, 0);
        browser.eval("document.querySelectorAll('details').forEach(details => { details.open = true; })").await;
        let fits = "document.documentElement.scrollWidth <= innerWidth && innerWidth";
        for width in [320, 360, 600, 1600] {
            wide(&browser, width).await;
            assert_eq!(browser.eval(fits).await, width);
        }
        let ground = "getComputedStyle(document.body).backgroundColor";
        light(&browser, "light").await;
        let day = browser.eval(ground).await;
        light(&browser, "dark").await;
        assert_ne!(browser.eval(ground).await, day);
        // By the keyboard: the first field is a date, and what is chosen is asked for.
        browser.click("form button").await;
        browser.until("location.search.includes('command=compose') && location.search.includes('users=900')").await;
        browser.end().await;
    });
}

#[test]
fn axe_finds_nothing_in_the_page_of_answers() {
    if !Path::new(people::AXE).exists() {
        return skipped("axe-core is not unpacked in target/axe-core");
    }
    in_browser(async || {
        let case = Case::new();
        let (maintained, browser) = (maintained(&case), Browser::start(&case).await);
        for (scheme, width) in [("light", 1000), ("dark", 1000), ("light", 320)] {
            browser.open(&format!("{}?users=900", maintained.1)).await;
            light(&browser, scheme).await;
            wide(&browser, width).await;
            browser.eval("document.querySelectorAll('details').forEach(details => { details.open = true; })").await;
            people::accessible(&browser, &format!("{scheme}, {width}")).await;
        }
        browser.end().await;
    });
}

#[test]
#[ignore = "writes docs/screenshots"]
fn of_the_answers() {
    in_browser(async || {
        let case = Case::new();
        let (maintained, browser) = (maintained(&case), Browser::start(&case).await);
        let year = format!("{}?users=900", maintained.1);
        for (name, scheme, width) in
            [("collector", "light", 1000), ("collector-dark", "dark", 1000), ("collector-narrow", "light", 360)]
        {
            light(&browser, scheme).await;
            wide(&browser, width).await;
            browser.open(&year).await;
            pictures::keep(&browser, name, "html").await;
        }
        wide(&browser, 1000).await;
        browser.open(&format!("{year}&command=compose+up&service=plex")).await;
        browser.eval("document.querySelectorAll('details').forEach(details => { details.open = true; })").await;
        pictures::keep(&browser, "collector-filtered", "html").await;
        browser.end().await;
    });
}
