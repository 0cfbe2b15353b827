//! Owns the JSON of a request: which keys PostHog gives a meaning, and what is left of the values.
//!
//! Values that no event of ours can have are read past, not kept.

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
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

/// A value that a property of the schema can have.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number that is not negative.
    Number(u64),
    /// `null`.
    Null,
    /// Anything else.
    Other,
}

/// A whole request.
#[derive(Debug)]
pub enum Request<'a> {
    /// `{"api_key":...,"batch":[...]}`.
    Batch { key: Cow<'a, str>, events: Vec<Incoming<'a>> },
    /// An array of events, or one event.
    Events(Vec<Incoming<'a>>),
}

/// The bytes of the largest event of a well-formed body.
pub fn largest(body: &[u8]) -> usize {
    #[derive(serde::Deserialize)]
    struct Batch<'a> {
        #[serde(borrow)]
        batch: Vec<&'a RawValue>,
    }
    let events = match serde_json::from_slice::<Batch<'_>>(body) {
        Ok(request) => request.batch,
        Err(_) => serde_json::from_slice(body).unwrap_or_default(),
    };
    events.iter().map(|event| event.get().len()).max().unwrap_or(body.len())
}

/// A string that is borrowed from the body where it can be.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Scalar<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Boolean(value))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(value))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Other)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Other)
            }
            fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Null)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }
        }
        deserializer.deserialize_any(Reader)
    }
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

/// Everything that can stand at the top of a request, or of an event in it.
#[derive(Default)]
struct Top<'a> {
    event: Incoming<'a>,
    named: bool,
    batch: Option<Vec<Incoming<'a>>>,
}

impl<'a> Top<'a> {
    /// Takes one key's value, if there is one to take.
    fn take<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A, in_batch: bool) -> Result<(), A::Error> {
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
            "batch" if !in_batch => self.batch = Some(map.next_value()?),
            _ => {
                map.next_value::<IgnoredAny>()?;
                event.more = true;
            }
        }
        Ok(())
    }

    /// The event, with what PostHog takes from its properties if it stands nowhere else.
    fn into_event<E: de::Error>(self) -> Result<Incoming<'a>, E> {
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
                let mut top = Top::default();
                while let Some(Text(name)) = map.next_key()? {
                    top.take(&name, &mut map, true)?;
                }
                top.into_event()
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de> Deserialize<'de> for Request<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Request<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event, a batch or an array of events")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Request<'de>, A::Error> {
                let mut events = Vec::new();
                while let Some(event) = seq.next_element()? {
                    events.push(event);
                }
                Ok(Request::Events(events))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Request<'de>, A::Error> {
                let mut top = Top::default();
                while let Some(Text(name)) = map.next_key()? {
                    top.take(&name, &mut map, false)?;
                }
                match top.batch.take() {
                    // Without a key of its own a batch is no batch to PostHog; the events' keys then count.
                    Some(events) => Ok(match top.event.key {
                        Some(key) => Request::Batch { key, events },
                        None => Request::Events(events),
                    }),
                    None => top.into_event().map(|event| Request::Events(vec![event])),
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
