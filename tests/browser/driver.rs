//! Owns a real browser: Chromium, driven through chromedriver, with a profile that goes away with the case.

use crate::harness::Case;
use axum::http::Method;
use fantoccini::actions::{InputSource as _, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Url;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long something may take to be seen.
const LIMIT: Duration = Duration::from_secs(30);
/// Browsers at the same time: each is worth a processor.
static PLACES: Semaphore = Semaphore::const_new(2);

/// Why there is no browser here; nothing if there is one.
pub fn missing() -> Option<&'static str> {
    let there = |name| which::which(name).is_ok();
    (!there("chromium") || !there("chromedriver")).then_some("chromium and chromedriver are not installed")
}

/// The program that drives a browser, and its port; nothing if it gave up.
fn start_driver(case: &Case) -> Option<(Child, String)> {
    let mut command = case.command(&["chromedriver", "--port=0"]);
    let mut driver = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.find_map(|line| {
        let line = line.unwrap();
        Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned())
    });
    let Some(port) = port else {
        driver.wait().unwrap();
        return None;
    };
    // Nobody reads on: a full pipe must not stop it.
    std::thread::spawn(move || lines.count());
    Some((driver, port))
}

/// A browser and the program that drives it.
pub struct Browser {
    client: Client,
    driver: Child,
    _place: SemaphorePermit<'static>,
}

impl Browser {
    /// Starts one for a case.
    pub async fn start(case: &Case) -> Self {
        Self::with(case, json!({})).await
    }

    /// Starts one with these preferences.
    pub async fn with(case: &Case, preferences: Value) -> Self {
        let place = PLACES.acquire().await.unwrap();
        // It takes one port for two addresses and gives up if the second is taken by then: another try helps.
        let (driver, port) = (0..20).find_map(|_| start_driver(case)).expect("chromedriver started");
        let profile = case.root().join("profile");
        let mut arguments = vec![format!("--user-data-dir={}", profile.display())];
        arguments.extend(
            "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
             --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars \
             --disable-features=Translate,OptimizationHints,MediaRouter"
                .split_whitespace()
                .map(str::to_owned),
        );
        let capabilities = json!({
            "goog:chromeOptions": {"binary": which::which("chromium").unwrap(), "args": arguments, "prefs": preferences},
            "pageLoadStrategy": "normal",
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromium started");
        client.set_window_size(1000, 900).await.unwrap();
        let browser = Self { client, driver, _place: place };
        let listen = "window.complaints = []; addEventListener('securitypolicyviolation', e => complaints.push(
            `${e.violatedDirective} ${e.blockedURI}`)); addEventListener('error', e => complaints.push(String(e.message)));
            addEventListener('unhandledrejection', e => complaints.push(String(e.reason)));";
        browser.order("Page.addScriptToEvaluateOnNewDocument", json!({"source": listen})).await;
        browser
    }

    /// What the page did wrong: errors of its script, and what its own policy forbade.
    pub async fn complaints(&self) -> Vec<String> {
        serde_json::from_value(self.eval("complaints").await).unwrap()
    }

