"""Payments in a row are folded without the questions that every other entry is asked."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codec import encode
from contracts.envelope import AnyEvent
from contracts.record import Mark
from services.analysis.domain import encode_state
from services.analysis.handlers.agenda import Agenda
from services.analysis.handlers.arriving import Arrived
from services.analysis.handlers.folding import Folding
from services.analysis.handlers.gate import Gate
from services.analysis.handlers.grouping import grouped
from services.analysis.handlers.share import Cache, Share
from services.analysis.store.documents import unpacked
from services.analysis.store.states import Batch, Project, Standing
from tests.support.builders import (
    PROJECT,
    budget,
    day_opened,
    disbursement,
    expenditure,
    jurisdiction,
    project,
    reversal,
)
from tests.support.looped import looped

FACTS: tuple[AnyEvent, ...] = (
    expenditure(),
    expenditure(amount="20000.00", payee={"name": "水利公司"}),
    expenditure(fiscal_year=2025, date="2025-12-30"),
    expenditure(date="2026-03-20", contract="C1"),
    reversal("1.00"),
    disbursement("5.00"),
    project(lead_unit="610100027002"),
)
MONEY = FACTS[:-1]
Publishers = Sequence[tuple[AnyEvent, str]]


def arrived(facts: Publishers, *, broken: frozenset[int] = frozenset()) -> list[Arrived]:
    """Number facts as the ledger does; those in `broken` cannot be read."""
    found, streams = [], dict[str, int]()
    for position, (event, publisher) in enumerate(facts, 1):
        sequence = streams[event.subject] = streams.get(event.subject, 0) + 1
        mark = Mark(position, sequence, position, position, event.type, publisher)
        raw = encode(event) if position not in broken else b"{"
        entry = Arrived(sequence, position, position, None, None, False, event.type)  # noqa: FBT003
        entry.mark, entry.key, entry.raw = mark.to_bytes(), event.subject.encode(), raw
        entry.publisher = publisher
        found.append(entry)
    return found


def folded(runs: Sequence[Sequence[Arrived]], *, building: bool) -> tuple[Any, ...]:
    """Fold runs, one after the other; give all that they leave."""
    taken: Any = None
    held = Share(0, taken, Standing(0, None), Gate(0), {}, {}, Cache(10), Agenda(0, 0))
    held.building = building
    projects: dict[str, Project] = {}
    entries: list[Any] = []
    parked: list[int] = []
    found: list[bytes] = []
    for run in runs:
        step = Folding(held, Batch(Standing(run[-1].position, None)), projects, {})
        looped(step.fold(grouped(run)))
        entries += [entry for document in step.batch.packed for entry in unpacked(document)]
        parked += [one.position for one in step.batch.parked]
        found += [one.value for one in step.batch.out]
    known = projects[PROJECT]
    years = [known.years[year] for year in sorted(known.years)]
    states = [encode_state(year.state) for year in years]
    told = encode_state(held.jurisdictions["610100"]), [year.recorded_ms for year in years]
    return encode_state(known.head), states, entries, parked, len(found), told


@pytest.mark.parametrize("building", [False, True])
@pytest.mark.parametrize("opened", [(), ("2026-03-10",)], ids=["no day", "a day"])
@settings(max_examples=40, deadline=None)
@given(
    facts=st.lists(
        st.tuples(st.sampled_from(FACTS), st.sampled_from(["", "finance", "bank"])),
        min_size=1,
        max_size=12,
    ),
    broken=st.sets(st.integers(4, 15), max_size=2),
)
def test_a_run_comes_to_what_its_entries_come_to_one_by_one(
    *, building: bool, opened: tuple[str, ...], facts: Publishers, broken: set[int]
) -> None:
    """Whatever stands between them, whoever states them, late or not, building or not."""
    begun = [jurisdiction(), *(day_opened(day) for day in opened), project(), budget()]
    all_of_them = [*((one, "finance") for one in begun), *facts]
    positions = frozenset(n for n in broken if len(begun) < n <= len(all_of_them))

    def entries() -> list[Arrived]:
        return arrived(all_of_them, broken=positions)

    whole = folded([entries()], building=building)
    assert folded([[entry] for entry in entries()], building=building) == whole
    assert sorted(positions) == whole[3]


def test_decoded_events_are_not_held() -> None:
    """A batch of thousands of them would be too much."""
    run = arrived([(one, "finance") for one in (jurisdiction(), project(), *MONEY, *MONEY)])
    folded([run], building=False)

    assert {None} == {entry.event for entry in run}


def test_a_new_project_whose_entry_is_known_not_to_fold_is_incomplete() -> None:
    """A run that failed is read again with what is broken, before the project is stored."""
    run = arrived([(one, "finance") for one in (jurisdiction(), project(), *MONEY)])
    taken: Any = None
    held = Share(0, taken, Standing(0, None), Gate(0), {}, {}, Cache(10), Agenda(0, 0))
    projects: dict[str, Project] = {}

    step = Folding(held, Batch(Standing(run[-1].position, None)), projects, {3: "it does not fold"})
    looped(step.fold(grouped(run)))

    assert [3] == [one.position for one in step.batch.parked]
    assert projects[PROJECT].incomplete
