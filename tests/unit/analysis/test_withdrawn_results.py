"""Results that are taken back 撤回: what was stated before them stands again (domain-rules 20)."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from contracts.events.intake import TargetProgressWithdrawn
from services.analysis.domain.encoding import decode_state, encode_state
from services.analysis.domain.folding.dispatch import evolve, new_year
from services.analysis.domain.folding.targets import REPLACED_MAX
from services.analysis.domain.state import Entry, ProjectYear
from tests.spec.engines import folded
from tests.support.builders import PROJECT, day, fact, jurisdiction, progress, target, targets
from tests.unit.analysis.indicators import JUDGED, NOT_REPORTED, indicator
from tests.unit.oracle.facts import Story

PROMISED = targets(target("K1", accumulation="point_in_time", due=["2026-06-30"]))


def withdrawn(*entries: int, date: str = "2026-06-30", indicator: str = "K1") -> AnyEvent:
    """target_progress.withdrawn: of entries, by their sequence in the project's stream."""
    data = TargetProgressWithdrawn(
        date=day(date), fiscal_year=2026, indicator=indicator, entries=entries, reason="撤回"
    )
    return fact(PROJECT, data)


def test_an_only_result_taken_back_leaves_none() -> None:
    """The indicator is as if nobody had reported on it."""
    found = indicator(PROMISED, progress("70"), withdrawn(2))

    assert (found.state, found.actual, found.reported_on) == (NOT_REPORTED, None, None)


def test_the_result_before_stands_again() -> None:
    """Of the same day as well as of an earlier one; whoever stated it."""
    same = indicator(PROMISED, progress("60"), progress("70"), withdrawn(3))
    earlier = indicator(PROMISED, progress("50", date="2026-05-31"), progress("70"), withdrawn(3))

    assert (same.state, same.actual) == (JUDGED, "60")
    assert (earlier.actual, earlier.reported_on) == ("50", day("2026-05-31"))


def test_what_is_reported_afterwards_counts() -> None:
    """And what was taken back twice was taken back once."""
    events = [PROMISED, progress("70"), withdrawn(2), withdrawn(2), progress("80")]

    assert indicator(*events).actual == "80"


def test_a_day_before_is_answered_as_it_was_stated_then() -> None:
    """Taken back from 30 June on: on the 29th it still stands."""
    events = [PROMISED, progress("70", date="2026-06-20"), withdrawn(2)]

    assert indicator(*events, as_of="2026-06-29").actual == "70"
    assert indicator(*events).actual is None


def test_another_indicators_result_is_not_taken_back() -> None:
    """An entry that is no result of the indicator is passed over."""
    found = indicator(PROMISED, progress("70"), withdrawn(1, 99), withdrawn(2, indicator="K9"))

    assert found.actual == "70"


def test_why_names_the_withdrawal_that_took_a_result_back() -> None:
    """Beside the result that stands again, or alone; before its day it says nothing."""
    back = withdrawn(2, 4, date="2026-07-02")
    stated = [PROMISED, progress("50", date="2026-05-31"), progress("60"), progress("70"), back]
    engine = folded([jurisdiction(), *stated])
    before = engine.why("indicator:K1", as_of="2026-07-01")
    stands = engine.why("indicator:K1", as_of="2026-07-02")
    gone = folded([jurisdiction(), *stated, withdrawn(3)]).why("indicator:K1", as_of="2026-07-02")

    assert [(4, "70")] == [(one.sequence, one.value) for one in before.entries]
    assert ("60", "60") == (stands.value, stands.sum)
    assert [(3, "60"), (5, None)] == [(one.sequence, one.value) for one in stands.entries]
    assert stands.entries[1].note == (
        "撤回; 撤回账目 2, 4: takes back the results of these entries"
    )
    assert (None, None) == (gone.value, gone.sum)
    assert [(6, "target_progress"), (5, "target_progress")] == [
        (one.sequence, one.type.split(".")[1]) for one in gone.entries
    ]


@pytest.mark.parametrize("named", [(1,), (3,)], ids=["no result", "another indicator's"])
def test_why_says_of_a_withdrawal_that_it_took_nothing_back(named: tuple[int, ...]) -> None:
    """An entry that is no result of the indicator is passed over; people are told."""
    once: dict[str, Any] = {"accumulation": "point_in_time", "due": ["2026-06-30"]}
    promised = targets(target("K1", **once), target("K2", **once))
    engine = folded(
        [
            jurisdiction(),
            promised,
            progress("70"),
            progress("5", indicator="K2"),
            withdrawn(*named),
        ]
    )
    (result, back) = engine.why("indicator:K1").entries

    assert (2, "70", 4) == (result.sequence, result.value, back.sequence)
    assert back.note.endswith("no entry that it names is a result of this indicator")


def test_the_note_of_a_withdrawal_names_a_few_of_many() -> None:
    """It may take back hundreds."""
    many = [progress(str(n), date=day("2026-01-20") + dt.timedelta(days=n)) for n in range(25)]
    engine = folded([jurisdiction(), PROMISED, *many, withdrawn(*range(2, 27))])
    (back,) = engine.why("indicator:K1").entries

    assert "账目 2, 3, " in back.note
    assert "20, 21 …" in back.note


def test_of_one_day_a_few_results_are_remembered() -> None:
    """However often somebody reports the same day; they survive being stored."""
    year = new_year(PROJECT, 2026)
    last = 2 * REPLACED_MAX
    for sequence in range(1, last + 1):
        evolve(year, Entry(sequence, sequence, 0, progress(str(sequence))))
    evolve(year, Entry(99, 99, 0, withdrawn(last)))
    (report,) = decode_state(encode_state(year), ProjectYear).indicators["K1"].reports

    assert report.withdrawn == day("2026-06-30").toordinal()
    assert [one.value for one in report.earlier] == [str(n) for n in range(REPLACED_MAX, last)]


VALUES = st.sampled_from(["10", "55", "70", "130"])
DAYS = st.sampled_from(["2026-05-31", "2026-06-20", "2026-06-30"])
STEPS = st.lists(st.tuples(DAYS, VALUES, st.booleans()), min_size=1, max_size=8)


@given(STEPS, st.data())
def test_the_oracle_agrees(steps: list[tuple[str, str, bool]], data: st.DataObject) -> None:
    """Reports and withdrawals in any order: both give the same state, result and light."""
    story = Story().target("2026-01-12", accumulation="point_in_time", due=["2026-06-30"])
    events: list[Any] = [PROMISED]
    for date, value, back in steps:
        if back and len(events) > 1:
            entry = data.draw(st.integers(1, len(events)))
            events.append(withdrawn(entry, date=date))
            story.tell("target_progress.withdrawn", date, indicator="K1", entries=[entry])
        else:
            events.append(progress(value, date=date))
            story.report(value, date)
    for as_of in ("2026-05-31", "2026-06-20", "2026-06-30"):
        found = indicator(*events, as_of=as_of)
        told = story.at(as_of)["attainment"]["indicators"]["K1"]
        light = found.light.value if found.light else None

        assert (told["state"], told["actual"], told["light"]) == (
            found.state.value,
            found.actual,
            light,
        )
