//! Owns the words that a person reads: what the commands and the page say, and every help line. They stand here together
//! to be tried and changed; the few that the shim itself says stand in `shims/src/words.rs`.
//!
//! `{name}` is filled in where it is said, by [`fill`].

pub mod examples;
pub mod page;

use onramp_shim::consent::Choice;
use std::time::SystemTime;

/// Puts values in the place of their `{names}`.
#[must_use]
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(name, tail)| {
            let (_, value) = values.iter().find(|(n, _)| *n == name)?;
            Some((*value, tail))
        });
        match known {
            Some((value, tail)) => {
                filled.push_str(value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

/// A number of things: `1 event`, `3 events`.
#[must_use]
pub fn count(n: usize, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

/// A time, to the second: `2026-11-21T17:04:31Z`.
#[must_use]
pub fn time(at: SystemTime) -> String {
    jiff::Timestamp::try_from(at).map_or_else(|_| "?".into(), |t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The notice, for a destination; for own figures only without one.
#[must_use]
pub fn notice(host: Option<&str>) -> String {
    match host {
        Some(host) => fill(NOTICE, &[("host", host), ("docs", DOCS)]),
        None => fill(NOTICE_LOCAL, &[("docs", DOCS)]),
    }
}

/// The state in one word, as `status --json` says it.
#[must_use]
pub const fn state_word(choice: Option<Choice>) -> &'static str {
    match choice {
        Some(Choice::On) => "on",
        Some(Choice::Local) => "local",
        Some(Choice::Off) => "off",
        None => "undecided",
    }
}

/// What everybody gets to read before anything is sent. `{host}` is where it goes.
pub const NOTICE: &str = "\
What is collected   Which of OnRamp's services and overrides you enable and disable, which make and
                    docker compose commands you run, how long they take, and in which of a few known
                    ways they fail. Names that OnRamp does not publish are counted as \"custom\". Never
                    output, arguments, files, paths, host names, addresses or settings.
Where it goes       To {host}, once a day, under a random number that
                    is made from nothing on this machine.
How to stop         make analytics-disable, or ONRAMP_ANALYTICS_ENABLED=0: at any time, at once.
Where to read more  onramp-analytics schema has all that can be collected, onramp-analytics preview the
                    exact bytes; docs/analytics.md at {docs}
";

/// The same for own figures only.
pub const NOTICE_LOCAL: &str = "\
What is collected   Which of OnRamp's services and overrides you enable and disable, which make and
                    docker compose commands you run, how long they take, and in which of a few known
                    ways they fail.
Where it goes       Nowhere. It stays on this machine, for your own figures: onramp-analytics stats
How to stop         make analytics-disable, or ONRAMP_ANALYTICS_ENABLED=0: at any time, at once.
Where to read more  docs/analytics.md at {docs}
";

/// Where the docs are.
pub const DOCS: &str = "https://github.com/traefikturkey/onramp-analytics";

/// The states, as `status` says them.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod state {
    pub const ON: &str = "on: recorded, and sent to {host}";
    pub const LOCAL: &str = "local: recorded for your own figures, never sent";
    pub const OFF: &str = "off: nothing is recorded";
    pub const UNDECIDED: &str = "undecided: nothing is recorded, nobody has said yes";
}

/// What `status` says beside the state and the rules.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod status {
    pub const CHECKOUT: &str = "checkout";
    pub const ID: &str = "id";
    pub const NONE: &str = "none";
    pub const DESTINATION: &str = "destination";
    pub const DESTINATION_IS: &str = "{host} (key from {level})";
    pub const QUEUE: &str = "queue";
    pub const QUEUE_IS: &str = "{waiting} waiting, {sent} sent; next attempt not before {next}";
    pub const NO_NEXT: &str = "an hour after the first event";
    pub const LAST: &str = "last attempt";
    pub const NEVER: &str = "never";
    pub const ASIDE: &str = "set aside";
    pub const RULES: &str = "Who says what (the least counts: off, then local, then on; * decided):";
    pub const PROBLEMS: &str = "What is wrong:";
    pub const NO_ID_YET: &str = "there is no id yet: the first recorded command makes it";
    pub const NO_ID_IN_LOCK: &str = "a variable says on, but onramp.lock holds no id for this checkout: nothing is \
        recorded\nhelp: onramp-analytics enable";
    pub const NOTICE_NOT_SHOWN: &str = "the notice was not shown yet: nothing is sent before that\nhelp: run a command of \
        OnRamp's in a terminal, or onramp-analytics enable";
    pub const LOCK_DOES_NOT_COUNT: &str = "there is a yes in onramp.lock that does not count here (see above)\nhelp: \
        onramp-analytics enable, to say yes here; onramp-analytics disable, to say no";
    pub const READ_ONLY: &str = "could not write folder: {folder}: nothing can be recorded";
    pub const FULL: &str = "the disk is full: {folder}: nothing can be recorded";
}

/// Each source of consent: its name, and what it says. `{path}` and `{value}` are filled in.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod rule {
    pub const OFF_FILE: &str = "file \"off\"";
    pub const DO_NOT_TRACK: &str = "DO_NOT_TRACK";
    pub const ENVIRONMENT: &str = "ONRAMP_ANALYTICS_ENABLED";
    pub const CI: &str = "CI";
    pub const ENV_FILE: &str = "services-enabled/.env";
    pub const LOCK: &str = "onramp.lock";

    pub const OFF_FILE_OFF: &str = "{path} is there";
    pub const OFF_FILE_SILENT: &str = "{path} is not there";
    pub const NO_HOME: &str = "no home to look in: neither HOME nor the XDG variables name one";
    pub const DO_NOT_TRACK_OFF: &str = "it is {value} in the environment";
    pub const ENVIRONMENT_SAYS: &str = "it is \"{value}\" in the environment";
    pub const ENVIRONMENT_UNKNOWN: &str = "it is \"{value}\" in the environment, which is no known word: off";
    pub const EMPTY: &str = "it is empty, which is the same as not set";
    pub const CI_OFF: &str = "it is {value} in the environment: a machine runs this, not a person";
    pub const CI_OVERRULED: &str = "it is {value}, but ONRAMP_ANALYTICS_ENABLED in the environment overrules it";
    pub const NOT_OFF: &str = "it is \"{value}\", which does not mean off";
    pub const UNSET: &str = "not set in the environment";
    pub const ENV_FILE_SAYS: &str = "ONRAMP_ANALYTICS_ENABLED is \"{value}\" there";
    pub const ENV_FILE_UNKNOWN: &str = "ONRAMP_ANALYTICS_ENABLED is \"{value}\" there, which is no known word: off";
    pub const ENV_FILE_SILENT: &str = "ONRAMP_ANALYTICS_ENABLED is not set there";
    pub const LOCK_ABSENT: &str = "there is none: no choice was made here";
    pub const LOCK_SILENT: &str = "there is no choice in it";
    pub const LOCK_ON: &str = "you said yes on {date}";
    pub const LOCK_LOCAL: &str = "you said \"for me only\" on {date}";
    pub const LOCK_OFF: &str = "ANALYTICS_ENABLED is \"{value}\" there, since {date}";
    pub const NO_DATE: &str = "a day that is not noted";
    pub const LOCK_OF_ANOTHER_PERSON: &str = "its yes does not count: it is user {owner}'s, and a yes is one person's";
    pub const LOCK_OF_ANOTHER_CHECKOUT: &str =
        "its yes does not count: it was given for another folder or machine, and this one is a copy or was moved";
    pub const LOCK_OF_ANOTHER_SCHEMA: &str =
        "its yes does not count: it was to version {theirs} of what is recorded, and this is version {ours}";
    pub const LOCK_DAMAGED: &str = "half written, or not by us: what you wanted can't be told. `onramp-analytics enable` or `disable` sets it right";
}

/// What `enable`, `disable`, `show-id` and `reset-id` say.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod choice {
    pub const NOW_ON: &str = "Analytics is on for {checkout}. Thank you.\nYour anonymous id is {id}.\n";
    pub const NOW_LOCAL: &str = "Analytics is local for {checkout}: for your own figures, nothing is sent.\n";
    pub const FIRST_SENT: &str = "The first figures leave in an hour at the earliest; until then nothing does.\n";
    pub const STAYS: &str = "Your choice is saved, but analytics stays {state}: {rule} ({why}).\n";
    pub const NOW_OFF: &str = "Analytics is off for {checkout}, from now on.\n";
    pub const OLD_ID: &str =
        "The id was {id}; it is removed here. `onramp-analytics forget` tells how what was sent under it is deleted.\n";
    pub const DELETED: &str = "{count} that waited to be sent: deleted.\n";
    pub const KEPT: &str = "{count} that waited to be sent: kept for your own figures, never sent.\n";
    pub const CURRENT: &str = "{count} for what is enabled now, with the next figures.\n";
    pub const CURRENT_TOLD: &str = "What is enabled now was told already; it is not told again.\n";
    pub const NO_KEY: &str = "{trouble}\nhelp: {remedy}";
    pub const CANNOT_SEND: &str = "nothing can be sent: {trouble}\nhelp: {remedy}";
    pub const OTHER_HOST: &str =
        "you agreed to {agreed}, but the settings name {found}: nothing is sent until they are the same";
    pub const TRACKED: &str =
        "onramp.lock is tracked by git: your choice and id would be published\nhelp: git rm --cached onramp.lock";
    pub const NEW_ID: &str = "Your new anonymous id is {id}.\n";
    pub const NO_ID: &str = "there is no anonymous id here: analytics is {state}";
    pub const NO_ID_REMEDY: &str = "an id is made by `onramp-analytics enable`";
}

/// What `install` and `uninstall` say.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod machine {
    pub const LINKED: &str = "shims for {tools} are in {folder}\n";
    pub const ABSENT: &str = "no shim for {tools}: not installed here (run install again when that changes)\n";
    pub const GOALS_PUT: &str = "make analytics-status and the like work in {checkout}\n";
    pub const GOALS_TRACKED: &str = "{checkout} has a make.d/analytics.mk of its own: it stays as it is\n";
    pub const GOALS_FOREIGN: &str = "make.d/analytics.mk in {checkout} is not ours: it stays as it is\n";
    pub const GOALS_NOWHERE: &str = "{checkout} has no folder make.d: no make goals there\n";
    pub const NO_CHECKOUT: &str =
        "no OnRamp checkout here: run install again in one for `make analytics-status` and the like\n";
    pub const NOTHING_LINKED: &str = "there is nothing to wrap: none of {tools} is on PATH";
    pub const PATH_LINE: &str = "\nTo use them in every OnRamp checkout, put this line at the top of {file}\n\
        (onramp-analytics install --hook does it), and open a new shell:\n  {hook}\n\
        or in this shell alone, everywhere:\n  export PATH=\"{folder}:$PATH\"\n";
    pub const ON_PATH: &str = "they are on PATH already\n";
    pub const HOOK_PUT: &str = "the hook is the first line of {file} now: open a new shell\n";
    pub const HOOK_STAYS: &str = "the hook stands in {file} already\n";

    pub const SHIMS_GONE: &str = "removed: the shims in {folder}\n";
    pub const GOALS_GONE: &str = "removed: make.d/analytics.mk in {checkout}\n";
    pub const CHOICE_GONE: &str = "removed: your choice in {checkout}/onramp.lock\n";
    pub const ID_GONE: &str = "the id there was {id}: name it if you want what was sent under it deleted\n";
    pub const HOOK_GONE: &str = "removed: our line in {file}\n";
    pub const STATE_GONE: &str = "removed: everything that was recorded, in {folder}\n";
    pub const STATE_KEPT: &str = "kept: your choices, and what was recorded, in {folder}\n";
    pub const NOTHING: &str = "nothing of ours was found\n";
    pub const OPEN_SHELLS: &str = "these open shells were started with the shims on PATH, and find the real commands again \
        after `hash -r` (bash), `rehash` (zsh) or a new start: {shells}\n";
    pub const PROGRAM_STAYS: &str =
        "the programs themselves are still here: {program}\nhelp: they go with: {command}\n";
}

