//! The page for everybody: without JavaScript, by keyboard alone, read aloud, in the dark, on a narrow screen.

use super::{Browser, Case, Served, history, in_browser, open, opened};
use fantoccini::Locator;
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use onramp_analytics::paths::checkout::CHOICE;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

#[test]
fn without_javascript_everything_works_by_plain_forms() {
    in_browser(async || {
        let case = Case::new();
        let served = Served::start(&case);
        let browser = Browser::with(&case, json!({"profile.managed_default_content_settings.javascript": 2})).await;
        open(&browser, &served).await;
        let client = browser.client();
        let press = async |selector: &str| {
            client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
        };
        // A heading that is not painted yet has no text.
        let heading_is = async |text: &str| {
            let path = format!("//*[@id='nudge'][normalize-space()='{text}']");
            let heading = client.wait().for_element(Locator::XPath(&path)).await.unwrap();
            let is_painted = async {
                while heading.text().await.unwrap() != text {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(30), is_painted).await.expect("a heading that can be seen");
        };
        heading_is("May we count what you use?").await;
        press(".answers [value=on]").await;
        client.wait().for_element(Locator::Css("[data-panel=saved]")).await.unwrap();
        heading_is("Thank you!").await;
        assert!(client.current_url().await.unwrap().as_str().ends_with("/?after=on"));
        assert!(case.lock().contains("ANALYTICS_ENABLED=1"));
        press("[data-dismiss]").await;
        client.wait().for_element(Locator::Css("#panel:empty")).await.unwrap();
        std::fs::rename(case.checkout().join(CHOICE), case.checkout().join("away")).unwrap();
        std::fs::create_dir(case.checkout().join(CHOICE)).unwrap();
        press("#switch-local").await;
        client.wait().for_element(Locator::Css("[data-panel=failed]")).await.unwrap();
        std::fs::remove_dir(case.checkout().join(CHOICE)).unwrap();
        press("#panel [value=local]").await;
        client.wait().for_element(Locator::Css("[data-panel=saved]")).await.unwrap();
        assert!(case.lock().contains("ANALYTICS_ENABLED=local"));
        client.back().await.unwrap();
        client.back().await.unwrap();
        assert!(!client.source().await.unwrap().contains("May we count"), "Back does not ask again");
        browser.end().await;
    });
}

/// Presses keys, one after the other.
async fn keys(browser: &Browser, keys: &[char]) {
    let mut actions = KeyActions::new("keyboard".into());
    for key in keys {
        actions = actions.then(KeyAction::Down { value: *key }).then(KeyAction::Up { value: *key });
    }
    browser.client().perform_actions(actions).await.unwrap();
}

const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';
const SPACE: char = ' ';

/// What has the focus: its text or name.
async fn focus(browser: &Browser) -> String {
    let found =
        browser.eval("document.activeElement.innerText?.split('\\n')[0] || document.activeElement.name || ''").await;
    found.as_str().unwrap().to_owned()
}

#[test]
fn the_keyboard_alone_is_enough() {
    in_browser(async || {
        let case = Case::new().enabled("plex");
        let (_served, browser) = opened(&case).await;
        browser.shows("asking").await;
        let mut order = Vec::new();
        for _ in 0..6 {
            keys(&browser, &[TAB]).await;
            order.push(focus(&browser).await);
        }
        let expected = [
            "Go to your choice",
            "See the exact bytes of a request",
            "Read the whole story",
            "with_current",
            "Yes, count me in",
            "No, thank you",
        ];
        assert_eq!(order, expected);
        let ring = "getComputedStyle(document.activeElement).outlineStyle";
        assert_eq!(browser.eval(ring).await, "solid", "the focus is seen");
        browser.eval("document.querySelector('[name=with_current]').focus()").await;
        keys(&browser, &[SPACE, TAB, ENTER]).await;
        browser.shows("saved").await;
        assert_eq!(browser.eval("document.activeElement === document.querySelector('#panel form')").await, true);
        keys(&browser, &[TAB, TAB]).await;
        assert_eq!(focus(&browser).await, "Dismiss");
        keys(&browser, &[ENTER]).await;
        browser.shows("").await;
        assert_eq!(focus(&browser).await, "Your choice", "the focus is not lost");
        keys(&browser, &[TAB, TAB, TAB, SPACE]).await;
        browser.shows("saved").await;
        assert_eq!(browser.text("#pill").await, "Off");
        assert_eq!(case.events(), [""; 0], "what waited is deleted");
        browser.end().await;
    });
}

#[test]
fn light_dark_and_stillness_follow_the_system() {
    in_browser(async || {
        let case = Case::new();
        let (_served, browser) = opened(&case).await;
        browser.shows("asking").await;
        let ground = "getComputedStyle(document.body).backgroundColor";
        browser.prefers(&[("prefers-color-scheme", "light")]).await;
        assert_eq!(browser.eval(ground).await, "rgb(246, 247, 245)");
        browser.prefers(&[("prefers-color-scheme", "dark"), ("prefers-reduced-motion", "reduce")]).await;
        assert_eq!(browser.eval(ground).await, "rgb(18, 22, 24)");
        let moves = "[...document.querySelectorAll('*')].some(e => getComputedStyle(e).animationName !== 'none'
            || getComputedStyle(e).transitionDuration !== '0s')";
        assert_eq!(browser.eval(moves).await, false);
        browser.prefers(&[("prefers-reduced-motion", "no-preference")]).await;
        assert_eq!(browser.eval(moves).await, true);
        browser.end().await;
    });
}

