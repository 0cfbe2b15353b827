//! A real engine, real Compose v2 and real make, on a checkout of OnRamp's shape: every command's events are exactly
//! right. Containers are started from one imported busybox image; nothing is pulled, nothing outside loopback reached.

#[path = "../harness/mod.rs"]
#[expect(unused, reason = "each test file uses its part of the harness")]
mod harness;

mod homelab;
mod stopped;
mod terminals;

use homelab::Homelab;

const GONE: (&str, &str) = ("DOCKER_HOST", "unix:///nonexistent/docker.sock");

/// A command line, its exit code, its events.
type Step<'a> = (&'a str, i32, &'a [&'a str]);

fn walk(lab: &Homelab, steps: &[Step]) {
    for (line, code, events) in steps {
        lab.run(line, &[]).exits(*code).records(events);
        lab.forget();
    }
}

#[test]
fn services_come_and_go() {
    let Some(lab) = Homelab::new() else { return };
    walk(
        &lab,
        &[
            ("make enable-service whoami", 0, &["service_enabled whoami", "command_executed enable-service success"]),
            ("make enable-service whoami", 0, &["command_executed enable-service success"]),
            (
                "make enable-service plex",
                0,
                &["service_enabled plex with scaffold", "command_executed enable-service success"],
            ),
            (
                "make enable-service nosuch",
                0,
                &["command_executed enable-service failure", "error_occurred enable-service unknown_service"],
            ),
            (
                "make enable-service",
                0,
                &["command_executed enable-service failure", "error_occurred enable-service missing_argument"],
            ),
            (
                "make enable-service Whoami",
                0,
                &["command_executed enable-service failure", "error_occurred enable-service unknown_service"],
            ),
            (
                "make enable-service sonarr",
                2,
                &[
                    "service_enabled sonarr with scaffold",
                    "command_executed enable-service failure",
                    "error_occurred enable-service scaffold_failed",
                ],
            ),
            (
                "make disable-service sonarr",
                0,
                &["service_disabled sonarr", "command_executed disable-service success"],
            ),
            (
                "make enable-service my-secret-app",
                0,
                &["service_enabled custom", "command_executed enable-service success"],
            ),
            (
                "make disable-service my-secret-app",
                0,
                &["service_disabled custom", "command_executed disable-service success"],
            ),
            (
                "make enable-override plex-nfs",
                0,
                &["override_enabled plex-nfs", "command_executed enable-override success"],
            ),
            (
                "make enable-override nosuch",
                0,
                &["command_executed enable-override failure", "error_occurred enable-override unknown_override"],
            ),
            ("make disable-override nosuch", 0, &["command_executed disable-override success"]),
            ("make start", 0, &["command_executed start success"]),
            ("make", 0, &["command_executed start success"]),
            ("make -j4 start-service whoami", 0, &["command_executed start-service success"]),
            (
                "make start-service adguard",
                2,
                &[
                    "service_enabled adguard",
                    "command_executed start-service failure",
                    "error_occurred start-service service_not_enabled",
                ],
            ),
            (
                "make attach-service whoami",
                2,
                &["command_executed attach-service failure", "error_occurred attach-service exec_failed"],
            ),
            ("make stop-service whoami", 0, &["command_executed stop-service success"]),
            (
                "make disable-service plex",
                0,
                &["service_disabled plex", "override_disabled plex-nfs", "command_executed disable-service success"],
            ),
            ("make restart", 0, &["command_executed restart success"]),
            ("make down", 0, &["command_executed down success"]),
        ],
    );
}

