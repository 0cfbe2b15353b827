//! The page in a real browser: every state by clicking, in two tabs, without JavaScript, by keyboard alone, in the dark.

mod driver;
#[path = "../harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;
mod history;
mod pictures;
#[path = "../served/mod.rs"]
#[expect(dead_code, reason = "each test file uses its part of it")]
mod served;

use driver::Browser;
use harness::Case;
use onramp_analytics::paths::place;
use served::Served;
use std::fs::File;

/// Runs a test in a browser, or says loudly that there is none.
fn in_browser(name: &str, test: impl AsyncFnOnce()) {
    if let Some(why) = driver::missing() {
        return harness::skipped(name, why);
    }
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test());
}

/// A page and a browser that has opened it by the printed address.
async fn opened(case: &Case) -> (Served, Browser) {
    let (served, browser) = (Served::start(case), Browser::start(case).await);
    open(&browser, &served).await;
    (served, browser)
}

/// Opens a page by its printed address.
async fn open(browser: &Browser, served: &Served) {
    browser.open(&format!("{}/?token={}", served.base(), served.token)).await;
}

/// Lets every choice wait for as long as this is held.
fn slow(case: &Case) -> File {
    let file = File::create(case.place().file(place::CHOICE_LOCK)).unwrap();
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).unwrap();
    file
}

#[test]
fn it_asks_and_a_yes_is_thanked_for() {
    in_browser("it_asks_and_a_yes_is_thanked_for", async || {
        let case = Case::new();
        let (_served, browser) = opened(&case).await;
        browser.shows("asking").await;
        assert_eq!(browser.eval("location.search").await, "");
        browser.click("[value=on]").await;
        browser.shows("saved").await;
        assert!(browser.text("#panel h2").await.contains("Thank you"));
        assert!(case.checkout().join("onramp.lock").exists());
        browser.end().await;
    });
}
