//! What is said of the names on a command line: later goals change services too, a service may have its name from a
//! compose file alone, and nothing is called unknown that may be known.

#[path = "harness/mod.rs"]
#[expect(unused, reason = "each test file uses its part of the harness")]
mod harness;

use harness::Case;
use onramp_shim::catalog::SERVICES;

/// Another machine's engine, which nobody asks whether it is there; a make that passes the end of its compose on.
fn case() -> Case {
    let case = Case::new().consented().env("DOCKER_HOST", "tcp://127.0.0.1:9").tool("docker", "exit ${ENDS:-0}");
    let case = case.tool("make", "docker compose up -d || exit 2").service("plex");
    let case = case.file("onramp/services-available/sonarr.yml", "services:\n  sonarr:\n    image: x\n");
    case.file("onramp/docker-compose.yml", "services:\n  traefik:\n    image: x\n")
}

#[test]
fn what_a_later_goal_changes_is_recorded() {
    let disables = case().enabled("plex").tool("make", "rm services-enabled/plex.yml");
    let ran = disables.run(&["make", "stop-service", "plex", "disable-service", "plex"]);
    ran.exits(0).records(&["service_disabled plex", "command_executed stop-service success"]);
    // A goal that changes nothing takes no part in what another make does meanwhile.
    let beside = case().enabled("plex").tool("make", "rm services-enabled/plex.yml");
    beside.run(&["make", "stop-service", "plex", "logs", "plex"]).records(&["command_executed stop-service success"]);
}

#[test]
fn a_compose_that_fails_behind_the_link_is_no_scaffold() {
    let link = "ln -s ../services-available/plex.yml services-enabled/plex.yml\n";
    let fails = case().tool("make", &format!("{link}docker compose up -d plex || exit 2")).env("ENDS", "1");
    fails.run(&["make", "enable-service", "plex", "start-service", "plex"]).records(&[
        "service_enabled plex",
        "command_executed enable-service failure",
        "error_occurred enable-service failed",
    ]);
    let fails = case().tool("make", &format!("{link}exit 2"));
    fails.run(&["make", "enable-service", "plex"]).records(&[
        "service_enabled plex",
        "command_executed enable-service failure",
        "error_occurred enable-service scaffold_failed",
    ]);
}

#[test]
fn what_was_enabled_already_and_an_override_have_no_scaffold_that_fails() {
    let fails = case().enabled("plex").tool("make", "exit 2");
    let ran = fails.run(&["make", "enable-service", "plex sonarr"]);
    ran.records(&["command_executed enable-service failure", "error_occurred enable-service failed"]);
    let fails = case()
        .file("onramp/overrides-available/plex-nfs.yml", "")
        .tool("make", "ln -s ../overrides-available/plex-nfs.yml overrides-enabled/plex-nfs.yml\nexit 2");
    fails.run(&["make", "enable-override", "plex-nfs"]).records(&[
        "override_enabled plex-nfs",
        "command_executed enable-override failure",
        "error_occurred enable-override failed",
    ]);
}

/// OnRamp's own compose file has the proxy, which is neither offered nor enabled.
#[test]
fn a_service_of_the_compose_file_is_not_unknown() {
    case().run(&["make", "restart-service", "traefik"]).records(&["command_executed restart-service success"]);
    for (line, error) in [
        ("make start-service traefik", "failed"),
        ("make start-service traefic", "unknown_service"),
        ("make logs traefik", "failed"),
        ("make logs traefic", "unknown_service"),
        ("make attach-service sonarr", "service_not_enabled"),
        ("docker compose restart traefik", "failed"),
        ("docker compose restart traefic", "unknown_service"),
        ("docker compose restart sonarr", "service_not_enabled"),
        ("docker compose -f services-available/sonarr.yml up -d sonarr", "failed"),
        ("docker compose -f services-available/sonarr.yml up -d traefik", "unknown_service"),
        ("docker compose -f services-available/several.yml restart several-database", "failed"),
        ("docker compose -f pipe restart traefic", "failed"),
    ] {
        let several = "services:\n  several-database: {image: x}\n";
        let fails = case().env("ENDS", "1").file("onramp/services-available/several.yml", several);
        // What is read from a pipe, nobody else reads: it is not looked into.
        std::process::Command::new("mkfifo").arg(fails.checkout().join("pipe")).status().unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let ran = fails.run(&words);
        assert!(ran.events.last().unwrap().ends_with(&format!(" {error}")), "{line}: {ran}");
    }
}

#[test]
fn every_service_that_a_backup_brings_back_is_recorded() {
    let names = &SERVICES[..150];
    let link = |name: &&str| format!("ln -s ../services-available/{name}.yml services-enabled/\n");
    let script: String = names.iter().map(link).collect();
    let case = names.iter().fold(case(), |case, name| case.service(name)).tool("make", &script);
    let ran = case.run(&["make", "restore-backup"]).exits(0);
    let enabled = ran.events.iter().filter(|event| event.starts_with("service_enabled ")).count();
    assert_eq!(enabled, names.len());
}
