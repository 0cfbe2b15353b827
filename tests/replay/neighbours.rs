//! Neighbours of the recorded runs: what else happens in an OnRamp checkout, by the rules of its Makefile. Each says what
//! is there, what the tool does, and what is recorded.

use crate::harness::Case;

/// What is there: `plex` is offered, `+plex` enabled; with `*` behind it has a scaffold; `over:` overrides likewise,
/// `dead:` links that lead nowhere, `file:` files, `engine:down`.
type There = &'static [&'static str];

/// Words, what is there, what the tool does, what is recorded.
type Neighbour = (&'static str, There, &'static str, &'static [&'static str]);

/// What the scripts are written with. A compose below ends as it is told to; a make below ends well.
const SCRIPT: &str = "[ -z \"$ENDS\" ] || exit \"$ENDS\"\n\
    on() { for s; do ln -s ../services-available/$s.yml services-enabled/$s.yml; done; }\n\
    off() { for s; do rm services-enabled/$s.yml; done; }\n\
    over() { ln -s ../overrides-available/$1.yml overrides-enabled/$1.yml; }\n\
    unover() { for o; do rm overrides-enabled/$o.yml; done; }\n\
    compose() { ends=$1; shift; ENDS=$ends docker compose \"$@\"; }\n\
    die() { kill -$1 $$; sleep 1; }\n";