#[test]
fn a_narrow_screen_needs_no_sideways_scrolling() {
    in_browser(async || {
        let (case, _collector) = history::collector(Case::new());
        let (_served, browser) = opened(&case).await;
        let fits = "document.documentElement.scrollWidth <= innerWidth && innerWidth";
        for width in [320, 360, 600, 1600] {
            let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
            browser.order("Emulation.setDeviceMetricsOverride", size).await;
            assert_eq!(browser.eval(fits).await, width, "asking");
        }
        history::lived(&case);
        browser.until("document.querySelectorAll('.card').length === 4").await;
        browser.eval("document.querySelectorAll('details').forEach(details => { details.open = true; })").await;
        for width in [320, 360, 600, 1600] {
            let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
            browser.order("Emulation.setDeviceMetricsOverride", size).await;
            assert_eq!(browser.eval(fits).await, width, "with everything open");
        }
        browser.end().await;
    });
}

/// Where `.ci/run` puts axe-core: `npm pack axe-core`, unpacked. It is not part of this repository.
pub const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/axe-core/package/axe.min.js");

#[test]
fn axe_finds_nothing() {
    if !Path::new(AXE).exists() {
        return crate::harness::skipped("axe-core is not unpacked in target/axe-core");
    }
    in_browser(async || {
        let (case, _collector) = history::collector(Case::new());
        let (mut served, browser) = opened(&case).await;
        browser.prefers(&[("prefers-reduced-motion", "reduce")]).await;
        browser.shows("asking").await;
        accessible(&browser, "asking").await;
        browser.click("[value=on]").await;
        browser.shows("saved").await;
        accessible(&browser, "accepted").await;
        browser.click("#panel [value=off]").await;
        browser.until("document.querySelector('#pill').innerText === 'Off'").await;
        accessible(&browser, "declined").await;
        std::fs::rename(case.checkout().join(CHOICE), case.checkout().join("away")).unwrap();
        std::fs::create_dir(case.checkout().join(CHOICE)).unwrap();
        browser.click("#switch-on").await;
        browser.shows("failed").await;
        accessible(&browser, "failed").await;
        std::fs::remove_dir(case.checkout().join(CHOICE)).unwrap();
        served.end(rustix::process::Signal::KILL);
        browser.until("!document.querySelector('#lost').hidden").await;
        accessible(&browser, "lost").await;
        browser.click("#panel [value=on]").await;
        browser.shows("gone").await;
        accessible(&browser, "unreachable").await;

        history::lived(&case);
        let served = Served::start(&case);
        browser.open(&served.base()).await;
        browser.until("!!document.querySelector('.locked')").await;
        accessible(&browser, "locked").await;
        open(&browser, &served).await;
        browser.until("document.querySelectorAll('.card').length === 4").await;
        browser.eval("document.querySelectorAll('details').forEach(details => { details.open = true; })").await;
        accessible(&browser, "on, all open").await;
        browser.prefers(&[("prefers-reduced-motion", "reduce"), ("prefers-color-scheme", "dark")]).await;
        accessible(&browser, "on, in the dark").await;
        browser
            .order(
                "Emulation.setDeviceMetricsOverride",
                json!({"width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": false}),
            )
            .await;
        accessible(&browser, "on, narrow").await;
        browser.end().await;
    });
}

/// Holds what is shown against all of axe-core's rules, best practices among them.
pub async fn accessible(browser: &Browser, state: &str) {
    let axe = std::fs::read_to_string(AXE).unwrap();
    let script = format!(
        "{axe}; const done = arguments[arguments.length - 1];
         axe.run(document).then(found => done(found.violations.map(v => v.id + ': ' + v.help + ' ' +
             v.nodes.map(node => node.html.slice(0, 200) + ' | ' + node.failureSummary).join('\\n'))),
             error => done([String(error)]));"
    );
    let found = browser.client().execute_async(&script, Vec::new()).await.unwrap();
    assert_eq!(found, Value::Array(Vec::new()), "{state}: {found:#}");
}
