//! Owns the five questions in HogQL, PostHog's SQL.
//!
//! Events have no person: an install is a distinct id. PostHog may keep an event twice until it merges its parts, so
//! events are counted by `count(DISTINCT uuid)`. The project's key is public and anybody can send anything with it: only
//! the schema's words are counted, from ids in the form that this program gives them. `{filters}` is where PostHog puts
//! the dates that a reader chooses.

use crate::collector::answers::Question;
use crate::vocabulary;
use onramp_shim::rules::is_attached;
use onramp_shim::schema::EVENTS;

/// Events of this program, from installs that it made.
const OURS: &str = "properties.$lib = 'onramp-analytics'
      AND match(distinct_id, '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
      AND {filters}";

/// The query that answers a question.
#[must_use]
pub fn hogql(question: Question) -> String {
    let template = match question {
        Question::Adoption => ADOPTION,
        Question::Services => SERVICES,
        Question::Commands => COMMANDS,
        Question::Errors => ERRORS,
        Question::Durations => DURATIONS,
    };
    fill(template)
}

/// Puts the vocabulary into a query.
#[must_use]
pub fn fill(template: &str) -> String {
    let commands = vocabulary::commands();
    let timed: Vec<_> = commands.iter().filter(|c| !is_attached(c)).cloned().collect();
    let names: Vec<_> = EVENTS.iter().map(|event| event.name.to_owned()).collect();
    template
        .replace("<ours>", OURS)
        .replace("<events>", &list(&names))
        .replace("<services>", &list(&vocabulary::services()))
        .replace("<overrides>", &list(&vocabulary::overrides()))
        .replace("<timed commands>", &list(&timed))
        .replace("<commands>", &list(&commands))
        .replace("<error types>", &list(&vocabulary::error_types()))
}

/// Words in quotes. The build of the shim crate has made sure that none needs escaping.
fn list(words: &[String]) -> String {
    format!("('{}')", words.join("', '"))
}

const ADOPTION: &str = "\
SELECT toMonday(toTimeZone(timestamp, 'UTC')) AS week, count(DISTINCT distinct_id) AS installs
FROM events
WHERE event IN <events>
      AND (properties.command IN <commands> OR properties.service_name IN <services>
           OR properties.override_name IN <overrides>)
      AND <ours>
GROUP BY week
ORDER BY week
LIMIT 10000";

const SERVICES: &str = "\
SELECT if(seen < 5, '(fewer than 5 installs each)', name) AS service,
       if(min(seen) < 5, NULL, min(seen)) AS installs,
       count() AS services,
       sum(on_count) AS enabled,
       sum(scaffold_count) AS with_scaffold,
       sum(off_count) AS disabled
FROM (
    SELECT properties.service_name AS name,
           count(DISTINCT if(event = 'service_enabled', distinct_id, NULL)) AS seen,
           count(DISTINCT if(event = 'service_enabled', uuid, NULL)) AS on_count,
           count(DISTINCT if(toString(properties.has_scaffold) = 'true', uuid, NULL)) AS scaffold_count,
           count(DISTINCT if(event = 'service_disabled', uuid, NULL)) AS off_count
    FROM events
    WHERE event IN ('service_enabled', 'service_disabled')
      AND properties.service_name IN <services>
      AND <ours>
    GROUP BY name
)
GROUP BY service
ORDER BY coalesce(installs, 0) DESC, service
LIMIT 10000";

const COMMANDS: &str = "\
SELECT properties.command AS command,
       count(DISTINCT uuid) AS runs,
       count(DISTINCT if(toString(properties.success) = 'true', NULL, uuid)) AS failed
FROM events
WHERE event = 'command_executed'
      AND properties.command IN <commands>
      AND <ours>
GROUP BY command
ORDER BY runs DESC, command
LIMIT 10000";

const ERRORS: &str = "\
SELECT command, error_type, errors, errors / runs AS rate
FROM (
    SELECT command, error_type, happened AS errors,
           sum(if(error_type = '', happened, 0)) OVER (PARTITION BY command) AS runs
    FROM (
        SELECT properties.command AS command,
               if(event = 'error_occurred', properties.error_type, '') AS error_type,
               count(DISTINCT uuid) AS happened
        FROM events
        WHERE ((event = 'error_occurred' AND properties.error_type IN <error types>) OR event = 'command_executed')
          AND properties.command IN <commands>
          AND <ours>
        GROUP BY command, error_type
    )
)
WHERE error_type != ''
ORDER BY errors DESC, command, error_type
LIMIT 10000";

const DURATIONS: &str = "\
SELECT command,
       max(total) AS runs,
       sum(duration * ran) / max(total) AS mean_ms,
       min(if(reached > floor(0.5 * total), duration, NULL)) AS median_ms,
       min(if(reached > floor(0.95 * total), duration, NULL)) AS p95_ms
FROM (
    SELECT command, duration, ran,
           sum(ran) OVER (PARTITION BY command ORDER BY duration) AS reached,
           sum(ran) OVER (PARTITION BY command) AS total
    FROM (
        SELECT properties.command AS command,
               toInt(properties.duration_ms) AS duration,
               count(DISTINCT uuid) AS ran
        FROM events
        WHERE event = 'command_executed'
          AND properties.command IN <timed commands>
          AND <ours>
        GROUP BY command, duration
    )
)
GROUP BY command
ORDER BY sum(duration * ran) DESC, command
LIMIT 10000";
