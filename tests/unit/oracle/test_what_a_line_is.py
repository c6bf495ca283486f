"""What a line is, by the facts that are charged to it at a date (docs/measuring.md's examples)."""

from typing import Any

import pytest

from tests.unit.oracle.facts import LINE, Story

AT_ONCE = {"channel": "allocation", "allocation_is_expenditure": True}


def units(story: Story, as_of: str) -> dict[str, str]:
    """Give the unit of every line that is listed."""
    return {name: line["unit"] for name, line in story.at(as_of)["execution"]["lines"].items()}


def fix(story: Story, entry: int, date: str, **data: Any) -> Story:
    """Correct an entry."""
    return story.tell("fact.corrected", date, entry=entry, reason="指标用错", **data)


def two_approvals(*, newer_last: bool) -> Story:
    """Approve L1 twice, in either order; the newer one is moved to L7 between or after them."""
    newer, older = ("2026-03-05", {"unit": "U9"}), ("2026-02-05", {"unit": "U5"})
    story = Story()
    if newer_last:
        story.budget("1.00", older[0], **older[1]).budget("1.00", newer[0], **newer[1])
        return fix(story, 2, "2026-05-10", line="L7")
    story.budget("1.00", newer[0], **newer[1])
    return fix(story, 1, "2026-05-10", line="L7").budget("1.00", older[0], **older[1])


@pytest.mark.parametrize("newer_last", [True, False])
def test_a_fact_that_has_left_a_line_says_nothing_more_of_it(*, newer_last: bool) -> None:
    """The older one says what the line is then, whichever came first in the stream."""
    story = two_approvals(newer_last=newer_last)

    assert units(story, "2026-05-09") == {"L1": "U9"}
    assert units(story, "2026-05-10") == {"L1": "U5", "L7": "U9"}


def test_a_line_that_all_have_left_is_not_listed_and_its_money_is_still_there() -> None:
    """Of two that came to a line the one that came first says what it is, until it leaves."""
    newer, older = 2, 1
    story = fix(two_approvals(newer_last=True), older, "2026-05-12", line="L7").pay("3.00")
    assert units(story, "2026-05-12") == {"L7": "U9"}
    assert story.at("2026-05-12")["execution"]["money"]["spent"] == "3.00"

    fix(story, newer, "2026-05-20", line="L2")
    assert units(story, "2026-05-19") == {"L7": "U9"}
    assert units(story, "2026-05-20") == {"L2": "U9", "L7": "U5"}

    # What comes later in the stream says where it is from its date on, whatever came before.
    fix(story, newer, "2026-05-11", line="L1")
    assert units(story, "2026-05-11") == {"L1": "U9"}
    assert units(story, "2026-05-20") == {"L1": "U9", "L7": "U5"}


@pytest.mark.parametrize(
    ("day", "unit", "spent", "judged"),
    [
        ("2026-05-04", "U1", "20.00", False),
        ("2026-05-05", "U8", "20.00", False),
        ("2026-06-05", "U1", "7.00", True),
    ],
)
def test_a_carryover_neither_states_nor_clears_what_it_has_no_word_for(
    day: str, unit: str, spent: str, *, judged: bool
) -> None:
    """Whether allocations are spent at once, and whether the money is undistributed."""
    story = Story().budget("9.00", "2026-03-05", undistributed=True, **AT_ONCE)
    story.tell("funds.disbursed", "2026-03-06", amount="20.00", line="L1")
    story.pay("7.00", "2026-04-01", channel="allocation")
    carried = LINE | {"unit": "U8", "from_year": 2025, "amount": "1.00", "channel": "allocation"}
    story.tell("carryover.registered", "2026-05-05", **carried)
    story.budget("9.00", "2026-06-05", channel="allocation")

    execution = story.at(day)["execution"]
    line = execution["lines"]["L1"]
    assert (line["unit"], line["money"]["spent"]) == (unit, spent)
    assert (execution["expected_spent"] is not None) is judged


def test_where_a_carryover_alone_says_what_a_line_is_it_is_neither() -> None:
    """An allocation is spent when the unit's own payments are."""
    carried = LINE | {"unit": "U8", "from_year": 2025, "amount": "1.00", "channel": "allocation"}
    story = Story().tell("carryover.registered", "2026-03-05", **carried)
    story.tell("funds.disbursed", "2026-03-06", amount="20.00", line="L1")
    story.pay("7.00", "2026-04-01", channel="allocation")

    line = story.at("2026-04-30")["execution"]["lines"]["L1"]
    assert (line["unit"], line["money"]["spent"], line["undistributed"]) == ("U8", "7.00", False)


def test_a_payment_is_compared_with_what_the_line_is_at_its_date_or_first_later() -> None:
    """Where nothing says it at any time there is nothing to compare with."""
    story = Story().pay("5.00", "2026-02-01", account="general_public")
    story.tell(
        "budget.adjusted", "2026-01-05", line="L1", amount="5.00", adjustment_kind="supplement"
    )

    def kinds(day: str) -> list[str]:
        return [found["kind"] for found in story.at(day)["findings"].values()]

    assert kinds("2026-02-28") == []
    story.budget("5.00", "2026-03-01", account="government_funds")
    assert kinds("2026-02-28") == []
    assert kinds("2026-03-01") == ["diversion"]
    # From 15 January on another said what it is, until it left.
    story.budget("5.00", "2026-01-15", line="L2")
    fix(story, 4, "2026-01-20", line="L1")
    fix(story, 4, "2026-02-10", line="L2")
    assert kinds("2026-03-01") == []


@pytest.mark.parametrize(("between", "unit"), [("L7", "U3"), ("L2", "U5")])
def test_of_one_day_the_correction_that_stands_first_brought_a_fact_there(
    between: str, unit: str
) -> None:
    """A came before B, and is corrected once more on that day; not if it left in between."""
    story = Story().budget("1.00", "2026-02-05", unit="U9").budget("1.00", "2026-03-05", unit="U5")
    fix(story, 1, "2026-05-10", line="L7")
    fix(story, 1, "2026-05-10", line=between)
    fix(story, 2, "2026-05-10", line="L7")
    fix(story, 1, "2026-05-10", line="L7", unit="U3")

    assert units(story, "2026-05-10") == {"L7": unit}
