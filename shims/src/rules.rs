//! Owns which command lines matter: the rules and their examples, from `rules/*.toml`, and whether a command line is
//! recorded at all.
//!
//! Refuses to judge a run: what a rule says of how it ended is [`crate::record`]'s business.

use crate::catalog::Command;
use crate::invocation::{Compose, Invocation, Make};
use crate::schema::ErrorType;
use crate::words::verdict as say;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// What is known of some goals or subcommands. The fields are explained in `rules/make.toml`.
#[derive(Debug)]
#[expect(missing_docs, reason = "rules/make.toml explains every field, and is what people read")]
pub struct Rule {
    pub commands: &'static [&'static str],
    pub number: u8,
    pub argument: Argument,
    pub service: Look,
    pub override_: Look,
    pub until: Until,
    pub failing: &'static Failing,
    pub names_running: bool,
    pub names_enabled: bool,
    pub started: bool,
    pub compose_decides: bool,
    pub attached: bool,
    pub asks: bool,
    pub shows_value: bool,
    pub passes_status_on: bool,
    pub ends_as_container: bool,
    pub ignored: bool,
}

/// What tells why a run failed. Most rules share [`Failing::UNTOLD`], so that the shim stays small.
#[derive(Debug)]
#[expect(missing_docs, reason = "rules/make.toml explains every field, and is what people read")]
pub struct Failing {
    pub source: Option<&'static str>,
    pub unknown: Option<ErrorType>,
    pub requires: Option<&'static str>,
    pub requires_enabled: &'static [&'static str],
    pub otherwise: Option<ErrorType>,
    pub requires_keys: Option<(&'static str, &'static [&'static str])>,
    pub fallback: Option<ErrorType>,
}

impl Failing {
    /// Nothing of a command's own tells.
    pub const UNTOLD: Self = Self {
        source: None,
        unknown: None,
        requires: None,
        requires_enabled: &[],
        otherwise: None,
        requires_keys: None,
        fallback: None,
    };
}

/// What is told of a rule, to people and to tests.
#[derive(Debug)]
pub struct Told {
    /// The decision that the record serves.
    pub why: &'static str,
    /// Runs and what follows from them.
    pub examples: &'static [Example],
}

impl Rule {
    /// The decision that the record serves.
    #[must_use]
    pub fn why(&self) -> &'static str {
        TOLD.get(usize::from(self.number)).map_or(say::PLAIN_WHY, |told| told.why)
    }

    /// Whether a run of it can change any link.
    #[must_use]
    pub fn looks(&self) -> bool {
        self.service != Look::Nowhere || self.override_ != Look::Nowhere
    }

    /// Whether a run of it can make a link. A link that appears all the same was somebody else's doing.
    #[must_use]
    pub fn can_enable(&self) -> bool {
        self.until != Until::Disabled
    }

    /// Whether a run of it can take a link away.
    #[must_use]
    pub fn can_disable(&self) -> bool {
        self.until != Until::Enabled && !self.started
    }

    /// Runs and what follows from them.
    #[must_use]
    pub fn examples(&self) -> &'static [Example] {
        TOLD.get(usize::from(self.number)).map_or(&[], |told| told.examples)
    }
}

/// Whether a name follows the goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// The goal takes no name.
    None,
    /// A name may follow.
    Optional,
    /// Without a name the goal can't do its work.
    Needed,
}

/// Which links a run can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// None.
    Nowhere,
    /// The one that the argument names.
    Argument,
    /// Every `NAME-*.yml` of the argument NAME.
    OfArgument,
    /// Any.
    All,
    /// These.
    These(&'static [&'static str]),
}

/// The state that a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The rule does not say.
    Unstated,
    /// The link is there.
    Enabled,
    /// The link is gone.
    Disabled,
}

/// A run and what follows from it; a test of the rule that it stands under.
#[derive(Debug)]
#[expect(missing_docs, reason = "rules/make.toml explains every field, and is what people read")]
pub struct Example {
    pub run: &'static str,
    pub before: &'static [&'static str],
    pub after: &'static [&'static str],
    pub available: &'static [&'static str],
    pub dangling: &'static [&'static str],
    pub ends: i32,
    pub interrupted: bool,
    pub compose: &'static str,
    pub compose_ended: i32,
    pub engine: &'static str,
    pub events: &'static [&'static str],
}

/// Whether a command line is recorded, in an OnRamp checkout with consent.
#[derive(Clone, Copy, Debug)]
pub enum Verdict {
    /// Nothing is recorded, whatever happens.
    Ignored(Reason),
    /// The run is recorded.
    Recorded {
        /// As which command.
        command: Command,
        /// By which rule; without one the command is recorded and nothing else.
        rule: Option<&'static Rule>,
        /// `make -t` runs no recipe: the command is recorded, and services and overrides that come or go are not.
        only_touches: bool,
    },
}

