//! The pictures of every state, for the docs and to be looked at: `cargo test --test browser pictures -- --ignored`.

use super::{Browser, Case, Served, history, in_browser, open, opened, slow};
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/screenshots");

pub async fn keep(browser: &Browser, name: &str, selector: &str) {
    // The tests' own folder is nobody's home.
    let at_home = "(all => { while (all.nextNode()) {
        all.currentNode.data = all.currentNode.data.replace(/\\/\\S*\\/\\.tmp\\w+/g, '/home/ann'); } return true; }
        )(document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT))";
    browser.eval(at_home).await;
    std::fs::create_dir_all(FOLDER).unwrap();
    std::fs::write(Path::new(FOLDER).join(format!("{name}.png")), browser.picture(selector).await).unwrap();
}

#[test]
#[ignore = "writes docs/screenshots"]
fn of_every_state() {
    in_browser(async || {
        // Nothing is sent: only the name of the usual destination is to be seen.
        let case = Case::new().enabled("plex").enabled("sonarr").env("ONRAMP_ANALYTICS_API_KEY", "phc_example");
        let (mut served, browser) = opened(&case).await;
        browser.prefers(&[("prefers-reduced-motion", "reduce")]).await;
        browser.shows("asking").await;
        keep(&browser, "asking", "html").await;
        keep(&browser, "nudge", "#panel").await;

        let held = slow(&case);
        browser.click("[value=on]").await;
        browser.until("!!document.querySelector('.saving')").await;
        keep(&browser, "saving", "#panel").await;
        drop(held);
        browser.shows("saved").await;
        keep(&browser, "accepted", "#panel").await;
        browser.click("#panel [value=off]").await;
        browser.until("!!document.querySelector('#pill.off')").await;
        // What lies under the mouse looks like pressed.
        browser.point_at("h1").await;
        keep(&browser, "declined", "#panel").await;

        std::fs::rename(case.checkout().join("onramp.lock"), case.checkout().join("away")).unwrap();
        std::fs::create_dir(case.checkout().join("onramp.lock")).unwrap();
        browser.click("#switch-on").await;
        browser.shows("failed").await;
        keep(&browser, "failed", "#panel").await;
        std::fs::remove_dir(case.checkout().join("onramp.lock")).unwrap();
        served.end(rustix::process::Signal::KILL);
        browser.click("#panel [value=on]").await;
        browser.shows("gone").await;
        keep(&browser, "unreachable", "#panel").await;

        let (case, _collector) = history::collector(case);
        history::lived(&case);
        let served = Served::start(&case);
        open(&browser, &served).await;
        browser.until("document.querySelectorAll('.card').length === 4").await;
        keep(&browser, "on", "html").await;
        browser.prefers(&[("prefers-reduced-motion", "reduce"), ("prefers-color-scheme", "dark")]).await;
        keep(&browser, "dark", "html").await;
        browser.client().set_window_size(360, 800).await.unwrap();
        keep(&browser, "narrow", "html").await;
        browser.end().await;
    });
}
