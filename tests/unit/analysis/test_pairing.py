"""Cuts and targets that come in pairs, targets set anew, old carryovers (domain-rules 6, 18)."""

from typing import Any

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import ProjectStanding
from services.analysis.domain.folding import flows as flow_folds
from services.analysis.domain.folding import money as money_folds
from tests.spec.engines import folded
from tests.support.builders import (
    adjustment,
    budget,
    carryover,
    day_opened,
    project,
    recovery,
    target,
    targets,
    targets_adjusted,
)
from tests.support.builders import jurisdiction as place
from tests.support.measuring import correction


def cut(date: str = "2026-06-01", **fields: Any) -> AnyEvent:
    """Cut the budget on objective grounds, unless it is said otherwise."""
    return adjustment("cut", "10.00", date, **{"objective_grounds": True, **fields})


def standing(*events: AnyEvent, as_of: str = "2026-06-30") -> ProjectStanding:
    """Give the standing of a project with a budget and one target of 20 January."""
    told = [place(), project(), budget(amount="1000.00"), targets(), *events]
    return folded(told).assessment(as_of=as_of).standing


def changed(*events: AnyEvent, as_of: str = "2026-06-30") -> tuple[str | None, bool]:
    """Give when targets were changed last, and whether for a cut."""
    found = standing(*events, as_of=as_of)
    day = found.targets_changed_on
    return (day.isoformat() if day else None), found.targets_changed_for_cut


def waiting(*events: AnyEvent, as_of: str = "2026-06-30") -> tuple[str | None, int | None]:
    """Give since when a cut waits for its targets, and how many working days."""
    found = standing(*events, as_of=as_of)
    day = found.unpaired_cut_on
    return (day.isoformat() if day else None), found.unpaired_cut_working_days


def test_a_target_is_changed_when_a_later_day_names_it_again() -> None:
    """Stated anew or withdrawn; another indicator is no change of it, nor the same day again."""
    again = targets_adjusted(target(target_value="80"), date="2026-05-20")
    withdrawn = targets_adjusted(date="2026-06-10", withdrawn=["K1"])

    assert changed() == (None, False)
    assert changed(targets(date="2026-01-20")) == (None, False)
    assert changed(targets_adjusted(target("K2"))) == (None, False)
    assert changed(again, as_of="2026-05-19") == (None, False)
    assert changed(again) == ("2026-05-20", False)
    assert changed(withdrawn, again) == ("2026-06-10", False)


def test_targets_that_answer_a_cut_are_its_pair() -> None:
    """The first day with targets on or after it; a further change is one of its own."""
    pair = targets_adjusted(target(target_value="80"), date="2026-06-01")
    further = targets_adjusted(target(target_value="70"), date="2026-06-20")

    assert changed(cut(), pair) == ("2026-06-01", True)
    assert changed(cut("2026-05-01"), pair) == ("2026-06-01", True)
    assert changed(cut("2026-06-02"), pair) == ("2026-06-01", False)
    assert changed(cut(), pair, further) == ("2026-06-20", False)
    assert changed(cut(), pair, cut("2026-06-19"), further) == ("2026-06-20", True)


def test_a_cut_waits_for_targets_of_its_day_or_later() -> None:
    """The first one that waits counts; whatever target is stated ends it."""
    pair = targets_adjusted(target("K2"), date="2026-06-01")

    assert waiting() == (None, None)
    assert waiting(cut(), as_of="2026-05-31") == (None, None)
    assert waiting(cut(), as_of="2026-06-01") == ("2026-06-01", 0)
    # 2 to 30 June 2026: 21 working days, Monday to Friday.
    assert waiting(cut(), cut("2026-06-20")) == ("2026-06-01", 21)
    assert waiting(cut(), pair) == (None, None)
    assert waiting(cut(), pair, as_of="2026-06-01") == (None, None)
    assert waiting(cut("2026-06-02"), pair) == ("2026-06-02", 20)


def test_working_days_are_the_jurisdictions() -> None:
    """As they were opened: days off do not count, worked weekends do."""
    opened = [
        day_opened("2026-06-19", working_day=False),
        day_opened("2026-06-28", working_day=True),
    ]

    assert waiting(*opened, cut(), as_of="2026-06-27") == ("2026-06-01", 18)
    assert waiting(*opened, cut()) == ("2026-06-01", 21)


@pytest.mark.parametrize(
    "other",
    [
        cut(objective_grounds=False),
        cut(objective_grounds=None),
        adjustment("recovery", "10.00", "2026-06-01", objective_grounds=True),
        adjustment("cut", "0.00", "2026-06-01", objective_grounds=True),
    ],
    ids=["other grounds", "no grounds", "a recovery", "nothing is cut"],
)
def test_other_adjustments_ask_for_no_pair(other: AnyEvent) -> None:
    """Domain-rules 18: only a cut on objective grounds does."""
    assert waiting(other) == (None, None)


def test_cuts_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest by business date go."""
    monkeypatch.setattr(money_folds, "CUTS_MAX", 2)
    days = ["2026-06-03", "2026-06-01", "2026-06-02"]

    assert waiting(*map(cut, days))[0] == "2026-06-02"


@pytest.mark.parametrize(
    ("from_year", "amount", "recovered", "years"),
    [
        (2025, "10.00", None, 1),
        (2024, "10.00", None, 2),
        (2023, "10.00", None, 3),
        (2024, "0.00", None, 0),
        (2024, "10.00", "9.99", 2),
        (2024, "10.00", "10.00", 0),
        (2026, "10.00", None, 0),
    ],
)
def test_money_is_as_old_as_its_approval(
    from_year: int, amount: str, recovered: str | None, years: int
) -> None:
    """As long as some of the line's carryover was not recovered (domain-rules 6)."""
    told = [carryover(amount, line="L9", from_year=from_year)]
    if recovered is not None:
        told.append(recovery(recovered, "2026-03-01", line="L9"))

    assert standing(*told).carried_over_years == years


def test_the_oldest_money_counts_from_its_day_on() -> None:
    """Whatever came first; an earlier date knows nothing of it."""
    old = carryover("5.00", "2026-03-01", line="L9", from_year=2024)
    last = carryover("5.00", "2026-01-05", line="L9")

    assert [1, 2] == [
        standing(old, last, as_of=day).carried_over_years for day in ("2026-02-28", "2026-03-01")
    ]


def test_a_corrected_carryover_is_as_old_as_before() -> None:
    """On its new line, from the correction's date; recovered of the old one is nothing then."""
    told = [
        carryover("10.00", line="L9", from_year=2024),
        recovery("10.00", "2026-03-01", line="L9"),
        correction(4, "2026-05-10", line="L8"),
    ]

    assert [0, 2] == [
        standing(*told, as_of=day).carried_over_years for day in ("2026-05-09", "2026-05-10")
    ]
    assert standing(*told, correction(4, "2026-05-20", line="L9")).carried_over_years == 0


def test_years_of_carryovers_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one line the oldest stay."""
    monkeypatch.setattr(flow_folds, "CARRIED_MAX", 2)
    told = [carryover("1.00", line="L9", from_year=year) for year in (2025, 2023, 2024)]

    assert standing(*told).carried_over_years == 3