const NEIGHBOURS: &[Neighbour] = &[
    // ---- services that come ----
    (
        "make enable-service sonarr",
        &["sonarr*"],
        "on sonarr; exit 2",
        &[
            "service_enabled sonarr with scaffold",
            "command_executed enable-service failure",
            "error_occurred enable-service scaffold_failed",
        ],
    ),
    (
        "make enable-service jellyfin",
        &["jellyfin"],
        "on jellyfin",
        &["service_enabled jellyfin", "command_executed enable-service success"],
    ),
    (
        "make enable-service Jellyfin",
        &["jellyfin"],
        "",
        &["command_executed enable-service failure", "error_occurred enable-service unknown_service"],
    ),
    (
        "make enable-service jellyfin.yml",
        &["jellyfin"],
        "",
        &["command_executed enable-service failure", "error_occurred enable-service unknown_service"],
    ),
    (
        "make enable-service ../services-available/jellyfin",
        &["jellyfin"],
        "exit 2",
        &["command_executed enable-service failure", "error_occurred enable-service unknown_service"],
    ),
    (
        "make -k enable-service radarr sonarr",
        &["radarr", "sonarr"],
        "on radarr",
        &["service_enabled radarr", "command_executed enable-service success"],
    ),
    ("make -i enable-service radarr", &["+radarr"], "", &["command_executed enable-service success"]),
    (
        "make enable-service radarr",
        &["+radarr"],
        "exit 2",
        &["command_executed enable-service failure", "error_occurred enable-service failed"],
    ),
    (
        "make enable-service our-intranet",
        &["our-intranet*"],
        "on our-intranet",
        &["service_enabled custom with scaffold", "command_executed enable-service success"],
    ),
    (
        "make enable-service radarr",
        &["radarr", "engine:down"],
        "on radarr; exit 2",
        &[
            "service_enabled radarr",
            "command_executed enable-service failure",
            "error_occurred enable-service docker_unavailable",
        ],
    ),
    // Somebody else's change meanwhile.
    (
        "make enable-service radarr",
        &["radarr", "sonarr", "+plex"],
        "on radarr sonarr; off plex",
        &["service_enabled radarr", "command_executed enable-service success"],
    ),
    // ---- started before they are enabled ----
    (
        "make start-service jellyfin",
        &["jellyfin"],
        "on jellyfin; compose 1 up -d jellyfin; exit 2",
        &[
            "service_enabled jellyfin",
            "command_executed start-service failure",
            "error_occurred start-service service_not_enabled",
        ],
    ),
    (
        "make restart-service jellyfin",
        &["jellyfin", "engine:down"],
        "on jellyfin; exit 2",
        &[
            "service_enabled jellyfin",
            "command_executed restart-service failure",
            "error_occurred restart-service docker_unavailable",
        ],
    ),
    (
        "make start-service JELLYFIN",
        &["jellyfin"],
        "compose 1 up; exit 2",
        &["command_executed start-service failure", "error_occurred start-service unknown_service"],
    ),
    (
        "make update-service jellyfin",
        &["jellyfin"],
        "compose 1 stop jellyfin; compose 1 pull jellyfin; exit 2",
        &["command_executed update-service failure", "error_occurred update-service service_not_enabled"],
    ),
    (
        "make update-service jellyfin",
        &["+jellyfin"],
        "compose 0 stop; compose 18 pull; exit 2",
        &["command_executed update-service failure", "error_occurred update-service image_unavailable"],
    ),
    (
        "make start-service jellyfin",
        &["+jellyfin"],
        "compose 15 up; exit 2",
        &["command_executed start-service failure", "error_occurred start-service invalid_config"],
    ),
    (
        "make start-service",
        &[],
        "compose 0 up",
        &["command_executed start-service failure", "error_occurred start-service missing_argument"],
    ),
    ("make restart-service jellyfin", &["+jellyfin"], "compose 1 stop", &["command_executed restart-service success"]),
    // ---- services that go ----
    (
        "make remove-service plex",
        &["+plex", "over:+plex-nfs", "over:+plex-vpn", "over:+plexamp-nfs"],
        "off plex; unover plex-nfs plex-vpn",
        &[
            "service_disabled plex",
            "override_disabled custom",
            "override_disabled plex-nfs",
            "command_executed remove-service success",
        ],
    ),
    (
        "make disable-game minecraft",
        &["+minecraft"],
        "off minecraft",
        &["service_disabled minecraft", "command_executed disable-game success"],
    ),
    ("make remove-game minecraft", &["minecraft"], "", &["command_executed remove-game success"]),
    (
        "make disable-service our-intranet",
        &["+our-intranet", "over:+our-intranet-nfs"],
        "off our-intranet; unover our-intranet-nfs",
        &["service_disabled custom", "override_disabled custom", "command_executed disable-service success"],
    ),
    ("make disable-service plex", &["dead:plex"], "off plex", &["command_executed disable-service success"]),
    (
        "make disable-service plex",
        &["+plex", "engine:down"],
        "compose 1 stop plex; exit 2",
        &["command_executed disable-service failure", "error_occurred disable-service docker_unavailable"],
    ),
    (
        "make remove-service plex",
        &["plex", "engine:down"],
        "compose 1 stop",
        &["command_executed remove-service success"],
    ),
    (
        "make nuke-service plex",
        &["+plex", "over:+plex-nfs"],
        "off plex; unover plex-nfs",
        &["service_disabled plex", "override_disabled plex-nfs", "command_executed nuke-service success"],
    ),
    ("make nuke-service plex", &["+plex"], "exit 2", &["command_executed nuke-service failure"]),
    (
        "make nuke-service",
        &[],
        "exit 2",
        &["command_executed nuke-service failure", "error_occurred nuke-service missing_argument"],
    ),
    (
        "make disable-reset-etc plex",
        &["+plex"],
        "off plex; exit 2",
        &["service_disabled plex", "command_executed disable-reset-etc failure"],
    ),
    ("make reset-database-folder plex", &["+plex"], "exit 2", &["command_executed reset-database-folder failure"]),
    ("make stop-reset-etc plex", &["+plex"], "exit 2", &["command_executed stop-reset-etc failure"]),
    // ---- games ----
    (
        "make enable-game minecraft",
        &["file:services-available/games/minecraft.yml", "file:etc/minecraft/x"],
        "ln -s ../services-available/games/minecraft.yml services-enabled/minecraft.yml",
        &["service_enabled minecraft", "command_executed enable-game success"],
    ),
    (
        "make enable-game valheim",
        &["file:services-available/games/valheim.yml"],
        "exit 2",
        &["command_executed enable-game failure", "error_occurred enable-game unknown_target"],
    ),
    (
        "make enable-game nosuch",
        &["file:etc/nosuch/x"],
        "",
        &["command_executed enable-game failure", "error_occurred enable-game unknown_service"],
    ),
    // ---- sets of services ----
    (
        "make enable-ollama-stack",
        &["ollama*", "ollama-webui", "docling", "searxng", "pipelines"],
        "on ollama ollama-webui; exit 2",
        &[
            "service_enabled ollama with scaffold",
            "service_enabled ollama-webui",
            "command_executed enable-ollama-stack failure",
            "error_occurred enable-ollama-stack scaffold_failed",
        ],
    ),
    (
        "make deploy-ollama-stack",
        &["+ollama"],
        "exit 2",
        &["command_executed deploy-ollama-stack failure", "error_occurred deploy-ollama-stack service_not_enabled"],
    ),
    (
        "make validate-ollama-stack",
        &["+ollama", "+ollama-webui", "+docling", "+searxng", "+pipelines"],
        "compose 1 exec -T ollama-webui getent; exit 2",
        &["command_executed validate-ollama-stack failure", "error_occurred validate-ollama-stack failed"],
    ),
    // ---- overrides and externals ----
    (
        "make enable-override sonarr-nfs",
        &["over:sonarr-nfs"],
        "over sonarr-nfs",
        &["override_enabled sonarr-nfs", "command_executed enable-override success"],
    ),
    (
        "make enable-override our-intranet",
        &["over:our-intranet"],
        "over our-intranet",
        &["override_enabled custom", "command_executed enable-override success"],
    ),
    (
        "make enable-override sonarr-nsf",
        &["over:sonarr-nfs"],
        "over sonarr-nsf",
        &["command_executed enable-override failure", "error_occurred enable-override unknown_override"],
    ),
    (
        "make remove-override sonarr-nfs",
        &["over:+sonarr-nfs"],
        "unover sonarr-nfs",
        &["override_disabled sonarr-nfs", "command_executed remove-override success"],
    ),
    ("make disable-override sonarr-nsf", &[], "", &["command_executed disable-override success"]),
    (
        "make enable-external nosuch",
        &[],
        "",
        &["command_executed enable-external failure", "error_occurred enable-external unknown_external"],
    ),
    (
        "make enable-external homeassistant",
        &["file:external-available/homeassistant.yml"],
        "cp external-available/homeassistant.yml external-enabled/",
        &["command_executed enable-external success"],
    ),
    // ---- backups ----
    (
        "make restore-backup",
        &["plex", "our-intranet", "over:plex-nfs"],
        "on plex our-intranet; over plex-nfs",
        &[
            "service_enabled custom",
            "service_enabled plex",
            "override_enabled plex-nfs",
            "command_executed restore-backup success",
        ],
    ),
    ("make restore-backup", &["plex"], "exit 2", &["command_executed restore-backup failure"]),
    (
        "make restore-backup",
        &["plex", "engine:down"],
        "exit 2",
        &["command_executed restore-backup failure", "error_occurred restore-backup docker_unavailable"],
    ),
    (
        "make restore-nfs-backup",
        &["plex", "file:services-enabled/.env.nfs"],
        "exit 2",
        &["command_executed restore-nfs-backup failure", "error_occurred restore-nfs-backup missing_configuration"],
    ),
    (
        "make restore-backup-service plex",
        &["plex"],
        "on plex",
        &["service_enabled plex", "command_executed restore-backup-service success"],
    ),
    // ---- what compose says below make ----
    (
        "make",
        &["+plex"],
        "compose 17 up -d; exit 2",
        &["command_executed start failure", "error_occurred start build_failed"],
    ),
    (
        "make start",
        &["+plex"],
        "compose 16 up; exit 2",
        &["command_executed start failure", "error_occurred start usage"],
    ),
    (
        "make restart",
        &["+plex"],
        "compose 0 down; compose 18 up; exit 2",
        &["command_executed restart failure", "error_occurred restart image_unavailable"],
    ),
    (
        "make down",
        &["+plex"],
        "compose 15 down",
        &["command_executed down failure", "error_occurred down invalid_config"],
    ),
    (
        "make down",
        &["+plex", "over:dead:nosuch"],
        "compose 14 -f docker-compose.yml -f overrides-enabled/nosuch.yml down",
        &["command_executed down failure", "error_occurred down invalid_config"],
    ),
    (
        "make down start",
        &["+plex", "engine:down"],
        "compose 1 down; exit 2",
        &["command_executed down failure", "error_occurred down docker_unavailable"],
    ),
    ("make down start", &["+plex"], "compose 0 down; compose 0 up", &["command_executed down success"]),
    (
        "make stop-service plex",
        &["plex"],
        "compose 1 stop plex",
        &["command_executed stop-service failure", "error_occurred stop-service service_not_enabled"],
    ),
    (
        "make attach-service plex",
        &["+plex"],
        "compose 126 exec plex bash; exit 2",
        &["command_executed attach-service failure", "error_occurred attach-service exec_failed"],
    ),
    (
        "make attach-service plex",
        &["+plex"],
        "compose 130 exec plex bash; exit 2",
        &["command_executed attach-service failure"],
    ),
    (
        "make bash-run plex",
        &["+plex"],
        "compose 3 run -it --rm plex sh; exit 2",
        &["command_executed bash-run failure"],
    ),
    (
        "make bash-exec",
        &["+plex"],
        "compose 1 exec sh; exit 2",
        &["command_executed bash-exec failure", "error_occurred bash-exec missing_argument"],
    ),
    (
        "make logs radarr",
        &["radarr"],
        "compose 1 logs -f radarr; exit 2",
        &["command_executed logs failure", "error_occurred logs service_not_enabled"],
    ),
    // ---- tools of their own ----
    ("make help", &[], "exit 2", &["command_executed help failure", "error_occurred help tool_failed"]),
    (
        "make n8n-import-workflows",
        &["n8n"],
        "exit 2",
        &["command_executed n8n-import-workflows failure", "error_occurred n8n-import-workflows container_not_running"],
    ),
    (
        "make create-game",
        &[],
        "",
        &["command_executed create-game failure", "error_occurred create-game missing_argument"],
    ),
    ("make create-external our-nas", &[], "", &["command_executed create-external success"]),
    // ---- how it ends ----
    ("make start", &["+plex"], "die SEGV", &["command_executed start failure", "error_occurred start crashed"]),
    ("make start", &["+plex"], "die KILL", &["command_executed start failure", "error_occurred start killed"]),
    ("make start", &["+plex"], "die HUP", &["command_executed start failure"]),
    ("make start", &["+plex"], "die TERM", &["command_executed start failure"]),
    ("make start", &["+plex"], "die INT", &["command_executed start failure"]),
    ("make logs", &["+plex"], "die INT", &["command_executed logs success"]),
    ("make up", &["+plex"], "die TERM", &["command_executed up failure"]),
    (
        "make enable-service plex",
        &["plex"],
        "die KILL",
        &["command_executed enable-service failure", "error_occurred enable-service killed"],
    ),
    // ---- other goals ----
    ("make our-own-goal", &[], "", &["command_executed other success"]),
    ("make our-own-goal", &[], "exit 2", &["command_executed other failure", "error_occurred other unknown_target"]),
    (
        "make README.md",
        &["file:README.md"],
        "exit 2",
        &["command_executed other failure", "error_occurred other failed"],
    ),
    (
        "make -f nosuch.mk start",
        &[],
        "exit 2",
        &["command_executed start failure", "error_occurred start file_not_found"],
    ),
    ("make -n enable-service plex", &["plex"], "on plex", &[]),
    ("make -t enable-service plex", &["plex"], "on plex", &["command_executed enable-service success"]),
    // ---- compose by hand ----
    (
        "docker compose -f nosuch.yml up -d",
        &[],
        "exit 14",
        &["command_executed compose up failure", "error_occurred compose up file_not_found"],
    ),
    (
        "docker compose build",
        &[],
        "exit 17",
        &["command_executed compose build failure", "error_occurred compose build build_failed"],
    ),
    (
        "docker-compose pull",
        &[],
        "exit 18",
        &["command_executed compose pull failure", "error_occurred compose pull image_unavailable"],
    ),
    ("docker compose exec traefik sh", &[], "exit 137", &["command_executed compose exec failure"]),
    (
        "docker compose exec traefik sh",
        &[],
        "exit 126",
        &["command_executed compose exec failure", "error_occurred compose exec exec_failed"],
    ),
    ("docker compose up", &[], "exit 130", &["command_executed compose up success"]),
    ("docker compose up -d", &[], "exit 130", &["command_executed compose up failure"]),
    (
        "docker compose logs nosuch",
        &[],
        "exit 1",
        &["command_executed compose logs failure", "error_occurred compose logs unknown_service"],
    ),
    (
        "docker compose stop plex",
        &["plex"],
        "exit 1",
        &["command_executed compose stop failure", "error_occurred compose stop service_not_enabled"],
    ),
    ("docker compose --dry-run stop plex", &["plex"], "", &[]),
    ("docker compose stop --dry-run=false plex", &["plex"], "", &["command_executed compose stop success"]),
];

