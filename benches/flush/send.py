"""Sends the events of a file, one JSON object a line, as PostHog's own SDK sends them. Arguments: host, file."""

import json
import sys
from datetime import datetime

from posthog import Posthog

host, file = sys.argv[1:]
client = Posthog("phc_bench", host=host, gzip=True, max_queue_size=20000, flush_interval=0.1)
with open(file) as lines:
    for line in lines:
        event = json.loads(line)
        client.capture(
            event["event"],
            distinct_id=event["distinct_id"],
            properties=event["properties"],
            timestamp=datetime.fromisoformat(event["timestamp"]),
            uuid=event["uuid"],
        )
client.shutdown()
