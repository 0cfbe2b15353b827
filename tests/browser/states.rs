//! Every state of the page by clicking, as a person with an ordinary browser comes to it.

use super::tunnel::Tunnel;
use super::{Browser, Case, Served, in_browser, open, opened, slow};
use onramp_analytics::paths::checkout::CHOICE_NEW;
use rustix::process::Signal;
use std::process::Command;

#[test]
fn it_asks_and_thanks_and_can_be_taken_back() {
    in_browser(async || {
        let case = Case::new();
        let (_served, browser) = opened(&case).await;
        browser.shows("asking").await;
        assert_eq!(browser.eval("location.search + location.pathname").await, "/", "the token is not in the address");
        assert_eq!(browser.eval("document.querySelector('[name=with_current]').checked").await, false);
        let same = "(([a, b]) => ['width', 'height', 'color', 'backgroundColor', 'fontWeight', 'borderTopColor'].every(
            name => getComputedStyle(a)[name] === getComputedStyle(b)[name]))(document.querySelectorAll('.nudge button'))";
        assert_eq!(browser.eval(same).await, true, "two equal buttons");
        browser.click("[value=on]").await;
        browser.shows("saved").await;
        assert_eq!(browser.text("#nudge").await, "Thank you!");
        assert_eq!(browser.text("#pill").await, "On");
        assert!(case.lock().contains("ANALYTICS_ENABLED=1"));
        browser.click("#panel [value=off]").await;
        browser.until("document.querySelector('#pill').innerText === 'Off'").await;
        assert_eq!(browser.text("#nudge").await, "Understood");
        assert!(case.lock().contains("ANALYTICS_ENABLED=0"));
        browser.click("[data-dismiss]").await;
        browser.shows("").await;
        browser.click("#switch-local").await;
        browser.until("document.querySelector('#pill').innerText === 'For me only'").await;
        assert!(case.lock().contains("ANALYTICS_ENABLED=local"));
        assert_eq!(browser.complaints().await, [""; 0]);
        browser.end().await;
    });
}

#[test]
fn saving_is_seen_and_a_double_click_chooses_once() {
    in_browser(async || {
        let case = Case::new();
        let (served, browser) = opened(&case).await;
        browser.shows("asking").await;
        let held = slow(&case);
        let count = "(() => { window.posts = 0; const real = fetch; window.fetch = (to, how) => {
            posts += how?.method === 'POST'; return real(to, how); }; return true; })()";
        browser.eval(count).await;
        browser.double_click(".answers [value=on]").await;
        browser.until("document.querySelector('.saving')?.innerText === 'Saving…'").await;
        assert_eq!(browser.eval("document.querySelector('.nudge').getAttribute('aria-busy')").await, "true");
        assert_eq!(browser.text("#status").await, "Saving…");
        browser.click(".answers [value=off]").await;
        drop(held);
        browser.shows("saved").await;
        assert_eq!(browser.eval("posts").await, 1);
        assert!(case.lock().contains("ANALYTICS_ENABLED=1") && served.log().is_empty());
        browser.end().await;
    });
}

/// Where the answer stood, something else stands as soon as it is saved: on a narrow screen the way back.
#[test]
fn the_second_half_of_a_double_click_takes_nothing_back() {
    in_browser(async || {
        for answer in ["on", "off"] {
            let case = Case::new();
            let (_served, browser) = opened(&case).await;
            browser.client().set_window_size(360, 900).await.unwrap();
            browser.shows("asking").await;
            let place = format!(
                "(button => {{ button.scrollIntoView({{block: 'center'}}); const r = button.getBoundingClientRect();
                    return [r.x + r.width / 2, r.y + r.height / 2]; }})(document.querySelector('.answers [value={answer}]'))"
            );
            let place = browser.eval(&place).await;
            browser.click_at(&place, 1).await;
            browser.shows("saved").await;
            browser.click_at(&place, 2).await;
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            browser.shows("saved").await;
            let heading = if answer == "on" { "Thank you!" } else { "Understood" };
            assert_eq!(browser.text("#nudge").await, heading);
            let word = if answer == "on" { "1" } else { "0" };
            assert!(case.lock().contains(&format!("ANALYTICS_ENABLED={word}")), "{answer}: {}", case.lock());
            browser.end().await;
        }
    });
}

