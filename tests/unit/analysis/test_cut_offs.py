"""When quantities without dates of their own are due: at campaigns' cut-offs (domain-rules 14)."""

from typing import Any

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import IndicatorFigures
from tests.spec.engines import folded
from tests.support.builders import jurisdiction, progress, project, target, targets
from tests.support.measuring import parameters, state_changed

CUT_OFFS = parameters(monitoring_cut_offs=["06-30", "09-30"])


def shown(
    *events: AnyEvent, as_of: str, place: AnyEvent | None = None, **fields: Any
) -> IndicatorFigures:
    known = [place or jurisdiction(), project(), targets(target(**fields)), *events]
    (found,) = folded(known).assessment(as_of=as_of).attainment.indicators
    return found


def dues(*events: AnyEvent, **fields: Any) -> list[str]:
    """What is due next, seen from the beginning and from each due date on."""
    found, as_of = [], "2026-01-25"
    while (upcoming := shown(*events, as_of=as_of, **fields).next_due) is not None:
        as_of = upcoming.isoformat()
        found.append(as_of)
    return found


def test_a_quantity_is_due_at_each_cut_off_and_at_the_years_end() -> None:
    """As the jurisdiction says; without its word at the year's end alone."""
    year_end = ["2026-12-31"]

    assert ["2026-06-30", "2026-09-30", *year_end] == dues(CUT_OFFS)
    assert year_end == dues()
    assert year_end == dues(parameters(monitoring_cut_offs=["12-31"]))


@pytest.mark.parametrize("behaviour", ["quality", "timeliness", "cost", "outcome", "satisfaction"])
def test_others_are_due_at_the_years_end(behaviour: str) -> None:
    """Only quantities are asked for at cut-offs."""
    assert ["2026-12-31"] == dues(CUT_OFFS, behaviour=behaviour)


def test_dates_of_its_own_come_first() -> None:
    """Due dates, stages, the date that is promised."""
    own = {
        "value_kind": "date",
        "target": None,
        "target_text": "8月底",
        "target_date": "2026-08-31",
    }

    assert ["2026-10-31"] == dues(CUT_OFFS, due=["2026-10-31"])
    assert ["2026-05-31"] == dues(CUT_OFFS, stages=[{"due": "2026-05-31", "value": "10"}])
    assert ["2026-08-31"] == dues(CUT_OFFS, **own)


@pytest.mark.parametrize(
    ("accumulation", "expected"),
    [
        ("cumulative", ["50", "75", "100"]),
        ("per_period", ["100", "100", "100"]),
        ("point_in_time", [None, None, "100"]),
        ("once", [None, None, "100"]),
    ],
)
def test_the_whole_is_not_promised_for_a_cut_off(
    accumulation: str, expected: list[str | None]
) -> None:
    """Unless it grows by months, or each period has its own."""
    days = ("2026-06-30", "2026-09-30", "2026-12-31")
    found = [shown(CUT_OFFS, as_of=day, accumulation=accumulation) for day in days]

    assert expected == [one.expected for one in found]
    assert ["not_reported"] * 3 == [one.state.value for one in found]
    named = shown(as_of=days[0], accumulation=accumulation, due=days[:1])
    assert ("50" if accumulation == "cumulative" else "100") == named.expected


def test_a_boolean_is_promised_for_the_years_end() -> None:
    """It is asked for at a cut-off, and not behind then."""
    fields: dict[str, Any] = {"value_kind": "boolean", "target": "1", "target_text": "建成"}

    assert [None, "1"] == [
        shown(CUT_OFFS, as_of=day, **fields).expected for day in ("2026-06-30", "2026-12-31")
    ]


def test_what_is_reached_once_is_judged_at_the_years_end() -> None:
    """Measured before, it is not yet due."""
    reported = progress("40", "2026-06-20", due="2026-06-30")
    found = [
        shown(CUT_OFFS, reported, as_of=day, accumulation="once")
        for day in ("2026-06-30", "2026-12-31")
    ]

    assert [("not_yet_due", None), ("judged", "red")] == [
        (one.state.value, str(one.light) if one.light else None) for one in found
    ]