/// What `stats` says.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod stats {
    pub const NONE: &str = "nothing was recorded here since {since}\n";
    pub const SUM: &str = "{runs} commands since {first}, {failed} of them failed\n";
    pub const WEEKLY: &str = "commands a week";
    pub const COMMAND: &str = "command";
    pub const RUNS: &str = "runs";
    pub const FAILED: &str = "failed";
    pub const MEDIAN: &str = "median";
    pub const P95: &str = "95 %";
    pub const FAILURE: &str = "failure";
    pub const TIMES: &str = "times";
    pub const IN: &str = "most in";
    pub const SERVICE: &str = "service";
    pub const LAST: &str = "last";
    pub const ON: &str = "on";
    pub const ENABLED: &str = "enabled";
    pub const DISABLED: &str = "disabled";
    pub const SERVICES_OVER_TIME: &str = "services over time";
    pub const MORE: &str = "and {count} more\n";
}

/// What `doctor` finds, and what to do about it.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod doctor {
    pub const FIX: &str = "onramp-analytics doctor --fix";
    pub const FIXED: &str = "set right: {what}\n";

    pub const NOT_INSTALLED: &str = "the shims are not installed: nothing can be recorded";
    pub const INSTALL: &str = "onramp-analytics install";
    pub const SHIMS_GOOD: &str = "shims for {tools} are in {folder}";
    pub const SHIM_BROKEN: &str = "the shim for {tool} leads nowhere: {link}";
    pub const SHIM_STALE: &str = "the shim for {tool} is another release's: {target}";
    pub const SHIM_MISSING: &str = "{tool} came after the shims: it has none";
    pub const SHIM_ALONE: &str =
        "{tool} is not installed any more, but its shim stands in the way of `command -v {tool}`";
    pub const TOOL_GOOD: &str = "{tool} is {path}";
    pub const TOOL_MANAGED: &str = "{tool} is {path}, another tool's shim: that works, each runs the next";
    pub const VERSION: &str = "this is onramp-analytics {version}, version {schema} of what is recorded, in {own}";
    pub const OTHER_PROGRAMS: &str = "there is more than one onramp-analytics on PATH: {paths}";
    pub const OTHER_PROGRAMS_REMEDY: &str = "remove the one that you don't use; the shims belong to {own}";

    pub const ON_PATH: &str = "the shims come first on PATH here";
    pub const OFF_PATH_OUTSIDE: &str = "the shims are not on PATH here, as it should be outside a checkout";
    pub const OFF_PATH: &str = "the shims are not on PATH in this checkout: nothing that is typed here is recorded";
    pub const HOOK: &str = "onramp-analytics install --hook, or put this line at the top of {file}: {line}; \
        then open a new shell";
    pub const BEHIND: &str = "{before} comes before the shims on PATH: {tool} goes past them";
    pub const BEHIND_REMEDY: &str = "with the hook in {file} they come first again at the next prompt: {line}; without it, `hash -r` after PATH was \
        set right";
    pub const HOOK_GOOD: &str = "the hook stands in {file}";
    pub const HOOK_ABSENT: &str = "the hook is in no start-up file of {shell}";
    pub const HOOK_LATE: &str = "the hook in {file} stands below an early return: `ssh host make` does not see it";
    pub const HOOK_LATE_REMEDY: &str = "onramp-analytics install --hook moves it to the top";
    pub const HOOK_TWICE: &str = "{file} has {count} lines of ours: one is enough";
    pub const HOOK_TWICE_REMEDY: &str = "onramp-analytics install --hook leaves one, at the top";
    pub const OTHER_SHIMS: &str = "there is another folder of our shims on PATH: {folders}";
    pub const OTHER_SHIMS_REMEDY: &str =
        "take it off PATH where it is put there (a start-up file, or an older install), and open a new shell";
    pub const ALIAS: &str = "{file} has an alias or a function for {tool}: what it runs may go past the shim";
    pub const ALIAS_REMEDY: &str = "leave it if that is meant; the shim is found by the plain name only";

    pub const NO_CHECKOUT: &str = "no OnRamp checkout here: run doctor again in one to look at it too";
    pub const CHOICE_GOOD: &str = "analytics is {state}: {rule} ({why})";
    pub const CHOICE_DOUBT: &str = "analytics is off because of a doubt: {what}";
    pub const TRACKED: &str = "onramp.lock is tracked by git: your choice and id would be published";
    pub const TRACKED_REMEDY: &str = "git rm --cached onramp.lock";
    pub const NOT_EXCLUDED: &str = "git does not leave onramp.lock alone: `git add .` would publish your choice and id";
    pub const GIT_REFUSES: &str = "git refuses to look at the checkout: {what}";
    pub const GIT_REFUSES_REMEDY: &str = "git config --global --add safe.directory {checkout}";
    pub const UNFINISHED: &str = "a writer of the choice was killed and left a file behind: {path}";
    pub const CHECKOUT_READ_ONLY: &str = "the checkout can't be written: a choice can't be saved";
    pub const CHECKOUT_READ_ONLY_REMEDY: &str = "become who owns it: {path}";
    pub const GOALS_GOOD: &str = "make analytics-status and the like work";
    pub const GOALS_ABSENT: &str = "there are no make goals for analytics here";
    pub const GOALS_TWICE: &str = "more than one makefile has the goal analytics-status: {files}";
    pub const GOALS_TWICE_REMEDY: &str = "keep one of them; ours goes with: rm make.d/analytics.mk";

    pub const STATE_GOOD: &str = "{folder} can be written";
    pub const STATE_ABSENT: &str = "nothing was recorded for this person yet";
    pub const FOREIGN: &str = "{path} belongs to user {owner}, a trace of sudo: it can't be written";
    pub const FOREIGN_REMEDY: &str = "sudo chown -R {person} {folder}";
    pub const OPEN_TO_OTHERS: &str = "others may read {path}";
    pub const NO_HOME: &str = "there is no home to keep anything in: {what}";
    pub const NO_HOME_REMEDY: &str = "set HOME";
    pub const CLOCK: &str = "the clock is at {now}, before this program was made: dates of events would be wrong";
    pub const CLOCK_REMEDY: &str = "set the clock (timedatectl set-ntp true)";
    pub const NEXT_FAR: &str = "the next attempt is set for {next}: the clock was ahead once";

    pub const QUEUE_GOOD: &str = "{waiting} waiting, {sent} sent";
    pub const ASLEEP: &str = "{waiting} waiting since {next}, and no sender came: it has to lie beside the shim";
    pub const ASLEEP_REMEDY: &str = "onramp-analytics flush, which says what is wrong";
    pub const LAST_GOOD: &str = "the last attempt was accepted, {at}";
    pub const LAST_BAD: &str = "the last attempt was not accepted, {at}: {answer}";
    pub const LAST_BAD_REMEDY: &str = "it is tried again by itself; onramp-analytics flush tries at once";
    pub const ASIDE: &str = "{count} set aside: {reason}";
    pub const ASIDE_REMEDY: &str = "onramp-analytics view shows them; they are never sent";
    pub const NOT_ASKED: &str = "nothing is sent in this state: the network was not looked at";
    pub const PROXY: &str = "HTTPS_PROXY is set: sending goes through it";
    pub const NAME_BAD: &str = "the name of the host is not known: {host}: {why}";
    pub const NAME_REMEDY: &str = "does this machine reach the network? is the name blocked, for example by a Pi-hole?";
    pub const REACHED: &str = "{host} answers (HTTP {status}); that it accepts events only an attempt can tell";
    pub const UNREACHED: &str = "{host} can't be reached: {why}";
    pub const UNREACHED_REMEDY: &str =
        "is the way there blocked, or a proxy or certificate missing (HTTPS_PROXY, SSL_CERT_FILE)?";
}

