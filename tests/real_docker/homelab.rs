//! Owns a homelab with a real engine: a checkout with a Makefile of OnRamp's shape, and a Compose project of its own
//! that is taken down when the test is over.

use crate::harness::{Case, Ran, engine, skipped};
use std::net::TcpListener;
use std::process::{Command, Stdio};

/// The shape of OnRamp's Makefile: a probe while parsing, recursion, enabling by link, a scaffold step in a container,
/// recipes that go on after a failure. Flags are expanded while parsing, before a link is there.
const MAKEFILE: &str = r#"
DOCKER_COMPOSE := $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
NAME := $(word 2,$(MAKECMDGOALS))
FLAGS := $(addprefix -f ,docker-compose.yml $(sort $(wildcard services-enabled/*.yml)) $(sort $(shell ls -d overrides-enabled/*.yml 2>/dev/null)))
OWN := --project-directory ./ $(addprefix -f ,$(wildcard services-enabled/$(NAME).yml))
ifneq ($(NAME),)
$(eval $(NAME):;@:)
endif

start: check-docker
	$(DOCKER_COMPOSE) $(FLAGS) up -d --remove-orphans -t 0
up: check-docker
	$(DOCKER_COMPOSE) $(FLAGS) up --force-recreate --abort-on-container-exit -t 1
down:
	-$(DOCKER_COMPOSE) $(FLAGS) down -t 0
	-@docker volume ls --quiet --filter label=none
restart:
	@$(MAKE) down
	@$(MAKE) start
check-docker:
	@docker ps >/dev/null
logs:
	$(DOCKER_COMPOSE) $(FLAGS) logs -f $(NAME)

enable-service:
	@if [ -f services-available/$(NAME).yml ]; then $(MAKE) services-enabled/$(NAME).yml; \
	else echo "No such service file ./services-available/$(NAME).yml!"; fi
services-enabled/%.yml:
	@ln -s ../services-available/$*.yml services-enabled/$*.yml || true
	@$(MAKE) scaffold-build $*
.PRECIOUS: services-enabled/%.yml
scaffold-build:
	@docker run --rm --network none -v $(CURDIR):/app onramp-analytics-test \
		sh -c 'test ! -e /app/services-scaffold/$(NAME)/fails'
start-service:
	@$(MAKE) enable-service $(NAME)
	$(DOCKER_COMPOSE) $(OWN) up -d --force-recreate -t 0 $(NAME)
stop-service:
	-$(DOCKER_COMPOSE) $(OWN) stop -t 0 $(NAME)
attach-service:
	$(DOCKER_COMPOSE) $(OWN) exec -T $(NAME) bash
disable-service:
	-$(DOCKER_COMPOSE) $(OWN) stop -t 0 $(NAME)
	@rm -f services-enabled/$(NAME).yml overrides-enabled/$(NAME)-*.yml
enable-override:
	@ln -sf ../overrides-available/$(NAME).yml overrides-enabled/$(NAME).yml
disable-override:
	@rm -f overrides-enabled/$(NAME).yml
"#;

/// A service that runs until it is told to end.
fn service(name: &str, image: &str, more: &str) -> String {
    let command = "trap 'exit 0' TERM INT; echo begun; while :; do sleep 0.1; done";
    format!(
        "services:\n  {name}:\n    image: {image}\n    network_mode: none\n    command: [sh, -c, \"{command}\"]\n{more}"
    )
}

/// A homelab.
pub struct Homelab {
    pub case: Case,
    project: String,
    /// Holds the port of loopback that one of the services wants, so that it never gets it.
    _taken: TcpListener,
}

impl Homelab {
    /// With a consented checkout; nothing without a real engine.
    pub fn new() -> Option<Self> {
        if let Some(why) = engine::missing() {
            skipped(why);
            return None;
        }
        let docker = which::which("docker").unwrap();
        let folder = docker.parent().unwrap().to_string_lossy().into_owned();
        let mut case = Case::new().consented().without_env("DOCKER_HOST");
        case = case.path(&["shims", "bin", &folder, "/usr/local/bin", "/usr/bin", "/bin"]);
        for name in ["whoami", "plex", "sonarr", "adguard", "my-secret-app"] {
            case = case.file(&format!("onramp/services-available/{name}.yml"), &service(name, engine::IMAGE, ""));
        }
        // Port 9 of loopback is no registry: the pull fails at once.
        case = case.file("onramp/services-available/cyberchef.yml", &service("cyberchef", "127.0.0.1:9/none:none", ""));
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = format!("    ports: ['{}:80']\n", taken.local_addr().unwrap());
        let dozzle = service("dozzle", engine::IMAGE, &port).replace("    network_mode: none\n", "");
        case = case.file("onramp/services-available/dozzle.yml", &dozzle);
        for below in ["plex/config", "dozzle/config", "sonarr/fails"] {
            case = case.file(&format!("onramp/services-scaffold/{below}"), "");
        }
        let override_ = "services:\n  plex:\n    labels: [nfs]\n";
        let case = case.file("onramp/overrides-available/plex-nfs.yml", override_);
        let case = case.file("onramp/docker-compose.yml", &service("traefik", engine::IMAGE, ""));
        let case = case.file("onramp/Makefile", MAKEFILE);
        // The port is held, so that its number is nobody else's.
        let project = format!("case-{}", taken.local_addr().unwrap().port());
        let case = case.env("COMPOSE_PROJECT_NAME", &project);
        Some(Self { case, project, _taken: taken })
    }

    /// Runs a command line, with further variables.
    #[track_caller]
    pub fn run(&self, line: &str, variables: &[(&str, &str)]) -> Ran {
        let set: Vec<String> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut words: Vec<&str> = Vec::new();
        if !set.is_empty() {
            words.push("env");
            words.extend(set.iter().map(String::as_str));
        }
        words.extend(line.split(' '));
        self.case.run(&words)
    }

    /// Forgets the events so far.
    pub fn forget(&self) {
        let _ = std::fs::remove_file(self.case.place().file(onramp_analytics::paths::place::SPOOL));
    }

    /// Writes a file below the case's folder.
    pub fn write(&self, below: &str, text: &str) {
        std::fs::write(self.case.root().join(below), text).unwrap();
    }

    /// Removes it.
    pub fn remove(&self, below: &str) {
        std::fs::remove_file(self.case.root().join(below)).unwrap();
    }
}

impl Drop for Homelab {
    fn drop(&mut self) {
        let label = format!("label=com.docker.compose.project={}", self.project);
        for (list, remove) in [(&["ps", "-aq"][..], &["rm", "-f"][..]), (&["network", "ls", "-q"], &["network", "rm"])]
        {
            let found = Command::new("docker").args(list).args(["--filter", &label]).output();
            let ids = found.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
            let ids: Vec<&str> = ids.split_whitespace().collect();
            if !ids.is_empty() {
                let _ = Command::new("docker").args(remove).args(ids).stdout(Stdio::null()).status();
            }
        }
    }
}
