"""Runs the dashboard's queries in ClickHouse (chdb) on exported events: queries.py TEMPLATE EVENTS FROM TO

Prints one JSON object: each insight's name with its rows. HogQL is parsed by PostHog's own parser first, then put into
ClickHouse's words the way PostHog's printer does.
"""

import json
import re
import sys
import types


class Anything(types.ModuleType):
    """Stands in for modules of PostHog's server that its parser wants to see."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        value = type(name, (Exception if name.endswith("Error") else object,), {})
        setattr(self, name, value)
        return value


def parse(query):
    for name in ("posthog", "posthog.hogql", "posthog.hogql.ast", "posthog.hogql.base", "posthog.hogql.errors"):
        module = sys.modules.setdefault(name, Anything(name))
        module.__path__ = []
    import hogql_parser

    tree = json.loads(hogql_parser.parse_select_json(query))
    assert not tree.get("error"), tree


def clickhouse(query, first, last):
    dates = f"timestamp >= toDateTime64('{first}', 6, 'UTC') AND timestamp < toDateTime64('{last}', 6, 'UTC') + INTERVAL 1 DAY"
    query = query.replace("{filters}", dates)
    query = re.sub(r"toInt\((properties\.[$\w]+)\)", r"accurateCastOrNull(\1, 'Int64')", query)
    # A property is read from the JSON text, without its quotes.
    raw = r"replaceRegexpAll(nullIf(nullIf(JSONExtractRaw(properties, '\1'), ''), 'null'), '^\"|\"$', '')"
    return re.sub(r"properties\.([$\w]+)", raw, query)


def main(template, events, first, last):
    import chdb.session

    session = chdb.session.Session()
    session.query("CREATE DATABASE d ENGINE = Atomic; USE d")
    columns = "uuid UUID, event String, distinct_id String, timestamp String, properties String"
    session.query(
        "CREATE TABLE events ENGINE = MergeTree ORDER BY timestamp AS SELECT uuid, event, distinct_id, "
        "parseDateTime64BestEffort(timestamp, 6, 'UTC') AS timestamp, properties "
        f"FROM file('{events}', JSONEachRow, '{columns}')"
    )
    answers = {}
    for tile in json.load(open(template))["tiles"]:
        query = tile["query"]["source"]["query"]
        parse(query)
        result = session.query(
            clickhouse(query, first, last) + " SETTINGS output_format_json_quote_64bit_integers = 0", "JSON"
        )
        answers[tile["name"]] = json.loads(str(result))["data"]
    print(json.dumps(answers))


main(*sys.argv[1:])
