"""Holds a JSON document against a JSON schema: shapes.py SCHEMA DOCUMENT"""

import json
import sys

import jsonschema

schema, document = (json.load(open(file)) for file in sys.argv[1:])
validator = jsonschema.validators.validator_for(schema)
validator.check_schema(schema)
errors = [f"{error.json_path}: {error.message[:200]}" for error in validator(schema).iter_errors(document)]
print("\n".join(errors))
sys.exit(bool(errors))
