//! Owns a real pseudo-terminal: a session that has it as its controlling terminal, typing, and reading the screen.

use super::case::{Case, until};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::Winsize;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;

/// A terminal on which a command line runs as the only job of its session's leader, `tests/programs/caller.c`.
pub struct Terminal {
    near: Arc<File>,
    child: Child,
    screen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    root: String,
    seen: usize,
}

impl Terminal {
    /// Starts a command line as a shell with job control would: in the foreground, in a group of its own. `settings`
    /// are those of the caller.
    #[track_caller]
    pub fn start<S: AsRef<OsStr>>(case: &Case, settings: &[&str], words: &[S]) -> Self {
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&near).unwrap();
        unlockpt(&near).unwrap();
        let name = ptsname(&near, Vec::new()).unwrap().into_string().unwrap();
        let near = File::from(near);
        let mut line: Vec<&OsStr> = vec![super::caller().as_os_str()];
        let tty = format!("tty={name}");
        line.push(OsStr::new(&tty));
        line.extend(settings.iter().map(OsStr::new));
        line.push(OsStr::new("--"));
        line.extend(words.iter().map(AsRef::as_ref));
        // A group's leader can't begin a session: setsid fails then.
        let mut command = case.follower(&line);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let near = Arc::new(near);
        let (from, to) = (Arc::downgrade(&near), Arc::clone(&screen));
        let reader = std::thread::spawn(move || read_all(&from, &to));
        Self { near, child, screen, reader, root: case.root().to_string_lossy().into_owned(), seen: 0 }
    }

    /// Types.
    pub fn type_in(&mut self, keys: &str) {
        (&*self.near).write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this stands on the screen, after what was waited for before.
    #[track_caller]
    pub fn see(&mut self, text: &str) {
        let place = |screen: &str| screen.find(text).map(|at| at + text.len());
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        loop {
            if let Some(end) = place(&self.screen()[self.seen..]) {
                self.seen += end;
                return;
            }
            let waiting = std::time::Instant::now() < deadline;
            let screen = self.screen();
            let start: String = screen.chars().take(4000).collect();
            assert!(waiting, "did not see {text:?}\n---- screen\n{start}\n----");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    /// Everything that was written to the terminal, echo included; the case's folder as `{CASE}`.
    pub fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).replace(&self.root, "{CASE}")
    }

    /// Another window size.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&self.near, size).unwrap();
    }

    /// The session's leader.
    pub fn leader(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Waits for the session's leader to end: its exit code, 128 + n for a command that a signal ended.
    #[track_caller]
    pub fn ends(mut self) -> (i32, String) {
        let child = std::cell::RefCell::new(&mut self.child);
        until("the end of the session", || child.borrow_mut().try_wait().unwrap().is_some());
        let status = self.child.wait().unwrap();
        // What was written last is still on its way: the reader ends when it has read it and nobody holds the terminal
        // any more. Somebody who stays behind may hold it: then a while is enough.
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(2);
        while !self.reader.is_finished() && std::time::Instant::now() < patience {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        (status.code().unwrap_or(-1), self.screen())
    }

    /// The user closes the window; waits for the session's leader to end.
    #[track_caller]
    pub fn hang_up(self) {
        let Self { near, child, .. } = self;
        drop(near);
        let child = std::cell::RefCell::new(child);
        until("the end of the session", || child.borrow_mut().try_wait().unwrap().is_some());
    }
}

/// A screen with more than this is read no further: somebody writes without end.
const ENOUGH: usize = 1 << 20;

/// Reads until the terminal is gone. It belongs to the test: the reader only borrows it, so that it can be closed.
fn read_all(from: &Weak<File>, to: &Mutex<Vec<u8>>) {
    let mut bytes = [0; 4096];
    while let Some(near) = from.upgrade() {
        let mut ready = [PollFd::new(&*near, PollFlags::IN)];
        let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        if poll(&mut ready, Some(&moment)) == Ok(0) {
            continue;
        }
        let Ok(count @ 1..) = (&*near).read(&mut bytes) else { return };
        let mut screen = to.lock().unwrap();
        screen.extend_from_slice(&bytes[..count]);
        if screen.len() > ENOUGH {
            return;
        }
    }
}
