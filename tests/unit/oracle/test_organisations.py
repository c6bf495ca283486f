"""The tree of a day, and who leads what from within a part of it (domain-rules 9)."""

import datetime as dt
from typing import Any

from tests.oracle.organisations import compare_subtrees, subtree, tree_at
from tests.oracle.report import Report
from tests.unit.oracle.facts import Story

JUNE = dt.date(2026, 6, 30)
REGISTERED = "organisation.registered"


def town() -> Story:
    """Two departments; U1 moves from the first to the second in May, with U2 below it."""
    story = Story()
    for code in ("D1", "D2"):
        story.say(REGISTERED, "2026-01-01", organisation=code, kind="department", name=code)
    for code, parent in (("U1", "D1"), ("U2", "U1"), ("U3", "D1")):
        story.say(REGISTERED, "2026-01-01", organisation=code, kind="unit", parent=parent)
    story.say(
        "organisation.moved", "2026-04-20", organisation="U1", parent="D2", valid_from="2026-05-01"
    )
    return story.say("organisation.moved", "2026-06-01", organisation="U3", reason="更名")


def test_figures_as_of_a_date_use_that_dates_tree() -> None:
    """What is said without a parent moves nothing."""
    jurisdiction = town().jurisdiction
    for day, expected in (
        ("2026-04-30", {"D1", "U1", "U2", "U3"}),
        ("2026-05-01", {"D1", "U3"}),
        ("2026-06-30", {"D1", "U3"}),
    ):
        assert subtree(tree_at(jurisdiction, dt.date.fromisoformat(day)), "D1") == expected
    assert subtree(tree_at(jurisdiction, JUNE), "D2") == {"D2", "U1", "U2"}


class Listed:
    """An analysis that lists what it is given."""

    def __init__(self, **by_root: list[str]) -> None:
        self._by_root = by_root

    def pages(self, _: str, *, subtree: str, **__: Any) -> list[dict[str, str]]:
        """List the projects of a subtree."""
        return [{"project_id": subject} for subject in self._by_root[subtree]]


def test_projects_are_listed_where_their_lead_unit_is() -> None:
    """A project of no unit is in no department; once one has ended nothing is decided."""
    led_by = {"P1": "U2", "P2": "U3", "P3": None}
    story, report = town(), Report()
    right = Listed(D1=["P2"], D2=["P1"])
    compare_subtrees(story.jurisdiction, 2026, JUNE, led_by, right, report)  # type: ignore[arg-type]
    assert report.equal

    wrong = Listed(D1=["P2", "P3"], D2=["P1"])
    compare_subtrees(story.jurisdiction, 2026, JUNE, led_by, wrong, report)  # type: ignore[arg-type]
    assert report.differing == {"analysis.subtree": 1}

    story.say("organisation.closed", "2026-06-15", organisation="U3")
    compare_subtrees(story.jurisdiction, 2026, JUNE, led_by, wrong, report)  # type: ignore[arg-type]
    assert report.compared["analysis.subtree (undecided)"] == 2
