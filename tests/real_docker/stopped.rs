//! An engine that is stopped in the middle: a dockerd of the test's own, beside the machine's, on a socket of its own and
//! in a network namespace of its own. Without the latter, `--bridge=none` would take the machine's docker0 away.

use crate::harness::{engine, skipped, until};
use crate::homelab::Homelab;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// An engine without networks; it and what runs in it are gone when the test is over.
struct Engine {
    folder: PathBuf,
    running: Option<Child>,
}

impl Engine {
    /// Nothing where this user can't run one.
    fn start(folder: &Path) -> Option<Self> {
        let mut this = Self { folder: folder.to_owned(), running: None };
        this.begin();
        let answers = (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(200));
            this.docker(&["ps"]).is_some()
        });
        let loaded = answers && {
            let image = Command::new("docker").args(["save", engine::IMAGE]).stderr(Stdio::null()).output().unwrap();
            let file = this.folder.join("image.tar");
            std::fs::write(&file, image.stdout).unwrap();
            this.docker(&["load", "-i", file.to_str().unwrap()]).is_some()
        };
        loaded.then_some(this)
    }

    fn begin(&mut self) {
        let log = std::fs::File::create(self.folder.join("dockerd.log")).unwrap();
        std::fs::write(self.folder.join("daemon.json"), "{}").unwrap();
        let below = |name: &str| self.folder.join(name).into_os_string();
        let mut dockerd = Command::new("unshare");
        dockerd.args(["--net", "dockerd"]);
        for (option, name) in
            [("--config-file", "daemon.json"), ("--data-root", "data"), ("--exec-root", "exec"), ("--pidfile", "pid")]
        {
            dockerd.arg(option).arg(below(name));
        }
        dockerd.args(["--host", &self.host(), "--bridge=none", "--iptables=false", "--ip-forward=false"]);
        let started = dockerd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        self.running = started.ok();
    }

    fn host(&self) -> String {
        format!("unix://{}", self.folder.join("engine.sock").display())
    }

    fn docker(&self, words: &[&str]) -> Option<()> {
        let mut docker = Command::new("docker");
        docker.args(["--host", &self.host()]).args(words).stdin(Stdio::null());
        docker.stdout(Stdio::null()).stderr(Stdio::null()).status().ok().filter(|s| s.success()).map(drop)
    }

    /// As a person would: it stops its containers first.
    fn stop(&mut self) {
        if let Some(mut dockerd) = self.running.take() {
            let pid = rustix::process::Pid::from_child(&dockerd);
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            let _ = dockerd.wait();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn an_engine_that_is_stopped_and_comes_back() {
    let Some(lab) = Homelab::new() else { return };
    let Some(mut engine) = Engine::start(&lab.case.root()) else {
        skipped("no second dockerd can be started here");
        return;
    };
    let host = engine.host();
    let walk = |steps: &[(&str, i32, &[&str])]| {
        for (line, code, events) in steps {
            lab.run(line, &[("DOCKER_HOST", &host)]).exits(*code).records(events);
            lab.forget();
        }
    };
    let own = "docker compose -f docker-compose.yml -f services-enabled/whoami.yml";
    walk(&[
        ("make enable-service whoami", 0, &["service_enabled whoami", "command_executed enable-service success"]),
        ("make start", 0, &["command_executed start success"]),
        (&format!("{own} ps"), 0, &["command_executed compose ps success"]),
    ]);
    let output = lab.case.root().join("output");
    let follow = format!("exec {own} logs -f whoami >{}", output.display());
    let following = lab.case.start(&["env", &format!("DOCKER_HOST={host}"), "sh", "-c", &follow]);
    until("the service's output", || std::fs::read_to_string(&output).is_ok_and(|text| text.contains("begun")));
    engine.stop();
    following
        .wait()
        .exits(1)
        .records(&["command_executed compose logs failure", "error_occurred compose logs docker_unavailable"]);
    lab.forget();
    walk(&[
        ("make start", 2, &["command_executed start failure", "error_occurred start docker_unavailable"]),
        ("make down", 0, &["command_executed down failure", "error_occurred down docker_unavailable"]),
        (
            "make stop-service whoami",
            0,
            &["command_executed stop-service failure", "error_occurred stop-service docker_unavailable"],
        ),
        (
            &format!("{own} up -d"),
            1,
            &["command_executed compose up failure", "error_occurred compose up docker_unavailable"],
        ),
        ("make disable-service whoami", 0, &["service_disabled whoami", "command_executed disable-service success"]),
    ]);
    engine.begin();
    until("the engine is back", || engine.docker(&["ps"]).is_some());
    walk(&[
        ("make start", 0, &["command_executed start success"]),
        ("make down", 0, &["command_executed down success"]),
    ]);
}
