//! Owns the words of the local page: the nudge in all its states, the sections below it, and what a refused request is
//! told.

/// Where the docs about what is collected are, below [`super::DOCS`].
pub const DOCS_PAGE: &str = "/blob/main/docs/analytics.md";

/// Above everything.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod head {
    pub const TITLE: &str = "OnRamp analytics";
    pub const SKIP: &str = "Go to your choice";
    pub const OF: &str = "for";
    pub const CONTENTS: &str = "On this page";
}

/// The nudge while it asks. `{host}` is where events would go, `{errors}` how many kinds of errors there are.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod nudge {
    pub const HEADING: &str = "May we count what you use?";
    pub const LEAD: &str = "Anonymous figures tell the people behind OnRamp which services matter, what is slow and \
        what breaks. Nothing is counted unless you say yes, and everything works the same if you say no.";
    pub const COLLECTED: &str = "What is collected";
    pub const COLLECTED_IS: &str = "Which services and overrides you enable and disable, which make and docker compose \
        commands you run, how long they take, whether they fail and with which of {errors} known errors. Only names \
        that OnRamp itself publishes: your own are \"custom\".";
    pub const USED: &str = "How it is used";
    pub const USED_IS: &str = "To decide which services to keep working, which commands to speed up and what to repair \
        first. It is sent to {host}, once a day. Nobody makes a profile of you, nothing is sold.";
    pub const PRIVACY: &str = "How your privacy is kept";
    pub const PRIVACY_IS: &str = "Under a random number that is made from nothing on this machine. Never output, \
        arguments, files, paths, host names, addresses or settings; of the time only the date. You can read every byte \
        before it leaves, and stop whenever you like.";
    pub const PREVIEW: &str = "See the exact bytes of a request";
    pub const DOCS: &str = "Read the whole story";
    pub const WITH_CURRENT: &str = "Also report, once, what is enabled now";
    pub const WITH_CURRENT_IS: &str = "Otherwise only later changes are seen.";
    pub const YES: &str = "Yes, count me in";
    pub const NO: &str = "No, thank you";
    pub const SAVING: &str = "Saving\u{2026}";
}

/// What stands in the nudge's place after a choice.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod after {
    pub const ON: &str = "Thank you!";
    pub const ON_IS: &str = "Analytics is on for this checkout. The first figures leave in an hour at the earliest, \
        once a day from then on.";
    pub const ON_UNSENT: &str = "Analytics is on for this checkout, but nothing can be sent: {trouble}.";
    pub const CURRENT: &str = "{count} for what is enabled now, with the first figures.";
    pub const LOCAL: &str = "For you only";
    pub const LOCAL_IS: &str = "Commands are recorded for your own figures on this machine. Nothing is sent, and there \
        is no id.";
    pub const OFF: &str = "Understood";
    pub const OFF_IS: &str = "Nothing is recorded and nothing is sent. You will not be asked again.";
    pub const STAYS: &str = "Your choice is saved, but analytics stays {state}: {rule} ({why}).";
    pub const OLD_ID: &str = "The id was {id}. It is removed here; keep it if you want what was sent under it deleted: \
        onramp-analytics forget tells how.";
    pub const DELETED: &str = "{count} that waited to be sent: deleted.";
    pub const KEPT: &str = "{count} that waited to be sent: kept for your own figures, never sent.";
    pub const BACK: &str = "You can change your mind at any time, here or with make analytics-enable and make \
        analytics-disable.";
    pub const TURN_OFF: &str = "Turn it off again";
    pub const TURN_ON: &str = "Turn it on after all";
    pub const DISMISS: &str = "Dismiss";
}

/// When a choice could not be saved, or nobody answers.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod failed {
    pub const HEADING: &str = "Your choice could not be saved";
    pub const NOTHING: &str = "Nothing was changed: analytics is {state}.";
    pub const HALF: &str = "The choice itself is saved, and analytics is {state}; what belongs to it is not done.";
    pub const WHAT_TO_DO: &str = "What to do";
    pub const REMEDY: &str =
        "Look at the reason above, then try again. onramp-analytics doctor looks for what is wrong.";
    pub const AGAIN: &str = "Try again";
    pub const GONE: &str = "The page's server does not answer";
    pub const GONE_IS: &str = "It is not known whether your choice was saved. Is onramp-analytics ui still running? \
        Start it again where it is not, then try again.";
    pub const LOST: &str = "The page's server does not answer: what you see may be out of date. Is onramp-analytics ui \
        still running?";
    pub const ANEW: &str = "The page's server was started anew. Open the address that it printed.";
    pub const INVALID: &str = "The page sent a choice that the server does not know. Load the page again.";
}

