//! Owns what was agreed to: reading the sources of consent and deciding what they amount to.
//!
//! Refuses to change anything: writing `onramp.lock` is `consent.rs` of the command. Every doubt means off.

use crate::bytes::{decimal, find, has_zero, hex_digits, lines, trimmed, word};
use crate::schema;

/// An `onramp.lock` or `services-enabled/.env` of so many bytes, or more, counts as unreadable: off.
pub const LONGEST: usize = 64 * 1024;

/// Where events go if nothing else is said: PostHog's own cloud in the US.
pub const DEFAULT_HOST: &str = "https://us.i.posthog.com";

/// What may happen with what a run shows. The order is the rule: of all that speak, the least counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice {
    /// Nothing is recorded.
    Off,
    /// Recorded for the person's own figures; never sent.
    Local,
    /// Recorded and sent.
    On,
}

impl Choice {
    /// Reads a word of a variable or of the lock: `None` for empty (unset), off for anything unknown.
    #[must_use]
    pub fn read(word: &[u8]) -> Option<Self> {
        if word.trim_ascii().is_empty() {
            None
        } else if is_any(word, &["1", "true", "yes", "on"]) {
            Some(Self::On)
        } else if is_any(word, &["local"]) {
            Some(Self::Local)
        } else {
            Some(Self::Off)
        }
    }
}

/// Whether a word plainly says no.
#[must_use]
pub fn is_no(word: &[u8]) -> bool {
    is_any(word, &["0", "false", "no", "off"])
}

fn is_any(word: &[u8], words: &[&str]) -> bool {
    let word = word.trim_ascii();
    words.iter().any(|w| word.eq_ignore_ascii_case(w.as_bytes()))
}

/// Who may speak about consent, in the order in which the one that decided is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file `off` in the config folder.
    OffFile,
    /// `DO_NOT_TRACK` in the environment.
    DoNotTrack,
    /// `ONRAMP_ANALYTICS_ENABLED` in the environment.
    Environment,
    /// `CI` in the environment.
    Ci,
    /// `ONRAMP_ANALYTICS_ENABLED` in services-enabled/.env.
    EnvFile,
    /// `onramp.lock`.
    Lock,
}

impl Source {
    /// All of them, in that order.
    pub const ALL: [Self; 6] =
        [Self::OffFile, Self::DoNotTrack, Self::Environment, Self::Ci, Self::EnvFile, Self::Lock];
}

/// What each source says; nothing if it is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Voices {
    said: [Option<Choice>; Source::ALL.len()],
}

impl Voices {
    /// Hears the sources that an environment holds.
    #[must_use]
    pub fn of_environment(env: &crate::env::Env<'_>) -> Self {
        use crate::env::Variable;
        let own = env.get(Variable::OnrampAnalyticsEnabled).and_then(Choice::read);
        let mut voices = Self::default();
        voices.say(Source::Environment, own);
        // Whoever sets it to anything but a plain no may well mean it.
        let asked = env.get(Variable::DoNotTrack).filter(|v| !v.trim_ascii().is_empty() && !is_no(v));
        voices.say(Source::DoNotTrack, asked.map(|_| Choice::Off));
        // The environment's own variable overrules CI: whoever sets it there means it.
        let ci = env.get(Variable::Ci).filter(|v| own.is_none() && is_any(v, &["1", "true"]));
        voices.say(Source::Ci, ci.map(|_| Choice::Off));
        voices
    }

    /// Adds what one source says.
    pub fn say(&mut self, source: Source, choice: Option<Choice>) {
        self.said[source as usize] = choice;
    }

    /// What one source says.
    #[must_use]
    pub fn of(&self, source: Source) -> Option<Choice> {
        self.said[source as usize]
    }

    /// The least of all that was said; nothing if nobody spoke: undecided.
    #[must_use]
    pub fn choice(&self) -> Option<Choice> {
        self.said.iter().flatten().copied().min()
    }

    /// The first source that said it.
    #[must_use]
    pub fn decided_by(&self) -> Option<Source> {
        let choice = self.choice();
        Source::ALL.into_iter().find(|s| choice.is_some() && self.of(*s) == choice)
    }
}

