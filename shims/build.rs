//! Turns the data of this crate into tables: `rules/*.toml`, `catalog.toml`, `variables.toml` and `schema.toml`; and
//! `words.toml` into constants.
//!
//! The tables are compiled in on purpose: what can be collected is a property of the reviewed release, and a
//! stray file on a machine can't widen it. A key that is not known here fails the build.

#[path = "build/phrases.rs"]
mod phrases;

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

fn main() {
    let make: Make = read("rules/make.toml");
    let docker: Docker = read("rules/docker.toml");
    let hosts = hosts(&docker);
    let tables = [
        ("names.rs", names(&make, &docker, &hosts)),
        ("tools.rs", tools(&make, &docker, &hosts)),
        ("variables.rs", variables()),
        ("catalog.rs", catalog()),
        ("schema.rs", schema()),
        ("options.rs", options(&make, &docker, &hosts)),
        ("rules.rs", rules(&make, &docker, &hosts)),
        ("words.rs", phrases::constants(&read("words.toml"))),
    ];
    #[expect(clippy::disallowed_methods, reason = "cargo speaks to a build script by variables")]
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    for (name, text) in tables {
        std::fs::write(Path::new(&out).join(name), text).expect("OUT_DIR is writable");
    }
}

fn read<T: for<'a> Deserialize<'a>>(path: &str) -> T {
    println!("cargo::rerun-if-changed={path}");
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("could not read {path}: {e}"));
    toml::from_str(&text).unwrap_or_else(|e| panic!("could not parse {path}: {e}"))
}

// ---- variables.toml -------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variables {
    variable: Vec<Variable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    name: String,
    meaning: String,
}

fn variables() -> String {
    let all: Variables = read("variables.toml");
    let mut kinds = String::new();
    let mut names = String::new();
    for v in &all.variable {
        let kind = camel(&v.name);
        let _ = writeln!(kinds, "    /// `{}`: {}.\n    {kind},", v.name, v.meaning);
        let _ = writeln!(names, "    ({:?}, {:?}),", v.name, v.meaning);
    }
    let count = all.variable.len();
    let mut by_letter = BTreeMap::<char, String>::new();
    for v in &all.variable {
        let letter = v.name.chars().next().expect("a variable has a name");
        let _ = write!(by_letter.entry(letter).or_default(), "Variable::{}, ", camel(&v.name));
    }
    let arms: String =
        by_letter.iter().map(|(letter, kinds)| format!("        b'{letter}' => &[{kinds}],\n")).collect();
    let only_names: Vec<_> = all.variable.iter().map(|v| &v.name).collect();
    format!(
        "/// An environment variable that the program reads or sets.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n\
         #[repr(u8)]\npub enum Variable {{\n{kinds}}}\n\n\
         /// Name and meaning of each, in the order of variables.toml.\n\
         pub const VARIABLES: [(&str, &str); {count}] = [\n{names}];\n\n\
         const NAMES: [&str; {count}] = {only_names:?};\n\n\
         const fn starting_with(letter: u8) -> &'static [Variable] {{\n    match letter {{\n{arms}        _ => &[],\n    }}\n}}\n"
    )
}

/// `DO_NOT_TRACK` becomes `DoNotTrack`.
fn camel(name: &str) -> String {
    name.split(['_', '-'])
        .map(|word| {
            let (head, tail) = word.split_at(1);
            head.to_uppercase() + &tail.to_lowercase()
        })
        .collect()
}

// ---- catalog.toml ---------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    source: String,
    services: Vec<String>,
    games: Vec<String>,
    overrides: Vec<String>,
    targets: Vec<String>,
}

fn catalog() -> String {
    let c: Catalog = read("catalog.toml");
    let mut services = c.services;
    services.extend(c.games);
    services.sort();
    let mut text = format!("/// Where the names come from.\npub const SOURCE: &str = {:?};\n", c.source);
    text += &words("SERVICES", "Every public service and game, sorted by bytes.", services);
    text += &words("OVERRIDES", "Every public override, sorted by bytes.", c.overrides);
    text += &words("TARGETS", "Every public make target, sorted by bytes.", c.targets);
    let docker: Docker = read("rules/docker.toml");
    let mut commands: Vec<String> = docker.compose.subcommand.into_iter().map(|s| s.name).collect();
    commands.retain(|n| !n.contains(' '));
    text + &words("COMPOSE_COMMANDS", "The compose subcommands that are recorded by name, sorted.", commands)
}

