//! The path, written once: command line, invocation, gates, look before, run, look after, events, spool, wake the
//! sender, end exactly as the command ended.
//!
//! A gate that says no means that this process becomes the real command: nothing is left that could differ from it.

use crate::bytes::decimal;
use crate::catalog::Command;
use crate::consent::{Choice, Voices};
use crate::env::{self, Env, Variable};
use crate::identity;
use crate::invocation::{self, Invocation, Item, Tool, Words};
use crate::notice;
use crate::observe::{Disk, LISTING_ROOM, Sight, may_have};
use crate::options::Means;
use crate::outcome::{Ending, Outcome};
use crate::paths::{Arena, Path, checkout as names};
use crate::place::{self, Agreement, Checkout, Person, Place, stat_of};
use crate::real::Candidates;
use crate::record::{self, Asked, Nested, Run};
use crate::rules::{self, Verdict};
use crate::run;
use crate::schema::{self, Event, Sink, Stamp};
use crate::spool::{self, Appended};
use crate::sys::{self, At, Clock, Mode, Start};
use crate::wake;
use crate::words;

/// A person who called the shim by its own name (sysexits.h, EX_USAGE).
const CALLED_BY_ITS_OWN_NAME: u8 = 64;

/// Everything that happens between the kernel's hand-over and the end.
pub fn main(start: Start) -> ! {
    let mut env = Env::EMPTY;
    note(start.entries(), &mut env);
    let Some(mut shim) = Shim::of(start, &env) else {
        sys::say(&[words::ABOUT.as_bytes()]);
        sys::exit(CALLED_BY_ITS_OWN_NAME)
    };
    shim.be_rescued();
    let outcome = match &shim.gates() {
        Gate::StepAside(why) => shim.step_aside(why),
        Gate::Nested { compose, outermost } => shim.run_nested(compose, outermost),
        Gate::Undecided(person) => shim.run_undecided(person),
        Gate::Record(ground) => shim.run_recorded(ground),
    };
    shim.end(&outcome)
}

/// Takes note of what is known of an environment.
fn note(entries: sys::Strings, env: &mut Env<'static>) {
    for place in (0..entries.len()).filter(|place| env::may_know(entries.first_byte(*place))) {
        env.note(entries.get(place).unwrap_or_default());
    }
}

/// What the gates decided.
#[expect(clippy::large_enum_variant, reason = "there is one, on the stack, and no heap to put a part of it on")]
enum Gate {
    /// This process becomes the real command.
    StepAside(&'static str),
    /// A compose below another shim's run: waited for, so that its failure can be told.
    Nested { compose: invocation::Compose<'static>, outermost: &'static [u8] },
    /// Nothing is decided, and this run may be the one after which the person is asked.
    Undecided(Person),
    /// Recorded.
    Record(Ground),
}

/// Where and under which agreement a run is recorded.
struct Ground {
    invocation: Invocation<'static>,
    command: Command,
    rule: &'static rules::Rule,
    only_touches: bool,
    checkout: Checkout,
    person: Person,
    agreement: Agreement,
    choice: Choice,
    /// The marker's value.
    marker: &'static [u8],
}

/// Whether all is known that events are recorded under: the checkout's digits, and an anonymous id unless they stay here.
fn is_complete(choice: Choice, agreement: &Agreement) -> bool {
    agreement.digits.is_some() && (choice == Choice::Local || agreement.id.is_some())
}

/// A day in nanoseconds.
const DAY: u64 = 86_400 * 1_000_000_000;

struct Shim<'e> {
    start: Start,
    env: &'e Env<'static>,
    tool: Tool,
    real: Candidates<'static>,
    arena: Arena,
}

impl<'e> Shim<'e> {
    fn of(start: Start, env: &'e Env<'static>) -> Option<Self> {
        // The file's name, since a caller may make up the first word (`exec -a`); that word, where the file is known by
        // its number alone (fexecve(3)).
        let found = [start.program, start.words().get(0)];
        let mut names = found.into_iter().flatten().filter_map(|path| path.rsplit(|b| *b == b'/').next());
        let (name, tool) = names.find_map(|name| Some((name, Tool::of(name)?)))?;
        let arena = Arena::new(sys::memory());
        let real = Candidates::of(name, start.program, env);
        Some(Self { start, env, tool, real, arena })
    }

    /// From here on a fault of ours ends in the real command, not in an error.
    fn be_rescued(&mut self) {
        if let Some(path) = self.real.next_program(&mut self.arena) {
            sys::remember_command(&mut self.start, path);
        }
    }

