"""Sums by group as reckoned by hand: lines go by their own unit, account and class."""

import datetime as dt
from typing import Any

from tests.oracle.assessment import Assessment, assess
from tests.oracle.book import COMPONENTS
from tests.oracle.dates import fiscal_year
from tests.oracle.overviews import (
    FIGURES,
    compare_groups,
    compare_subtree_sums,
    sums_by,
)
from tests.oracle.report import Report
from tests.unit.oracle.facts import Story

JUNE = dt.date(2026, 6, 30)


def town() -> list[Assessment]:
    """Give one project of two lines and a payment on none."""
    story = Story().budget("120.00", classification={"function": "2130306"})
    story.budget("12.00", line="L2", unit="U2", account="government_funds")
    story.tell("project.registered", "2026-01-01", name="甲", lead_unit="U1", department="D1")
    story.pay("7.00").pay("2.00", line="L2").pay("1.00", line=None)
    found = assess(story.project, fiscal_year(2026, "01-01"), dt.date(2026, 6, 30))
    return [found]


def spent(group: str) -> dict[str | None, int]:
    """Give what each group spent, in fen."""
    return {key: totals["spent"] for key, totals in sums_by(group, town()).items()}


def test_money_without_line_stands_under_the_lead_unit_or_nothing() -> None:
    """By unit and department the project tells; by account and class only a line could."""
    assert spent("department") == {"D1": 1000}
    assert spent("unit") == {"U1": 800, "U2": 200}
    assert spent("account") == {"general_public": 700, "government_funds": 200, None: 100}
    assert spent("function") == {"2130306": 700, None: 300}


def test_expectations_go_by_line() -> None:
    """Half of the year: 60 and 6."""
    by_unit = sums_by("unit", town())

    assert {key: totals["expected_spent"] for key, totals in by_unit.items()} == {
        "U1": 6000,
        "U2": 600,
    }


class Overview:
    """An analysis that knows what was spent of no budget in each subtree."""

    def __init__(self, **spent: str) -> None:
        self._spent = spent

    def get(self, _: str, *, subtree: str, group_by: str, **__: Any) -> dict[str, Any]:
        """Give the sums by budget."""
        assert group_by == "account"
        spent = self._spent[subtree]
        group: dict[str, Any] = dict.fromkeys(FIGURES, "0.00") | {"key": "general_public"}
        group["components"] = dict.fromkeys(COMPONENTS, "0.00")
        group |= {"spent": spent, "balance": spent if spent == "0.00" else f"-{spent}"}
        return {"groups": [group]}


def test_a_subtree_s_sums_are_of_all_lines_of_the_projects_led_from_within() -> None:
    """Led by U1 of D1, with a line of U2 of D2: all of it is within D1, nothing within D2."""
    story = Story()
    for code, above in (("D1", None), ("D2", None), ("U1", "D1"), ("U2", "D2")):
        kind = "unit" if above else "department"
        known = {"organisation": code, "kind": kind, "parent": above}
        story.say("organisation.registered", "2026-01-01", **known)
    story.tell("project.registered", "2026-01-01", name="甲", lead_unit="U1", department="D2")
    story.budget("0.00").budget("0.00", line="L2", unit="U2").pay("7.00", channel="own_funds")
    story.pay("2.00", line="L2", channel="own_funds")
    report, year = Report(), fiscal_year(2026, "01-01")

    def compare(**spent: str) -> None:
        found = [assess(story.project, year, JUNE, within=story.jurisdiction)]
        overview: Any = Overview(**spent)
        compare_subtree_sums(story.jurisdiction, year, JUNE, found, overview, report)

    compare(D1="9.00", D2="0.00")
    assert report.equal
    compare(D1="7.00", D2="2.00")
    place = "analysis.subtree.sums"
    assert report.differing == {f"{place}.spent": 2, f"{place}.balance": 2}

    story.say("organisation.closed", "2026-06-15", organisation="U2")
    compare(D1="7.00", D2="2.00")
    assert report.compared[f"{place} (undecided)"] == 2


def test_a_missing_group_says_zero() -> None:
    """So it differs where something was spent."""
    report = Report()

    compare_groups("place", "somewhere", sums_by("department", town()), {"groups": []}, report)

    assert report.differing["place.spent"] == 1
    assert report.differing["place.requested"] == 0
