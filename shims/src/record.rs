//! Owns the judgement: which events follow from a run, by its rule, its outcome and what the world answers.
//!
//! Does no I/O of its own: the world is asked through [`World`], so every example of a rule is a test. The order of the
//! questions in [`Failure::error`] is the order of certainty: names first, then compose's own codes, then the engine.

use crate::catalog::Command;
use crate::observe::{Changed, Engine, Links, Sight, World, is_plain};
use crate::outcome::{Ending, Outcome};
use crate::paths::{Path, checkout};
use crate::rules::{Argument, Look, Rule, Until};
use crate::schema::{Duration, ErrorType, Event};
use crate::sys::Signal;

/// A run, as far as its command line tells.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The word that is recorded.
    pub command: Command,
    /// What is known of it.
    pub rule: &'static Rule,
    /// What says which links it can change: the rule itself, or that of a later goal.
    pub looks: &'static Rule,
    /// The name after the goal.
    pub argument: Option<&'a [u8]>,
    /// The goal as it was typed, to see whether a file of that name is there.
    pub goal: &'a [u8],
    /// The tool itself refuses the command line.
    pub is_broken: bool,
    /// Links that appear are not services (`make -t`).
    pub only_touches: bool,
    /// Started so that it does not stay attached (`up -d`).
    pub is_detached: bool,
    /// A compose that the person typed.
    pub is_compose: bool,
    /// What it names that is not there.
    pub asked: Asked,
}

/// What a command line names that is not there, as far as a failure needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// A makefile or compose file that it names is missing.
    pub file_is_missing: bool,
    /// An environment file that it names is missing.
    pub env_file_is_missing: bool,
    /// A service that it names is neither published nor in the checkout.
    pub service_is_unknown: bool,
    /// A service that it names is there, but not enabled.
    pub service_is_not_enabled: bool,
}

/// How the first compose that failed below a make ended.
#[derive(Clone, Copy, Debug)]
pub struct Nested {
    /// Its exit code.
    pub code: u8,
    /// What is known of its subcommand.
    pub rule: &'static Rule,
}

/// Tells every event that follows from a run, in the order in which they are recorded.
pub fn events(
    run: &Run<'_>,
    outcome: &Outcome,
    sight: &mut Sight,
    nested: Option<Nested>,
    world: &mut impl World,
    tell: &mut dyn FnMut(Event),
) {
    if !run.only_touches {
        sight.changes(run.looks, run.argument, world, &mut |changed| {
            tell(match changed {
                Changed::ServiceOn(service, has_scaffold) => Event::ServiceEnabled { service, has_scaffold },
                Changed::ServiceOff(service) => Event::ServiceDisabled { service },
                Changed::OverrideOn(override_) => Event::OverrideEnabled { override_ },
                Changed::OverrideOff(override_) => Event::OverrideDisabled { override_ },
            });
        });
    }
    let verdict = judge(run, outcome, sight, nested, world);
    let duration = Duration::of_millis(outcome.millis);
    tell(Event::CommandExecuted { command: run.command, success: verdict == Verdict::Success, duration });
    if let Verdict::Failure(Some(error)) = verdict {
        tell(Event::ErrorOccurred { command: run.command, error });
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Success,
    /// With an error, unless it was nobody's fault.
    Failure(Option<ErrorType>),
}

fn judge(run: &Run<'_>, outcome: &Outcome, sight: &Sight, nested: Option<Nested>, world: &mut impl World) -> Verdict {
    if outcome.was_stopped() {
        let stays = run.rule.attached && !run.is_detached;
        return if stays && outcome.was_left() { Verdict::Success } else { Verdict::Failure(None) };
    }
    let mut failure = Failure { run, outcome, sight, nested, world };
    let hidden = run.rule.compose_decides && nested.is_some();
    if !outcome.is_zero() || hidden {
        return Verdict::Failure(failure.error());
    }
    match failure.names() {
        Some(error) => Verdict::Failure(Some(error)),
        None if failure.is_reached() => Verdict::Success,
        None => Verdict::Failure(Some(ErrorType::Failed)),
    }
}

/// A run that failed, or that exited 0 and may have failed all the same.
struct Failure<'a, W> {
    run: &'a Run<'a>,
    outcome: &'a Outcome,
    sight: &'a Sight,
    nested: Option<Nested>,
    world: &'a mut W,
}