    // ---- gates, the cheapest first ----

    fn gates(&mut self) -> Gate {
        let voices = Voices::of_environment(self.env);
        if voices.choice() == Some(Choice::Off) {
            return Gate::StepAside("switched off by the environment");
        }
        if let Some(outermost) = self.outermost() {
            return self.nested(outermost);
        }
        let invocation = invocation::read(self.tool, self.start.words(), self.env);
        let verdict = rules::judge(&invocation);
        let checkout = match (&invocation, &verdict) {
            (Invocation::Plain, _) | (Invocation::Compose(_), Verdict::Ignored(_)) => {
                return Gate::StepAside("nothing is recorded for this command line");
            }
            // Also for a dry run: make -n starts other makes for real.
            (Invocation::Make(make), _) => place::of_make(make, self.env, &mut self.arena),
            (Invocation::Compose(compose), _) => place::of_compose(compose, self.env, &mut self.arena),
        };
        let Some(checkout) = checkout else { return Gate::StepAside("not in an OnRamp checkout") };
        let Some(person) = Person::of(self.env, self.start.person, &mut self.arena) else {
            return Gate::StepAside("there is no home");
        };
        let agreement = Agreement::read(checkout, &person, voices, &mut self.arena);
        let (command, rule, only_touches) = match verdict {
            Verdict::Recorded { command, rule, only_touches } => (command, rule.unwrap_or(&rules::PLAIN), only_touches),
            Verdict::Ignored(_) => {
                if matches!(agreement.choice, Some(Choice::On | Choice::Local)) {
                    self.mark();
                }
                return Gate::StepAside("nothing is recorded for this command line");
            }
        };
        match agreement.choice {
            Some(Choice::Off) => Gate::StepAside("switched off"),
            None if notice::is_unseen(&person) => {
                // What is started from here is a part of this run: nobody is asked before it has ended, or by a part
                // of one that fails.
                let stays =
                    matches!(&invocation, Invocation::Compose(compose) if rule.attached && !compose.is_detached);
                match self.mark() {
                    Some(_) if rule.shows_value && !stays => Gate::Undecided(person),
                    _ => Gate::StepAside("nothing is decided"),
                }
            }
            None => Gate::StepAside("nothing is decided"),
            Some(choice) => {
                let Some(marker) = self.mark() else { return Gate::StepAside("no room for the marker") };
                Gate::Record(Ground {
                    invocation,
                    command,
                    rule,
                    only_touches,
                    checkout,
                    person,
                    agreement,
                    choice,
                    marker,
                })
            }
        }
    }