#[test]
fn neighbours_of_the_recorded_runs_give_the_right_events() {
    let mut wrong = Vec::new();
    for (line, there, does, events) in NEIGHBOURS {
        let case = set(there, does);
        let words: Vec<&str> = line.split(' ').collect();
        case.run(&words);
        let mut recorded = case.events();
        let mut right: Vec<&str> = events.to_vec();
        recorded.sort();
        right.sort_unstable();
        if recorded != right {
            wrong.push(format!("{line} {there:?} {does}: {recorded:?} instead of {right:?}"));
        }
    }
    println!("right {} of {}", NEIGHBOURS.len() - wrong.len(), NEIGHBOURS.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn set(there: &[&str], does: &str) -> Case {
    let mut case = Case::new().consented();
    for what in there {
        case = match what.split_once(':') {
            Some(("engine", _)) => case.env("DOCKER_HOST", "unix:///nowhere/docker.sock"),
            Some(("file", path)) => case.file(&format!("onramp/{path}"), ""),
            Some(("dead", name)) => case.link(&format!("onramp/services-enabled/{name}.yml"), "../nowhere.yml"),
            Some(("over", name)) => with_override(case, name),
            _ => with_service(case, what),
        };
    }
    let script = format!("{SCRIPT}{does}\n:\n");
    ["make", "docker", "docker-compose"].into_iter().fold(case, |case, tool| case.tool(tool, &script))
}

fn with_service(case: Case, what: &str) -> Case {
    let (name, has_scaffold) = what.strip_suffix('*').map_or((what, false), |name| (name, true));
    let (name, is_enabled) = name.strip_prefix('+').map_or((name, false), |name| (name, true));
    let case = if is_enabled { case.enabled(name) } else { case.service(name) };
    let scaffold = format!("onramp/services-scaffold/{name}/env.template");
    if has_scaffold { case.file(&scaffold, "") } else { case }
}

fn with_override(case: Case, what: &str) -> Case {
    let link = |name| format!("onramp/overrides-enabled/{name}.yml");
    if let Some(name) = what.strip_prefix("dead:") {
        return case.link(&link(name), "../nowhere.yml");
    }
    let (name, is_enabled) = what.strip_prefix('+').map_or((what, false), |name| (name, true));
    let case = case.file(&format!("onramp/overrides-available/{name}.yml"), "services: {}\n");
    if is_enabled { case.link(&link(name), &format!("../overrides-available/{name}.yml")) } else { case }
}
