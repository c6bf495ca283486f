"""What will have been unspent for years is surplus, line by line, reckoned by hand (rule 6)."""

import pytest

from tests.unit.oracle.facts import Story

OF_LINE = {"account": "general_public", "unit": "U1"}


def left(story: Story, as_of: str = "2026-12-31") -> tuple[str, str]:
    """Give surplus and carryover at a date."""
    found = story.at(as_of)["execution"]["forecast"]
    return found["surplus"], found["carryover"]


def carried(amount: str = "500.00", line: str = "L0", year: int = 2025) -> Story:
    """Approve 1000 on L1; carry money of a year over on a line."""
    return carry(Story().budget("1000.00"), amount, line, year)


def carry(story: Story, amount: str, line: str, year: int) -> Story:
    """Carry money of a year over."""
    return story.tell(
        "carryover.registered", "2026-01-05", amount=amount, line=line, from_year=year, **OF_LINE
    )


def test_what_was_recovered_is_left_to_nobody() -> None:
    """All of L0 recovered, 100 spent on L1."""
    story = carried().pay("100.00")
    story.tell("balance.recovered", "2026-05-01", amount="500.00", line="L0")

    assert left(story) == ("0.00", "900.00")


@pytest.mark.parametrize(
    ("on_old", "on_new", "expected"),
    [("0.00", "500.00", ("500.00", "500.00")), ("200.00", "500.00", ("300.00", "500.00"))],
)
def test_spending_touches_the_money_of_its_own_line(
    on_old: str, on_new: str, expected: tuple[str, str]
) -> None:
    """500 are old; 200 spent on the same line leave 300 of them."""
    story = carried().pay(on_new)
    if on_old != "0.00":
        story.pay(on_old, line="L0")

    assert left(story) == expected


def test_no_more_is_old_than_the_line_has_left() -> None:
    """Of 500 carried on L0 400 are cut: 100 are left there, of 1100 in all.

    Moved to L1 and spent there by half, none of it is left on L0, and 1250 in all.
    """
    cut = {"adjustment_kind": "cut", "amount": "400.00", "line": "L0"}
    assert left(carried().tell("budget.adjusted", "2026-05-01", **cut)) == ("100.00", "1000.00")

    story = carried()
    for line, direction in (("L0", "out"), ("L1", "in")):
        moved = {"adjustment_kind": "virement", "amount": "500.00", "batch": "T1"}
        story.tell("budget.adjusted", "2026-05-01", line=line, direction=direction, **moved)
    assert left(story.pay("250.00")) == ("0.00", "1250.00")


def test_what_came_back_on_a_line_is_left_on_it() -> None:
    """Of 500 carried on L0 400 are cut, and 30 came back: its balance is 130."""
    cut = {"adjustment_kind": "cut", "amount": "400.00", "line": "L0"}
    story = carried().tell("budget.adjusted", "2026-05-01", **cut)
    story.tell("expenditure.reversed", "2026-05-02", amount="30.00", line="L0")

    assert left(story) == ("130.00", "1000.00")


def test_what_is_still_foreseen_may_be_spent_on_any_line() -> None:
    """500 spent by the end of October: at 500 ÷ 10 × 12 = 600 a year 100 more are foreseen."""
    story = carried().pay("500.00")

    assert left(story, "2026-10-31") == ("400.00", "500.00")


def test_net_spending_without_a_line_may_be_of_the_oldest_money() -> None:
    """Nobody knows on which line 120 were spent; what came back beyond them adds nothing."""
    assert left(carried().pay("120.00", line=None)) == ("380.00", "1000.00")

    story = carried().tell("expenditure.reversed", "2026-05-01", amount="120.00")
    assert left(story) == ("500.00", "1120.00")


@pytest.mark.parametrize(
    ("years", "surplus"),
    [(1, "1800.00"), (2, "800.00"), (3, "700.00"), (4, "400.00"), (5, "0.00")],
)
def test_how_many_years_is_the_jurisdictions(years: int, surplus: str) -> None:
    """Of 2023 400, of 2024 300, of 2025 100."""
    story = carry(carry(carried("400.00", year=2023), "300.00", "L0", 2024), "100.00", "L2", 2025)
    story.say("monitoring_parameters.published", "2026-01-01", surplus_after_years=years)

    assert left(story)[0] == surplus


def test_the_oldest_money_of_a_line_is_recovered_and_spent_first() -> None:
    """For three years running: 400 of 2024 less 150 recovered and 50 spent, not of 2025's 300."""
    story = carry(carried("400.00", year=2024), "300.00", "L0", 2025)
    story.say("monitoring_parameters.published", "2026-01-01", surplus_after_years=3)
    recovery = {"adjustment_kind": "recovery", "amount": "150.00", "line": "L0"}
    story.tell("budget.adjusted", "2026-05-01", **recovery).pay("50.00", line="L0")

    assert left(story) == ("200.00", "1300.00")


def test_an_approval_that_says_carryover_is_of_the_year_before() -> None:
    """Old for two years running, too young for three."""
    story = Story().budget("1000.00").budget("70.00", line="L0", origin="carryover")
    assert left(story) == ("70.00", "1000.00")

    story.say("monitoring_parameters.published", "2026-01-01", surplus_after_years=3)
    assert left(story) == ("0.00", "1070.00")


def test_a_correction_moves_the_age_with_the_money() -> None:
    """From 1 June on the 500 of 2024 are L1's, of which 600 were spent."""
    story = carried(year=2024).pay("600.00")
    story.say("monitoring_parameters.published", "2026-01-01", surplus_after_years=3)
    story.tell("fact.corrected", "2026-06-01", entry=2, line="L1", reason="指标用错")
    assert left(story) == ("0.00", "900.00")

    back = {"entry": 2, "line": "L0", "reason": "恢复"}
    story.tell("fact.corrected", "2026-07-01", **back)
    assert left(story) == ("500.00", "400.00")


@pytest.mark.parametrize(
    ("recovered", "approved", "years"),
    [
        ("0.00", None, 3),
        ("299.99", None, 3),
        ("300.00", None, 1),
        ("300.00", "100.00", 1),
        ("500.00", "100.00", 1),
        ("500.00", None, 0),
    ],
)
def test_the_oldest_money_is_recovered_first(
    recovered: str, approved: str | None, years: int
) -> None:
    """L0 carries 300 of 2023 and 200 of 2025; an approval of carried over money says no year."""
    story = carry(carried("300.00", year=2023), "200.00", "L0", 2025)
    story.tell("balance.recovered", "2026-05-01", amount=recovered, line="L0")
    if approved:
        story.budget(approved, line="L0", origin="carryover")

    assert story.at("2026-12-31")["standing"]["carried_over_years"] == years


def test_a_recovery_that_was_moved_before_it_came_makes_no_money_old() -> None:
    """Corrected three times, it is on L1 twice and less than not at all on L0."""
    story = Story().budget("86.00", line="L0")
    story.tell(
        "budget.adjusted", "2026-04-28", line="L0", adjustment_kind="recovery", amount="47.00"
    )
    for date, line in (("2026-04-10", "L1"), ("2026-11-20", "L0"), ("2026-03-05", "L1")):
        story.tell("fact.corrected", date, entry=2, line=line, reason="指标用错")

    assert left(story, "2026-06-16") == ("0.00", "39.00")
