"""The catalogue's rules as reckoned by hand from their basis texts."""

import datetime as dt

from tests.oracle.replay import Boundary, Replay
from tests.oracle.rules import read_pack
from tests.unit.oracle.facts import LINE, Story


def days(story: Story, *dates: dt.date) -> list[Boundary]:
    """Open days on which nothing else happens, and give their boundaries."""
    story.jurisdiction.days += dates
    return list(Replay(story.jurisdiction, read_pack()).boundaries())


def raised(story: Story, rule: str, *dates: str) -> list[str | None]:
    """Give how severe a rule's alert is at the end of each day; None: there is none."""
    boundaries = days(story, *map(dt.date.fromisoformat, dates))
    return [
        next((severity for key, severity in one.closed.items() if key[0] == rule), None)
        for one in boundaries
    ]


def test_money_carried_over_and_not_used_is_seen_from_the_sixth_month_on() -> None:
    """More than 30 % of the budget, less than half of it used; exactly half is enough."""
    story = Story().budget("69.00")
    story.tell("carryover.registered", "2026-01-20", amount="31.00", **LINE)

    assert [None, "yellow"] == raised(story, "carryover_unused", "2026-06-29", "2026-06-30")
    story.pay("15.50", "2026-07-01")
    assert [None, "yellow", None] == raised(story, "carryover_unused", "2026-07-01")


def test_targets_are_missed_from_the_91st_day_after_approval() -> None:
    """The 90th day is still in time."""
    story = Story().budget("10.00", "2026-01-20")

    assert [None, "yellow"] == raised(story, "targets_missing", "2026-04-20", "2026-04-21")


def test_a_change_of_more_than_ten_percent_asks_for_the_targets() -> None:
    """Exactly 10 % does not."""
    exact, more = (
        Story()
        .budget("100.00")
        .tell(
            "budget.adjusted", "2026-03-05", line="L1", adjustment_kind="supplement", amount=amount
        )
        for amount in ("10.00", "10.01")
    )

    assert [None] == raised(exact, "large_budget_adjustment", "2026-03-05")
    assert ["yellow"] == raised(more, "large_budget_adjustment", "2026-03-05")


def test_a_milestone_is_overdue_after_thirty_opened_days_in_a_row() -> None:
    """The day on which it is raised is the thirtieth; one day on which it is met begins anew."""
    story = Story().budget("10.00")
    story.tell(
        "milestone.reported",
        "2026-02-01",
        milestone="M1",
        name="招标",
        state="planned",
        planned_on="2026-02-28",
    )
    first = dt.date(2026, 3, 1)
    boundaries = days(story, *(first + dt.timedelta(days=n) for n in range(31)))
    open_on = [any(key[0] == "milestone_overdue" for key in one.closed) for one in boundaries]

    assert [False] * 29 + [True] * 2 == open_on


def test_what_is_open_ends_with_its_year() -> None:
    """domain-rules 5: from the next opened day on there is nothing of a year that was closed."""
    story = Story().budget("10.00", "2026-01-20")
    story.jurisdiction.days.append(dt.date(2026, 4, 21))
    story.say("fiscal_year.closed", "2026-04-22", fiscal_year=2026, version=1)
    boundaries = days(story, dt.date(2026, 4, 22))

    assert [True, False] == [bool(one.closed) for one in boundaries]