/// The help lines: what each command and option does.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod help {
    pub const PROGRAM: &str = "Opt-in, anonymous analytics for OnRamp";
    pub const AFTER: &str = "\
Examples:
  onramp-analytics status                                 what is on, and why
  onramp-analytics explain -- make enable-service plex    what would be recorded; runs nothing
  onramp-analytics enable --local                         own figures only, nothing is sent

Exit codes: 0 ok, 1 failed, 2 usage, 3 and 4 as `status` tells; docs/exit-codes.md has them all.";
    pub const PROJECT: &str = "The OnRamp checkout, if not the one around the current folder";
    pub const QUIET: &str = "Say nothing but errors and asked-for results";
    pub const VERBOSE: &str = "Say more: which files are read and written";
    pub const JSON: &str = "Print JSON";

    pub const STATUS: &str = "Show whether anything is recorded, why, and how sending goes";
    pub const ENABLE: &str = "Say yes for this checkout";
    pub const ENABLE_LOCAL: &str = "For own figures only: nothing is sent, and there is no id";
    pub const ENABLE_WITH_CURRENT: &str = "Also tell, once, what is enabled now";
    pub const ENABLE_HOST: &str = "Agree to this destination instead of the one that the settings name";
    pub const DISABLE: &str = "Say no for this checkout: at once, and what waits is deleted";
    pub const DISABLE_KEEP_LOCAL: &str = "Keep what waits for own figures, never to be sent";
    pub const SHOW_ID: &str = "Show the anonymous id";
    pub const RESET_ID: &str = "Make a new anonymous id; what waits under the old one is deleted";
    pub const SCHEMA: &str = "Show all that can ever be recorded, and why";
    pub const EXPLAIN: &str = "Say what a command line would record, and why; runs nothing";
    pub const PREVIEW: &str = "Show the exact bytes of the next request";
    pub const VIEW: &str = "List the recorded events";
    pub const LEDGER: &str = "List every request that was made, and how it was answered";
    pub const EXPORT: &str = "Print everything that was recorded";
    pub const DROP: &str = "Delete one waiting event";
    pub const PURGE: &str = "Delete everything that waits";
    pub const FORGET: &str = "Delete everything that was recorded, here and at the server";
    pub const FLUSH: &str = "Send now, and say what happened";
    pub const COLLECTOR: &str = "Collect the events of many installs, and answer the maintainer's questions";
    pub const DEMO: &str = "Show the whole way of an event, in a scratch folder";
    pub const CATALOG: &str = "Make the catalogue of public names anew from an OnRamp checkout";
    pub const DOCS: &str = "Render the parts of the docs that are made from data";
    pub const NEXT_WORDS: &str = "List the words that may come next, for completions";
    pub const SEND: &str = "The detached sender";
    pub const KEEP: &str = "Put away what was recorded for own figures; sends nothing";
    pub const INSTALL: &str = "Put the shims in place, for the tools that exist";
    pub const INSTALL_HOOK: &str =
        "Also put the hook at the top of the start-up file of this shell; without a name of yours";
    pub const UNINSTALL: &str = "Take everything away again";
    pub const UNINSTALL_KEEP_DATA: &str = "Keep choices, and what was recorded for own figures";
    pub const INIT: &str = "Print the hook for a shell's start-up file";
    pub const INIT_SHELL: &str = "The shell";
    pub const INIT_EVERYWHERE: &str = "Put the shims on PATH in all folders, not only inside OnRamp checkouts";
    pub const DOCTOR: &str = "Look for what is wrong on this machine, and tell what to do";
    pub const DOCTOR_FIX: &str = "Set right what can be set right without asking";
    pub const STATS: &str = "Show your own figures";
    pub const STATS_SINCE: &str = "From when on: 30d, 12w, 6m, 1y, or a date";
    pub const COMPLETIONS: &str = "Print the completions for a shell";
    pub const MAN: &str = "Print the man page";
    pub const MAN_OUT: &str = "Write a page for each command into this folder instead";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_filled_in_again() {
        assert_eq!(fill("{a}-{b}-{c}", &[("a", "{b}"), ("b", "2")]), "{b}-2-{c}");
        assert_eq!(fill("{", &[("a", "")]), "{");
    }

    #[test]
    fn the_notice_says_all_four_things_and_leaves_no_gap() {
        for text in [notice(Some("https://us.i.posthog.com")), notice(None)] {
            for part in ["What is collected", "Where it goes", "How to stop", "Where to read more"] {
                assert!(text.contains(part), "{part}");
            }
            assert!(!text.contains('{'), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        }
    }
}