/// A key of `onramp.lock`.
pub mod key {
    /// 1, local or 0.
    pub const ENABLED: &str = "ANALYTICS_ENABLED";
    /// The anonymous id.
    pub const ID: &str = "ANALYTICS_ID";
    /// The same, as the PRD wrote it.
    pub const OLD_ID: &str = "analytics_id";
    /// 1 when the notice was shown.
    pub const NOTICE_SHOWN: &str = "ANALYTICS_NOTICE_SHOWN";
    /// Where events may go.
    pub const HOST: &str = "ANALYTICS_HOST";
    /// The version of all that can be recorded.
    pub const SCHEMA: &str = "ANALYTICS_SCHEMA";
    /// The date of the choice.
    pub const DECIDED_ON: &str = "ANALYTICS_DECIDED_ON";
    /// The digits of the checkout, see [`crate::digits`].
    pub const CHECKOUT: &str = "ANALYTICS_CHECKOUT";
}

/// What `onramp.lock` holds, as far as it is ours; the rest of the file is none of our business.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the keys are explained in [`key`]")]
pub struct Lock<'a> {
    /// There are bytes in it that no text has.
    pub damaged: bool,
    pub enabled: Option<&'a [u8]>,
    pub id: Option<&'a [u8; 36]>,
    pub notice_shown: bool,
    pub host: Option<&'a [u8]>,
    pub schema: Option<&'a [u8]>,
    pub decided_on: Option<&'a [u8]>,
    pub checkout: Option<&'a [u8]>,
}

impl<'a> Lock<'a> {
    /// Reads shell-sourceable `KEY=value` lines; of several lines for a key the last counts, as for a shell.
    #[must_use]
    pub fn parse(text: &'a [u8]) -> Self {
        let mut lock = Self { damaged: has_zero(text), ..Self::default() };
        let mut old_id = None;
        for (name, value) in assignments(text) {
            let is = |key: &str| name == key.as_bytes();
            match () {
                () if is(key::ENABLED) => lock.enabled = Some(value),
                () if is(key::ID) => lock.id = id(value),
                () if is(key::OLD_ID) => old_id = id(value),
                () if is(key::NOTICE_SHOWN) => lock.notice_shown = value == b"1",
                () if is(key::HOST) => lock.host = Some(value),
                () if is(key::SCHEMA) => lock.schema = Some(value),
                () if is(key::DECIDED_ON) => lock.decided_on = Some(value),
                () if is(key::CHECKOUT) => lock.checkout = Some(value),
                () => {}
            }
        }
        lock.id = lock.id.or(old_id);
        lock
    }

    /// What the lock says here: on a checkout with these digits, owned by `owner`, for a process of `person`.
    #[must_use]
    pub fn says(&self, digits: Option<&[u8; 16]>, owner: u32, person: u32) -> Said {
        match self.enabled.and_then(Choice::read) {
            _ if self.damaged => Said::Damaged,
            Some(Choice::Off) => Said::Choice(Choice::Off),
            None => Said::Nothing,
            Some(_) if owner != person => Said::OfAnotherPerson,
            Some(choice) if self.is_whole(choice, digits) => match digits {
                Some(digits) if self.checkout == Some(digits) => match is_current_schema(self.schema) {
                    true => Said::Choice(choice),
                    false => Said::OfAnotherSchema,
                },
                _ => Said::OfAnotherCheckout,
            },
            _ => Said::Damaged,
        }
    }

    /// All that a yes is made of stands in it.
    fn is_whole(&self, choice: Choice, here: Option<&[u8; 16]>) -> bool {
        let are_digits = |of: &[u8]| of.len() == 16 && of.iter().all(u8::is_ascii_hexdigit);
        let names_checkout = self.checkout.is_some_and(|of| here.is_some_and(|here| here == of) || are_digits(of));
        let sends = choice != Choice::On || (self.id.is_some() && self.host.is_some());
        names_checkout && self.schema.is_some() && sends
    }
}

