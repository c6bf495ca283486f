"""The chronicle: every kind of fact that a publisher can state happens in it."""

import json

from contracts.codec import INTAKE_TYPES, decode
from tests.support import chronicle

PROJECTS = 12


def test_every_kind_of_fact_happens_and_is_valid() -> None:
    """Days are intake's own, the jurisdiction is whose chronicle it is, only forms take back."""
    stated = list(chronicle.events("990300", PROJECTS))
    events = [decode(json.dumps(one).encode()) for one in stated]
    others = {"dualwatch.day.opened.v1", "dualwatch.jurisdiction.registered.v1"} | {
        "dualwatch.target_progress.withdrawn.v1"
    }

    assert INTAKE_TYPES - others == {one["type"] for one in stated}
    assert len(events) == len({(event.source, event.id) for event in events})


def test_corrections_name_payments_of_their_own_project() -> None:
    """Entries count from 1 in the order of the project's facts."""
    events = list(chronicle.events("990300", PROJECTS))
    for number in range(PROJECTS):
        mine = [one for one in events if one["subject"] == f"990300/{chronicle.code(number)}"]
        for one in mine:
            if "fact.corrected" in one["type"]:
                named = mine[one["data"]["entry"] - 1]
                assert "expenditure.recorded" in named["type"]