fn words(name: &str, doc: &str, mut list: Vec<String>) -> String {
    list.sort();
    list.dedup();
    for word in &list {
        // Words go into JSON as they are: nothing in them may need escaping.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_. ".contains(&b);
        assert!(!word.is_empty() && word.bytes().all(plain), "{name}: not a plain word: {word:?}");
    }
    let mut end = 0;
    let ends: Vec<usize> = list
        .iter()
        .map(|word| {
            end += word.len();
            end
        })
        .collect();
    format!(
        "/// {doc}\npub const {name}: [&str; {}] = {list:?};\n\
         /// The same without pointers, for the shim.\nstatic {name}_PACKED: Packed = Packed {{ text: {:?}, ends: &{ends:?} }};\n",
        list.len(),
        list.concat()
    )
}

// ---- schema.toml ----------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Schema {
    version: u32,
    error_type: Vec<ErrorType>,
    event: Vec<Event>,
    fixed: Vec<Fixed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorType {
    name: String,
    means: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    name: String,
    when: String,
    why: String,
    property: Vec<Property>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Property {
    name: String,
    values: String,
    means: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixed {
    name: String,
    value: String,
    why: String,
}

fn schema() -> String {
    let s: Schema = read("schema.toml");
    let mut text = format!(
        "/// The version of all that can be recorded; consent is bound to it.\npub const VERSION: u32 = {};\n",
        s.version
    );
    let mut kinds = String::new();
    for e in &s.error_type {
        let _ = writeln!(kinds, "    /// {}.\n    {},", e.means, camel(&e.name));
    }
    let names: Vec<_> = s.error_type.iter().map(|e| e.name.clone()).collect();
    let meanings: Vec<_> = s.error_type.iter().map(|e| (&e.name, &e.means)).collect();
    let variants: Vec<_> = s.error_type.iter().map(|e| format!("ErrorType::{}", camel(&e.name))).collect();
    let _ = write!(
        text,
        "/// Why a run failed, out of a closed list.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[repr(u8)]\n\
         pub enum ErrorType {{\n{kinds}}}\n\
         /// Every error type with its meaning, in the order of schema.toml.\n\
         pub const ERROR_TYPES: [(&str, &str); {}] = {meanings:?};\n\
         const ALL_ERROR_TYPES: [ErrorType; {}] = [{}];\n\
         const ERROR_NAMES: [&str; {}] = {names:?};\n",
        names.len(),
        names.len(),
        variants.join(", "),
        names.len()
    );
    let events: Vec<_> = s.event.iter().map(|e| &e.name).collect();
    let _ = writeln!(text, "const EVENT_NAMES: [&str; {}] = {events:?};", events.len());
    let _ = writeln!(
        text,
        "/// Every event that can be recorded, as schema.toml lists them.\npub const EVENTS: [Described; {}] = [",
        s.event.len()
    );
    for e in &s.event {
        let _ =
            write!(text, "    Described {{ name: {:?}, when: {:?}, why: {:?}, properties: &[", e.name, e.when, e.why);
        for p in &e.property {
            let _ = write!(
                text,
                "Property {{ name: {:?}, values: Values::{}, means: {:?} }}, ",
                p.name,
                camel(&p.values),
                p.means
            );
        }
        text += "] },\n";
    }
    text += "];\n";
    let fixed: Vec<_> = s.fixed.iter().map(|f| (&f.name, &f.value, &f.why)).collect();
    let _ = writeln!(
        text,
        "/// What every event carries beside its own properties: name, value as JSON, reason.\n\
         pub const FIXED: [(&str, &str, &str); {}] = {fixed:?};",
        fixed.len()
    );
    text
}

// ---- rules/*.toml: tools --------------------------------------------------------------------------------------

/// A command that hands what follows its word `compose` to a compose: every file in `rules/` but make's and docker's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Host {
    tool: String,
    why: String,
    compose: String,
    options: Options,
    meanings: Meanings,
    example: Vec<Example>,
}

/// The hosts beside docker itself, by name.
fn hosts(docker: &Docker) -> Vec<Host> {
    println!("cargo::rerun-if-changed=rules");
    let files =
        std::fs::read_dir("rules").expect("there are rules").map(|entry| entry.expect("rules can be read").path());
    let mut files: Vec<_> =
        files.filter(|path| !["rules/make.toml", "rules/docker.toml"].map(Path::new).contains(&&**path)).collect();
    files.sort();
    let all: Vec<Host> = files.iter().map(|path| read(path.to_str().expect("a plain name"))).collect();
    for (host, path) in all.iter().zip(&files) {
        assert!(
            path.file_stem().is_some_and(|stem| *stem == *host.tool),
            "{}: it is named after its tool",
            path.display()
        );
        assert!(!host.why.is_empty() && !host.example.is_empty(), "{}: a tool needs a why and an example", host.tool);
        let known = [&docker.tool, &docker.compose.standalone.tool];
        assert!(known.contains(&&host.compose), "{}: no compose is read like {}", host.tool, host.compose);
    }
    all
}

/// The names of all tools, for PATH.
fn names(make: &Make, docker: &Docker, hosts: &[Host]) -> String {
    let mut engines: Vec<_> = hosts.iter().map(|host| &host.tool).chain([&docker.tool]).collect();
    engines.sort();
    let mut names = engines.clone();
    names.extend([&make.tool, &docker.compose.standalone.tool]);
    names.sort();
    format!(
        "/// The names under which the shim is reached, sorted: one for each wrapped command.\n\
         pub const TOOLS: [&str; {}] = {names:?};\n\
         /// Those of them that run containers.\npub const ENGINES: [&str; {}] = {engines:?};\n",
        names.len(),
        engines.len()
    )
}

/// What each tool is: in the order of its names.
fn tools(make: &Make, docker: &Docker, hosts: &[Host]) -> String {
    let standalone = &docker.compose.standalone.tool;
    let mut all =
        vec![(&make.tool, "Reads::Make".to_owned(), None, None), (standalone, "Reads::Compose".to_owned(), None, None)];
    let host = |tool: &String, handed: &String| {
        let handed = if handed == standalone { "Standalone" } else { "Plugin" };
        format!("Reads::Host(options::{}, Handed::{handed})", tool.to_uppercase())
    };
    all.push((&docker.tool, host(&docker.tool, &docker.tool), Some(format!("{} compose", docker.tool)), None));
    for h in hosts {
        all.push((&h.tool, host(&h.tool, &h.compose), Some(format!("{} compose", h.tool)), Some(&h.why)));
    }
    all.sort();
    let kinds: String = all.iter().map(|(name, ..)| format!("    /// `{name}`\n    {},\n", camel(name))).collect();
    let every: Vec<_> = all.iter().map(|(name, ..)| format!("Tool::{}", camel(name))).collect();
    let reads: Vec<_> = all.iter().map(|(_, reads, ..)| reads.clone()).collect();
    let spoken: Vec<_> = all.iter().map(|(name, _, compose, _)| compose.as_ref().unwrap_or(name)).collect();
    let whys: Vec<_> = all.iter().filter_map(|(name, .., why)| why.map(|why| (name, why))).collect();
    let count = all.len();
    format!(
        "/// A command that is wrapped: one file in `rules/` each, but `docker-compose`, which stands in docker's.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq)]\n#[repr(u8)]\npub enum Tool {{\n{kinds}}}\n\
         /// Every tool, by name.\npub const ALL: [Tool; {count}] = [{}];\n\
         const READS: [Reads; {count}] = [{}];\n\
         const SPOKEN: [&str; {count}] = {spoken:?};\n\
         /// Tools that have no rules of their own, and why they are wrapped.\npub const HOSTS: &[(&str, &str)] = &{whys:?};\n",
        every.join(", "),
        reads.join(", ")
    )
}

// ---- rules/*.toml: options ------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Make {
    tool: String,
    default_goal: String,
    own_goals: String,
    options: Options,
    meanings: Meanings,
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Docker {
    tool: String,
    options: Options,
    meanings: Meanings,
    compose: Compose,
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Compose {
    options: Options,
    everywhere: Options,
    standalone: Standalone,
    old: Other,
    meanings: Meanings,
    subcommand: Vec<Subcommand>,
    subcommand_meanings: Meanings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Standalone {
    tool: String,
    options: Options,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    options: Options,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subcommand {
    name: String,
    #[serde(default)]
    alias: String,
    operands: Option<String>,
    #[serde(default)]
    least: u8,
    most: Option<u8>,
    #[serde(default)]
    options: Options,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Options {
    flags: Vec<String>,
    values: Vec<String>,
    integers: Vec<String>,
    optional: Vec<String>,
    number: Vec<String>,
    real: Vec<String>,
}

/// What some options mean: a meaning, and the options that have it.
type Meanings = BTreeMap<String, String>;

fn options(make: &Make, docker: &Docker, hosts: &[Host]) -> String {
    let compose = &docker.compose;
    let mut text = String::new();
    let mut table = |name: &str, doc: &str, options, meanings| {
        let _ = writeln!(text, "/// {doc}\npub const {name}: Options = {};", packed(options, meanings));
    };
    table("MAKE", "make's options.", &make.options, &make.meanings);
    table("DOCKER", "The docker CLI's own options.", &docker.options, &docker.meanings);
    for host in hosts {
        table(&host.tool.to_uppercase(), "The options before `compose`.", &host.options, &host.meanings);
    }
    let means = &compose.meanings;
    table("COMPOSE", "compose's options before its subcommand.", &compose.options, means);
    table("EVERYWHERE", "What compose takes before its subcommand and after it.", &compose.everywhere, means);
    table("STANDALONE", "docker's own options as docker-compose sorts them out.", &compose.standalone.options, means);
    table("OLD_COMPOSE", "docker-compose 1.29's options before its subcommand.", &compose.old.options, means);
    let names: Vec<_> = hosts.iter().map(|host| host.tool.to_uppercase()).collect();
    let _ = writeln!(text, "#[cfg(test)]\nconst HOSTS: &[Options] = &[{}];", names.join(", "));
    let _ = writeln!(
        text,
        "/// compose's subcommands.\npub static SUBCOMMANDS: [Subcommand; {}] = [",
        compose.subcommand.len()
    );
    for s in &compose.subcommand {
        let _ = writeln!(
            text,
            "    Subcommand {{ name: {:?}, alias: {:?}, operands: Operands::{}, least: {}, most: {}, options: {} }},",
            s.name,
            s.alias,
            camel(s.operands.as_deref().unwrap_or("services")),
            s.least,
            s.most.unwrap_or(u8::MAX),
            packed(&s.options, &compose.subcommand_meanings)
        );
    }
    text + "];\n"
}

/// `Options(&[...])`, one record a spelling: `-s --silent --quiet` makes two, and `-b -m` too.
fn packed(options: &Options, meanings: &Meanings) -> String {
    let kinds = [
        ("None", &options.flags),
        ("Required", &options.values),
        ("Integer", &options.integers),
        ("Optional", &options.optional),
        ("Number", &options.number),
        ("Real", &options.real),
    ];
    let mut records = String::new();
    for (value, spelling) in kinds.iter().flat_map(|(value, all)| all.iter().map(move |spelling| (value, spelling))) {
        let names = || spelling.split(' ');
        let meaning = meanings.iter().find(|(_, of)| of.split(' ').any(|name| names().any(|n| n == name)));
        let meaning = meaning.map_or("Nothing".to_owned(), |(meaning, _)| camel(meaning));
        let longs: Vec<&str> = names().filter_map(|n| n.strip_prefix("--")).collect();
        let letters: Vec<char> = names().filter(|n| !n.starts_with("--")).filter_map(|n| n.chars().nth(1)).collect();
        let letter = letters.first().map_or("0".to_owned(), |l| format!("b{l:?}"));
        let mut record = |letter: &str, long: &str| {
            let _ = write!(records, "code(Value::{value}, Means::{meaning}), {letter}, {}, ", long.len());
            for byte in long.bytes() {
                let _ = write!(records, "{byte}, ");
            }
        };
        longs.iter().for_each(|long| record(&letter, long));
        let bare = if longs.is_empty() { &letters[..] } else { &[] };
        bare.iter().for_each(|letter| record(&format!("b{letter:?}"), ""));
    }
    format!("Options(&[{records}])")
}

// ---- rules/*.toml: rules --------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[serde(default)]
    goals: Vec<String>,
    #[serde(default)]
    subcommands: Vec<String>,
    why: String,
    argument: Option<String>,
    service: Option<Names>,
    #[serde(rename = "override")]
    override_: Option<String>,
    until: Option<String>,
    source: Option<String>,
    unknown: Option<String>,
    requires: Option<String>,
    otherwise: Option<String>,
    requires_keys: Option<Keys>,
    #[serde(default)]
    names_running: bool,
    #[serde(default)]
    names_enabled: bool,
    #[serde(default)]
    started: bool,
    #[serde(default)]
    compose_decides: bool,
    #[serde(default)]
    attached: bool,
    #[serde(default)]
    asks: bool,
    #[serde(default)]
    shows_value: bool,
    #[serde(default)]
    passes_status_on: bool,
    #[serde(default)]
    ends_as_container: bool,
    #[serde(default)]
    ignored: bool,
    #[serde(default)]
    example: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    Word(String),
    List(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    file: String,
    keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    run: String,
    #[serde(default)]
    before: Vec<String>,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    available: Vec<String>,
    #[serde(default)]
    dangling: Vec<String>,
    #[serde(default)]
    ends: i32,
    #[serde(default)]
    interrupted: bool,
    #[serde(default)]
    compose: String,
    #[serde(default)]
    compose_ended: i32,
    #[serde(default)]
    engine: String,
    events: Vec<String>,
}

fn rules(make: &Make, docker: &Docker, hosts: &[Host]) -> String {
    let mut text = format!(
        "/// What a bare `make` runs.\npub const DEFAULT_GOAL: &str = {:?};\n\
         /// Goals of our own start with this: nothing is recorded for them.\npub const OWN_GOALS: &str = {:?};\n",
        make.default_goal, make.own_goals
    );
    text += &rule_table("MAKE_RULES", "The rules of rules/make.toml.", &make.rule, 0);
    text += &rule_table("DOCKER_RULES", "The rules of rules/docker.toml.", &docker.rule, make.rule.len());
    text += &told(make.rule.iter().chain(&docker.rule));
    let examples: Vec<_> = hosts.iter().flat_map(|host| &host.example).map(example).collect();
    let _ = writeln!(
        text,
        "/// Runs of the tools that have no rules of their own.\npub const HOST_EXAMPLES: &[Example] = &[{}];",
        examples.join(", ")
    );
    text
}

fn rule_table(name: &str, doc: &str, rules: &[Rule], first: usize) -> String {
    let mut text = format!("/// {doc}\npub const {name}: &[Rule] = &[\n");
    for (i, r) in rules.iter().enumerate() {
        assert!(!r.why.is_empty(), "{name}: a rule needs a why: {:?}", r.goals);
        let look = |names: &Option<Names>| match names {
            None => "Look::Nowhere".to_owned(),
            Some(Names::Word(w)) => format!("Look::{}", camel(w)),
            Some(Names::List(list)) => format!("Look::These(&{list:?})"),
        };
        let error = |name: &Option<String>| match name {
            None => "None".to_owned(),
            Some(e) => format!("Some(ErrorType::{})", camel(e)),
        };
        let mut goals = r.goals.clone();
        goals.extend(r.subcommands.iter().cloned());
        let _ = writeln!(
            text,
            "    Rule {{ commands: &{goals:?}, number: {}, argument: Argument::{}, service: {}, override_: {}, until: Until::{}, \
             source: {:?}, unknown: {}, requires: {:?}, otherwise: {}, requires_keys: {:?}, \
             names_running: {}, names_enabled: {}, started: {}, compose_decides: {}, attached: {}, asks: {}, \
             shows_value: {}, passes_status_on: {}, \
             ends_as_container: {}, ignored: {} }},",
            first + i,
            camel(r.argument.as_deref().unwrap_or("none")),
            look(&r.service),
            look(&r.override_.clone().map(Names::Word)),
            camel(r.until.as_deref().unwrap_or("unstated")),
            r.source,
            error(&r.unknown),
            r.requires,
            error(&r.otherwise),
            KeysTable(&r.requires_keys),
            r.names_running,
            r.names_enabled,
            r.started,
            r.compose_decides,
            r.attached,
            r.asks,
            r.shows_value,
            r.passes_status_on,
            r.ends_as_container,
            r.ignored
        );
    }
    text + "];\n"
}

/// What is told of each rule, by its number.
fn told<'r>(rules: impl Iterator<Item = &'r Rule>) -> String {
    let mut text = String::from(
        "/// What is told of each rule, by its number. Nothing of it is in the shim.\npub const TOLD: &[Told] = &[\n",
    );
    for r in rules {
        let examples: Vec<_> = r.example.iter().map(example).collect();
        let _ = writeln!(text, "    Told {{ why: {:?}, examples: &[{}] }},", r.why, examples.join(", "));
    }
    text + "];\n"
}

fn example(e: &Example) -> String {
    format!(
        "Example {{ run: {:?}, before: &{:?}, after: &{:?}, available: &{:?}, dangling: &{:?}, ends: {}, \
         interrupted: {}, compose: {:?}, compose_ended: {}, engine: {:?}, events: &{:?} }}",
        e.run,
        e.before,
        e.after,
        e.available,
        e.dangling,
        e.ends,
        e.interrupted,
        e.compose,
        e.compose_ended,
        e.engine,
        e.events
    )
}

/// Prints `Option<(&str, &[&str])>`.
struct KeysTable<'a>(&'a Option<Keys>);

impl std::fmt::Debug for KeysTable<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            None => f.write_str("None"),
            Some(k) => write!(f, "Some(({:?}, &{:?}))", k.file, k.keys),
        }
    }
}