/// What a lock says here and now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Said {
    /// There is no choice in it.
    #[default]
    Nothing,
    /// A choice that counts.
    Choice(Choice),
    /// A yes of somebody else: it does not count.
    OfAnotherPerson,
    /// A yes for another checkout or machine: it does not count.
    OfAnotherCheckout,
    /// A yes to another version of what is recorded: it does not count.
    OfAnotherSchema,
    /// Half written, or not written by us: off, since what the person wanted can't be told.
    Damaged,
}

impl Said {
    /// What it adds to the other voices.
    #[must_use]
    pub const fn choice(self) -> Option<Choice> {
        match self {
            Self::Choice(choice) => Some(choice),
            Self::Damaged => Some(Choice::Off),
            Self::Nothing | Self::OfAnotherPerson | Self::OfAnotherCheckout | Self::OfAnotherSchema => None,
        }
    }
}

/// What OnRamp's `services-enabled/.env` says; the last line counts, as for make and compose. Bytes that no text has mean
/// off, and so does a line about the choice that is no plain `KEY=value`: make knows `:=` and `?=`, compose a colon.
#[must_use]
pub fn settings_say(text: &[u8]) -> Option<Choice> {
    let key = crate::env::Variable::OnrampAnalyticsEnabled.name().as_bytes();
    let mut said = None;
    for line in lines(without_mark(text)) {
        match assignment(line) {
            Some((name, value)) if name == key => said = Choice::read(value),
            Some((name, _)) if sets_otherwise(name, key) => return Some(Choice::Off),
            Some(_) => {}
            None => {
                let rest = line.trim_ascii_start().strip_prefix(key).filter(|rest| !rest.trim_ascii().is_empty());
                if rest.is_some_and(|rest| !is_of_a_name(rest[0])) {
                    return Some(Choice::Off);
                }
            }
        }
    }
    if has_zero(text) { Some(Choice::Off) } else { said }
}

/// Whether what stands before an equals sign names the key, and something else too: `KEY :`, `override KEY`.
fn sets_otherwise(name: &[u8], key: &[u8]) -> bool {
    let mut words = name.split(u8::is_ascii_whitespace);
    let is_about =
        |word: &[u8]| word.strip_prefix(key).is_some_and(|rest| rest.first().is_none_or(|b| !is_of_a_name(*b)));
    !name.starts_with(b"#") && words.any(is_about)
}

const fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The value of a variable in OnRamp's `services-enabled/.env`; the last line counts, as for make and compose.
#[must_use]
pub fn of_env_file<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    assignments(text).filter(|(n, _)| *n == name.as_bytes()).last().map(|(_, value)| value)
}

/// The `KEY=value` lines of a file that a shell could source: `export`, blanks, quotes, CRLF and a byte order mark are
/// read over. Blanks around the equals sign too: make and compose take them, and a missed "off" would be the worse error.
/// A key is all that stands before the first equals sign: what is no name is none that anybody asks for.
pub fn assignments(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    lines(without_mark(text)).filter_map(assignment)
}

/// The text behind a byte order mark.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

fn assignment(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = line.split_at(find(b'=', line)?);
    let name = trimmed(name);
    let exported = name.strip_prefix(b"export").filter(|rest| rest.first().is_some_and(u8::is_ascii_whitespace));
    let name = exported.unwrap_or(name).trim_ascii_start();
    (!name.is_empty()).then(|| (name, unquoted(trimmed(&value[1..]))))
}

/// A value as a shell reads it, without quotes and without a comment. What is neither stays as it is, and is no known
/// word.
fn unquoted(value: &[u8]) -> &[u8] {
    let is_comment = |rest: &[u8]| rest.is_empty() || (rest[0].is_ascii_whitespace() && rest.trim_ascii()[0] == b'#');
    if let [quote @ (b'"' | b'\''), rest @ ..] = value {
        return match find(*quote, rest) {
            Some(end) if is_comment(&rest[end + 1..]) => &rest[..end],
            _ => value,
        };
    }
    let mut from = 0;
    while let Some(sign) = find(b'#', &value[from..]).map(|place| from + place) {
        if sign > 0 && value[sign - 1].is_ascii_whitespace() {
            return value[..sign].trim_ascii_end();
        }
        from = sign + 1;
    }
    value
}

