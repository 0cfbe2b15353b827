//! Starts the real collector on a free port and speaks HTTP/1.1 to it over a plain socket.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A collector that ends with the test.
pub struct Collector {
    process: Child,
    pub address: SocketAddr,
    pub data: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// The command `onramp-analytics` with an environment of its own.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onramp-analytics"));
    command.env_clear().stdin(Stdio::null());
    command
}

impl Collector {
    /// A collector with an empty database.
    pub fn start() -> Self {
        Self::with(&[])
    }

    pub fn with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut collector = Self::on(folder.path().join("data"), options);
        collector._folder = Some(folder);
        collector
    }

    /// A collector on a database that may already be there.
    pub fn on(data: PathBuf, options: &[&str]) -> Self {
        Self::started(command(), data, options)
    }

    /// A collector that a shell starts by this script.
    pub fn by(script: &str, data: PathBuf) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.env_clear().stdin(Stdio::null()).args(["-c", script]).arg(env!("CARGO_BIN_EXE_onramp-analytics"));
        Self::started(shell, data, &[])
    }

    fn started(mut command: Command, data: PathBuf, options: &[&str]) -> Self {
        command.arg("collector").arg("--data").arg(&data).args(["--listen", "127.0.0.1:0"]).args(options);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").and_then(|a| a.strip_suffix('/'));
        let address = address.and_then(|a| a.parse().ok()).unwrap_or_else(|| panic!("no address: {line:?}"));
        Self { process, address, data, _folder: None }
    }

    /// The folder, kept beyond the collector's end.
    pub fn take_folder(&mut self) -> tempfile::TempDir {
        self._folder.take().unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to end, and waits for that; the answer is its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.process.wait().unwrap().code()
    }

    /// Kills it where it stands.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), &[]).unwrap()
    }

    /// Delivers a body as a PostHog client does.
    pub fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        self.post_with(path, "Content-Type: application/json\r\n", body).unwrap()
    }

    pub fn post_with(&self, path: &str, headers: &str, body: impl AsRef<[u8]>) -> std::io::Result<Answer> {
        let body = body.as_ref();
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
        );
        self.send(&head, body)
    }

    /// Sends these very bytes and reads until the server closes.
    pub fn send(&self, head: &str, body: &[u8]) -> std::io::Result<Answer> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        // A server may answer, and close, before it has read everything.
        let wrote = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes);
        answer(&bytes).ok_or_else(|| wrote.err().or(read.err()).unwrap_or(std::io::ErrorKind::UnexpectedEof.into()))
    }

    /// All five answers.
    pub fn answers(&self, query: &str) -> Value {
        let answer = self.get(&format!("/api/answers{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Reads the database of the running collector.
    pub fn query<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        let db = rusqlite::Connection::open(self.data.join("events.sqlite")).unwrap();
        db.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// How many events are stored.
    pub fn stored(&self) -> u64 {
        let counted = self.query("SELECT count(*) FROM event");
        let rolled_up: u64 = self.query("SELECT value FROM fact WHERE name = 'events'");
        assert_eq!(counted, rolled_up);
        counted
    }
}

/// The answer in these bytes, if they are a whole one.
fn answer(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let headers = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let status = headers.split(' ').nth(1)?.parse().ok()?;
    let mut body = bytes[end + 4..].to_vec();
    if headers.contains("transfer-encoding: chunked") {
        body = chunks(&body)?;
    }
    Some(Answer { status, headers, body })
}

fn chunks(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|w| w == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(bytes.get(end + 2..end + 2 + length)?);
        bytes = bytes.get(end + 4 + length..)?;
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
