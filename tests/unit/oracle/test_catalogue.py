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
    story.tell("carryover.registered", "2026-01-20", amount="31.00", from_year=2025, **LINE)

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


def test_results_of_a_years_end_are_overdue_in_the_next_year() -> None:
    """Ten working days after 31 December; nobody has to tell anything of the project for it."""
    story = Story().budget("100.00").target("2026-01-20")
    opened = [dt.date(2026, 12, 31) + dt.timedelta(days=number) for number in range(31)]
    boundaries = days(story, *opened)
    raised_on = [
        one.day
        for one in boundaries
        if any(key[0] == "indicator_not_reported" for key in one.closed)
    ]

    assert raised_on[0] == dt.date(2027, 1, 14)
    assert raised_on[-1] == opened[-1]


def test_nothing_becomes_overdue_in_a_year_that_was_closed() -> None:
    """Before or after its term: what is open ends, and nothing is raised any more."""
    story = Story().budget("100.00").target("2026-01-20")
    story.jurisdiction.days += [dt.date(2026, 12, 31), dt.date(2027, 1, 4)]
    story.say("fiscal_year.closed", "2027-01-05", fiscal_year=2026, version=1)
    boundaries = days(story, dt.date(2027, 1, 5), dt.date(2027, 1, 14), dt.date(2027, 1, 15))

    assert [0, 0, 0] == [len(one.closed) for one in boundaries[2:]]


def test_targets_set_anew_are_looked_at_for_ninety_days() -> None:
    """The 90th day is the last; targets that answer a cut on objective grounds are its pair."""
    again, pair = (Story().budget("100.00").target("2026-01-20") for _ in range(2))
    again.target("2026-03-02")
    pair.cut("2026-02-27").target("2026-03-02")

    assert [None, "yellow", "yellow", None] == raised(
        again, "targets_reset", "2026-03-01", "2026-03-02", "2026-05-31", "2026-06-01"
    )
    assert [None] == raised(pair, "targets_reset", "2026-03-02")


def test_a_cut_waits_twenty_working_days_for_its_targets() -> None:
    """2 to 27 March 2026 are twenty, Monday to Friday; any target ends it."""
    story = Story().budget("100.00").target("2026-01-20").cut("2026-02-27")

    assert [None, "yellow"] == raised(story, "cut_without_targets", "2026-03-27", "2026-03-30")
    story.target("2026-03-31", indicator="K2")
    assert [None, "yellow", None] == raised(story, "cut_without_targets", "2026-03-31")


def test_money_of_the_year_before_last_is_surplus_until_it_is_recovered() -> None:
    """Last year's is not."""
    told = {"line": "L2", "amount": "10.00", "account": "general_public", "unit": "U1"}
    story = Story().budget("100.00")
    story.tell("carryover.registered", "2026-01-05", from_year=2025, **told)
    story.tell("carryover.registered", "2026-01-06", from_year=2024, **told)
    story.tell("balance.recovered", "2026-01-08", line="L2", amount="20.00")

    assert [None, "yellow", "yellow", None] == raised(
        story, "carryover_two_years", "2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"
    )