fn id(value: &[u8]) -> Option<&[u8; 36]> {
    let id: &[u8; 36] = value.try_into().ok()?;
    const SHAPE: &[u8; 36] = b"00000000-0000-0000-0000-000000000000";
    // The last word overlaps the one before.
    let has_digits = [0, 8, 16, 24, 28].iter().all(|at| hex_digits(word(id, *at)) == hex_digits(word(SHAPE, *at)));
    let has_dashes = [8, 13, 18, 23].iter().all(|at| id[*at] == b'-');
    (has_digits && has_dashes).then_some(id)
}

fn is_current_schema(value: Option<&[u8]>) -> bool {
    value.and_then(decimal) == Some(schema::VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::{Env, Variable};

    const LOCK: &[u8] = b"# kept\nOTHER=1\nexport ANALYTICS_ENABLED='1'\r\nANALYTICS_SCHEMA=1\n\
        ANALYTICS_ID=01234567-89ab-4cde-8f01-23456789abcd\nANALYTICS_CHECKOUT=0123456789abcdef\n\
        ANALYTICS_HOST=\"https://us.i.posthog.com\"  \nANALYTICS_NOTICE_SHOWN=1";

    #[test]
    fn words_are_read_in_any_case_and_anything_else_is_off() {
        for word in ["1", " TRUE ", "yes", "On"] {
            assert_eq!(Choice::read(word.as_bytes()), Some(Choice::On), "{word}");
        }
        assert_eq!(Choice::read(b"Local"), Some(Choice::Local));
        for word in ["0", "false", "no", "off", "2", "enable", "\u{fffd}", "1 1"] {
            assert_eq!(Choice::read(word.as_bytes()), Some(Choice::Off), "{word}");
        }
        assert_eq!(Choice::read(b" \t"), None);
    }

    #[test]
    fn a_lock_speaks_only_where_it_was_written() {
        let lock = Lock::parse(LOCK);
        let digits = b"0123456789abcdef";
        assert_eq!(lock.host, Some(&b"https://us.i.posthog.com"[..]));
        assert!(lock.notice_shown);
        assert_eq!(lock.says(Some(digits), 7, 7), Said::Choice(Choice::On));
        assert_eq!(lock.says(Some(digits), 7, 8), Said::OfAnotherPerson);
        assert_eq!(lock.says(Some(b"0123456789abcdee"), 7, 7), Said::OfAnotherCheckout);
        assert_eq!(lock.says(None, 7, 7), Said::OfAnotherCheckout);
        let newer = Lock { schema: Some(b"2"), ..lock };
        assert_eq!(newer.says(Some(digits), 7, 7), Said::OfAnotherSchema);
        for torn in [
            Lock { id: None, ..lock },
            Lock { checkout: None, ..lock },
            Lock { checkout: Some(b"0123"), ..lock },
            Lock { schema: None, ..lock },
            Lock { host: None, ..lock },
            Lock { damaged: true, ..lock },
        ] {
            assert_eq!(torn.says(Some(digits), 7, 7), Said::Damaged, "{torn:?}");
        }
        assert_eq!(Lock { enabled: Some(b" "), ..lock }.says(Some(digits), 7, 7), Said::Nothing);
        assert_eq!(Lock::default().says(Some(digits), 7, 7), Said::Nothing);
        let off = Lock { enabled: Some(b"0"), schema: Some(b"9"), checkout: None, ..lock };
        assert_eq!(off.says(None, 7, 8), Said::Choice(Choice::Off));
    }

    #[test]
    fn the_least_of_all_that_speak_counts() {
        let env = Env::EMPTY.with(Variable::OnrampAnalyticsEnabled, b"1").with(Variable::Ci, b"true");
        let mut voices = Voices::of_environment(&env);
        assert_eq!((voices.choice(), voices.decided_by()), (Some(Choice::On), Some(Source::Environment)));
        voices.say(Source::Lock, Some(Choice::Local));
        assert_eq!((voices.choice(), voices.decided_by()), (Some(Choice::Local), Some(Source::Lock)));
        assert_eq!(Voices::of_environment(&Env::EMPTY.with(Variable::Ci, b"true")).choice(), Some(Choice::Off));
        let asked = |word| Voices::of_environment(&Env::EMPTY.with(Variable::DoNotTrack, word)).choice();
        for word in [&b"0"[..], b" No ", b"FALSE", b"off", b"", b" "] {
            assert_eq!(asked(word), None, "{}", word.escape_ascii());
        }
        for word in [&b"1"[..], b"TRUE", b"yes", b"on", b"2", b"please"] {
            assert_eq!(asked(word), Some(Choice::Off), "{}", word.escape_ascii());
        }
    }

    #[test]
    fn values_are_read_as_a_shell_reads_them() {
        for (line, value) in [
            (&b"K=1"[..], &b"1"[..]),
            (b"\xef\xbb\xbfK=1", b"1"),
            (b" export K = 'a b' # c", b"a b"),
            (b"export\tK=0", b"0"),
            (b"K=\"a # b\"", b"a # b"),
            (b"K=\"a # b\"\t# c\r", b"a # b"),
            (b"K=0 # c", b"0"),
            (b"K=0#c", b"0#c"),
            (b"K='0'1", b"'0'1"),
            (b"K='0", b"'0"),
        ] {
            assert_eq!(assignments(line).next(), Some((&b"K"[..], value)), "{}", line.escape_ascii());
        }
        for line in [&b"# K=1"[..], b"K", b"K.X=1", b"X K=1", b"K +=1", b"=1", b"if [ K = b ]"] {
            assert!(assignments(line).all(|(key, _)| key != b"K" && !key.is_empty()), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn the_last_line_of_an_env_file_counts() {
        let text =
            b"# ONRAMP_ANALYTICS_ENABLED=1\nONRAMP_ANALYTICS_ENABLED=1\nX=${Y:-1}\nONRAMP_ANALYTICS_ENABLED=0 # no\n";
        assert_eq!(of_env_file(text, Variable::OnrampAnalyticsEnabled.name()), Some(&b"0"[..]));
        assert_eq!(settings_say(text), Some(Choice::Off));
        assert_eq!(settings_say(b"ONRAMP_ANALYTICS_ENABLED=0\nONRAMP_ANALYTICS_ENABLED=1"), Some(Choice::On));
        assert_eq!(settings_say(b"ONRAMP_ANALYTICS_ENABLED=0\nONRAMP_ANALYTICS_ENABLED="), None);
    }

    #[test]
    fn a_line_about_the_choice_that_is_no_plain_assignment_means_off() {
        for line in [":=0", " := 0", "?=1", "+=1", "::= 1", ": 0", " : off", " off", "-=1"] {
            let text = format!("\u{feff}ONRAMP_ANALYTICS_ENABLED{line}\r\nONRAMP_ANALYTICS_ENABLED=1\r\n");
            assert_eq!(settings_say(text.as_bytes()), Some(Choice::Off), "{line}");
        }
        for line in ["override KEY=0", "override KEY := 0", "export KEY ?= 0", "readonly KEY=0", "export -- KEY=0"] {
            let text = format!("{}\n", line.replace("KEY", "ONRAMP_ANALYTICS_ENABLED"));
            assert_eq!(settings_say(text.as_bytes()), Some(Choice::Off), "{line}");
        }
        for line in ["# override KEY=0", "A=KEY=0", "export MY_KEY=0", "export KEY_TOO=0", "#KEY=0"] {
            let text = format!("{}\n", line.replace("KEY", "ONRAMP_ANALYTICS_ENABLED"));
            assert_eq!(settings_say(text.as_bytes()), None, "{line}");
        }
        for line in ["", " ", "\r", "_TOO: 0", "2=0", "X"] {
            let text = format!("ONRAMP_ANALYTICS_ENABLED{line}\nexport ONRAMP_ANALYTICS_ENABLED\n");
            assert_eq!(settings_say(text.as_bytes()), None, "{line}");
        }
    }
}
