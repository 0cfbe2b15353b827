//! Owns a served page in a case: starting `ui`, asking it byte for byte, reading its log, and ending it.

use crate::harness::Case;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

/// How long an answer may take before it counts as none.
const LIMIT: Duration = Duration::from_secs(60);

/// A page that is served until this is dropped.
pub struct Served {
    child: Child,
    /// All that it printed before it began.
    pub out: String,
    /// The port that it took; none for a socket.
    pub port: u16,
    /// The token in the printed address.
    pub token: String,
    log: PathBuf,
}

impl Served {
    /// Serves the case's checkout at a free port.
    pub fn start(case: &Case) -> Self {
        Self::with(case, &["--listen", "127.0.0.1:0"])
    }

    /// Serves with these options.
    #[track_caller]
    pub fn with(case: &Case, options: &[&str]) -> Self {
        let mut words = vec![env!("CARGO_BIN_EXE_onramp-analytics"), "ui", "--no-open"];
        words.extend(options);
        Self::by(case, &words)
    }

    /// Serves by this command line.
    #[track_caller]
    pub fn by(case: &Case, words: &[&str]) -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let log = case.root().join(format!("log.{}", COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)));
        let file = std::fs::File::create(&log).unwrap();
        let mut command = case.command(words);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut out = String::new();
        let is_last = |line: &str| line.starts_with("Ctrl-C") || line.starts_with("The page is at the socket");
        while let Some(line) = lines.next().map(Result::unwrap) {
            out += &format!("{line}\n");
            if is_last(&line) {
                break;
            }
        }
        let address = out.lines().find_map(|line| line.trim().strip_prefix("http://"));
        let (port, token) = address.map_or((0, String::new()), |address| {
            let (at, token) = address.split_once("/?token=").unwrap();
            (at.rsplit_once(':').unwrap().1.parse().unwrap(), token.to_owned())
        });
        assert!(!out.is_empty(), "ui did not start: {}", std::fs::read_to_string(&log).unwrap());
        Self { child, out, port, token, log }
    }

    /// Where the page is, without the token.
    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The process that serves.
    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Ends it, and says how it ended.
    pub fn end(&mut self, signal: rustix::process::Signal) -> std::process::ExitStatus {
        let _ = rustix::process::kill_process(self.pid(), signal);
        self.child.wait().unwrap()
    }

    /// Opens a connection.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    /// Sends these very bytes and reads the answer.
    #[track_caller]
    pub fn send(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // Who is refused early closes early.
        let _ = stream.write_all(request);
        read(stream)
    }

    /// Asks with a Host header of its own and nothing else that is not given.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(request(method, path, &format!("127.0.0.1:{}", self.port), headers, body).as_bytes())
    }

    /// Asks as a program that knows the token.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[("Authorization", &self.bearer()), ("Accept", "text/html")], "")
    }

    /// Posts JSON as a program that knows the token.
    #[track_caller]
    pub fn opt(&self, body: &str) -> Answer {
        let headers = [("Authorization", &*self.bearer()), ("Content-Type", "application/json")];
        self.ask("POST", "/api/analytics_opt", &headers, body)
    }

    /// Posts the page's form as a browser does.
    #[track_caller]
    pub fn form(&self, body: &str) -> Answer {
        let headers = [
            ("Cookie", &*self.cookie()),
            ("Origin", &self.base()),
            ("Sec-Fetch-Site", "same-origin"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        self.ask("POST", "/choice", &headers, body)
    }

    /// The header that a program sends.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// The header that a browser sends.
    pub fn cookie(&self) -> String {
        format!("onramp-analytics-{}={}", self.port, self.token)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks at a socket.
#[track_caller]
pub fn ask_socket(path: &Path, request: &str) -> Answer {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    read(stream)
}

/// A request for one answer.
pub fn request(method: &str, path: &str, host: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    format!("{text}\r\n{body}")
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status code; 0 if none came.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// A header, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("not JSON: {e}: {self:?}"))
    }
}

/// Reads an answer to its end.
pub fn read(mut stream: impl std::io::Read) -> Answer {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok()).unwrap_or(0);
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned()));
    Answer { status, headers: headers.collect(), body: body.to_owned() }
}