#[test]
fn other_tabs_and_a_choice_by_command_are_followed() {
    in_browser(async || {
        let case = Case::new();
        let (served, browser) = opened(&case).await;
        let first = browser.client().window().await.unwrap();
        let second = browser.client().new_window(false).await.unwrap().handle;
        browser.client().switch_to_window(second.clone()).await.unwrap();
        browser.open(&served.base()).await;
        browser.shows("asking").await;
        browser.click("[value=off]").await;
        browser.shows("saved").await;
        browser.client().switch_to_window(first).await.unwrap();
        browser.shows("").await;
        assert_eq!(browser.text("#pill").await, "Off");
        case.cli(&["enable"]).exits(0);
        browser.until("document.querySelector('#pill').innerText === 'On'").await;
        browser.until("document.querySelector('#status').innerText === 'OnRamp analytics: on'").await;
        browser.client().switch_to_window(second).await.unwrap();
        browser.until("document.querySelector('#pill').innerText === 'On'").await;
        browser.shows("").await;
        browser.end().await;
    });
}

#[test]
fn reload_and_back_show_how_it_stands() {
    in_browser(async || {
        let case = Case::new();
        let (served, browser) = opened(&case).await;
        browser.shows("asking").await;
        browser.client().refresh().await.unwrap();
        browser.shows("asking").await;
        browser.click("[value=on]").await;
        browser.shows("saved").await;
        browser.client().refresh().await.unwrap();
        browser.shows("").await;
        browser.open("about:blank").await;
        browser.client().back().await.unwrap();
        browser.shows("").await;
        assert_eq!(browser.text("#pill").await, "On");
        assert_eq!(browser.eval("location.href").await, format!("{}/", served.base()));
        browser.end().await;
    });
}

#[test]
fn the_thank_you_goes_by_itself_unless_somebody_is_at_it() {
    in_browser(async || {
        let case = Case::new();
        let (served, browser) = opened(&case).await;
        browser.shows("asking").await;
        assert_eq!(browser.eval("document.querySelector('main').dataset.thanks").await, "15");
        // Fifteen seconds are half a second here.
        let hurry = "const real = setTimeout; window.setTimeout = (f, ms) => real(f, ms === 15000 ? 500 : ms);";
        browser.order("Page.addScriptToEvaluateOnNewDocument", serde_json::json!({"source": hurry})).await;
        open(&browser, &served).await;
        browser.click("[value=on]").await;
        browser.shows("saved").await;
        // The mouse may still be over it: then it stays.
        browser.point_at("h1").await;
        browser.shows("").await;
        browser.click("#switch-off").await;
        browser.shows("saved").await;
        browser.eval("document.querySelector('[data-dismiss]').focus()").await;
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        browser.shows("saved").await;
        browser.end().await;
    });
}

#[test]
fn what_can_not_be_saved_is_told_and_tried_again() {
    in_browser(async || {
        let case = Case::new();
        let (served, browser) = opened(&case).await;
        std::fs::create_dir(case.checkout().join(CHOICE_NEW)).unwrap();
        browser.click("[value=on]").await;
        browser.shows("failed").await;
        let text = browser.text("#panel").await;
        assert!(
            text.contains("ould not write choice") && text.contains("What to do: nothing was changed; is the folder"),
            "{text}"
        );
        assert_eq!(browser.eval("document.querySelectorAll('#panel button').length").await, 1);
        assert_eq!(browser.text("#pill").await, "Undecided");
        browser.client().refresh().await.unwrap();
        browser.shows("asking").await;
        browser.click("[value=on]").await;
        browser.shows("failed").await;
        std::fs::remove_dir(case.checkout().join(CHOICE_NEW)).unwrap();
        browser.click("#panel [value=on]").await;
        browser.shows("saved").await;
        assert_eq!(served.log().lines().count(), 2, "{}", served.log());
        browser.end().await;
    });
}

