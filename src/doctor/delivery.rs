//! Owns looking at what waits, at the last attempt, and at the way to the server.

use super::{Finding, Repair};
use crate::consent::{Consent, destination};
use crate::env::{Environment, Variable};
use crate::paths::{Place, place as name};
use crate::posthog::Answer;
use crate::sender::{self, Health};
use crate::words::doctor as say;
use crate::words::{count, fill, time};
use onramp_shim::wake::LONGEST_WAIT;
use std::net::ToSocketAddrs as _;
use std::time::{Duration, SystemTime};

/// How long after its time a sender may come: the next command wakes it.
const PATIENCE: Duration = Duration::from_secs(7 * 86_400);

/// Looks at them; at the network only where something may be sent.
pub fn look(env: &Environment, consent: &Consent) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(place) = consent.place.as_ref().filter(|place| place.exists()) {
        findings.extend(health(place, &sender::health(place), SystemTime::now()));
    }
    findings.extend(if consent.sends() { way(env, consent) } else { vec![Finding::good(say::NOT_ASKED)] });
    findings
}

fn health(place: &Place, health: &Health, now: SystemTime) -> Vec<Finding> {
    let mut findings: Vec<_> = health.troubles.iter().map(|text| Finding::wrong_as_told(text)).collect();
    let waiting = count(health.waiting, "event");
    let next = health.next.unwrap_or(now);
    let asleep = health.waiting > 0 && now.duration_since(next).is_ok_and(|late| late > PATIENCE);
    let far = next.duration_since(now).is_ok_and(|ahead| ahead > LONGEST_WAIT);
    if far {
        let what = fill(say::NEXT_FAR, &[("next", &time(next))]);
        findings.push(Finding::wrong(what).repair(Repair::Next(place.file(name::NEXT))));
    } else if asleep {
        let what = fill(say::ASLEEP, &[("waiting", &waiting), ("next", &time(next))]);
        findings.push(Finding::wrong(what).remedy(say::ASLEEP_REMEDY));
    } else {
        let sent = health.totals.sent.to_string();
        findings.push(Finding::good(fill(say::QUEUE_GOOD, &[("waiting", &waiting), ("sent", &sent)])));
    }
    findings.extend(health.last.as_ref().map(|last| {
        let values = [("at", time(last.at)), ("answer", last.answer.clone())];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        match last.accepted {
            true => Finding::good(fill(say::LAST_GOOD, &values)),
            false => Finding::wrong(fill(say::LAST_BAD, &values)).remedy(say::LAST_BAD_REMEDY),
        }
    }));
    findings.extend(health.aside.iter().map(|aside| {
        let number = count(aside.events, "event");
        Finding::note(fill(say::ASIDE, &[("count", &number), ("reason", &aside.reason)])).remedy(aside.help)
    }));
    findings
}

/// Settings, name, and server.
fn way(env: &Environment, consent: &Consent) -> Vec<Finding> {
    let agreed = consent.agreed_host.clone().unwrap_or_default();
    let endpoint = match destination::endpoint(env, &consent.checkout).and_then(|found| found.agreed(&agreed)) {
        Ok(endpoint) => endpoint,
        Err(trouble) => return vec![Finding::wrong(trouble.to_string()).remedy(trouble.remedy())],
    };
    let mut findings = Vec::new();
    let has_proxy = env.text(Variable::HttpsProxy).is_some();
    if has_proxy {
        findings.push(Finding::note(say::PROXY));
    } else if let Some(why) = unknown(&endpoint.host) {
        let what = fill(say::NAME_BAD, &[("host", &endpoint.host), ("why", &why)]);
        findings.push(Finding::wrong(what).remedy(say::NAME_REMEDY));
        return findings;
    }
    let host = ("host", endpoint.host.as_str());
    findings.push(match sender::reach(&endpoint.host) {
        Ok(Answer::Response { status, .. }) => {
            Finding::good(fill(say::REACHED, &[host, ("status", &status.to_string())]))
        }
        Ok(Answer::Nothing { why, .. }) => {
            Finding::wrong(fill(say::UNREACHED, &[host, ("why", &why)])).remedy(say::UNREACHED_REMEDY)
        }
        Err(e) => Finding::wrong(format!("{e:#}")).remedy(say::UNREACHED_REMEDY),
    });
    findings
}

/// Why a host's name leads to no address; nothing if it does.
fn unknown(host: &str) -> Option<String> {
    let url = reqwest::Url::parse(host).ok()?;
    let name = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    (name, url.port_or_known_default()?).to_socket_addrs().err().map(|e| e.to_string())
}
