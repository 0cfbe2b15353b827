//! Owns counts by duration, packed: durations have two significant digits, so there are few different ones, and mean
//! and percentiles are exact.
//!
//! A duration is a place: 0 to 99 stand for themselves, then each power of ten has ninety. Packed, the places that have
//! a count follow each other as pairs of numbers: how far from the one before, and the count, each in base 128 with the
//! lowest digits first (LEB128).

/// How many places there are: enough for a month of milliseconds, the longest duration that is admitted.
const PLACES: usize = 820;

/// Counts by duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<i64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; PLACES] }
    }
}

impl Histogram {
    /// Adds to the count of a duration, in milliseconds; less than none is none.
    pub fn add(&mut self, millis: u64, by: i64) {
        let count = &mut self.counts[place(millis).min(PLACES - 1)];
        *count = count.saturating_add(by);
    }

    /// Adds counts that were packed; what can't be read is left out.
    pub fn unpack(&mut self, mut packed: &[u8]) {
        let mut at = 0;
        while let (Some(step), Some(count)) = (number(&mut packed), number(&mut packed)) {
            at += step as usize;
            let Some(known) = self.counts.get_mut(at) else { return };
            *known = known.saturating_add(count.cast_signed());
        }
    }

    /// The counts, packed.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut packed = Vec::new();
        let mut last = 0;
        for (place, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            put((place - last) as u64, &mut packed);
            put(count.cast_unsigned(), &mut packed);
            last = place;
        }
        packed
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.each().map(|(_, count)| count).sum()
    }

    /// All durations together, in milliseconds.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.each().map(|(millis, count)| millis.saturating_mul(count)).fold(0, u64::saturating_add)
    }

    /// The duration at that part of all, sorted: of 4 the third is at 0.5.
    #[must_use]
    pub fn at(&self, part: f64) -> u64 {
        let place = (part * self.count() as f64) as u64;
        let mut before = 0;
        for (millis, count) in self.each() {
            before += count;
            if place < before {
                return millis;
            }
        }
        0
    }

    fn each(&self) -> impl Iterator<Item = (u64, u64)> {
        let some = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        some.map(|(place, count)| (duration(place), count.cast_unsigned()))
    }
}

fn place(millis: u64) -> usize {
    let (mut digits, mut power) = (millis, 0);
    while digits >= 100 {
        digits /= 10;
        power += 1;
    }
    digits as usize + 90 * power
}

fn duration(place: usize) -> u64 {
    if place < 100 {
        return place as u64;
    }
    let power = (place - 10) / 90;
    (place - 90 * power) as u64 * 10_u64.pow(power as u32)
}

fn put(mut number: u64, packed: &mut Vec<u8>) {
    while number >= 0x80 {
        packed.push(number as u8 | 0x80);
        number >>= 7;
    }
    packed.push(number as u8);
}

fn number(packed: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (first, rest) = packed.split_first()?;
        *packed = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(durations: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        durations.iter().for_each(|millis| histogram.add(*millis, 1));
        histogram
    }

    #[test]
    fn every_rounded_duration_has_a_place_of_its_own() {
        let mut last = None;
        for millis in (0..100).chain((1..9).flat_map(|power| (10..100).map(move |digits| digits * 10_u64.pow(power)))) {
            assert_eq!(duration(place(millis)), millis);
            assert!(last < Some(place(millis)) && place(millis) < PLACES, "{millis}");
            last = Some(place(millis));
        }
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_list() {
        let histogram = of(&[100, 200, 300, 400]);
        assert_eq!((histogram.at(0.5), histogram.at(0.95), histogram.count(), histogram.sum()), (300, 400, 4, 1000));
        assert_eq!(of(&[7]).at(0.95), 7);
        assert_eq!(Histogram::default().at(0.5), 0);
        let hundred: Vec<_> = (0..100).collect();
        assert_eq!((of(&hundred).at(0.5), of(&hundred).at(0.95)), (50, 95));
    }

    #[test]
    fn what_is_torn_or_strange_is_left_out() {
        for packed in [&[][..], &[5], &[0x80], &[0xff; 30], &[0xff, 0x7f, 1]] {
            let mut histogram = Histogram::default();
            histogram.unpack(packed);
            assert_eq!(histogram.count(), 0, "{packed:?}");
        }
    }

    proptest! {
        #[test]
        fn packed_and_unpacked_it_is_the_same(durations in prop::collection::vec((0..820_usize, 1..1_000_000_i64), 0..40)) {
            let mut histogram = Histogram::default();
            for (place, count) in durations {
                histogram.add(duration(place), count);
            }
            let mut again = Histogram::default();
            again.unpack(&histogram.pack());
            prop_assert_eq!(&again, &histogram);
            let mut twice = histogram.clone();
            twice.unpack(&histogram.pack());
            prop_assert_eq!(twice.count(), 2 * histogram.count());
            prop_assert_eq!(twice.at(0.5), histogram.at(0.5));
        }
    }
}
