//! The page in a real browser, through chromedriver.

mod driver;
#[path = "../harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;
mod history;
mod maintainer;
mod people;
mod pictures;
#[path = "../served/mod.rs"]
#[expect(dead_code, reason = "each test file uses its part of it")]
mod served;
mod states;
mod tunnel;

use driver::Browser;
use harness::Case;
use onramp_analytics::paths::place;
use served::Served;
use std::fs::File;

/// Runs a test in a browser, or says loudly that there is none.
fn in_browser(test: impl AsyncFnOnce()) {
    if let Some(why) = driver::missing() {
        return harness::skipped(why);
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
fn the_page_is_one_answer_and_complains_of_nothing() {
    in_browser(async || {
        let case = Case::new();
        let (_served, browser) = opened(&case).await;
        browser.shows("asking").await;
        let loaded = "performance.getEntriesByType('resource').map(e => new URL(e.name).pathname)
            .filter(path => path !== '/events')";
        assert_eq!(browser.eval(loaded).await, serde_json::json!([]));
        browser.until("performance.getEntriesByName('first-contentful-paint').length === 1").await;
        let figures = "(page => ({bytes: page.encodedBodySize, answered_ms: page.responseEnd, first_paint_ms:
            performance.getEntriesByName('first-contentful-paint')[0].startTime}))(performance.getEntriesByType('navigation')[0])";
        let figures = browser.eval(figures).await;
        println!("page: {figures}");
        assert!(figures["bytes"].as_u64().unwrap() < 64 * 1024, "{figures}");
        assert_eq!(browser.complaints().await, [""; 0]);
        browser.end().await;
    });
}