def test_what_is_missing_is_overdue_ten_working_days_after_a_cut_off() -> None:
    """domain-rules 16; a suspension asks for nothing."""
    resting = [state_changed("suspended", "2026-06-01"), state_changed("resumed", "2026-07-01")]

    assert "2026-07-14" == str(shown(CUT_OFFS, as_of="2026-07-31").overdue_on)
    assert shown(CUT_OFFS, *resting, as_of="2026-07-31").overdue_on is None
    assert shown(as_of="2026-07-31").overdue_on is None


def test_no_cut_off_is_due_before_there_is_a_target() -> None:
    """Nothing could be reported at it; stated anew, the target is as old as it was."""
    late = targets(target(), date="2026-08-10")
    again = targets(target(target_value="120"), date="2026-08-20")

    def of(*stated: AnyEvent, as_of: str) -> IndicatorFigures:
        known = [jurisdiction(), project(), CUT_OFFS, *stated]
        (found,) = folded(known).assessment(as_of=as_of).attainment.indicators
        return found

    found = of(late, as_of="2026-08-10")
    assert ("not_yet_due", None) == (found.state.value, found.overdue_on)
    assert "2026-09-30" == str(found.next_due)
    assert of(late, again, as_of="2026-09-15").overdue_on is None
    assert "2026-07-14" == str(of(targets(target()), again, as_of="2026-08-20").overdue_on)
    on_the_day = of(targets(target(), date="2026-06-30"), as_of="2026-07-31")
    assert "2026-07-14" == str(on_the_day.overdue_on)


def test_no_cut_off_is_due_before_parameters_name_it() -> None:
    """Ever since: what restates it changes nothing, what left it out meanwhile does."""
    cut_offs: dict[str, Any] = {"monitoring_cut_offs": ["06-30", "09-30"]}
    named = parameters("2026-08-01", **cut_offs)
    again = parameters("2026-08-01", overdue_working_days=5, **cut_offs)
    none = parameters("2026-07-01")

    assert shown(named, as_of="2026-08-31").overdue_on is None
    assert "not_yet_due" == shown(named, as_of="2026-08-31").state.value
    assert "2026-07-07" == str(shown(CUT_OFFS, again, as_of="2026-08-31").overdue_on)
    assert shown(CUT_OFFS, none, named, as_of="2026-08-31").overdue_on is None
    assert "2026-07-14" == str(
        shown(parameters("2026-06-30", **cut_offs), as_of="2026-08-31").overdue_on
    )


def test_cut_offs_hold_from_their_day_on_and_within_the_fiscal_year() -> None:
    """Of a year from April on, the next March's."""
    place = jurisdiction(fiscal_year_start="04-01")
    later = parameters(effective_from="2026-08-01", monitoring_cut_offs=["06-30", "09-30"])

    assert ["2026-09-30", "2027-01-31", "2027-03-31"] == dues(
        parameters(monitoring_cut_offs=["01-31", "09-30"]), place=place
    )
    assert "2026-12-31" == str(shown(later, as_of="2026-07-31").next_due)
    assert "2026-09-30" == str(shown(later, as_of="2026-08-01").next_due)


def test_of_parameters_that_hold_from_one_day_the_later_entry_does() -> None:
    """Whatever their facts' dates are: it replaces every earlier one from its first day on."""
    first = parameters("2026-02-20", effective_from="2026-03-01", monitoring_cut_offs=["06-30"])
    then = parameters("2026-02-10", effective_from="2026-03-01", monitoring_cut_offs=["09-30"])

    assert ["2026-09-30", "2026-06-30"] == [
        str(shown(*told, as_of="2026-03-01").next_due) for told in ((first, then), (then, first))
    ]
