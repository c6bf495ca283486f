"""Organisations: where each stands at a day (domain-rules 9)."""

import datetime as dt
import itertools

from contracts.envelope import AnyEvent
from contracts.events import intake
from services.analysis.domain import Entry, Jurisdiction, Organisation, evolve_organisation, tree_at
from services.analysis.domain.encoding import decode_state, encode_state
from tests.support.builders import day, fact, organisation

CODE = "610100"


def moved(code: str, parent: str, date: str) -> AnyEvent:
    """organisation.moved."""
    return fact(CODE, intake.OrganisationMoved(organisation=code, parent=parent, date=day(date)))


def closed(code: str, date: str) -> AnyEvent:
    """organisation.closed."""
    return fact(CODE, intake.OrganisationClosed(organisation=code, date=day(date)))


FACTS = (
    organisation("U1", kind="unit", parent="D1", date="2024-01-01"),
    moved("U1", "D2", "2025-07-01"),
    closed("U1", "2026-03-31"),
)


def folded(numbered: list[tuple[int, AnyEvent]]) -> Organisation:
    """Fold facts in this order, each with the number that it has in its stream."""
    state: Organisation | None = None
    place = Jurisdiction(CODE)
    for number, event in numbered:
        state = evolve_organisation(place, state, Entry(number, number, 0, event))
    assert state is not None
    return state


def parent_at(state: Organisation, date: str) -> str | None:
    """Return where the unit stands on a day; `-`: it does not exist."""
    found = tree_at([state], dt.date.fromisoformat(date).toordinal()).get("U1")
    return found.parent if found else "-"


def test_a_move_leaves_the_past_where_it_was() -> None:
    """Figures as of a date use that date's tree."""
    state = folded(list(enumerate(FACTS, 1)))

    assert "-" == parent_at(state, "2023-12-31")
    assert "D1" == parent_at(state, "2025-06-30")
    assert "D2" == parent_at(state, "2025-07-01")
    assert "D2" == parent_at(state, "2026-03-31")
    assert "-" == parent_at(state, "2026-04-01")


def test_the_order_of_arrival_means_nothing() -> None:
    """What was stated is kept as stated, by day and entry."""
    numbered = list(enumerate(FACTS, 1))
    expected = folded(numbered)

    for order in itertools.permutations(numbered):
        assert folded(list(order)) == expected


def test_of_one_day_the_later_entry_stands() -> None:
    """Whichever is folded first."""
    first, second = (
        (1, FACTS[0]),
        (2, organisation("U1", kind="unit", parent="D9", date="2024-01-01")),
    )

    assert "D9" == parent_at(folded([first, second]), "2024-05-01")
    assert "D9" == parent_at(folded([second, first]), "2024-05-01")


def test_it_is_stored_as_it_is() -> None:
    """Written and read, it is the same."""
    state = folded(list(enumerate(FACTS, 1)))

    assert decode_state(encode_state(state), Organisation) == state