impl<W: World> Failure<'_, W> {
    /// What failed; nothing when it was a person's no.
    fn error(&mut self) -> Option<ErrorType> {
        match self.outcome.ending {
            // Where the engine or the settings may not be used, OnRamp's make starts itself over and over until somebody
            // kills it: that is only how it came to an end.
            Ending::Signal(Signal::KILL) if self.world.engine() == Engine::Denied => {
                return Some(ErrorType::PermissionDenied);
            }
            Ending::Signal(Signal::KILL) => return Some(ErrorType::Killed),
            Ending::Signal(_) => return Some(ErrorType::Crashed),
            Ending::NotFound if matches!(self.run.command, Command::Compose(_)) => {
                return Some(ErrorType::DockerNotInstalled);
            }
            Ending::NotFound => return Some(ErrorType::CommandNotFound),
            Ending::NotExecutable => return Some(ErrorType::PermissionDenied),
            Ending::Code(_) => {}
        }
        if self.run.is_compose {
            return self.compose_error();
        }
        let certain = self.names().or_else(|| self.make_itself()).or_else(|| self.nested_code());
        let certain = certain.or_else(|| self.engine()).or_else(|| self.settings()).or_else(|| self.running_name());
        if certain.is_some() || self.run.rule.asks || self.is_inner_status() {
            return certain;
        }
        let fallback = self.run.rule.failing.fallback.unwrap_or(ErrorType::Failed);
        Some(if self.is_behind_the_link() { ErrorType::ScaffoldFailed } else { fallback })
    }

    /// Whether what failed is a program that the person ran in a container: with 1 compose itself may have failed.
    fn is_inner_status(&self) -> bool {
        self.run.rule.passes_status_on
            && self.nested.is_some_and(|nested| nested.rule.passes_status_on && nested.code != 1)
    }

    /// Whether make enabled a service and failed then, in no compose: only its scaffold is left. What was enabled already
    /// gets no scaffold, and an override has none.
    fn is_behind_the_link(&mut self) -> bool {
        let rule = self.run.rule;
        if rule.until != Until::Enabled || self.nested.is_some() {
            return false;
        }
        match rule.service {
            Look::Argument => !self.sight.was_enabled(0) && self.is_reached(),
            // One after the other, and no further than the first that fails.
            Look::These(names) => (0..).zip(names).any(|(place, name)| {
                !self.sight.was_enabled(place) && self.world.is_enabled(Links::Services, name.as_bytes())
            }),
            _ => false,
        }
    }

    /// What the names tell, whatever the exit code.
    fn names(&mut self) -> Option<ErrorType> {
        let rule = self.run.rule;
        let Some(name) = self.run.argument.filter(|name| !name.is_empty()) else {
            return (rule.argument == Argument::Needed).then_some(ErrorType::MissingArgument);
        };
        if let (Some(source), Some(unknown)) = (rule.failing.source, rule.failing.unknown)
            && !self.is_in(source, name)
            && !self.is_enabled(name)
            && !(rule.started && self.world.may_compose(name))
        {
            return Some(unknown);
        }
        if rule.names_enabled && !(is_plain(name) && self.has_file(checkout::SERVICES, name, b".env")) {
            let known = self.is_in(checkout::MARK_FOLDER, name);
            return Some(if known { ErrorType::ServiceNotEnabled } else { ErrorType::UnknownService });
        }
        None
    }

    /// What make itself refuses, before any recipe runs.
    fn make_itself(&mut self) -> Option<ErrorType> {
        let run = self.run;
        if run.is_broken {
            return Some(ErrorType::Usage);
        }
        if run.asked.file_is_missing {
            return Some(ErrorType::FileNotFound);
        }
        if !run.command.is_public() && !self.world.exists(&[run.goal]) {
            return Some(ErrorType::UnknownTarget);
        }
        if let Some(folder) = run.rule.failing.requires {
            let there =
                run.argument.is_some_and(|name| is_plain(name) && self.world.exists(&[folder.as_bytes(), name]));
            return run.rule.failing.otherwise.filter(|_| !there);
        }
        self.required_services()
    }

    /// The services that the goal is about are not all enabled. What runs is the engine's word: it is asked first.
    fn required_services(&mut self) -> Option<ErrorType> {
        let rule = self.run.rule;
        let mut names = rule.failing.requires_enabled.iter();
        let misses = names.any(|name| !self.world.is_enabled(Links::Services, name.as_bytes()));
        match rule.failing.otherwise.filter(|_| misses)? {
            ErrorType::ContainerNotRunning => self.engine().or(Some(ErrorType::ContainerNotRunning)),
            error => Some(error),
        }
    }

    /// What the first compose that failed below make told.
    fn nested_code(&mut self) -> Option<ErrorType> {
        // A service that was not enabled when make read its makefiles is never started: whatever compose says then.
        if self.run.rule.started
            && !self.sight.was_enabled(0)
            && self.run.argument.is_some_and(|name| self.is_enabled(name))
        {
            return Some(self.engine().unwrap_or(ErrorType::ServiceNotEnabled));
        }
        self.nested.and_then(|nested| of_code(nested.code, nested.rule))
    }

    fn engine(&mut self) -> Option<ErrorType> {
        if !self.world.has_docker() {
            return Some(ErrorType::DockerNotInstalled);
        }
        match self.world.engine() {
            Engine::Fine => None,
            Engine::Unavailable => Some(ErrorType::DockerUnavailable),
            Engine::Denied => Some(ErrorType::PermissionDenied),
        }
    }

    fn settings(&mut self) -> Option<ErrorType> {
        let (file, keys) = self.run.rule.failing.requires_keys?;
        (!self.world.sets(file, keys)).then_some(ErrorType::MissingConfiguration)
    }

    /// A name that compose was given and can't know.
    fn running_name(&mut self) -> Option<ErrorType> {
        let rule = self.run.rule;
        let name = self.run.argument.filter(|_| rule.names_running || rule.started)?;
        if self.is_enabled(name) || self.world.may_compose(name) {
            return None;
        }
        let known = self.is_in(checkout::MARK_FOLDER, name);
        Some(if known { ErrorType::ServiceNotEnabled } else { ErrorType::UnknownService })
    }

    /// What a compose that the person typed failed of.
    fn compose_error(&mut self) -> Option<ErrorType> {
        let (run, Ending::Code(code)) = (self.run, self.outcome.ending) else { return Some(ErrorType::Failed) };
        let asked = run.asked;
        // Another compose than the one whose grammar is known may take what looks broken: its code has to agree.
        if code == 1 && run.is_broken || code == 16 && (run.is_broken || !run.rule.passes_status_on) {
            return Some(ErrorType::Usage);
        }
        if run.rule.passes_status_on && code != 1 {
            // The code of a program in the container, except that nothing could be started there.
            return (code == 126).then_some(ErrorType::ExecFailed);
        }
        if code == 14 || code == 1 && asked.file_is_missing {
            return Some(if asked.file_is_missing { ErrorType::FileNotFound } else { ErrorType::InvalidConfig });
        }
        if let Some(error) = of_code(code, run.rule) {
            return Some(error);
        }
        if asked.env_file_is_missing {
            return Some(ErrorType::FileNotFound);
        }
        let certain = self.engine().or(match asked {
            Asked { service_is_unknown: true, .. } => Some(ErrorType::UnknownService),
            Asked { service_is_not_enabled: true, .. } => Some(ErrorType::ServiceNotEnabled),
            _ => None,
        });
        if run.rule.passes_status_on { certain } else { certain.or(Some(ErrorType::Failed)) }
    }

    /// Whether the state that the rule names was reached.
    fn is_reached(&mut self) -> bool {
        let rule = self.run.rule;
        let wanted = match rule.until {
            Until::Unstated => return true,
            Until::Enabled => true,
            Until::Disabled => false,
        };
        let links = if rule.service == Look::Nowhere { Links::Overrides } else { Links::Services };
        match (rule.service, self.run.argument) {
            (Look::These(names), _) => names.iter().all(|name| self.world.is_enabled(links, name.as_bytes()) == wanted),
            (_, Some(name)) => is_plain(name) && self.world.is_linked(links, name) == wanted,
            (_, None) => true,
        }
    }

    /// Whether a folder of the checkout offers NAME.yml.
    fn is_in(&mut self, folder: &str, name: &[u8]) -> bool {
        is_plain(name) && self.has_file(folder, name, b".yml")
    }

    /// Whether what the rule is about is enabled: a service, unless the rule says override; externals never are.
    fn is_enabled(&mut self, name: &[u8]) -> bool {
        let links = match self.run.rule.failing.unknown {
            Some(ErrorType::UnknownExternal) => return false,
            Some(ErrorType::UnknownOverride) => Links::Overrides,
            _ => Links::Services,
        };
        is_plain(name) && self.world.is_enabled(links, name)
    }

    fn has_file(&mut self, folder: &str, name: &[u8], ending: &[u8]) -> bool {
        let mut buffer = [0; 256];
        let mut file = Path::new(&mut buffer, &[name]);
        file.add(ending);
        self.world.exists(&[folder.as_bytes(), file.bytes()])
    }
}

