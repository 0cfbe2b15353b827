-- The collector's database. Words, installs and releases are stored once and named by number; `stored` puts an event
-- together again as it arrived. What is in `event` passed the admission: word for word an event of the schema, with
-- exactly the fixed properties, which therefore need not be stored with each.

CREATE TABLE word (
    number INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE install (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE
) STRICT;

-- Clustered by install: a batch is of one install and lands on one page, and a deletion finds all of it together.
CREATE TABLE event (
    install INTEGER NOT NULL,
    uuid BLOB NOT NULL,
    name INTEGER NOT NULL,      -- word
    at INTEGER NOT NULL,        -- microseconds since 1970, UTC; only the date is true
    release INTEGER NOT NULL,   -- 1.2.3 as 1 00002 00003
    subject INTEGER NOT NULL,   -- word: service, override or command
    outcome INTEGER,            -- has_scaffold or success; of error_occurred the word of error_type
    duration INTEGER,           -- milliseconds, two significant digits
    PRIMARY KEY (install, uuid)
) STRICT, WITHOUT ROWID;

-- Each event as it arrived, for people with a database shell.
CREATE VIEW stored AS
SELECT
    lower(printf('%s-%s-%s-%s-%s', substr(u, 1, 8), substr(u, 9, 4), substr(u, 13, 4), substr(u, 17, 4), substr(u, 21)))
        AS uuid,
    name AS event,
    lower(printf('%s-%s-%s-%s-%s', substr(i, 1, 8), substr(i, 9, 4), substr(i, 13, 4), substr(i, 17, 4), substr(i, 21)))
        AS distinct_id,
    printf('%s.%06dZ', strftime('%Y-%m-%dT%H:%M:%S', at / 1000000, 'unixepoch'), at % 1000000) AS timestamp,
    printf('{%s"$process_person_profile":false,"$geoip_disable":true,"$ip":"0.0.0.0","$lib":"onramp-analytics",'
        || '"$lib_version":"%d.%d.%d"}',
        CASE name
            WHEN 'service_enabled' THEN
                printf('"service_name":"%s","has_scaffold":%s,', subject, iif(outcome, 'true', 'false'))
            WHEN 'service_disabled' THEN printf('"service_name":"%s",', subject)
            WHEN 'command_executed' THEN
                printf('"command":"%s","success":%s,"duration_ms":%d,', subject, iif(outcome, 'true', 'false'), duration)
            WHEN 'error_occurred' THEN printf('"command":"%s","error_type":"%s",', subject, error_type)
            ELSE printf('"override_name":"%s",', subject)
        END,
        release / 10000000000, release / 100000 % 100000, release % 100000) AS properties
FROM (
    SELECT hex(e.uuid) AS u, hex(i.id) AS i, n.text AS name, s.text AS subject, t.text AS error_type,
        e.at, e.release, e.outcome, e.duration
    FROM event AS e
    JOIN install AS i ON i.number = e.install
    JOIN word AS n ON n.number = e.name
    JOIN word AS s ON s.number = e.subject
    LEFT JOIN word AS t ON t.number = e.outcome
);

-- Roll-ups, kept in the transaction that stores the events. A period is a day since 1970, or a whole month.

CREATE TABLE run (
    period INTEGER NOT NULL,
    command INTEGER NOT NULL,
    runs INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    durations BLOB NOT NULL,    -- how many runs took how long: see histogram.rs
    PRIMARY KEY (period, command)
) STRICT, WITHOUT ROWID;

CREATE TABLE failure (
    period INTEGER NOT NULL,
    command INTEGER NOT NULL,
    error_type INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    PRIMARY KEY (period, command, error_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE service (
    period INTEGER NOT NULL,
    service INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    scaffolded INTEGER NOT NULL,
    disabled INTEGER NOT NULL,
    PRIMARY KEY (period, service)
) STRICT, WITHOUT ROWID;

-- On which days an install enabled a service; subject 0: did anything at all.
CREATE TABLE seen (
    install INTEGER NOT NULL,
    subject INTEGER NOT NULL,
    day INTEGER NOT NULL,
    PRIMARY KEY (install, subject, day)
) STRICT, WITHOUT ROWID;

-- How many installs were seen on that day and last before on that other day (-1: never). The installs seen from day A
-- to day B are then the sum over A <= day <= B and previous < A: exact for any range, whatever the number of installs.
CREATE TABLE presence (
    subject INTEGER NOT NULL,
    day INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    installs INTEGER NOT NULL,
    PRIMARY KEY (subject, day, previous)
) STRICT, WITHOUT ROWID;

-- What was not stored, by day of arrival.
CREATE TABLE refused (
    day INTEGER NOT NULL,
    reason TEXT NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (day, reason)
) STRICT, WITHOUT ROWID;

-- `first_day`: nothing before it is kept. `events`: how many there are. `clock` and `believed`: which day it was by the
-- clock when events aged last, and by which they aged.
CREATE TABLE fact (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO fact VALUES ('first_day', 0), ('events', 0);
