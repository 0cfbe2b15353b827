//! Owns the reasons why something is not stored: a closed list, counted and shown.

/// Why an event, or a whole request, is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The whole request could not be read.
    Malformed,
    /// The event has no uuid, so that a second delivery could not be told from a second event.
    NoUuid,
    /// The id is not one that this program makes.
    ForeignId,
    /// The timestamp can't be read, lies in the future, or lies further back than events are kept.
    Clock,
    /// There is no such event.
    UnknownEvent,
    /// It carries something that the schema does not have, or lacks something that it has.
    OtherProperties,
    /// A word or number that the schema does not have.
    UnknownWord,
}

impl Reason {
    /// Every reason with its word and what it means.
    pub const ALL: [(Self, &str, &str); 7] = [
        (Self::Malformed, "malformed", "requests that could not be read as a whole"),
        (Self::NoUuid, "no_uuid", "events without a uuid"),
        (Self::ForeignId, "foreign_id", "events whose distinct_id is not an id that this program makes"),
        (Self::Clock, "clock", "events dated in the future, or before what is kept"),
        (Self::UnknownEvent, "unknown_event", "events that the schema does not have"),
        (Self::OtherProperties, "other_properties", "events that carry more or less than the schema says"),
        (Self::UnknownWord, "unknown_word", "events with a word that the schema does not have"),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_stand_in_the_order_of_their_list() {
        for (place, (reason, _, _)) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place);
        }
    }
}