/// What compose's own exit codes mean (compose 2.26, `cmd/compose/compose.go`); the rest of them mean nothing certain.
fn of_code(code: u8, rule: &Rule) -> Option<ErrorType> {
    match code {
        14 => Some(ErrorType::FileNotFound),
        15 => Some(ErrorType::InvalidConfig),
        16 => Some(ErrorType::Usage),
        17 => Some(ErrorType::BuildFailed),
        18 => Some(ErrorType::ImageUnavailable),
        126 => Some(ErrorType::ExecFailed),
        // A Go program that panics ends with 2, an engine's own failure with 125, a missing program with 127.
        3..=124 | 128 | 129 | 131.. if rule.ends_as_container => Some(ErrorType::ContainerExited),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Env;
    use crate::invocation::{self, Invocation, Tool};
    use crate::paths::Arena;
    use crate::rules::{self, DOCKER_RULES, Example, HOST_EXAMPLES, MAKE_RULES, Verdict as Read};
    use std::collections::BTreeSet;

    /// A checkout in memory: the paths that are there, and the links that lead nowhere.
    #[derive(Default)]
    struct Told {
        paths: BTreeSet<String>,
        dangling: BTreeSet<String>,
        engine_is_down: bool,
    }

    impl World for Told {
        fn is_enabled(&mut self, links: Links, name: &[u8]) -> bool {
            self.paths.contains(&format!("{}/{}.yml", links.folder(), text(name)))
        }
        fn is_linked(&mut self, links: Links, name: &[u8]) -> bool {
            self.is_enabled(links, name) || self.dangling.contains(&format!("{}/{}.yml", links.folder(), text(name)))
        }
        fn each_enabled(&mut self, links: Links, prefix: &[u8], tell: &mut dyn FnMut(&[u8])) {
            for path in &self.paths {
                let stem = path.strip_prefix(&format!("{}/", links.folder())).and_then(|f| f.strip_suffix(".yml"));
                if let Some(stem) = stem.filter(|stem| stem.as_bytes().starts_with(prefix)) {
                    tell(stem.as_bytes());
                }
            }
        }
        fn exists(&mut self, parts: &[&[u8]]) -> bool {
            self.paths.contains(&parts.iter().map(|p| text(p)).collect::<Vec<_>>().join("/"))
        }
        fn sets(&mut self, _: &str, _: &[&str]) -> bool {
            false
        }
        fn has_scaffold(&mut self, _: &[u8]) -> bool {
            false
        }
        fn may_compose(&mut self, _: &[u8]) -> bool {
            false
        }
        fn engine(&mut self) -> Engine {
            if self.engine_is_down { Engine::Unavailable } else { Engine::Fine }
        }
        fn has_docker(&mut self) -> bool {
            true
        }
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    /// What an example's run is recorded as, in the words of the rule files.
    fn recorded(example: &Example) -> Vec<String> {
        let words: Vec<&[u8]> = example.run.split(' ').map(str::as_bytes).collect();
        let tool = Tool::of(words[0]).unwrap();
        let invocation = invocation::read(tool, &words[..], &Env::EMPTY);
        let Read::Recorded { command, rule, .. } = rules::judge(&invocation) else { return Vec::new() };
        let (argument, goal, is_detached) = match &invocation {
            Invocation::Make(make) => (make.argument, make.goal.unwrap_or_default(), false),
            Invocation::Compose(compose) => (None, &b""[..], compose.is_detached),
            Invocation::Plain => panic!("{}: not a run", example.run),
        };
        let run = Run {
            command,
            rule: rule.unwrap_or(&rules::PLAIN),
            looks: rule.unwrap_or(&rules::PLAIN),
            argument,
            goal,
            is_broken: false,
            only_touches: false,
            is_detached,
            is_compose: tool != Tool::Make,
            asked: Asked::default(),
        };
        let mut world = Told { engine_is_down: example.engine == "unavailable", ..Told::default() };
        let set = |list: &[&str]| list.iter().map(|p| (*p).to_owned()).collect::<BTreeSet<_>>();
        world.paths = set(example.before);
        world.paths.extend(set(example.available));
        let mut arena = Arena::new(Box::leak(vec![0; 64 * 1024].into_boxed_slice()));
        let mut sight = Sight::before(run.rule, argument, &mut world, &mut arena);
        world.paths = set(example.after);
        world.paths.extend(set(example.available));
        // What is enabled is offered, unless the example says that it is not.
        let offered: Vec<_> = example.after.iter().map(|p| p.replace("-enabled/", "-available/")).collect();
        world.paths.extend(offered);
        world.dangling = set(example.dangling);
        let outcome = Outcome {
            ending: Ending::Code(u8::try_from(example.ends).unwrap()),
            interrupted: example.interrupted,
            terminated: false,
            millis: 12,
        };
        let rule = rules::of_subcommand(example.compose.as_bytes()).unwrap_or(&rules::PLAIN);
        let nested = u8::try_from(example.compose_ended).ok().filter(|code| *code != 0);
        let nested = nested.map(|code| Nested { code, rule });
        let mut all = Vec::new();
        events(&run, &outcome, &mut sight, nested, &mut world, &mut |event| all.push(in_words(event)));
        all
    }

    fn in_words(event: Event) -> String {
        let name = event.name();
        match event {
            Event::ServiceEnabled { service, .. } | Event::ServiceDisabled { service } => {
                format!("{name} {}", service.word())
            }
            Event::OverrideEnabled { override_ } | Event::OverrideDisabled { override_ } => {
                format!("{name} {}", override_.word())
            }
            Event::CommandExecuted { command: c, success, .. } => {
                format!("{name} {} {}", c, if success { "success" } else { "failure" })
            }
            Event::ErrorOccurred { command: c, error } => format!("{name} {} {}", c, error.word()),
        }
    }

    #[test]
    fn every_example_of_a_rule_is_recorded_as_it_says() {
        for rule in MAKE_RULES.iter().chain(DOCKER_RULES) {
            assert!(!rule.examples().is_empty(), "no example for {:?}", rule.commands);
            for example in rule.examples() {
                assert_eq!(recorded(example), example.events, "{} (ends {})", example.run, example.ends);
            }
        }
        for example in HOST_EXAMPLES {
            assert_eq!(recorded(example), example.events, "{} (ends {})", example.run, example.ends);
        }
    }

    #[test]
    fn every_goal_of_a_rule_is_in_the_catalogue_and_has_one_rule() {
        let mut seen = BTreeSet::new();
        for goal in MAKE_RULES.iter().flat_map(|rule| rule.commands) {
            assert!(Command::make(goal.as_bytes()).is_public(), "{goal}");
            assert!(seen.insert(goal), "{goal} has two rules");
        }
    }
}
