"""What the HTTP API says of rules."""

import json

from services.alerts.api.rules import rule_item
from services.alerts.packs.loader import read_forms


def test_rules_are_told_without_their_tests() -> None:
    """Expressions and parameters as the pack has them."""
    items = [rule_item(pack, rule) for pack in read_forms() for rule in pack.rules]

    assert {"rule_id", "pack_version", "effective_from", "when", "parameters", "basis"} <= (
        items[0].keys()
    )
    assert not any("tests" in item for item in items)
    assert json.dumps(items)
