//! The question on OnRamp's own dashboard: the files in contrib/onramp/dashboard, in a real FastAPI where there is one.

#[expect(dead_code, unused_imports, reason = "each test file uses its part of the harness")]
mod harness;
#[expect(dead_code, reason = "each test file uses its part of it")]
mod served;

use harness::Case;
use onramp_analytics::words::page::{after, failed, nudge};
use served::{Answer, Served};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

const CONTRIB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/onramp/dashboard/sietch/dashboard");
/// Where `.ci/run` makes a Python with FastAPI, Jinja and uvicorn; it is not part of this repository.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/dashboard/bin/python");

#[test]
fn the_panel_says_what_the_page_says() {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let template = std::fs::read_to_string(format!("{CONTRIB}/templates/partials/analytics_nudge.html")).unwrap();
    let template = one_line(&template);
    let collected = nudge::COLLECTED_IS.replace("{errors}", "a few");
    let used_is = nudge::USED_IS.replace("{host}", "{{ view.destination }}");
    for words in [
        nudge::HEADING,
        nudge::LEAD,
        nudge::COLLECTED,
        &collected,
        nudge::USED,
        &used_is,
        nudge::PRIVACY,
        nudge::PRIVACY_IS,
        nudge::DOCS,
        nudge::WITH_CURRENT,
        nudge::YES,
        nudge::NO,
        after::ON,
        after::OFF,
        after::TURN_OFF,
        after::TURN_ON,
        after::DISMISS,
        failed::HEADING,
        failed::WHAT_TO_DO,
        failed::AGAIN,
    ] {
        assert!(template.contains(&one_line(words)), "{words}");
    }
}

/// OnRamp's dashboard, as far as our files need it.
const APP: &str = r#"
import sys
from fastapi import FastAPI
from fastapi.templating import Jinja2Templates
import uvicorn
sys.path.insert(0, sys.argv[1])
import api.analytics as analytics
app = FastAPI()
app.state.templates = Jinja2Templates(directory=sys.argv[1] + "/templates")
app.include_router(analytics.router, prefix="/api/analytics")
class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)
Server(uvicorn.Config(app, port=0, log_level="error")).run()
"#;

struct Dashboard(Child, u16);

impl Dashboard {
    fn start(case: &Case, socket: &Path) -> Self {
        let words = [PYTHON, "-B", "-c", APP, CONTRIB];
        let mut command = case.command(&words);
        command.env("DASHBOARD_ANALYTICS_SOCKET", socket).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let port = BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        Self(child, port.parse().unwrap())
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.1)).unwrap();
        stream.write_all(served::request(method, path, "localhost", headers, body).as_bytes()).unwrap();
        served::read(stream)
    }

    fn opt(&self, body: &str) -> Answer {
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("HX-Request", "true")];
        self.ask("POST", "/api/analytics/opt", &headers, body)
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_dashboard_asks_once_a_service_came_up_and_saves_what_is_answered() {
    if !Path::new(PYTHON).exists() {
        return harness::skipped("there is no Python with FastAPI in target/dashboard");
    }
    let case = Case::new();
    let socket: PathBuf = case.root().join("ui.sock");
    let dashboard = Dashboard::start(&case, &socket);
    assert_eq!(dashboard.ask("GET", "/api/analytics/nudge", &[], "").body, "", "without the socket nobody asks");
    let served = Served::with(&case, &["--unix", &socket.display().to_string()]);
    assert_eq!(dashboard.ask("GET", "/api/analytics/nudge", &[], "").body, "", "no service came up yet");
    std::fs::create_dir_all(case.state()).unwrap();
    std::fs::write(case.state().join(onramp_analytics::paths::state::NUDGE_DUE), "").unwrap();
    let panel = dashboard.ask("GET", "/api/analytics/nudge", &[], "").body;
    assert!(panel.contains("May we count what you use?") && panel.contains("value=\"opt-out\""), "{panel}");
    let read = "It is sent to https://us.i.posthog.com, once a day.";
    assert!(panel.contains(read) && panel.contains("value=\"https://us.i.posthog.com\""), "{panel}");

    let form = ("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(dashboard.ask("POST", "/api/analytics/opt", &[form], "opt=opt-in").status, 403);
    assert_eq!(dashboard.opt("opt=maybe").status, 422);
    assert_eq!(case.lock(), "");
    let yes = "opt=opt-in&with_current=true&destination=https%3A%2F%2Fread.example";
    let thanks = dashboard.opt(yes).body;
    assert!(thanks.contains("Thank you!") && thanks.contains("value=\"https://read.example\""), "{thanks}");
    assert!(case.lock().contains("ANALYTICS_ENABLED=1"));
    assert!(case.lock().contains("ANALYTICS_HOST=https://read.example\n"), "{}", case.lock());
    assert_eq!(dashboard.ask("GET", "/api/analytics/nudge", &[], "").body, "", "it is answered");
    assert!(dashboard.opt("opt=opt-out").body.contains("Understood") && case.lock().contains("ANALYTICS_ENABLED=0"));

    std::fs::create_dir(case.checkout().join(".onramp.lock.new")).unwrap();
    let failed = dashboard.opt("opt=opt-in").body;
    assert!(failed.contains("could not be saved") && failed.contains("What to do:"), "{failed}");
    drop(served);
    let gone = dashboard.opt("opt=opt-in").body;
    assert!(gone.contains("does not answer") && gone.contains("Try again"), "{gone}");
}
