//! Owns reading `tests/data/onramp_runs.jsonl`.

use serde_json::Value;

/// One recorded run.
pub struct Run {
    pub id: String,
    pub argv: Vec<String>,
    /// Where it ran, from the checkout; `{OUTSIDE}` is a folder elsewhere.
    pub at: String,
    pub env: Vec<(String, String)>,
    pub stdin: String,
    pub on_terminal: bool,
    pub initial: Value,
    pub changed: Value,
    pub nested: Vec<Nested>,
    /// How it ended: an exit code, or a signal.
    pub end: End,
    pub signal_sent: Option<rustix::process::Signal>,
    expected: Vec<Value>,
    alternative: Option<Vec<Value>>,
}

/// A call that the run made.
pub struct Nested {
    pub argv: Vec<String>,
    pub end: End,
}

/// How a process ended.
#[derive(Clone, Copy)]
pub enum End {
    Exit(i64),
    Signal(i64),
}

/// All recorded runs.
pub fn all() -> Vec<Run> {
    let lines = include_str!("../data/onramp_runs.jsonl").lines();
    lines.map(|line| read(&serde_json::from_str(line).unwrap())).collect()
}

fn read(run: &Value) -> Run {
    let text = |key: &str| run[key].as_str().unwrap().to_owned();
    Run {
        id: text("id"),
        argv: words(&run["argv"]),
        at: text("cwd_rel"),
        env: run["env_extra"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(k, v)| (k.clone(), v.as_str().unwrap().into()))
            .collect(),
        stdin: Some(text("stdin")).filter(|s| !s.starts_with("/dev") && s != "pty").unwrap_or_default(),
        on_terminal: run["stdin"] == "pty",
        initial: run["initial"].clone(),
        changed: run["changed"].clone(),
        nested: run["nested"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| Nested { argv: words(&n["argv"]), end: end(n) })
            .collect(),
        end: end(run),
        signal_sent: run["signal_sent"][0].as_str().map(|name| match name {
            "SIGINT" => rustix::process::Signal::INT,
            "SIGTERM" => rustix::process::Signal::TERM,
            "SIGHUP" => rustix::process::Signal::HUP,
            other => panic!("{other}"),
        }),
        expected: run["expected_events"].as_array().unwrap().clone(),
        alternative: run["alt_events"].as_array().cloned(),
    }
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned()).collect()
}

/// `-1` stands for the signal beside it; any other negative number is the signal itself.
fn end(of: &Value) -> End {
    match (of["exit_code"].as_i64().unwrap(), of["signal"].as_i64()) {
        (-1, Some(signal)) => End::Signal(signal),
        (code @ ..0, _) => End::Signal(-code),
        (code, _) => End::Exit(code),
    }
}

impl Run {
    /// In the words of the harness.
    pub fn ending(&self) -> String {
        match self.end {
            End::Exit(code) => format!("exit {code}"),
            End::Signal(signal) => format!("signal {signal}"),
        }
    }

    /// Names under a key of `initial` or `changed`; `true` stands for everything and says nothing.
    pub fn names(list: &Value) -> impl Iterator<Item = &str> {
        list.as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    /// The events that are right, in the words of the harness, sorted: the expected ones, and the alternative.
    pub fn right_events(&self) -> Vec<Vec<String>> {
        let sorted = |events: &Vec<Value>| {
            let mut all: Vec<String> = events.iter().map(in_words).collect();
            all.sort();
            all
        };
        [Some(&self.expected), self.alternative.as_ref()].into_iter().flatten().map(sorted).collect()
    }
}

fn in_words(event: &Value) -> String {
    let mut words = Vec::new();
    for key in ["event", "service_name", "override_name", "command", "error_type"] {
        words.extend(event[key].as_str());
    }
    words.extend((event["has_scaffold"] == true).then_some("with scaffold"));
    words.extend(event["success"].as_bool().map(|yes| if yes { "success" } else { "failure" }));
    words.join(" ")
}
