//! A server that answers by script, on loopback, and keeps every request that it got.

use std::collections::HashMap;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    /// As it went over the wire.
    pub wire: Vec<u8>,
    /// After decompression.
    pub body: Vec<u8>,
}

impl Request {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a body is JSON")
    }

    pub fn events(&self) -> Vec<serde_json::Value> {
        self.json()["batch"].as_array().expect("a body has a batch").clone()
    }

    pub fn uuids(&self) -> Vec<String> {
        self.events().iter().map(|e| e["uuid"].as_str().expect("an event has a uuid").to_owned()).collect()
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A status and JSON.
    Json(u16),
    /// A status, more header lines, and a body.
    With(u16, &'static str, &'static str),
    /// 200 after so many milliseconds.
    Wait(u64),
    /// Says nothing until the other side goes away.
    Hang,
    /// Closes without a word.
    Close,
    /// Resets the connection.
    Reset,
    /// Half an answer, then the end.
    Half,
    /// A byte a second.
    Drip,
    /// Shuts its sending side down, and keeps the other open.
    HalfClose,
}

pub type Script = dyn Fn(usize, &Request) -> Reply + Send + Sync;

/// The server; it ends with the test's process.
pub struct Server {
    pub port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers request number `n`, from 0, as the script says.
    pub fn scripted(script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (all, script): (_, Arc<Script>) = (Arc::clone(&seen), Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (all, script) = (Arc::clone(&all), Arc::clone(&script));
                std::thread::spawn(move || serve(stream, &all, &*script));
            }
        });
        Self { port, seen }
    }

    /// Answers 200 to everything, as PostHog does.
    pub fn accepting() -> Self {
        Self::scripted(|_, _| Reply::Json(200))
    }

    pub fn host(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().expect("not poisoned").clone()
    }

    /// Waits until so many requests have arrived.
    pub fn has_seen(&self, requests: usize) {
        for _ in 0..3_000 {
            if self.requests().len() >= requests {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no request came within half a minute");
    }

    /// The uuids of everything that arrived, in order, with what came twice twice.
    pub fn uuids(&self) -> Vec<String> {
        self.requests().iter().flat_map(Request::uuids).collect()
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Request>>, script: &Script) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    while let Some(request) = read(&mut reader) {
        let n = {
            let mut seen = seen.lock().expect("not poisoned");
            seen.push(request.clone());
            seen.len() - 1
        };
        if !answer(&stream, script(n, &request)) {
            return;
        }
    }
}

/// Reads one request, whole; nothing when the other side has gone.
pub fn read(reader: &mut impl std::io::BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut wire = vec![0; length];
    reader.read_exact(&mut wire).ok()?;
    let body = onramp_analytics::posthog::unpacked(&wire);
    Some(Request { path, headers, wire, body })
}

/// Whether the connection can be used again.
fn answer(mut stream: &TcpStream, reply: Reply) -> bool {
    let json = "Content-Type: application/json; charset=utf-8\r\n";
    let text = |status, headers: &str, body: &str| {
        format!("HTTP/1.1 {status} Said\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
    };
    let whole = match reply {
        Reply::Json(status) => text(status, json, "{\"status\":1}"),
        Reply::With(status, headers, body) => text(status, headers, body),
        Reply::Wait(millis) => {
            std::thread::sleep(Duration::from_millis(millis));
            text(200, json, "{\"status\":1}")
        }
        Reply::Half => {
            let whole = text(200, json, "{\"status\":1}");
            let _ = stream.write_all(&whole.as_bytes()[..whole.len() - 6]);
            let _ = stream.shutdown(Shutdown::Both);
            return false;
        }
        Reply::Hang => {
            let _ = stream.read_to_end(&mut Vec::new());
            return false;
        }
        Reply::Close => return stream.shutdown(Shutdown::Both).is_err(),
        Reply::Reset => {
            // Closing with a linger of zero sends a reset.
            let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
            return false;
        }
        Reply::Drip => {
            for byte in text(200, json, "{\"status\":1}").bytes() {
                if stream.write_all(&[byte]).is_err() {
                    return false;
                }
                std::thread::sleep(Duration::from_secs(1));
            }
            return false;
        }
        Reply::HalfClose => {
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
            return false;
        }
    };
    stream.write_all(whole.as_bytes()).is_ok()
}