#[test]
fn a_full_disk_is_told_and_the_choice_is_saved_when_there_is_room() {
    let can = Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !can.is_ok_and(|output| output.status.success()) {
        return crate::harness::skipped("no right to mount a small disk");
    }
    in_browser(async || {
        let case = Case::new();
        // A disk of one page for the checkout, seen by this server alone, and something that fills it.
        let script = "mount -t tmpfs -o size=64k none \"$1\" && mkdir \"$1/services-available\" && : >\"$1/Makefile\" && \
                      { cat /dev/zero >\"$1/filler\" 2>/dev/null; cd \"$1\"; shift; exec \"$@\"; }";
        let checkout = case.checkout().display().to_string();
        let program = env!("CARGO_BIN_EXE_onramp-analytics");
        let words = ["unshare", "--mount", "sh", "-c", script, "sh", &checkout, program, "ui", "--no-open"];
        let served = Served::by(&case, &[&words[..], &["--listen", "127.0.0.1:0"]].concat());
        let browser = Browser::start(&case).await;
        open(&browser, &served).await;
        browser.click("[value=on]").await;
        browser.shows("failed").await;
        let text = browser.text("#panel").await;
        assert!(text.contains("No space left on device") && text.contains("room on the disk"), "{text}");
        assert!(text.contains("Nothing was changed: analytics is undecided"), "{text}");
        assert!(served.log().contains("could not save choice on: ") && served.log().contains("No space left"));
        let pid = served.pid().as_raw_nonzero().to_string();
        let inside =
            |words: &[&str]| Command::new("nsenter").args(["--mount", "--target", &pid]).args(words).output().unwrap();
        assert!(inside(&["rm", &format!("{checkout}/filler")]).status.success());
        browser.click("#panel [value=on]").await;
        browser.shows("saved").await;
        let saved = inside(&["cat", &format!("{checkout}/onramp.lock")]);
        assert!(String::from_utf8_lossy(&saved.stdout).contains("ANALYTICS_ENABLED=1"));
        browser.end().await;
    });
}

#[test]
fn a_server_that_is_killed_while_it_saves_is_told() {
    in_browser(async || {
        let case = Case::new();
        let (mut served, browser) = opened(&case).await;
        browser.shows("asking").await;
        let held = slow(&case);
        browser.click("[value=on]").await;
        browser.until("!!document.querySelector('.saving')").await;
        served.end(Signal::KILL);
        browser.shows("gone").await;
        drop(held);
        assert!(browser.text("#panel").await.contains("not known whether your choice was saved"));
        browser.click("[data-retry]").await;
        browser.until("!document.querySelector('[aria-busy]')").await;
        browser.shows("gone").await;
        // Started again, it has another token: the page says where to go.
        let again = Served::with(&case, &["--listen", &format!("127.0.0.1:{}", served.port)]);
        browser.click("[data-retry]").await;
        browser.until("document.querySelector('#panel').innerText.includes('started anew')").await;
        open(&browser, &again).await;
        browser.shows("asking").await;
        browser.end().await;
    });
}

#[test]
fn a_broken_tunnel_is_told_and_the_same_choice_tried_again() {
    in_browser(async || {
        let case = Case::new().enabled("plex");
        let (served, browser) = (Served::start(&case), Browser::start(&case).await);
        let tunnel = Tunnel::to(served.port).await;
        browser.open(&format!("http://localhost:{}/?token={}", tunnel.port, served.token)).await;
        browser.shows("asking").await;
        tunnel.cut();
        browser.until("!document.querySelector('#lost').hidden").await;
        browser.click("[name=with_current]").await;
        browser.click(".answers [value=on]").await;
        browser.shows("gone").await;
        browser.until("document.querySelector('#lost').hidden").await;
        tunnel.mend();
        browser.click("[data-retry]").await;
        browser.shows("saved").await;
        assert!(case.lock().contains("ANALYTICS_ENABLED=1"));
        assert_eq!(case.events(), ["service_enabled plex"], "what was ticked is not forgotten");
        tunnel.cut();
        browser.until("!document.querySelector('#lost').hidden").await;
        tunnel.mend();
        case.cli(&["disable"]).exits(0);
        browser.click("[data-reload]").await;
        browser
            .until("document.querySelector('#lost').hidden && document.querySelector('#pill').innerText === 'Off'")
            .await;
        browser.end().await;
    });
}
