//! Owns saying why: for each source what it says, in words, for `status`, the page and the docs.

use super::change::{Changed, Current};
use super::{Choice, Consent, Said, Source};
use crate::env::{Environment, Variable};
use crate::paths::checkout;
use crate::words::{choice, count, fill, parted, rule, state_word};
use onramp_shim::consent::{is_no, of_env_file};
use onramp_shim::schema::VERSION;
use serde_json::{Value, json};

/// One source and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which source.
    pub source: Source,
    /// Its name for a person.
    pub name: &'static str,
    /// What it adds to the decision; nothing if it is silent.
    pub says: Option<Choice>,
    /// Why, in words.
    pub why: String,
    /// Whether it is the one that decided.
    pub decided: bool,
}

impl Rule {
    /// The rule for a program, as `status` and the page give it.
    #[must_use]
    pub fn as_json(&self) -> Value {
        let says = self.says.map(|choice| state_word(Some(choice)));
        json!({"source": self.name, "says": says, "decided": self.decided, "why": self.why})
    }
}

/// The rule that decided; while undecided the lock, where a choice would stand.
#[must_use]
pub fn deciding(env: &Environment, consent: &Consent) -> Rule {
    one(env, consent, consent.decided_by.unwrap_or(Source::Lock))
}

/// Every rule, in the order in which the deciding one is named.
#[must_use]
pub fn all(env: &Environment, consent: &Consent) -> Vec<Rule> {
    Source::ALL.into_iter().map(|source| one(env, consent, source)).collect()
}

fn one(env: &Environment, consent: &Consent, source: Source) -> Rule {
    let doubt =
        consent.doubts.iter().find(|doubt| doubt.source == source).map(|doubt| parted(&doubt.what).0.to_owned());
    let why = doubt.unwrap_or_else(|| match source {
        Source::OffFile => of_off_file(consent),
        Source::DoNotTrack => of_switch(env, Variable::DoNotTrack, consent, source),
        Source::Environment => of_environment(env),
        Source::Ci => of_ci(env, consent),
        Source::EnvFile => of_settings(consent),
        Source::Lock => of_lock(consent),
    });
    Rule {
        source,
        name: name(source),
        says: consent.voices.of(source),
        why,
        decided: consent.decided_by == Some(source),
    }
}

/// What a source is called.
#[must_use]
pub const fn name(source: Source) -> &'static str {
    match source {
        Source::OffFile => rule::OFF_FILE,
        Source::DoNotTrack => rule::DO_NOT_TRACK,
        Source::Environment => rule::ENVIRONMENT,
        Source::Ci => rule::CI,
        Source::EnvFile => rule::ENV_FILE,
        Source::Lock => rule::LOCK,
    }
}

fn of_off_file(consent: &Consent) -> String {
    let path = consent.off_file.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let there = consent.voices.of(Source::OffFile).is_some();
    fill(if there { rule::OFF_FILE_OFF } else { rule::OFF_FILE_SILENT }, &[("path", &path)])
}

fn value(env: &Environment, variable: Variable) -> Option<String> {
    env.known().get(variable).map(|value| value.escape_ascii().to_string())
}

fn of_switch(env: &Environment, variable: Variable, consent: &Consent, source: Source) -> String {
    match value(env, variable) {
        None => rule::UNSET.to_owned(),
        Some(value) if consent.voices.of(source).is_some() => fill(rule::DO_NOT_TRACK_OFF, &[("value", &value)]),
        Some(value) => fill(rule::NOT_OFF, &[("value", &value)]),
    }
}

fn of_ci(env: &Environment, consent: &Consent) -> String {
    let Some(value) = value(env, Variable::Ci) else { return rule::UNSET.to_owned() };
    let words = match (consent.voices.of(Source::Ci), consent.voices.of(Source::Environment)) {
        (Some(_), _) => rule::CI_OFF,
        (None, Some(_)) => rule::CI_OVERRULED,
        (None, None) => rule::NOT_OFF,
    };
    fill(words, &[("value", &value)])
}