    /// The process id of the outermost run that this one is a part of, in digits, if that process is there.
    fn outermost(&self) -> Option<&'static [u8]> {
        let marker = self.env.filled(Variable::OnrampAnalyticsRun)?;
        is_running(marker).then_some(marker)
    }

    fn nested(&mut self, outermost: &'static [u8]) -> Gate {
        if self.tool == Tool::Make {
            return Gate::StepAside("a part of another run");
        }
        match invocation::read(self.tool, self.start.words(), self.env) {
            Invocation::Compose(compose) if tells_something(&compose) => Gate::Nested { compose, outermost },
            _ => Gate::StepAside("a part of another run"),
        }
    }

    /// Sets the marker for what is started from here on; its value.
    fn mark(&mut self) -> Option<&'static [u8]> {
        let name = Variable::OnrampAnalyticsRun.name().as_bytes();
        let mut entry = Path::new(self.arena.take(name.len() + 24), &[name]);
        entry.add(b"=");
        schema::number(sys::own_process().cast_unsigned().into(), &mut entry);
        let entry = entry.into_c_str()?;
        self.start.mark(entry, self.env.get(Variable::OnrampAnalyticsRun).is_some());
        entry.to_bytes().get(name.len() + 1..)
    }

    // ---- the four ways to run ----

    fn step_aside(&mut self, why: &'static str) -> Outcome {
        self.explain(why);
        let ending = run::step_aside(&mut self.start, &mut self.real, &mut self.arena);
        Outcome { ending, interrupted: false, terminated: false, millis: 0 }
    }

    fn run_nested(&mut self, compose: &invocation::Compose<'static>, outermost: &'static [u8]) -> Outcome {
        let outcome = run::run(&mut self.start, &mut self.real, &mut self.arena);
        // A shell in a container that ends with 130 was not stopped: the person pressed Ctrl-C there, and left later.
        let inner = outcome.ending == Ending::Code(130) && compose.subcommand.is_some_and(passes_status_on);
        if !outcome.is_zero() && (inner || !outcome.was_stopped()) {
            let _ = self.hand_up(compose, outermost, &outcome);
        }
        outcome
    }

    /// Tells the outermost run how a compose below it failed: the first such failure stays. Who has said no meanwhile finds
    /// nothing added.
    #[cold]
    #[inline(never)]
    fn hand_up(&mut self, compose: &invocation::Compose<'static>, outermost: &[u8], outcome: &Outcome) -> Option<()> {
        let Ending::Code(code) = outcome.ending else { return None };
        let checkout = place::of_compose(compose, self.env, &mut self.arena)?;
        let person = Person::of(self.env, self.start.person, &mut self.arena)?;
        let now = Agreement::read(checkout, &person, Voices::of_environment(self.env), &mut self.arena);
        if now.choice <= Some(Choice::Off) {
            return None;
        }
        let digits = now.digits.or_else(|| sys::with_scratch(|room| place::digits_of(checkout, &person, room)))?;
        let mut place = Place::of(&person, &digits, &mut self.arena);
        let path = place.exit_file(outermost)?;
        // 14 is compose's word for a missing file and for a link that leads nowhere: the first is the person's.
        let code = if code == 14 && !self.asked(checkout).file_is_missing { 15 } else { code };
        let mut text = Path::new(self.arena.take(64), &[]);
        schema::number(code.into(), &mut text);
        text.add(b" ");
        text.add(compose.subcommand.map_or("", |s| s.name).as_bytes());
        let file = sys::open(At::CURRENT, path, Mode::CREATE).ok()?;
        let _ = file.give_to(person.user, u32::MAX);
        file.write(text.bytes()).ok().map(drop)
    }

    fn run_undecided(&mut self, person: &Person) -> Outcome {
        let outcome = run::run(&mut self.start, &mut self.real, &mut self.arena);
        if outcome.is_zero() {
            notice::nudge(person, &mut self.arena);
        }
        outcome
    }

    /// Not a part of `main`, which every run that is none of ours goes through as well: its stack would be twice as deep.
    #[inline(never)]
    fn run_recorded(&mut self, ground: &Ground) -> Outcome {
        let argument = match &ground.invocation {
            Invocation::Make(make) => make.argument,
            _ => None,
        };
        let buffer = self.arena.take_far(LISTING_ROOM);
        let (host, has_context) = match &ground.invocation {
            Invocation::Compose(compose) => (compose.host, compose.has_context),
            _ => (None, false),
        };
        let mut rest = Arena::new(self.arena.take_far(64 * 1024));
        let mut disk =
            Disk { checkout: ground.checkout.way, env: self.env, host, has_context, buffer, arena: &mut rest };
        let looks = looks(ground, self.tool, self.start.words(), self.env);
        let mut sight = Sight::before(looks, argument, &mut disk, &mut self.arena);
        let outcome = run::run(&mut self.start, &mut self.real, &mut self.arena);
        self.record(ground, looks, &mut sight, &mut disk, &outcome);
        outcome
    }

    /// All that comes after a recorded run. Apart from what comes before it, which is what stays in memory meanwhile.
    #[inline(never)]
    fn record(
        &mut self,
        ground: &Ground,
        looks: &'static rules::Rule,
        sight: &mut Sight,
        disk: &mut Disk<'_>,
        outcome: &Outcome,
    ) {
        let mut place = ground.agreement.digits.map(|digits| Place::of(&ground.person, &digits, &mut self.arena));
        let nested = place.as_mut().and_then(|place| nested_failure(place, ground.marker));
        let run = self.as_recorded(ground, looks, outcome);
        let first;
        let agreement = if is_complete(ground.choice, &ground.agreement) {
            &ground.agreement
        } else if let Some(made) = self.first_identity(ground) {
            first = made;
            &first
        } else {
            self.explain("there is no place for events, or consent changed while the command ran");
            return;
        };
        let now = sys::now(Clock::Calendar);
        let lines = self.arena.fill(192 * 1024, |buffer| {
            let id = agreement.id.as_ref().filter(|_| ground.choice != Choice::Local);
            let mut lines = Lines::new(buffer, id, now / DAY);
            record::events(&run, outcome, sight, nested, disk, &mut |event| lines.add(event));
            Some(lines.length)
        });
        self.keep(ground, agreement, place, lines.unwrap_or_default(), now);
    }

    // ---- parts of a recorded run ----

    fn as_recorded<'g>(&mut self, ground: &'g Ground, looks: &'static rules::Rule, outcome: &Outcome) -> Run<'g> {
        let (goal, argument, is_broken, is_detached) = match &ground.invocation {
            Invocation::Make(make) => (make.goal.unwrap_or_default(), make.argument, make.is_broken, false),
            Invocation::Compose(compose) => (&b""[..], None, compose.is_broken, compose.is_detached),
            Invocation::Plain => (&b""[..], None, false, false),
        };
        let asked = if outcome.is_zero() { Asked::default() } else { self.asked(ground.checkout) };
        Run {
            command: ground.command,
            rule: ground.rule,
            looks,
            argument,
            goal,
            is_broken,
            only_touches: ground.only_touches,
            is_detached,
            is_compose: matches!(ground.invocation, Invocation::Compose(_)),
            asked,
        }
    }

    /// What the command line names that is not there.
    #[cold]
    fn asked(&mut self, checkout: Checkout) -> Asked {
        let mut asked = Asked::default();
        let is_missing = |parts: &[&[u8]]| parts != [b"-"] && stat_of(parts, false).is_err();
        let buffer = self.arena.take(LISTING_ROOM);
        invocation::visit(self.tool, self.start.words(), self.env, &mut |item| match item {
            Item::Value(Means::File, path) => asked.file_is_missing |= is_missing(&[path]),
            // make reads it from the folder of the last -C; whose home a tilde means is not asked.
            Item::Value(Means::Makefile, path) if !matches!(path, b"-" | [b'~', ..]) => {
                asked.file_is_missing |= is_missing(&[checkout.way, path]);
            }
            Item::Value(Means::EnvFile, path) => asked.env_file_is_missing |= is_missing(&[path]),
            Item::Service(name) => {
                let mut file = [0; 256];
                let mut file = Path::new(&mut file, &[name]);
                file.add(b".yml");
                let has = |folder: &str| stat_of(&[checkout.way, folder.as_bytes(), file.bytes()], true).is_ok();
                let is_there = has(names::SERVICES) || self.may_be_read(name, checkout, buffer);
                let is_known = has(names::MARK_FOLDER) || crate::catalog::Service::named(name).is_public();
                asked.service_is_unknown |= !is_there && !is_known;
                asked.service_is_not_enabled |= !is_there && is_known;
            }
            _ => {}
        });
        asked
    }

    /// Whether a service may stand in one of the files that compose reads: those that are named, else OnRamp's own.
    fn may_be_read(&self, service: &[u8], checkout: Checkout, buffer: &mut [u8]) -> bool {
        let (mut any, mut found) = (self.env.filled(Variable::ComposeFile).is_some(), false);
        invocation::visit(self.tool, self.start.words(), self.env, &mut |item| {
            if let Item::Value(Means::File, path) = item {
                found |= path == b"-" || may_have(&[path], service, buffer);
                any = true;
            }
        });
        found || !any && may_have(&[checkout.way, names::COMPOSE.as_bytes()], service, buffer)
    }

    /// A yes by variable alone makes digits and id: then what is agreed to is read again, before and after.
    #[cold]
    #[inline(never)]
    fn first_identity(&mut self, ground: &Ground) -> Option<Agreement> {
        let (checkout, person) = (ground.checkout, &ground.person);
        let mut now = Agreement::read(checkout, person, Voices::of_environment(self.env), &mut self.arena);
        for is_made in [false, true] {
            if now.choice != Some(ground.choice) {
                return None;
            }
            if is_complete(ground.choice, &now) {
                return Some(now);
            }
            if ground.choice == Choice::Local {
                now.digits = Some(identity::folder(checkout, person, &mut self.arena)?);
                return Some(now);
            }
            if is_made || now.has_lock {
                return None;
            }
            identity::make(checkout, person, &mut self.arena)?;
            now = Agreement::read(checkout, person, Voices::of_environment(self.env), &mut self.arena);
        }
        None
    }

    /// Appends the events, and sees to it that they get on. `place` is that of the agreement before the run, if it has one.
    fn keep(&mut self, ground: &Ground, agreement: &Agreement, place: Option<Place>, lines: &[u8], now: u64) {
        let Some(digits) = &agreement.digits else { return };
        let mut place = match place {
            Some(place) if ground.agreement.digits == agreement.digits => place,
            _ => Place::of(&ground.person, digits, &mut self.arena),
        };
        let local = ground.choice == Choice::Local;
        let holds = || agreement.still_holds();
        match spool::append(&ground.person, &mut place, local, lines, &holds, &mut self.arena) {
            Appended::No => self.explain("the events could not be written, or consent has just changed"),
            Appended::Yes { crowded } => {
                if !local && !agreement.notice_shown {
                    notice::notice(self.env, &ground.person, &mut place, ground.checkout.way, &mut self.arena);
                }
                if crowded || wake::is_due(&mut place, now) {
                    let sleeper = if local { wake::KEEPER } else { wake::SENDER };
                    wake::wake(sleeper, &self.start, ground.checkout, &mut self.arena);
                }
            }
        }
    }

    // ---- the end ----

    fn end(&self, outcome: &Outcome) -> ! {
        let name = self.real.name();
        let why = match outcome.ending {
            Ending::NotFound => words::NOT_FOUND,
            Ending::NotExecutable => words::NOT_EXECUTABLE,
            _ => outcome.end(),
        };
        sys::say(&[name, why.as_bytes()]);
        outcome.end()
    }

    fn explain(&self, why: &str) {
        if self.env.get(Variable::OnrampAnalyticsDebug) == Some(b"1") {
            sys::say(&[words::DEBUG.as_bytes(), why.as_bytes(), b"\n"]);
        }
    }
}

