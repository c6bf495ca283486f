"""Rule packs: data that says when an alert is due, and what reads and checks it.

`*.yaml` are the packs, `pack.schema.json` is their committed JSON Schema, `model.py` the same as
types, `loader.py` turns a file into the domain's rules and runs its inline tests, `cel.py` is the
adapter of the rule language (CEL). This folder is outside `domain/` because the domain may know
neither files nor a rule engine.
"""
