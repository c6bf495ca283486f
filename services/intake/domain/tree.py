"""The tree of organisations as access follows it: today's, whatever it was (architecture 7)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from contracts.envelope import AnyEvent
from contracts.events.intake import OrganisationRegistered

STATES_MAX: Final = 16
"""States of one organisation that are kept, the last ones; reorganisations are yearly at most."""


class OrganisationState(msgspec.Struct, frozen=True):
    """Where an organisation stands from a day on."""

    valid_from: dt.date
    parent: str | None
    division: str | None
    """Of a department: the bureau's division that it belongs to."""
    kind: str | None
    valid_to: dt.date | None = None
    """Last day, if known; its past stays where it was, so access does not end with it."""


class Placed(msgspec.Struct, frozen=True):
    """What a fact says of an organisation's place."""

    jurisdiction: str
    organisation: str
    state: OrganisationState
    position: int
    """Of the fact in its home partition."""


def placed(event: AnyEvent, position: int) -> Placed | None:
    """Read where a fact puts an organisation; None if it puts none anywhere."""
    data = event.data
    if not isinstance(data, OrganisationRegistered):
        return None
    state = OrganisationState(
        data.valid_from or data.date,
        data.parent,
        data.counterpart_division,
        data.kind.value,
        data.valid_to,
    )
    return Placed(event.subject, data.organisation, state, position)


def effective(
    states: Sequence[OrganisationState], today: dt.date | None
) -> OrganisationState | None:
    """Choose the state of a day: the last that has begun, else the first that will."""
    if not states:
        return None
    begun = [state for state in states if today is None or state.valid_from <= today]
    # max takes the first of equals: what was said later stands behind and shall win.
    if begun:
        return max(reversed(begun), key=lambda state: state.valid_from)
    return min(states, key=lambda state: state.valid_from)


def subtree(
    tree: Mapping[str, Sequence[OrganisationState]], roots: Iterable[str], today: dt.date | None
) -> frozenset[str]:
    """Return the roots with all that stands below them.

    A department stands below its parent and below its counterpart division. Rings do no harm.
    """
    below: dict[str, list[str]] = {}
    for code, states in tree.items():
        state = effective(states, today)
        for above in () if state is None else (state.parent, state.division):
            if above is not None:
                below.setdefault(above, []).append(code)
    found: set[str] = set()
    open_ = list(roots)
    while open_:
        code = open_.pop()
        if code not in found:
            found.add(code)
            open_.extend(below.get(code, ()))
    return frozenset(found)
