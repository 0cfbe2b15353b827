"""Delivers events by PostHog's own client: deliver.py HOST EVENTS MODE

EVENTS holds one event a line, as on the wire. MODE `unchanged` lets the client add what it adds; `ours` takes that off
again by the client's own hook, so that the event is one of our schema. Both go compressed and plain.
"""

import datetime
import json
import sys

import posthog

host, file, mode = sys.argv[1:]
ours = {}
errors = []


def only_ours(message):
    message["properties"] = ours[message["uuid"]]
    return {key: message[key] for key in ("uuid", "event", "distinct_id", "timestamp", "properties")}


def deliver(events, **options):
    client = posthog.Posthog(
        "phc_test", host=host, on_error=lambda error, _: errors.append(str(error)), max_retries=0,
        before_send=only_ours if mode == "ours" else None, **options,
    )
    for event in events:
        ours[event["uuid"]] = event["properties"]
        client.capture(
            event["event"], distinct_id=event["distinct_id"], properties=event["properties"], uuid=event["uuid"],
            timestamp=datetime.datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00")),
        )
    client.flush()
    client.shutdown()


events = [json.loads(line) for line in open(file)]
third = len(events) // 3
deliver(events[:third])
deliver(events[third:2 * third], gzip=True)
deliver(events[2 * third:], sync_mode=True)
assert not errors, errors