fn of_environment(env: &Environment) -> String {
    said(value(env, Variable::OnrampAnalyticsEnabled), rule::UNSET, rule::ENVIRONMENT_SAYS, rule::ENVIRONMENT_UNKNOWN)
}

fn of_settings(consent: &Consent) -> String {
    let text = super::contents(&consent.checkout.join(checkout::ENV_FILE)).ok().flatten();
    let value = text.as_ref().and_then(|(text, _)| of_env_file(text, Variable::OnrampAnalyticsEnabled.name()));
    let value = value.map(|value| value.escape_ascii().to_string());
    let plainly = value.as_ref().and_then(|value| Choice::read(value.as_bytes()));
    if consent.voices.of(Source::EnvFile) != plainly {
        return rule::ENV_FILE_UNCLEAR.to_owned();
    }
    said(value, rule::ENV_FILE_SILENT, rule::ENV_FILE_SAYS, rule::ENV_FILE_UNKNOWN)
}

fn said(value: Option<String>, silent: &str, says: &str, unknown: &str) -> String {
    let Some(value) = value else { return silent.to_owned() };
    let words = match Choice::read(value.as_bytes()) {
        None => rule::EMPTY,
        Some(Choice::Off) if !is_no(value.as_bytes()) => unknown,
        Some(_) => says,
    };
    fill(words, &[("value", &value)])
}

fn of_lock(consent: &Consent) -> String {
    let Some(file) = &consent.lock else { return rule::LOCK_ABSENT.to_owned() };
    let lock = file.parse();
    let text = |value: Option<&[u8]>| value.map(|value| value.escape_ascii().to_string());
    let words = match consent.said {
        Said::Nothing => rule::LOCK_SILENT,
        Said::Choice(Choice::On) => rule::LOCK_ON,
        Said::Choice(Choice::Local) => rule::LOCK_LOCAL,
        Said::Choice(Choice::Off) => rule::LOCK_OFF,
        Said::OfAnotherPerson => rule::LOCK_OF_ANOTHER_PERSON,
        Said::OfAnotherCheckout => rule::LOCK_OF_ANOTHER_CHECKOUT,
        Said::OfAnotherSchema => rule::LOCK_OF_ANOTHER_SCHEMA,
        Said::Damaged if file.is_no_text() => rule::LOCK_NO_TEXT,
        Said::Damaged => rule::LOCK_DAMAGED,
    };
    fill(
        words,
        &[
            ("date", &text(lock.decided_on).unwrap_or_else(|| rule::NO_DATE.to_owned())),
            ("value", &text(lock.enabled).unwrap_or_default()),
            ("owner", &file.owner.to_string()),
            ("theirs", &text(lock.schema).unwrap_or_default()),
            ("ours", &VERSION.to_string()),
        ],
    )
}

/// What became of telling what is enabled now; nothing where that was not asked for.
#[must_use]
pub fn current(changed: &Changed) -> Option<String> {
    let is_local = changed.now.choice == Some(Choice::Local);
    let words = match changed.current {
        Current::Silent => return None,
        Current::ToldBefore => choice::CURRENT_TOLD,
        Current::Told(0) => choice::CURRENT_NONE,
        Current::Told(_) if is_local => choice::CURRENT_LOCAL,
        Current::Told(_) => choice::CURRENT,
    };
    let events = if let Current::Told(events) = changed.current { events } else { 0 };
    Some(fill(words, &[("count", &count(events, "event"))]))
}

/// The state in a sentence; `has_endpoint` is whether the settings name one that was agreed to.
#[must_use]
pub fn state(consent: &Consent, has_endpoint: bool) -> String {
    use crate::words::state;
    let is_held = consent.used_id().is_some() && !(has_endpoint && consent.notice_shown);
    let words = match consent.choice {
        Some(Choice::On) if consent.lacks_id() => state::ON_IDLE,
        Some(Choice::On) if is_held => state::ON_HELD,
        Some(Choice::On) => state::ON,
        Some(Choice::Local) => state::LOCAL,
        Some(Choice::Off) => state::OFF,
        None => state::UNDECIDED,
    };
    fill(words, &[("host", consent.agreed_host.as_deref().unwrap_or(state::NOWHERE))])
}