#[test]
fn what_fails() {
    let Some(lab) = Homelab::new() else { return };
    walk(
        &lab,
        &[
            (
                "make enable-service cyberchef",
                0,
                &["service_enabled cyberchef", "command_executed enable-service success"],
            ),
            ("make start", 2, &["command_executed start failure", "error_occurred start image_unavailable"]),
            (
                "make start-service cyberchef",
                2,
                &["command_executed start-service failure", "error_occurred start-service image_unavailable"],
            ),
            (
                "make disable-service cyberchef",
                0,
                &["service_disabled cyberchef", "command_executed disable-service success"],
            ),
            ("make enable-servce plex", 2, &["command_executed other failure", "error_occurred other unknown_target"]),
            ("make --no-such-flag start", 2, &["command_executed start failure", "error_occurred start usage"]),
            ("make -n enable-service plex", 0, &[]),
            ("make --version", 0, &[]),
            ("make analytics-nothing", 2, &[]),
        ],
    );
    for step in [
        ("make start", 2, &["command_executed start failure", "error_occurred start docker_unavailable"][..]),
        ("make down", 0, &["command_executed down failure", "error_occurred down docker_unavailable"]),
        (
            "make enable-service whoami",
            2,
            &[
                "service_enabled whoami",
                "command_executed enable-service failure",
                "error_occurred enable-service docker_unavailable",
            ],
        ),
        (
            "docker compose ps",
            1,
            &["command_executed compose ps failure", "error_occurred compose ps docker_unavailable"],
        ),
        (
            "make enable-override plex-nfs",
            0,
            &["override_enabled plex-nfs", "command_executed enable-override success"],
        ),
        (
            "make disable-override plex-nfs",
            0,
            &["override_disabled plex-nfs", "command_executed disable-override success"],
        ),
    ] {
        lab.run(step.0, &[GONE]).exits(step.1).records(step.2);
        lab.forget();
    }
    walk(
        &lab,
        &[
            (
                "make enable-service dozzle",
                0,
                &["service_enabled dozzle with scaffold", "command_executed enable-service success"],
            ),
            (
                "make start-service dozzle",
                2,
                &["command_executed start-service failure", "error_occurred start-service failed"],
            ),
            (
                "make disable-service dozzle",
                0,
                &["service_disabled dozzle", "command_executed disable-service success"],
            ),
        ],
    );
    let ends =
        "services:\n  ends:\n    image: onramp-analytics-test\n    network_mode: none\n    command: [sh, -c, exit 3]\n";
    lab.write("onramp/services-enabled/ends.yml", ends);
    walk(&lab, &[("make up", 2, &["command_executed up failure", "error_occurred up container_exited"])]);
    lab.remove("onramp/services-enabled/ends.yml");
    lab.write("onramp/services-enabled/broken.yml", "services:\n  broken:\n   image: [\n");
    walk(&lab, &[("make start", 2, &["command_executed start failure", "error_occurred start invalid_config"])]);
    lab.remove("onramp/services-enabled/broken.yml");
    walk(
        &lab,
        &[(
            "make enable-override nosuch",
            0,
            &["command_executed enable-override failure", "error_occurred enable-override unknown_override"],
        )],
    );
    walk(
        &lab,
        &[
            ("make start", 2, &["command_executed start failure", "error_occurred start invalid_config"]),
            ("make disable-override nosuch", 0, &["command_executed disable-override success"]),
            ("make down", 0, &["command_executed down success"]),
        ],
    );
}

#[test]
fn compose_by_hand() {
    let Some(lab) = Homelab::new() else { return };
    lab.run("make enable-service whoami", &[]).exits(0);
    lab.forget();
    let own = "docker compose -f docker-compose.yml -f services-enabled/whoami.yml";
    let done = |name: &str| format!("command_executed compose {name} success");
    for (words, code, events) in [
        ("up -d", 0, vec![done("up")]),
        ("ps", 0, vec![done("ps")]),
        ("exec -T whoami true", 0, vec![done("exec")]),
        ("exec -T whoami false", 1, vec!["command_executed compose exec failure".into()]),
        ("run --rm whoami true", 0, vec![done("run")]),
        ("logs whoami", 0, vec![done("logs")]),
        ("--dry-run up -d", 0, vec![]),
        (
            "up -d nosuch",
            1,
            vec!["command_executed compose up failure".into(), "error_occurred compose up unknown_service".into()],
        ),
        ("kill whoami", 0, vec![done("kill")]),
        ("rm -sf whoami", 0, vec![done("rm")]),
        ("down", 0, vec![done("down")]),
    ] {
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        lab.run(&format!("{own} {words}"), &[]).exits(code).records(&events);
        lab.forget();
    }
    lab.write("onramp/services-enabled/broken.yml", "services:\n  broken:\n    imagee: x\n");
    walk(
        &lab,
        &[
            (
                "docker compose -f services-enabled/broken.yml config -q",
                15,
                &["command_executed compose config failure", "error_occurred compose config invalid_config"],
            ),
            (
                "docker compose --env-file nosuch.env ps",
                1,
                &["command_executed compose ps failure", "error_occurred compose ps file_not_found"],
            ),
            (
                "docker compose upp -d",
                16,
                &["command_executed compose other failure", "error_occurred compose other usage"],
            ),
            (
                "docker compose up --nosuch",
                16,
                &["command_executed compose up failure", "error_occurred compose up usage"],
            ),
            (
                "docker compose -f services-available/cyberchef.yml up -d",
                18,
                &["command_executed compose up failure", "error_occurred compose up image_unavailable"],
            ),
            ("docker compose version", 0, &[]),
            ("docker compose", 0, &[]),
            ("docker ps", 0, &[]),
            ("docker image inspect onramp-analytics-test -f 1", 0, &[]),
            ("docker-compose ps", 0, &["command_executed compose ps success"]),
            (
                "docker-compose upp",
                16,
                &["command_executed compose other failure", "error_occurred compose other usage"],
            ),
        ],
    );
}
