//! Owns the frame of a request: a batch, an array of events, or one event, and whose key it carries.

use super::event::{Draft, Incoming};
use super::value::Text;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// What a request says beside its events.
#[derive(Debug, Default)]
pub struct Envelope<'a> {
    /// The batch's own key.
    pub key: Option<Cow<'a, str>>,
    /// Its events' keys: the first one, and whether there is another.
    pub event_key: Option<Cow<'a, str>>,
    /// Two events name different keys.
    pub two_keys: bool,
    /// How many events there are.
    pub events: usize,
    /// One of them has no name.
    pub no_name: bool,
    /// One of them has no distinct id.
    pub no_distinct_id: bool,
}

impl<'a> Envelope<'a> {
    fn note(&mut self, event: &mut Incoming<'a>) {
        self.events += 1;
        self.no_name |= event.name.is_empty();
        self.no_distinct_id |= event.distinct_id.is_none();
        if let Some(key) = event.key.take() {
            self.two_keys |= self.event_key.as_ref().is_some_and(|first| *first != key);
            self.event_key.get_or_insert(key);
        }
    }
}

/// Reads a request and hands over each event as it comes, so that a body of many does not grow in memory.
pub fn read<'a>(body: &'a [u8], take: &mut impl FnMut(Incoming<'a>)) -> serde_json::Result<Envelope<'a>> {
    let mut envelope = Envelope::default();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    Whole { envelope: &mut envelope, take }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(envelope)
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

/// A whole request: a batch, an array of events, or one event.
struct Whole<'s, 'a, F> {
    envelope: &'s mut Envelope<'a>,
    take: &'s mut F,
}

impl<'a, F: FnMut(Incoming<'a>)> Whole<'_, 'a, F> {
    fn hand_over(&mut self, mut event: Incoming<'a>) {
        self.envelope.note(&mut event);
        (self.take)(event);
    }
}

impl<'de, F: FnMut(Incoming<'de>)> DeserializeSeed<'de> for Whole<'_, 'de, F> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Incoming<'de>)> Visitor<'de> for Whole<'_, 'de, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event, a batch or an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(event) = seq.next_element()? {
            self.hand_over(event);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut draft = Draft::default();
        let mut is_batch = false;
        while let Some(Text(name)) = map.next_key()? {
            if name != "batch" {
                draft.take(&name, &mut map)?;
            } else if std::mem::replace(&mut is_batch, true) {
                return Err(de::Error::duplicate_field("batch"));
            } else {
                map.next_value_seed(Batch(Whole { envelope: &mut *self.envelope, take: &mut *self.take }))?;
            }
        }
        if is_batch {
            self.envelope.key = draft.into_key();
        } else {
            let event = draft.finish()?;
            self.hand_over(event);
        }
        Ok(())
    }
}

/// The value of `batch`: an array and nothing else.
struct Batch<'s, 'a, F>(Whole<'s, 'a, F>);

impl<'de, F: FnMut(Incoming<'de>)> DeserializeSeed<'de> for Batch<'_, 'de, F> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self.0)
    }
}
