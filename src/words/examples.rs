//! Owns the examples under each command's help: a command line and what it is good for. Tests read every one of them.

/// By command, `collector report` with two words; each line without the program's name.
pub const EXAMPLES: &[(&str, &[(&str, &str)])] = &[
    ("status", &[("status", "on, local, off or undecided, and which rule decided"), ("status --json", "for scripts")]),
    (
        "enable",
        &[
            ("enable", "yes, for this checkout"),
            ("enable --local", "own figures only, nothing is sent"),
            ("enable --with-current", "also tell, once, what is enabled now"),
        ],
    ),
    (
        "disable",
        &[
            ("disable", "at once; what waits is deleted"),
            ("disable --keep-local", "what waits stays for own figures, never sent"),
        ],
    ),
    ("show-id", &[("show-id", "to name it in a deletion request")]),
    ("reset-id", &[("reset-id", "a new id; nothing links the two")]),
    (
        "schema",
        &[("schema", "every event, property and word"), ("schema --json", "the same for programs, with all names")],
    ),
    (
        "explain",
        &[
            ("explain -- make enable-service plex", "what would be recorded"),
            ("explain -- docker compose up -d", "the same for compose"),
            ("explain --json -- make start", "one JSON object"),
        ],
    ),
    ("preview", &[("preview", "the next request, byte for byte")]),
    (
        "view",
        &[
            ("view", "all of it, oldest first"),
            ("view --pending", "what waits, with the numbers that `drop` takes"),
            ("view --sent --json", "what left, as it was on the wire"),
        ],
    ),
    ("ledger", &[("ledger", "when, how many, which answer"), ("ledger --json", "with the bodies of the last 90 days")]),
    ("export", &[("export", "everything, one event a line")]),
    ("drop", &[("drop 3", "the third that waits, by `view --pending`")]),
    ("purge", &[("purge", "nothing that waits is ever sent")]),
    ("forget", &[("forget", "all local data; says how the server's is deleted")]),
    (
        "flush",
        &[
            ("flush --dry-run", "how much would leave, and where to"),
            ("flush", "send now"),
            ("flush --all", "also what the daily limit keeps here"),
        ],
    ),
    (
        "ui",
        &[
            ("ui", "opens the page, or says how to reach it over ssh"),
            ("ui --no-open --listen 127.0.0.1:9000", "another port, no browser"),
        ],
    ),
    (
        "stats",
        &[
            ("stats", "the last year"),
            ("stats --since 30d", "the last thirty days"),
            ("stats --json", "for other programs"),
        ],
    ),
    (
        "install",
        &[
            ("install", "shims and make goals; says what to add to which file"),
            ("install --hook", "also puts the hook at the top of your shell's start-up file"),
        ],
    ),
    ("uninstall", &[("uninstall", "nothing stays"), ("uninstall --keep-data", "choices and own figures stay")]),
    (
        "init",
        &[
            ("init bash", "for ~/.bashrc: eval \"$(onramp-analytics init bash)\""),
            ("init fish --everywhere", "the shims in every folder, not only in OnRamp's"),
        ],
    ),
    ("doctor", &[("doctor", "exits 5 if something is wrong"), ("doctor --fix", "sets right what needs no question")]),
    ("collector", &[("collector --data /var/lib/onramp-collector", "on 127.0.0.1:8723, until Ctrl-C")]),
    ("collector report", &[("collector report --data /var/lib/onramp-collector", "the last seven days, as Markdown")]),
    ("collector dashboard", &[("collector dashboard template", "to be imported into PostHog")]),
    ("collector backup", &[("collector backup --data /var/lib/onramp-collector copy.sqlite", "while it is running")]),
    ("collector export", &[("collector export --data /var/lib/onramp-collector", "one event a line")]),
    (
        "collector import",
        &[("collector import --data /var/lib/onramp-collector events.ndjson", "again and again, none twice")],
    ),
    ("demo", &[("demo", "in a scratch folder, on loopback only")]),
    ("completions", &[("completions bash", "for ~/.local/share/bash-completion/completions/onramp-analytics")]),
    ("man", &[("man", "read it with: onramp-analytics man | man -l -"), ("man --out man1", "a page for each command")]),
];

/// The examples of a command, as they stand under its help; nothing if it has none.
#[must_use]
pub fn of(command: &str) -> Option<String> {
    let (_, examples) = EXAMPLES.iter().find(|(name, _)| *name == command)?;
    let longest = examples.iter().map(|(line, _)| line.len()).max().unwrap_or(0);
    let lines = examples.iter().map(|(line, what)| format!("\n  onramp-analytics {line:<longest$}  {what}"));
    Some(format!("Examples:{}", lines.collect::<String>()))
}
