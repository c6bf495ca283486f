"""Several plans of one line are one plan, reckoned by hand from domain-rules 10 and 17e."""

from typing import Any

from tests.unit.oracle.facts import Story

FIRST, SECOND = ("2026-01-01", "2026-03-31", "10.00"), ("2026-04-01", "2026-06-30", "20.00")
REST = ("2026-07-01", "2026-12-31", "70.00")


def story_with(*plans: tuple[str, str, str | None, tuple[tuple[str, str, str], ...]]) -> Story:
    """Approve 100 on L1 and 100 on L2, under a plan that controls; state plans: id, day, line."""
    story = Story().budget("100.00").budget("100.00", line="L2")
    story.tell("project.registered", "2026-01-01", name="甲", control_mode="allotment_and_plan")
    for name, date, line, periods in plans:
        parts = [{"start": start, "end": end, "amount": fen} for start, end, fen in periods]
        story.tell("spending_plan.approved", date, plan=name, line=line, periods=parts)
    return story


def due(story: Story, as_of: str, line: str = "L1") -> tuple[Any, Any]:
    """Give what is expected of a line, and on what."""
    found = story.at(as_of)["execution"]["lines"][line]
    return found["expected_spent"], found["expected_basis"]


def above(story: Story, as_of: str) -> list[tuple[str, str, int]]:
    """Give subject, amount and entry of what is above the plan."""
    found = story.at(as_of)["findings"].values()
    return sorted(
        (f["subject"], f["amount"], f["entry_sequence"]) for f in found if f["kind"] == "above_plan"
    )


def test_plans_of_several_ids_cover_the_year_together() -> None:
    """One a quarter: until the last is stated they do not reach over the year."""
    plans = (("A", "2026-01-10", "L1", (FIRST,)), ("B", "2026-02-10", "L1", (SECOND,)))
    assert due(story_with(*plans), "2026-06-30") == ("50.00", "months")

    whole = story_with(*plans, ("C", "2026-03-10", "L1", (REST,)))
    assert due(whole, "2026-06-30") == ("30.00", "plan")
    assert due(whole, "2026-12-31") == ("100.00", "plan")


def test_a_period_takes_the_place_of_what_it_shares_a_day_with_whole() -> None:
    """The second half of B's quarter goes with its first; A's and C's stay."""
    late = ("2026-05-16", "2026-06-15", "7.00")
    story = story_with(
        ("A", "2026-01-10", "L1", (FIRST,)),
        ("B", "2026-01-11", "L1", (SECOND, REST)),
        ("C", "2026-03-10", "L1", (late, ("2026-06-16", "2026-06-30", "1.00"))),
        ("D", "2026-03-11", "L1", (("2026-04-01", "2026-05-15", "2.00"),)),
    )

    assert due(story, "2026-06-30") == ("20.00", "plan")
    assert due(story, "2026-12-31") == ("90.00", "plan")


def test_the_version_that_was_stated_last_says_which_line_a_plan_is_for() -> None:
    """From March on A is L2's, and L1 has B alone; a limit counts periods that have begun."""
    story = story_with(
        ("A", "2026-01-10", "L1", (FIRST, SECOND)), ("B", "2026-01-11", "L1", (REST,))
    )
    story.pay("8.00", "2026-02-01")
    assert above(story, "2026-02-28") == []

    story.tell(
        "spending_plan.approved",
        "2026-03-05",
        plan="A",
        line="L2",
        periods=[{"start": "2026-01-01", "end": "2026-06-30", "amount": "30.00"}],
    )
    # Nothing of B has begun: 8 are above; what is left of L1's plan is B's, the fifth entry.
    assert above(story, "2026-03-31") == [("L1", "8.00", 5)]
    assert above(story, "2026-07-01") == []


def test_above_plans_that_hold_together() -> None:
    """30 begun by April of two plans of L1; 31 spent, the last of which crosses."""
    story = story_with(("A", "2026-01-10", "L1", (FIRST,)), ("B", "2026-01-11", "L1", (SECOND,)))
    story.pay("29.00", "2026-04-10").pay("2.00", "2026-04-20")

    assert above(story, "2026-04-19") == []
    assert above(story, "2026-04-30") == [("L1", "1.00", 7)]


def test_plans_for_the_whole_project_are_named_by_the_latest() -> None:
    """10 begun of two plans; the second, stated later, does not replace the first's quarter."""
    story = story_with(("A", "2026-01-10", None, (FIRST,)), ("B", "2026-01-11", None, (SECOND,)))
    story.pay("6.00", "2026-02-01").pay("7.00", "2026-02-02", line="L2")

    assert above(story, "2026-03-31") == [("B", "3.00", 7)]


def test_in_a_standstill_each_period_goes_by_its_own_version() -> None:
    """B was stated once work stood still, and knew of it: its quarter is expected, A's is not."""
    story = story_with(("A", "2026-01-10", "L1", (FIRST, REST)))
    story.tell("project_state.changed", "2026-03-01", change="suspended")
    story.tell(
        "spending_plan.approved",
        "2026-03-10",
        plan="B",
        line="L1",
        periods=[{"start": "2026-04-01", "end": "2026-06-30", "amount": "20.00"}],
    )

    assert due(story, "2026-06-30") == ("20.00", "plan")
