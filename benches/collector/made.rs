//! Makes events like those of many installs over a year, always the same: few services and commands are popular, most
//! are rare, and a duration is anything between a few milliseconds and minutes.

use onramp_analytics::collector::admission::{Admitted, Version, command};
use onramp_analytics::collector::calendar::{DAY, today};
use onramp_analytics::ledger::written;
use onramp_analytics::vocabulary;
use onramp_shim::catalog::{Command, Override, Service};
use onramp_shim::schema::{Duration, ErrorType, Event, Stamp};
use uuid::Uuid;

/// Some 500 events a year for each install.
pub const EACH: usize = 500;

/// An endless stream of events.
pub struct Made {
    random: u64,
    installs: u64,
    days: u64,
    services: Vec<Service>,
    commands: Vec<Command>,
    errors: Vec<ErrorType>,
}

impl Made {
    /// Events of that many installs, of the last so many days.
    pub fn of(installs: usize, days: u64, seed: u64) -> Self {
        let words = vocabulary::services();
        Self {
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            installs: installs.max(1) as u64,
            days,
            services: words.iter().map(|w| Service::named(w.as_bytes())).collect(),
            commands: vocabulary::commands().iter().filter_map(|w| command(w)).collect(),
            errors: vocabulary::error_types().iter().filter_map(|w| ErrorType::named(w)).collect(),
        }
    }

    /// A batch of one install's events of one day, as a sender makes it.
    pub fn batch(&mut self, events: usize) -> Vec<Admitted> {
        let number = self.below(self.installs);
        let install = uuid::Builder::from_random_bytes(mixed(number)).into_uuid();
        let day = today() - self.below(self.days) as i64;
        (0..events).map(|_| self.event(install, day)).collect()
    }

    fn event(&mut self, install: Uuid, day: i64) -> Admitted {
        let uuid =
            uuid::Builder::from_random_bytes((u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes());
        let at = day * DAY + self.below(Stamp::LATEST) as i64;
        let event = match self.below(100) {
            0..10 => Event::ServiceEnabled { service: self.service(), has_scaffold: self.below(2) == 0 },
            10..13 => Event::ServiceDisabled { service: self.service() },
            13..15 => Event::OverrideEnabled { override_: Override::named(b"plex-nfs") },
            15..21 => {
                let place = self.popular(self.errors.len());
                Event::ErrorOccurred { command: self.command(), error: self.errors[place] }
            }
            _ => {
                let digits = self.below(9_900) + 1;
                let duration = Duration::of_millis(digits * 10_u64.pow(self.below(4) as u32));
                Event::CommandExecuted { command: self.command(), success: self.below(15) > 0, duration }
            }
        };
        Admitted { uuid: uuid.into_uuid(), install, at, version: Version::of_number(100_000), event }
    }

    fn service(&mut self) -> Service {
        let place = self.popular(self.services.len());
        self.services[place]
    }

    fn command(&mut self) -> Command {
        let place = self.popular(self.commands.len());
        self.commands[place]
    }

    /// A place in a list; the first ones come often, the last ones hardly ever.
    fn popular(&mut self, length: usize) -> usize {
        let part = self.below(1 << 20) as f64 / f64::from(1 << 20);
        (part.powi(4) * length as f64) as usize
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// xorshift64* (Vigna, 2016).
    fn next(&mut self) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

fn mixed(number: u64) -> [u8; 16] {
    let spread = u128::from(number + 1).wrapping_mul(0x0123_4567_89ab_cdef_fedc_ba98_7654_3211);
    spread.to_be_bytes()
}

/// The request's body for a batch, as the sender makes it.
pub fn body(events: &[Admitted]) -> Vec<u8> {
    let mut bytes = br#"{"api_key":"phc_bench","batch":["#.to_vec();
    for (place, event) in events.iter().enumerate() {
        if place > 0 {
            bytes.push(b',');
        }
        let id = event.install.to_string();
        let stamp = Stamp {
            uuid: *event.uuid.as_bytes(),
            id: id.as_bytes().try_into().ok(),
            day: event.day() as u64,
            micros: event.at.rem_euclid(DAY) as u64,
        };
        bytes.extend(written(event.event, &stamp));
    }
    bytes.extend(b"]}");
    bytes
}