/// The choice as it stands.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod choice {
    pub const HEADING: &str = "Your choice";
    pub const ON: &str = "On";
    pub const ON_IS: &str = "Recorded and sent, anonymously.";
    pub const LOCAL: &str = "For me only";
    pub const LOCAL_IS: &str = "Recorded for your own figures. Nothing is sent.";
    pub const OFF: &str = "Off";
    pub const OFF_IS: &str = "Nothing is recorded. What waits is deleted.";
    pub const UNDECIDED: &str = "Undecided";
    pub const SWITCH: &str = "Analytics for this checkout";
    pub const THIRD: &str = "There is a third way: count for your own figures only, and send nothing.";
    pub const RULES: &str = "Everything that has a say";
    pub const RULES_ARE: &str = "The least of all that speak counts: off before \"for me only\" before on.";
    pub const SOURCE: &str = "Source";
    pub const SAYS: &str = "Says";
    pub const WHY: &str = "Why";
    pub const SILENT: &str = "nothing";
    pub const DECIDED: &str = "decided";
    pub const ID: &str = "Anonymous id";
    pub const NO_ID: &str = "none";
    pub const DESTINATION: &str = "Destination";
}

/// The next request.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod next {
    pub const HEADING: &str = "The next request";
    pub const IS: &str = "{count}, sent as one POST to {url}, made by the sender's own function.";
    pub const MORE: &str = "{count} more would follow it.";
    pub const EXAMPLE: &str = "An example: nothing waits. This is what enabling a service and a failed start would look \
        like, as one POST to {url}.";
    pub const REFUSED: &str = "Nothing would be sent now: {why}.";
    pub const NOT_BEFORE: &str = "It does not leave before {time}.";
    pub const BYTES: &str = "The exact bytes ({bytes} before compression)";
    pub const CUT: &str = "The beginning of them; all of them: ";
    pub const RAW: &str = "as a file";
    pub const MORE_EVENTS: &str = "and {count} more, in the bytes below";
}

/// How sending goes, and what was sent. `#` marks a column of numbers.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod delivery {
    pub const HEADING: &str = "Delivery";
    pub const WAITING: &str = "waiting";
    pub const SENT: &str = "sent";
    pub const KEPT_HERE: &str = "kept here by the daily limit";
    pub const DROPPED: &str = "dropped, too many or too old";
    pub const ASIDE: &str = "set aside";
    pub const LAST: &str = "Last attempt";
    pub const NEVER: &str = "Nothing was ever sent.";
    pub const LAST_IS: &str = "{count}: {answer}";
    pub const NEXT: &str = "Next attempt";
    pub const NEXT_IS: &str = "not before {time}";
    pub const NOW: &str = "at work now";
    pub const NOTHING_DUE: &str = "none: nothing is sent";
    pub const TROUBLES: &str = "What is wrong";
    pub const LEDGER: &str = "Every request so far";
    pub const LEDGER_IS: &str = "The newest {count}; onramp-analytics ledger lists all.";
    pub const TIME: &str = "Time";
    pub const EVENTS: &str = "#Events";
    pub const SIZE: &str = "#Bytes";
    pub const ANSWER: &str = "Answer";
    pub const BODY: &str = "Body";
    pub const SHOW: &str = "show";
    pub const SHOW_LABEL: &str = "show the body of request {n}";
    pub const GONE: &str = "no longer kept";
    pub const UNKNOWN: &str = "no answer was noted: the sender was ended";
}