/// Why nothing is recorded.
#[derive(Clone, Copy, Debug)]
pub enum Reason {
    /// A docker command that is not `compose`.
    NotCompose,
    /// `docker compose` by itself.
    NoCommand,
    /// Help is shown.
    Help,
    /// The version is shown.
    Version,
    /// `-n`, `--dry-run`
    DryRun,
    /// `make -q`
    Question,
    /// A goal of ours.
    OwnGoal,
    /// The rule says so.
    Rule(&'static Rule),
}

impl Reason {
    /// The reason in words, for a person.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::NotCompose => say::NOT_COMPOSE,
            Self::NoCommand => say::NO_COMMAND,
            Self::Help => say::HELP,
            Self::Version => say::VERSION,
            Self::DryRun => say::DRY_RUN,
            Self::Question => say::QUESTION,
            Self::OwnGoal => say::OWN_GOAL,
            Self::Rule(rule) => rule.why(),
        }
    }
}

/// Decides whether a command line is recorded.
#[must_use]
pub fn judge(invocation: &Invocation<'_>) -> Verdict {
    match invocation {
        Invocation::Plain => Verdict::Ignored(Reason::NotCompose),
        Invocation::Make(make) => judge_make(make),
        Invocation::Compose(compose) => judge_compose(compose),
    }
}

fn judge_make(make: &Make<'_>) -> Verdict {
    let goal = make.goal.unwrap_or(if make.default_is_unsure { b"" } else { DEFAULT_GOAL.as_bytes() });
    let ignored = [
        (make.shows_help, Reason::Help),
        (make.shows_version, Reason::Version),
        (make.is_dry_run, Reason::DryRun),
        (make.only_asks, Reason::Question),
        (goal.starts_with(OWN_GOALS.as_bytes()), Reason::OwnGoal),
    ];
    match ignored.into_iter().find(|(applies, _)| *applies) {
        Some((_, reason)) => Verdict::Ignored(reason),
        None => {
            Verdict::Recorded { command: Command::make(goal), rule: of_goal(goal), only_touches: make.only_touches }
        }
    }
}

fn judge_compose(compose: &Compose<'_>) -> Verdict {
    let name = compose.subcommand.map_or("", |subcommand| subcommand.name);
    // `alpha viz` counts as `alpha`.
    let name = name.as_bytes().split(|byte| *byte == b' ').next().unwrap_or(b"");
    let rule = of_subcommand(name);
    let without = compose.subcommand.is_none();
    let ignored = [
        (compose.shows_help, Reason::Help),
        (compose.shows_version && without, Reason::Version),
        (without && !compose.is_unknown && !compose.is_broken, Reason::NoCommand),
        (compose.is_dry_run, Reason::DryRun),
    ];
    let by_rule = rule.filter(|rule| rule.ignored).map(Reason::Rule);
    match ignored.into_iter().find_map(|(applies, reason)| applies.then_some(reason)).or(by_rule) {
        Some(reason) => Verdict::Ignored(reason),
        None => Verdict::Recorded { command: Command::compose(name), rule, only_touches: false },
    }
}

/// The rule of a make goal, if one stands in `rules/make.toml`.
#[must_use]
pub fn of_goal(goal: &[u8]) -> Option<&'static Rule> {
    named(MAKE_RULES, goal)
}

/// The rule that says which links a run can change, when a further goal is made: the first that says any.
#[must_use]
pub fn that_looks(first: &'static Rule, further: &[u8]) -> &'static Rule {
    if first.looks() { first } else { of_goal(further).filter(|rule| rule.looks()).unwrap_or(first) }
}

/// The rule of a compose subcommand, if one stands in `rules/docker.toml`.
#[must_use]
pub fn of_subcommand(name: &[u8]) -> Option<&'static Rule> {
    named(DOCKER_RULES, name)
}

fn named(rules: &'static [Rule], command: &[u8]) -> Option<&'static Rule> {
    rules.iter().find(|rule| rule.commands.iter().any(|name| name.as_bytes() == command))
}

/// Whether the command of a recorded word waits for Ctrl-C, so that its duration says nothing. `compose up -d` does not,
/// but can't be told from `compose up`.
#[must_use]
pub fn is_attached(word: &str) -> bool {
    let command = Command::named(word);
    let (_, name) = command.word();
    let rule = match command {
        Command::Make(_) => of_goal(name.as_bytes()),
        Command::Compose(_) => of_subcommand(name.as_bytes()),
    };
    rule.is_some_and(|rule| rule.attached)
}

/// What holds for a command that no rule names.
pub const PLAIN: Rule = Rule {
    commands: &[],
    number: u8::MAX,
    argument: Argument::None,
    service: Look::Nowhere,
    override_: Look::Nowhere,
    until: Until::Unstated,
    failing: &Failing::UNTOLD,
    names_running: false,
    names_enabled: false,
    started: false,
    compose_decides: false,
    attached: false,
    asks: false,
    shows_value: false,
    passes_status_on: false,
    ends_as_container: false,
    ignored: false,
};
