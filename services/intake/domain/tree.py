"""The tree of organisations as access follows it: today's, whatever it was (architecture 7)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from contracts.envelope import AnyEvent
from contracts.events.intake import OrganisationMoved, OrganisationRegistered

STATES_MAX: Final = 16
"""States of one organisation that are kept, the last ones; reorganisations are yearly at most."""


class OrganisationState(msgspec.Struct, frozen=True):
    """Where an organisation stands from a day on."""

    valid_from: dt.date
    parent: str | None
    division: str | None
    """Of a department: the bureau's division that it belongs to."""
    moved: bool = False
    """Whether what is null here stays as it was before."""


class Placed(msgspec.Struct, frozen=True):
    """What a fact says of an organisation's place."""

    jurisdiction: str
    organisation: str
    state: OrganisationState
    position: int
    """Of the fact in its home partition."""


def placed(event: AnyEvent, position: int) -> Placed | None:
    """Read where a fact puts an organisation; None if it puts none anywhere.

    One that is closed stays where it was: so does its past.
    """
    data = event.data
    if not isinstance(data, OrganisationRegistered | OrganisationMoved):
        return None
    state = OrganisationState(
        data.valid_from or data.date,
        data.parent,
        data.counterpart_division,
        moved=isinstance(data, OrganisationMoved),
    )
    return Placed(event.subject, data.organisation, state, position)


def above(
    states: Sequence[OrganisationState], today: dt.date | None
) -> tuple[str | None, str | None]:
    """Return what an organisation stands below on a day: its parent and its division.

    Of states of one day the one stated last holds; before the first day, the first state does.
    """
    ordered = sorted(states, key=lambda state: state.valid_from)
    begun = [state for state in ordered if today is None or state.valid_from <= today]
    parent: str | None = None
    division: str | None = None
    for state in begun or ordered[:1]:
        kept = state.moved
        parent = parent if kept and state.parent is None else state.parent
        division = division if kept and state.division is None else state.division
    return parent, division


def subtree(
    tree: Mapping[str, Sequence[OrganisationState]], roots: Iterable[str], today: dt.date | None
) -> frozenset[str]:
    """Return the roots with all that stands below them.

    A department stands below its parent and below its counterpart division. Rings do no harm.
    """
    below: dict[str, list[str]] = {}
    for code, states in tree.items():
        for higher in above(states, today):
            if higher is not None:
                below.setdefault(higher, []).append(code)
    found: set[str] = set()
    open_ = list(roots)
    while open_:
        code = open_.pop()
        if code not in found:
            found.add(code)
            open_.extend(below.get(code, ()))
    return frozenset(found)
