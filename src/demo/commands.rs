//! Owns what is typed in the demonstration, and which events are expected to arrive for it.

/// One command line.
#[derive(Debug)]
pub struct Typed {
    /// Its words.
    pub words: &'static [&'static str],
    /// What it shows to somebody who sees it for the first time.
    pub shows: &'static str,
    /// The events that it is recorded as.
    pub events: &'static [&'static str],
}

impl Typed {
    /// Whether what is recorded depends on an engine that answers: a service that can't be started may lack just that.
    pub fn asks_the_engine(&self) -> bool {
        matches!(self.words, ["docker", ..] | [_, "start-service", ..])
    }
}

/// The command lines, in order. The last one wakes the sender.
pub const COMMANDS: &[Typed] = &[
    Typed {
        words: &["make", "enable-service", "plex"],
        shows: "a service is enabled",
        events: &["service_enabled plex with scaffold", "command_executed enable-service success"],
    },
    Typed {
        words: &["make", "enable-service", "plex"],
        shows: "it was enabled already: the command alone is recorded",
        events: &["command_executed enable-service success"],
    },
    Typed {
        words: &["make", "enable-service", "nosuch"],
        shows: "and yet nothing was enabled: the disk tells, not the exit code",
        events: &["command_executed enable-service failure", "error_occurred enable-service unknown_service"],
    },
    Typed {
        words: &["make", "enable-override", "plex-nfs"],
        shows: "an override is enabled",
        events: &["override_enabled plex-nfs", "command_executed enable-override success"],
    },
    Typed {
        words: &["make", "start-service", "sonarr"],
        shows: "fails, and enables a service that nobody asked to enable",
        events: &[
            "service_enabled sonarr",
            "command_executed start-service failure",
            "error_occurred start-service service_not_enabled",
        ],
    },
    Typed {
        words: &["make", "start-service", "sonarr"],
        shows: "the second time it works",
        events: &["command_executed start-service success"],
    },
    Typed {
        words: &["make", "enable-service", "my-own-app"],
        shows: "a private name stays here: it is recorded as custom",
        events: &["service_enabled custom", "command_executed enable-service success"],
    },
    Typed {
        words: &["make", "restart"],
        shows: "calls another make: one command all the same",
        events: &["command_executed restart success"],
    },
    Typed { words: &["make", "-n", "start"], shows: "a dry run: nothing is recorded", events: &[] },
    Typed {
        words: &["make", "deploy-to-my-company"],
        shows: "no goal of OnRamp: its name stays here",
        events: &["command_executed other failure", "error_occurred other unknown_target"],
    },
    Typed {
        words: &["docker", "compose", "config", "--quiet"],
        shows: "compose by hand",
        events: &["command_executed compose config success"],
    },
    Typed { words: &["docker", "version"], shows: "not compose: nothing is recorded", events: &[] },
    Typed {
        words: &["make", "disable-service", "plex"],
        shows: "takes its override along",
        events: &["service_disabled plex", "override_disabled plex-nfs", "command_executed disable-service success"],
    },
    Typed {
        words: &["make", "list-enabled"],
        shows: "the last one wakes the sender",
        events: &["command_executed list-enabled success"],
    },
];