    /// The client, for what has no name here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens an address.
    pub async fn open(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Waits until a JavaScript expression holds.
    #[track_caller]
    pub fn until<'a>(&'a self, condition: &'a str) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let deadline = Instant::now() + LIMIT;
            // A page that is just being left answers with an error.
            while self.try_eval(condition).await.ok() != Some(Value::Bool(true)) {
                if Instant::now() > deadline {
                    let body = self.try_eval("document.body.innerText").await;
                    panic!("{caller}: not seen in {} s: {condition}\n{body:?}", LIMIT.as_secs());
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// The value of a JavaScript expression.
    pub async fn eval(&self, expression: &str) -> Value {
        self.try_eval(expression).await.unwrap_or_else(|e| panic!("{expression}: {e}"))
    }

    async fn try_eval(&self, expression: &str) -> Result<Value, CmdError> {
        self.client.execute(&format!("return ({expression});"), Vec::new()).await
    }

    /// Clicks on what a selector finds, as a person does: again if it is renewed while the hand is on its way.
    pub async fn click(&self, selector: &str) {
        loop {
            let element = self.client.wait().for_element(Locator::Css(selector)).await;
            match element.unwrap_or_else(|e| panic!("{selector}: {e}")).click().await {
                Err(e) if e.is_stale_element_reference() => continue,
                clicked => return clicked.unwrap_or_else(|e| panic!("{selector}: {e}")),
            }
        }
    }

    /// Waits for a state of the panel.
    #[track_caller]
    pub fn shows<'a>(&'a self, panel: &str) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        let condition = format!("(document.querySelector('#panel')?.dataset.panel || '') === '{panel}'");
        async move {
            let deadline = Instant::now() + LIMIT;
            while self.try_eval(&condition).await.ok() != Some(Value::Bool(true)) {
                let body = || self.try_eval("document.body.innerText");
                assert!(Instant::now() < deadline, "{caller}: not seen: {condition}\n{:?}", body().await);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Clicks twice, as quickly as a mouse can.
    pub async fn double_click(&self, selector: &str) {
        let element = self.client.wait().for_element(Locator::Css(selector)).await.unwrap();
        let press =
            || [PointerAction::Down { button: MOUSE_BUTTON_LEFT }, PointerAction::Up { button: MOUSE_BUTTON_LEFT }];
        let to = PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 };
        let actions = [to].into_iter().chain(press()).chain(press());
        let mouse = actions.fold(MouseActions::new("mouse".into()), |mouse, action| mouse.then(action));
        self.client.perform_actions(mouse).await.unwrap();
    }

    /// Clicks at a place of the window, whatever lies there: the first click of some, or the second half of a double one.
    pub async fn click_at(&self, place: &Value, nth: u32) {
        for kind in ["mousePressed", "mouseReleased"] {
            let what = json!({"type": kind, "button": "left", "clickCount": nth, "x": place[0], "y": place[1]});
            self.order("Input.dispatchMouseEvent", what).await;
        }
    }

    /// Moves the mouse there.
    pub async fn point_at(&self, selector: &str) {
        let element = self.client.find(Locator::Css(selector)).await.unwrap();
        let to = PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 };
        self.client.perform_actions(MouseActions::new("mouse".into()).then(to)).await.unwrap();
    }

    /// The text of what a selector finds.
    pub async fn text(&self, selector: &str) -> String {
        let script = "const found = document.querySelector(arguments[0]); return found ? found.innerText : null;";
        let text = self.client.execute(script, vec![json!(selector)]).await.unwrap();
        text.as_str().unwrap_or_else(|| panic!("nothing is {selector}")).to_owned()
    }

    /// Gives Chromium an order of its own protocol.
    pub async fn order(&self, command: &str, parameters: Value) -> Value {
        self.client.issue_cmd(Order { command: command.into(), parameters }).await.unwrap()
    }

    /// Light or dark, moving or not, as the person's system says.
    pub async fn prefers(&self, features: &[(&str, &str)]) {
        let features: Vec<_> = features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.order("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// A picture of all of the page, or of one part of it, as PNG. The window is as high as the page for it, so that
    /// nothing is drawn in pieces.
    pub async fn picture(&self, selector: &str) -> Vec<u8> {
        let rectangle = format!(
            "(r => ({{x: r.left + scrollX, y: r.top + scrollY, width: r.width, height: r.height, scale: 1}}))\
             (document.querySelector('{selector}').getBoundingClientRect())"
        );
        let clip = self.eval(&rectangle).await;
        let parameters = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let answer = self.order("Page.captureScreenshot", parameters).await;
        base64(answer["data"].as_str().unwrap())
    }

    /// Ends it.
    pub async fn end(mut self) {
        let _ = self.client.clone().close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// `goog/cdp/execute` of chromedriver.
#[derive(Debug)]
struct Order {
    command: String,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Order {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as std::str::FromStr>::Err> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({"cmd": self.command, "params": self.parameters});
        (Method::POST, Some(body.to_string()))
    }
}

/// Decodes base64 (RFC 4648, section 4).
fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for value in text.bytes().filter_map(|b| LETTERS.iter().position(|letter| *letter == b)) {
        (bits, count) = (bits << 6 | value as u32, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}
