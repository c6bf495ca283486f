"""IATI budgets: originals, revisions, reductions, periods over several years."""

from typing import Any

from tests.unit.intake_files.iati_files import activities, budget, data_of, mapped, planned


def _changes(*elements: str, version: str = "2.03") -> list[tuple[Any, ...]]:
    """Map one activity's budgets: (kind, fiscal year, amount) of each event."""
    events = mapped(activities("".join(elements), version=version))
    return [
        (
            event["data"].get("adjustment_kind", "approved"),
            event["data"]["fiscal_year"],
            event["data"]["amount"],
        )
        for event in events
        if event["type"].startswith("dualwatch.budget.")
    ]


def test_an_original_budget_is_approved_at_its_start_on_the_activitys_one_line() -> None:
    """Line = activity, unit = reporting organisation, account general public, no class."""
    [data] = data_of(activities(budget("100.5")), "budget.approved")

    assert data == {
        "date": "2021-04-01",
        "fiscal_year": 2021,
        "currency": "GBP",
        "line": "A1",
        "amount": "100.50",
        "account": "general_public",
        "unit": "ORG",
    }


def test_a_revised_budget_changes_the_original_by_the_difference() -> None:
    """Up is a supplement, down a cut; both are dated the period's start."""
    assert [("approved", 2021, "100.00"), ("supplement", 2021, "20.00")] == _changes(
        budget("100"), budget("120", kind="2")
    )
    assert [("approved", 2021, "100.00"), ("cut", 2021, "60.25")] == _changes(
        budget("100"), budget("39.75", kind="2")
    )


def test_a_revised_budget_may_stand_before_its_original() -> None:
    """The order within a file does not change what the money adds up to."""
    assert [("supplement", 2021, "20.00"), ("approved", 2021, "100.00")] == _changes(
        budget("120", kind="2"), budget("100")
    )


def test_a_revised_budget_without_original_is_approved() -> None:
    """Global Disability Innovation Hub publishes only such."""
    assert [("approved", 2021, "120.00")] == _changes(budget("120", kind="2"))


def test_several_revisions_follow_each_other() -> None:
    """Each replaces what stood before it."""
    assert [
        ("approved", 2021, "100.00"),
        ("supplement", 2021, "20.00"),
        ("cut", 2021, "50.00"),
    ] == _changes(budget("100"), budget("120", kind="2"), budget("70", kind="2"))


def test_a_revision_replaces_all_originals_of_its_period() -> None:
    """Two originals of one period add up."""
    assert [
        ("approved", 2021, "100.00"),
        ("approved", 2021, "30.00"),
        ("cut", 2021, "10.00"),
    ] == _changes(budget("100"), budget("30"), budget("120", kind="2"))


def test_a_negative_budget_is_a_reduction() -> None:
    """The wire carries no sign; the kind gives it."""
    assert [("approved", 2021, "100.00"), ("cut", 2021, "30.00")] == _changes(
        budget("100"), budget("-30")
    )
    assert [("approved", 2021, "100.00"), ("cut", 2021, "30.00")] == _changes(
        budget("100"), budget("-30", kind="2")
    )


def test_version_1_says_the_types_in_words() -> None:
    """Original and Revised, in any case; without a type the standard assumes original."""
    assert [("approved", 2021, "100.00"), ("supplement", 2021, "1.00")] == _changes(
        budget("100", kind="Original"), budget("101", kind="Revised"), version="1.03"
    )
    assert [("approved", 2021, "100.00")] == _changes(budget("100", kind=None))


def test_a_quarter_keeps_its_period_and_a_whole_year_needs_none() -> None:
    """The period says what the money is for where it is not the year."""
    quarter = budget("10", start="2021-07-01", end="2021-09-30")
    [data] = data_of(activities(quarter), "budget.approved")

    assert {"start": "2021-07-01", "end": "2021-09-30"} == data["period"]
    assert (2021, "2021-07-01") == (data["fiscal_year"], data["date"])


def test_a_budget_over_several_years_is_recorded_in_each_with_its_period() -> None:
    """Analysis sees that the period spans years, counts it in none, and says so."""
    spanning = budget("900", start="2019-04-02", end="2021-04-01")
    events = data_of(activities(spanning), "budget.approved")

    assert [2019, 2020, 2021] == [data["fiscal_year"] for data in events]
    assert {"900.00"} == {data["amount"] for data in events}
    assert all({"start": "2019-04-02", "end": "2021-04-01"} == data["period"] for data in events)


def test_status_and_too_exact_amounts_are_kept_beside_the_fact() -> None:
    """Half up to two places; what was written stays in the original bytes."""
    [_, _, _, event] = mapped(activities(budget("0.125")))

    assert ("0.13", "0.125", "2") == (
        event["data"]["amount"],
        event["sourceamount"],
        event["iatistatus"],
    )


def test_a_revised_plan_quarter_replaces_the_original_and_equal_quarters_add_up() -> None:
    """One plan per fiscal year, dated its first day, with its periods in order."""
    quarters = (
        planned("5", "2021-07-01", "2021-09-30"),
        planned("10", "2021-04-01", "2021-06-30"),
        planned("2.5", "2021-04-01", "2021-06-30"),
        planned("7", "2021-07-01", "2021-09-30", kind="2"),
        planned("1", "2022-04-01", None),
    )
    this, following = data_of(activities("".join(quarters)), "spending_plan.approved")

    assert [("2021-04-01", "2021-06-30", "12.50"), ("2021-07-01", "2021-09-30", "7.00")] == [
        (row["start"], row["end"], row["amount"]) for row in this["periods"]
    ]
    assert ("2021-04-01", 2021, "iati") == (this["date"], this["fiscal_year"], this["plan"])
    assert [{"start": "2022-04-01", "end": "2022-04-01", "amount": "1.00"}] == following["periods"]
