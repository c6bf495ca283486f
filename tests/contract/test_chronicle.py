"""The chronicle: every kind of fact that a publisher can state happens in it."""

import json
from typing import Any

from contracts.codec import INTAKE_TYPES, OWN_FACTS, decode
from contracts.vocabulary.watching import Measure
from tests.support import chronicle

PROJECTS = 12


def test_every_kind_of_fact_happens_and_is_valid() -> None:
    """Some facts are intake's own, the jurisdiction is whose chronicle it is."""
    stated = list(chronicle.events("990300", PROJECTS))
    events = [decode(json.dumps(one).encode()) for one in stated]
    others = OWN_FACTS | {"dualwatch.jurisdiction.registered.v1"}

    assert INTAKE_TYPES - others == {one["type"] for one in stated}
    assert len(events) == len({(event.source, event.id) for event in events})


def test_corrections_and_withdrawals_name_entries_of_their_own_project() -> None:
    """Entries count from 1 in the order of the project's facts; only earlier ones are named."""
    events = list(chronicle.events("990300", PROJECTS))
    named = set()
    for number in range(PROJECTS):
        mine = [one for one in events if one["subject"] == f"990300/{chronicle.code(number)}"]
        for place, one in enumerate(mine, 1):
            data = one["data"]
            for entry in [*data.get("entries", ()), *([data["entry"]] if "entry" in data else [])]:
                assert entry < place
                named.add((_kind(one), _kind(mine[entry - 1])))

    assert named == {
        ("fact.corrected", "expenditure.recorded"),
        ("fact.corrected", "carryover.registered"),
        ("target_progress.withdrawn", "target_progress.reported"),
    }


def test_every_measure_is_decided() -> None:
    """Of Art. 14."""
    decided = {
        one["data"]["measure"]
        for one in chronicle.events("990300", PROJECTS)
        if _kind(one) == "disposition.decided"
    }

    assert decided == set(Measure)


def _kind(event: dict[str, Any]) -> str:
    kind: str = event["type"].removeprefix("dualwatch.")[:-3]
    return kind