/// What a failed compose below the run with this marker told; takes it away.
fn nested_failure(place: &mut Place, marker: &[u8]) -> Option<Nested> {
    let path = place.exit_file(marker)?;
    let file = sys::open(At::CURRENT, path, Mode::READ).ok()?;
    let mut text = [0; 32];
    let count = file.read(&mut text).unwrap_or(0);
    let _ = sys::unlink(path);
    let mut words = text[..count].split(|b| *b == b' ');
    let code = words.next().and_then(decimal).and_then(|code| u8::try_from(code).ok())?;
    let rule = words.next().and_then(rules::of_subcommand).unwrap_or(&rules::PLAIN);
    Some(Nested { code, rule })
}

/// The rule that says what a command line can change: of its goals the first that can change anything.
fn looks<'a>(ground: &Ground, tool: Tool, words: impl Words<'a>, env: &Env<'a>) -> &'static rules::Rule {
    let mut found = ground.rule;
    if matches!(ground.invocation, Invocation::Make(make) if make.goals > 1) {
        invocation::visit(tool, words, env, &mut |item| {
            if let Item::Goal(goal) = item {
                found = rules::that_looks(found, goal);
            }
        });
    }
    found
}

/// Whether a process of that number, in digits, is there.
fn is_running(digits: &[u8]) -> bool {
    decimal(digits).and_then(|number| i32::try_from(number).ok()).is_some_and(sys::is_alive)
}

