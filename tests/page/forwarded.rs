//! The page behind a real `ssh -L`: the line that `ui` prints over ssh, with another port in front of the person.

use super::Case;
use crate::harness::{skipped, until};
use crate::served::Served;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An sshd for this user alone, with a key of its own; nothing if this machine has none.
fn sshd(folder: &Path, port: u16) -> Option<Running> {
    let program = which::which_in("sshd", Some("/usr/sbin:/usr/bin"), "/").ok()?;
    for key in ["host", "user"] {
        let made =
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.join(key)).status();
        made.ok().filter(std::process::ExitStatus::success)?;
    }
    let shown = folder.display();
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {shown}/host\nAuthorizedKeysFile {shown}/user.pub\nPidFile none\n\
         StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
    );
    std::fs::write(folder.join("config"), config).unwrap();
    if rustix::process::geteuid().is_root() {
        let _ = std::fs::create_dir_all("/run/sshd");
    }
    let mut command = Command::new(program);
    command.args(["-D", "-e", "-f"]).arg(folder.join("config")).stderr(Stdio::null());
    let running = Running(command.spawn().ok()?);
    until("sshd listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    Some(running)
}

#[test]
fn the_printed_ssh_line_leads_to_the_page_from_another_port_too() {
    let case = Case::new();
    let folder = case.root().join("ssh");
    std::fs::create_dir(&folder).unwrap();
    let port = free_port();
    let case = case.env("SSH_CONNECTION", &format!("127.0.0.1 50000 127.0.0.1 {port}"));
    let Some(_sshd) = sshd(&folder, port) else { return skipped("there is no sshd that could be started") };
    let served = Served::start(&case);
    let line = served.out.lines().map(str::trim).find(|line| line.starts_with("ssh -N -L")).unwrap().to_owned();
    let here = free_port();
    let (ours, theirs) = (format!("-L {here}:"), format!("-L {}:", served.port));
    assert!(line.contains(&theirs) && line.contains(&format!("-p {port}")), "{line}");
    let words = line.replace(&theirs, &ours);
    let mut command = Command::new("ssh");
    command.arg("-i").arg(folder.join("user")).args(["-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes"]);
    command.args(["-o", "UserKnownHostsFile=/dev/null", "-o", "ExitOnForwardFailure=yes"]);
    command.args(words.split(' ').skip(1)).stdin(Stdio::null()).stderr(Stdio::null());
    let mut forward = Running(command.spawn().unwrap());
    let listens = || std::net::TcpStream::connect(("127.0.0.1", here)).is_ok();
    let ended = std::cell::RefCell::new(&mut forward.0);
    until("ssh forwards", || listens() || ended.borrow_mut().try_wait().unwrap().is_some());
    if !listens() {
        return skipped("this machine's sshd lets its own user not in");
    }
    let host = format!("localhost:{here}");
    let ask = |method: &str, path: &str, headers: &str, body: &str| {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", here)).unwrap();
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}");
        write!(stream, "{head}Content-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let opened = ask("GET", &format!("/?token={}", served.token), "", "");
    assert!(opened.starts_with("HTTP/1.1 303"), "{opened}");
    let cookie = format!("Cookie: {}\r\n", served.cookie());
    let page = ask("GET", "/", &cookie, "");
    assert!(page.contains("May we count what you use?"), "{page}");
    let headers = format!("{cookie}Origin: http://{host}\r\nContent-Type: application/json\r\n");
    let saved = ask("POST", "/api/analytics_opt", &headers, "{\"opt\":\"opt-out\"}");
    assert!(saved.starts_with("HTTP/1.1 200"), "{saved}");
    assert!(case.lock().contains("ANALYTICS_ENABLED=0"));
}
