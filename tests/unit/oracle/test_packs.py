"""What a published pack makes of the rules' parameters, day by day."""

import datetime as dt
from typing import Any

from tests.oracle.facts import Fact, Jurisdiction
from tests.oracle.packs import in_force, published
from tests.oracle.rules import read_pack

RULE = "money_ahead_of_results"


def _fact(sequence: int, version: int, value: int, **changes: Any) -> Fact:
    content = f"overrides: [{{rule: {RULE}, parameters: {{yellow_from_bp: {value}}}}}]"
    data = {"pack": "own", "version": version, "content": content, **changes}
    return Fact(dt.date(2026, 3, 1), sequence, 1, "rule_pack.published", data, 0, None)


def test_a_pack_judges_from_the_day_on_which_it_is_in_effect() -> None:
    """The highest version holds, whichever was published last."""
    facts = [
        _fact(1, 2, 700, effective_from="2026-03-31"),
        _fact(2, 1, 900),
        _fact(3, 3, 500, effective_from="2026-04-30"),
    ]
    shipped = read_pack()
    found = [
        in_force(shipped, facts, day)[RULE]["yellow_from_bp"]
        for day in (dt.date(2026, 2, 28), dt.date(2026, 3, 30), dt.date(2026, 3, 31))
    ]

    assert found == [shipped[RULE]["yellow_from_bp"], 900, 700]
    assert in_force(shipped, facts, dt.date(2026, 5, 1))[RULE]["yellow_from_bp"] == 500


def test_a_departments_pack_is_not_followed() -> None:
    """It judges its own projects alone."""
    tenant = Jurisdiction("990100")
    tenant.add(_fact(1, 1, 500, organisation="D1"))
    tenant.add(_fact(2, 1, 500))

    assert [fact.sequence for fact in published(tenant)] == [2]