/// Whether a nested compose is worth waiting for: not one that only shows something. A dry run can fail as well.
fn tells_something(compose: &invocation::Compose<'_>) -> bool {
    let is_version = compose.subcommand.is_none_or(|subcommand| subcommand.name == "version");
    !is_version && !compose.shows_help && !compose.shows_version
}

/// Whether the exit code of a compose is that of a program in a container.
fn passes_status_on(subcommand: &crate::options::Subcommand) -> bool {
    rules::of_subcommand(subcommand.name.as_bytes()).is_some_and(|rule| rule.passes_status_on)
}

/// The events of one run as lines: a newline, then each event and a newline. What does not fit is left out whole.
struct Lines<'i> {
    buffer: &'i mut [u8],
    length: usize,
    id: Option<&'i [u8; 36]>,
    day: u64,
    is_full: bool,
}

impl<'i> Lines<'i> {
    fn new(buffer: &'i mut [u8], id: Option<&'i [u8; 36]>, day: u64) -> Self {
        let mut this = Self { buffer, length: 0, id, day, is_full: false };
        this.put(b"\n");
        this
    }

    fn add(&mut self, event: Event) {
        let mut chance = [0_u8; 24];
        if sys::random(&mut chance).is_err() {
            return;
        }
        let (uuid, micros) = chance.split_at(16);
        let micros = micros.iter().fold(0, |n, b| n << 8 | u64::from(*b)) % Stamp::LATEST;
        let uuid = uuid.try_into().unwrap_or_default();
        let before = self.length;
        schema::write(event, &Stamp { uuid, id: self.id, day: self.day, micros }, self);
        self.put(b"\n");
        if core::mem::take(&mut self.is_full) {
            self.length = before;
        }
    }
}

impl Sink for Lines<'_> {
    fn put(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        match self.buffer.get_mut(self.length..end) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.length = end;
            }
            None => self.is_full = true,
        }
    }
}