/// The person's own figures. `#` marks a column of numbers.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod figures {
    pub const HEADING: &str = "Your figures";
    pub const IS: &str = "From the {events} recorded on this machine since {since}. Nobody else sees them like this.";
    pub const NONE: &str = "Nothing is recorded yet. With analytics on, or for you only, your own figures appear here.";
    pub const WEEKS: &str = "Commands a week";
    pub const WEEK: &str = "Week of";
    pub const COMMANDS: &str = "Commands";
    pub const FAILED: &str = "Failed";
    pub const COMMANDS_N: &str = "#Commands";
    pub const FAILED_N: &str = "#Failed";
    pub const SERVICES: &str = "Services you enabled most";
    pub const SERVICE: &str = "Service";
    pub const TIMES_N: &str = "#Times";
    pub const FAILURES: &str = "Failures by type";
    pub const FAILURE: &str = "Type";
    pub const NO_FAILURES: &str = "No command failed.";
    pub const DURATIONS: &str = "How long commands take";
    pub const COMMAND: &str = "Command";
    pub const MEDIAN_N: &str = "#Median";
    pub const P95_N: &str = "#95 of 100 within";
    pub const TABLE: &str = "As a table";
    pub const NO_SERVICES: &str = "No service was enabled yet.";
}

/// All that can be recorded.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod all {
    pub const HEADING: &str = "All that can ever be recorded";
    pub const IS: &str = "Six events, in words that are compiled into this release (version {version}). \
        onramp-analytics schema --json lists every word.";
    pub const WHEN: &str = "When";
    pub const WHY: &str = "What for";
    pub const FIXED: &str = "Every event also carries";
}

/// At the end.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod foot {
    pub const LINE: &str =
        "This page is served by your own machine, to this browser only. It loads nothing from anywhere.";
    pub const DOCS: &str = "Docs";
}

/// What a refused request is told, and why.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod refused {
    pub const HEADING: &str = "This page is locked";
    pub const TOKEN: &str = "the token is missing or wrong";
    pub const TOKEN_IS: &str = "It opens with the address that onramp-analytics ui prints when it starts. That address \
        changes with every start.";
    pub const AGAIN: &str = "I did open that address";
    pub const HOST: &str = "the Host header is {host}, which is no name of this machine";
    pub const NO_HOST: &str = "there is no single Host header";
    pub const ORIGIN: &str = "the Origin header is {origin}, but the Host header is {host}";
    pub const SITE: &str = "another site asks: Sec-Fetch-Site is {site}";
    pub const NO_ORIGIN: &str = "a browser's request that changes something needs an Origin header";
    pub const METHOD: &str = "only GET, HEAD and POST are answered";
    pub const KIND: &str = "the content type is {kind}, and {wanted} is wanted";
    pub const LENGTH: &str = "the body is longer than {most} bytes";
    pub const BODY: &str = "the body could not be read";
    pub const CHOICE: &str = "unknown choice: {choice}";
    pub const NO_CHOICE: &str = "there is no choice in the body, or more than that";
    pub const NOT_SO: &str = "this address does not take that method: what changes something is a POST";
    pub const NOT_FOUND: &str = "there is nothing at this address";
}

/// What `ui` prints, and its help lines.
#[expect(missing_docs, reason = "the words explain themselves")]
pub mod ui {
    pub const HELP: &str = "Show the page: your choice, the next request, what was sent, your own figures";
    pub const HELP_LISTEN: &str =
        "Where to listen; port 0 takes a free one. Without it 127.0.0.1:4247, or the next free port";
    pub const HELP_UNIX: &str = "Listen at a socket that only you can connect to, for a dashboard or a reverse proxy";
    pub const HELP_HOST: &str = "A name by which a reverse proxy is reached";
    pub const HELP_REMOTE: &str = "Allow an address that other machines reach; the page still wants its token";
    pub const HELP_NO_OPEN: &str = "Do not open a browser";

    pub const AT: &str = "The page is at\n\n    {address}\n\n";
    pub const SOCKET: &str = "The page is at the socket {path}\n";
    pub const OVER_SSH: &str = "You are here over ssh. On the machine in front of you run\n\n    {line}\n\nthen open that \
        address there. The editors that forward ports by themselves need no such line.\n";
    pub const STOP: &str = "Ctrl-C ends it.\n";
    pub const NO_BROWSER: &str = "could not open a browser with {program}: open the address yourself";
    pub const REMOTE: &str = "could not listen: {address} is reached by other machines\nhelp: add --remote if that is what \
        you want; whoever has the printed address can then change your choice";
}
