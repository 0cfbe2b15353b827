//! Owns what is known of each wrapped command, as data: options, rules and their examples, from `rules/*.toml`.
//!
//! Refuses to judge: what a rule says of a run is [`crate::record`]'s business.

use crate::schema::ErrorType;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// An option of a wrapped command.
#[derive(Debug)]
pub struct Opt {
    /// Its letters, without the dash.
    pub shorts: &'static [u8],
    /// Its long names, without the dashes.
    pub longs: &'static [&'static str],
    /// Whether it takes a value.
    pub value: Value,
    /// What it means for whether and where something happens.
    pub means: Means,
}

/// Whether an option takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// No value.
    None,
    /// The rest of the word, or the next word.
    Required,
    /// Only in the same word.
    Optional,
    /// In the same word, or the next word if it starts like a number.
    Number,
}

/// What an option means for whether and where something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Nothing that matters here.
    Nothing,
    /// Nothing is done, only shown.
    DryRun,
    /// make only asks whether there is something to do.
    Question,
    /// make only marks targets as made.
    Touch,
    /// make goes to this directory first.
    Directory,
    /// make reads this makefile.
    Makefile,
    /// Help is shown.
    Help,
    /// The version is shown.
    Version,
    /// docker talks to this engine.
    Host,
    /// docker talks to the engine of this context.
    Context,
    /// A compose file.
    File,
    /// An environment file.
    EnvFile,
    /// The project's name.
    ProjectName,
    /// The project's directory.
    ProjectDirectory,
    /// A profile.
    Profile,
    /// The command does not stay attached.
    Detach,
}

/// A compose subcommand and how it reads its words.
#[derive(Debug)]
pub struct Subcommand {
    /// Its name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// After the first word that is no option, nothing is an option any more.
    pub options_end_at_first_word: bool,
    /// Its own options.
    pub options: &'static [Opt],
}

/// What is known of some goals or subcommands. The fields are explained in `rules/make.toml`.
#[derive(Debug)]
#[expect(missing_docs, reason = "rules/make.toml explains every field, and is what people read")]
pub struct Rule {
    pub commands: &'static [&'static str],
    pub why: &'static str,
    pub argument: Argument,
    pub service: Look,
    pub override_: Look,
    pub until: Until,
    pub source: Option<&'static str>,
    pub unknown: Option<ErrorType>,
    pub requires: Option<&'static str>,
    pub otherwise: Option<ErrorType>,
    pub requires_keys: Option<(&'static str, &'static [&'static str])>,
    pub attached_unless: Option<&'static str>,
    pub names_running: bool,
    pub names_enabled: bool,
    pub started: bool,
    pub compose_decides: bool,
    pub attached: bool,
    pub asks: bool,
    pub shows_value: bool,
    pub passes_status_on: bool,
    pub ignored: bool,
    pub examples: &'static [Example],
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
    pub compose_ended: i32,
    pub engine: &'static str,
    pub events: &'static [&'static str],
}

/// The rule of a make goal, if one stands in `rules/make.toml`.
#[must_use]
pub fn of_goal(goal: &[u8]) -> Option<&'static Rule> {
    named(MAKE_RULES, goal)
}

/// The rule of a compose subcommand, if one stands in `rules/docker.toml`.
#[must_use]
pub fn of_subcommand(name: &[u8]) -> Option<&'static Rule> {
    named(DOCKER_RULES, name)
}

fn named(rules: &'static [Rule], command: &[u8]) -> Option<&'static Rule> {
    rules.iter().find(|rule| rule.commands.iter().any(|name| name.as_bytes() == command))
}
/// What holds for a command that no rule names.
pub const PLAIN: Rule = Rule {
    commands: &[],
    why: "shows which commands people use, how long they take and how often they fail",
    argument: Argument::None,
    service: Look::Nowhere,
    override_: Look::Nowhere,
    until: Until::Unstated,
    source: None,
    unknown: None,
    requires: None,
    otherwise: None,
    requires_keys: None,
    attached_unless: None,
    names_running: false,
    names_enabled: false,
    started: false,
    compose_decides: false,
    attached: false,
    asks: false,
    shows_value: false,
    passes_status_on: false,
    ignored: false,
    examples: &[],
};
/// x
#[expect(missing_docs, reason = "stub")]
pub enum Verdict {
    Ignored(()),
    Recorded { command: crate::catalog::Command, rule: Option<&'static Rule>, only_touches: bool },
}
/// x
pub fn judge(i: &crate::invocation::Invocation<'_>) -> Verdict {
    use crate::invocation::Invocation;
    match i {
        Invocation::Make(m) if m.dry => Verdict::Ignored(()),
        Invocation::Make(m) => {
            let g = m.goal.unwrap_or(b"start");
            Verdict::Recorded { command: crate::catalog::Command::make(g), rule: of_goal(g), only_touches: false }
        }
        Invocation::Compose(c) => {
            let g = c.subcommand.unwrap_or(b"");
            Verdict::Recorded {
                command: crate::catalog::Command::compose(g),
                rule: of_subcommand(g),
                only_touches: false,
            }
        }
        Invocation::Plain => Verdict::Ignored(()),
    }
}
