//! Owns one event of a request: which of its keys PostHog gives a meaning, and what is left of the others.
//!
//! Values that no event of ours can have are read past, not kept.

use super::value::{Scalar, Text};
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use uuid::Uuid;

/// One event as PostHog reads it.
#[derive(Debug, Default, PartialEq)]
pub struct Incoming<'a> {
    /// `uuid`, if it is given.
    pub uuid: Option<Uuid>,
    /// `event`.
    pub name: Cow<'a, str>,
    /// `distinct_id`; none if it is missing or empty. PostHog takes any value as text; what is no text can't be ours.
    pub distinct_id: Option<Cow<'a, str>>,
    /// `timestamp`.
    pub timestamp: Option<Cow<'a, str>>,
    /// `properties`, at most [`Incoming::MOST_PROPERTIES`] of them.
    pub properties: Vec<(Cow<'a, str>, Scalar<'a>)>,
    /// There is more than the schema can have: another key, or more properties.
    pub more: bool,
    /// `api_key` or `token`.
    pub key: Option<Cow<'a, str>>,
}

impl Incoming<'_> {
    /// More properties than any event of the schema has.
    pub const MOST_PROPERTIES: usize = 16;
}

/// The properties of an event, and what PostHog also looks for in them.
struct Properties<'a> {
    kept: Vec<(Cow<'a, str>, Scalar<'a>)>,
    more: bool,
}

impl<'de> Deserialize<'de> for Properties<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Properties<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties<'de>, A::Error> {
                let mut kept = Vec::with_capacity(8);
                let mut more = false;
                while let Some(Text(name)) = map.next_key()? {
                    let wanted = matches!(name.as_ref(), "distinct_id" | "token");
                    if kept.len() < Incoming::MOST_PROPERTIES || wanted {
                        kept.push((name, map.next_value()?));
                    } else {
                        map.next_value::<IgnoredAny>()?;
                        more = true;
                    }
                    if kept.len() > 2 * Incoming::MOST_PROPERTIES {
                        kept.truncate(Incoming::MOST_PROPERTIES);
                    }
                }
                Ok(Properties { kept, more })
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// One event under construction, key by key.
#[derive(Default)]
pub struct Draft<'a> {
    event: Incoming<'a>,
    named: bool,
}

impl<'a> Draft<'a> {
    /// Takes one key's value.
    pub fn take<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let event = &mut self.event;
        match name {
            "event" if self.named => return Err(de::Error::duplicate_field("event")),
            "event" => {
                event.name = map.next_value::<Text<'a>>()?.0;
                self.named = true;
            }
            "uuid" => event.uuid = uuid(map.next_value::<Option<Text<'a>>>()?)?,
            "distinct_id" | "$distinct_id" => {
                event.distinct_id = id(map.next_value::<Scalar<'a>>()?).or(event.distinct_id.take());
            }
            "timestamp" => event.timestamp = map.next_value::<Option<Text<'a>>>()?.map(|t| t.0),
            "properties" => {
                let properties: Properties<'a> = map.next_value()?;
                event.properties = properties.kept;
                event.more |= properties.more;
            }
            "api_key" | "token" | "$token" => event.key = map.next_value::<Option<Text<'a>>>()?.map(|t| t.0),
            _ => {
                map.next_value::<IgnoredAny>()?;
                event.more = true;
            }
        }
        Ok(())
    }

    /// The key of a batch, which stands where an event's key would.
    pub fn into_key(self) -> Option<Cow<'a, str>> {
        self.event.key
    }

    /// The event, with what PostHog takes from its properties if it stands nowhere else.
    pub fn finish<E: de::Error>(self) -> Result<Incoming<'a>, E> {
        let mut event = self.event;
        if !self.named {
            return Err(de::Error::missing_field("event"));
        }
        let property = |name: &str| event.properties.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
        let (inner_id, inner_key) = (property("distinct_id"), property("token"));
        event.distinct_id = event.distinct_id.or_else(|| inner_id.and_then(id));
        event.key = event.key.or_else(|| inner_key.and_then(id));
        Ok(event)
    }
}

fn id(value: Scalar<'_>) -> Option<Cow<'_, str>> {
    match value {
        Scalar::Text(text) => Some(text).filter(|t| !t.is_empty()),
        Scalar::Number(number) => Some(number.to_string().into()),
        Scalar::Boolean(value) => Some(if value { "true" } else { "false" }.into()),
        Scalar::Null => None,
        Scalar::Other => Some("(neither text nor number)".into()),
    }
}

fn uuid<E: de::Error>(text: Option<Text<'_>>) -> Result<Option<Uuid>, E> {
    match text {
        None => Ok(None),
        Some(Text(text)) if text.is_empty() => Ok(None),
        Some(Text(text)) => Uuid::try_parse(&text).map(Some).map_err(|_| de::Error::custom("not a uuid")),
    }
}

impl<'de> Deserialize<'de> for Incoming<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Incoming<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Incoming<'de>, A::Error> {
                let mut draft = Draft::default();
                while let Some(Text(name)) = map.next_key()? {
                    draft.take(&name, &mut map)?;
                }
                draft.finish()
            }
        }
        deserializer.deserialize_map(Reader)
    }
}
