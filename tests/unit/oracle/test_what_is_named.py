"""Which entry a finding names, and how much, of several of one day (docs/measuring.md)."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.oracle.facts import Story

AT_ONCE: Mapping[str, Any] = {"channel": "allocation", "allocation_is_expenditure": True}
CONTROLLED: Mapping[str, Any] = {"name": "甲", "control_mode": "allotment_and_plan"}
WHOLE_YEAR = {"start": "2026-01-01", "end": "2026-12-31"}


def named(story: Story, kind: str, as_of: str = "2026-12-31") -> list[tuple[str, int, str]]:
    """Give subject, entry and amount of what is found of a kind."""
    findings = story.at(as_of)["findings"].values()
    return [
        (one["subject"], one["entry_sequence"], one["amount"])
        for one in findings
        if one["kind"] == kind
    ]


def plan(story: Story, amount: str, date: str, name: str = "PL1", **data: Any) -> Story:
    """State a plan of one period."""
    periods = [{**WHOLE_YEAR, "amount": amount}]
    return story.tell("spending_plan.approved", date, plan=name, periods=periods, **data)


def controlled() -> Story:
    """Register a project whose payments are held to its plan, with a budget on two lines."""
    story = Story().tell("project.registered", "2026-01-01", **CONTROLLED)
    return story.budget("100.00").budget("100.00", line="L2")


def back(story: Story, amount: str, date: str, **data: Any) -> Story:
    """Take back what was paid on L1."""
    return story.tell("expenditure.reversed", date, **{"line": "L1", "amount": amount, **data})


def fix(story: Story, entry: int, date: str, line: str) -> Story:
    """Correct the line of an entry."""
    return story.tell("fact.corrected", date, entry=entry, line=line, reason="指标用错")


def test_payments_are_above_a_plan_that_was_stated_on_their_day() -> None:
    """The day's last payment, though the plan came after it."""
    story = controlled().pay("9.00").pay("3.00")
    plan(story, "10.00", "2026-03-01", line="L1")

    assert named(story, "above_plan") == [("L1", 5, "2.00")]


def test_a_plan_is_stated_below_what_was_spent_before_or_fell_on_its_day() -> None:
    """Of the line the latest version in force."""
    story = plan(controlled().pay("12.00", "2026-02-01"), "11.00", "2026-03-01", line="L1")
    back(story.pay("1.00"), "1.00", "2026-03-01")

    assert named(story, "above_plan") == [("L1", 5, "1.00")]


def test_a_plan_for_the_whole_project_names_payments_of_lines_that_spent_more() -> None:
    """On the day L1 spent 9 more, then L2 two less: not the return, though it came last."""
    story = plan(controlled(), "10.00", "2026-02-01").pay("4.00", "2026-02-02", line="L2")
    story.pay("9.00").pay("1.00", line="L2")
    story.tell("expenditure.reversed", "2026-03-01", amount="2.00", line="L2")

    assert named(story, "above_plan") == [("PL1", 6, "2.00")]


def test_before_a_plan_for_the_whole_project_nothing_limits_all_spending() -> None:
    """L1's plan came first; the plan for all is below what was spent, from its day on."""
    story = plan(controlled(), "50.00", "2026-02-01", line="L1")
    story.pay("12.00", "2026-03-01")
    plan(story, "10.00", "2026-05-01", name="PL2")

    assert named(story, "above_plan", "2026-04-30") == []
    assert named(story, "above_plan") == [("PL2", 6, "2.00")]


def test_approvals_for_more_than_one_year_are_one_finding_a_line() -> None:
    """Their sum; by date the second that came is the first."""
    over: dict[str, Any] = {"period": {"start": "2026-07-01", "end": "2027-06-30"}}
    story = Story().budget("10.00", "2026-03-05", **over).budget("7.00", "2026-02-05", **over)
    story.budget("1.00", line="L2", **over).budget("9.00")

    found = named(story, "budget_period_spans_years")
    assert sorted(found) == [("L1", 2, "17.00"), ("L2", 3, "1.00")]


def test_a_payment_out_of_what_was_spent_at_once_is_never_named() -> None:
    """The allocation went above the budget; what the unit paid of it that day did not."""
    story = Story().budget("10.00", **AT_ONCE)
    story.tell("funds.disbursed", "2026-03-01", amount="12.00", line="L1")
    back(story.pay("5.00", channel="allocation"), "1.00", "2026-03-01", channel="allocation")

    assert named(story, "over_budget") == [("L1", 2, "2.00")]


def test_a_rush_names_no_payment_out_of_what_was_spent_at_once() -> None:
    """Nor does the day on which it was paid count."""
    story = Story().budget("900.00", **AT_ONCE)
    story.tell("funds.disbursed", "2026-12-05", amount="12.00", line="L1")
    story.pay("5.00", "2026-12-05", channel="allocation")

    assert named(story, "year_end_rush") == [("year:2026", 2, "12.00")]


@pytest.mark.parametrize(("paid", "entry"), [(False, 6), (True, 8)])
def test_a_rush_names_a_correction_where_it_alone_changes_what_is_spent(
    *, paid: bool, entry: int
) -> None:
    """Paid out of what L1 spent at once 40 are spent on L2 from 20 December on.

    Another correction of that day moves what is spent from line to line: it is not named. What
    was paid and came back whole on a line neither; what was paid on one and came back on
    another is.
    """
    story = Story().budget("9.00", **AT_ONCE).budget("900.00", line="L2")
    story.pay("70.00", "2026-05-01", line="L2").pay("3.00", "2026-05-02", line="L2")
    story.pay("40.00", "2026-06-01", channel="allocation")
    fix(story, 5, "2026-12-20", "L2")
    back(story, "2.00", "2026-12-20", line="L2")
    story.pay("2.00", "2026-12-20", line="L3" if paid else "L2")
    fix(story, 4, "2026-12-20", "L3")

    assert named(story, "year_end_rush") == [("year:2026", entry, "40.00")]


@pytest.mark.parametrize("channel", ["allocation", "own_funds", "treasury_payment"])
def test_what_was_disbursed_and_taken_to_another_line_is_named(channel: str) -> None:
    """Of 9 that were spent 6 are still disbursed, by whatever they were disbursed."""
    story = Story().budget("90.00", channel="allocation").budget("90.00", line="L2")
    story.tell("funds.disbursed", "2026-02-01", amount="6.00", line="L1")
    story.tell("funds.disbursed", "2026-02-01", amount="3.00", line="L1", channel=channel)
    story.pay("9.00", channel="allocation")
    assert named(story, "above_disbursement") == []

    fix(story, 4, "2026-05-01", "L2")
    assert named(story, "above_disbursement") == [("L1", 6, "3.00")]


def test_above_disbursement_names_the_last_of_its_day_whatever_its_channel() -> None:
    """A payment of own funds came after the payment that was too much, and after what came in."""
    story = Story().budget("90.00", channel="allocation")
    story.tell("funds.disbursed", "2026-02-01", amount="6.00", line="L1")
    story.pay("9.00", channel="allocation")
    story.tell("funds.disbursed", "2026-03-01", amount="1.00", line="L1")
    assert named(story, "above_disbursement") == [("L1", 4, "2.00")]

    story.pay("5.00", channel="own_funds")
    assert named(story, "above_disbursement") == [("L1", 5, "2.00")]
