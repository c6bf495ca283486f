"""Sums by group as reckoned by hand: lines go by their own unit, account and class."""

import datetime as dt

from tests.oracle.assessment import Assessment, assess
from tests.oracle.dates import fiscal_year
from tests.oracle.overviews import compare_groups, sums_by
from tests.oracle.report import Report
from tests.unit.oracle.facts import Story


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


def test_a_missing_group_says_zero() -> None:
    """So it differs where something was spent."""
    report = Report()

    compare_groups("place", "somewhere", sums_by("department", town()), {"groups": []}, report)

    assert report.differing["place.spent"] == 1
    assert report.differing["place.requested"] == 0
