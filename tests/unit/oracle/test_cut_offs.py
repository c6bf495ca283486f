"""Quantities are due at the cut-offs that a jurisdiction names (domain-rules 14), by hand."""

from typing import Any

import pytest

from tests.unit.oracle.facts import Story


def named(*cut_offs: str) -> Story:
    """Name cut-offs from February on."""
    return name(Story(), "2026-02-01", *cut_offs)


def name(story: Story, date: str, *cut_offs: str) -> Story:
    """Name cut-offs."""
    return story.say("monitoring_parameters.published", date, monitoring_cut_offs=list(cut_offs))


def indicator(story: Story, as_of: str, *names: str) -> tuple[Any, ...]:
    """Give some figures of the one target of a story."""
    found = story.at(as_of)["attainment"]["indicators"]["K1"]
    return tuple(found[name] for name in names)


def test_a_quantity_is_asked_for_at_each_cut_off() -> None:
    """Before the parameters hold it is due at the year's end alone."""
    story = named("06-30", "09-30").target()
    assert indicator(story, "2026-01-31", "next_due") == ("2026-12-31",)
    assert indicator(story, "2026-02-01", "next_due", "state") == ("2026-06-30", "not_yet_due")
    # 30 June is a Tuesday: ten working days later is 14 July.
    assert indicator(story, "2026-06-30", "state", "next_due", "overdue_on") == (
        "not_reported",
        "2026-09-30",
        "2026-07-14",
    )
    assert indicator(story, "2026-06-30", "expected") == ("50",)


@pytest.mark.parametrize(
    "fields",
    [
        {"due": ["2026-11-30"]},
        {"stages": [{"due": "2026-11-30", "value": "100"}]},
        {"behaviour": "quality"},
        {"value_kind": "date", "target_date": "2026-11-30", "target": None},
    ],
)
def test_what_names_its_own_days_or_is_no_quantity_is_not(fields: dict[str, Any]) -> None:
    """Due dates, stages, another behaviour, a date."""
    due = "2026-12-31" if "behaviour" in fields else "2026-11-30"
    assert indicator(named("06-30").target(**fields), "2026-06-30", "state", "next_due") == (
        "not_yet_due",
        due,
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"accumulation": "once"}, None),
        ({"accumulation": "point_in_time"}, None),
        ({"accumulation": "per_period"}, "100"),
        ({"value_kind": "boolean", "target": None}, None),
    ],
)
def test_a_cut_off_asks_and_does_not_promise(fields: dict[str, Any], expected: str | None) -> None:
    """What is promised whole is expected at the year's end; each period for itself at its own."""
    story = named("06-30").target(**fields)

    assert indicator(story, "2026-06-30", "expected", "state") == (expected, "not_reported")
    whole = "1" if "value_kind" in fields else "100"
    assert indicator(story, "2026-12-31", "expected") == (whole,)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("2026-06-30", ("not_reported", "2026-07-14")), ("2026-07-01", ("not_yet_due", None))],
)
def test_no_cut_off_is_due_before_the_indicator_is_first_stated(
    stated: str, expected: tuple[str, str | None]
) -> None:
    """Stated on the cut-off itself it is due; stated anew it is as old as its first version."""
    story = named("06-30").target(stated)
    assert indicator(story, "2026-07-31", "state", "overdue_on") == expected

    story.target("2026-07-20", target="90")
    assert indicator(story, "2026-07-31", "state", "overdue_on") == expected


def test_no_cut_off_is_due_before_it_has_been_named_ever_since() -> None:
    """March's is named in May alone, June's since its own day, September's again in November."""
    story = name(Story().target(), "2026-05-01", "03-31", "09-30")
    name(story, "2026-06-30", "03-31", "06-30", "09-30")
    assert indicator(story, "2026-06-30", "overdue_on", "next_due") == ("2026-07-14", "2026-09-30")

    name(story, "2026-10-01", "06-30")
    name(story, "2026-11-01", "06-30", "09-30")
    assert indicator(story, "2026-11-30", "overdue_on", "next_due") == ("2026-07-14", "2026-12-31")


def test_days_of_its_own_are_due_whenever_they_are_stated() -> None:
    """Stated in August, for the end of June."""
    story = named("06-30").target("2026-08-03", due=["2026-06-30"])

    assert indicator(story, "2026-08-31", "state", "overdue_on") == ("not_reported", "2026-07-14")
