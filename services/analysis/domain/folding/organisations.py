"""Organisations: where each stands in the tree, and since when (Art. 5, 6; domain-rules 9).

What was stated is kept as it was stated, by (day, sequence); how an organisation is at a day is
read from it, so that the order in which facts arrive means nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from contracts.events.intake import (
    OrganisationClosed,
    OrganisationMoved,
    OrganisationRegistered,
)
from contracts.vocabulary import OrganisationKind
from services.analysis.domain.folding.jurisdiction import forget
from services.analysis.domain.state import (
    ORGANISATIONS_MAX,
    VERSIONS_MAX,
    Entry,
    Jurisdiction,
    Organisation,
    OrganisationVersion,
)


class KnownOrganisation(msgspec.Struct, frozen=True):
    """An organisation as it is at a day."""

    code: str
    name: str
    kind: OrganisationKind
    parent: str | None
    counterpart_division: str | None
    last_day: int | None
    """Ordinal of its last day, if known."""


def code_of(entry: Entry) -> str | None:
    """Return the organisation that a fact is about; None: it is about none."""
    event = entry.event
    return event.data.organisation if event.type in _STATED else None


def evolve_organisation(
    place: Jurisdiction, state: Organisation | None, entry: Entry
) -> Organisation | None:
    """Take in a fact about an organisation; None: there are too many, and it is none of them."""
    event = entry.event
    if state is None:
        if place.organisations >= ORGANISATIONS_MAX:
            forget(place, "organisations")
            return None
        place.organisations += 1
        state = Organisation(event.subject, event.data.organisation)
    versions = state.versions
    versions.append(_STATED[event.type](entry.sequence, event.data))
    versions.sort(key=lambda version: (version.day, version.sequence))
    if len(versions) > VERSIONS_MAX:
        del versions[0]
        forget(place, "organisation_versions")
    return state


def organisation_at(state: Organisation, day: int) -> KnownOrganisation | None:
    """Return an organisation as it is on a day; None: it does not exist then, or is unknown."""
    found: KnownOrganisation | None = None
    for version in state.versions:
        if version.day > day:
            break
        found = _with(found, state.code, version)
    if found is not None and found.last_day is not None and found.last_day < day:
        return None
    return found


def tree_at(states: Iterable[Organisation], day: int) -> dict[str, KnownOrganisation]:
    """Return the organisations that exist on a day, by code; parents make the tree."""
    found = ((state.code, organisation_at(state, day)) for state in states)
    return {code: known for code, known in found if known is not None}


def _with(
    known: KnownOrganisation | None, code: str, stated: OrganisationVersion
) -> KnownOrganisation | None:
    if stated.kind is not None:
        return KnownOrganisation(
            code,
            stated.name,
            stated.kind,
            stated.parent,
            stated.counterpart_division,
            stated.last_day,
        )
    if known is None:
        # Moved or closed before it was registered: it begins with its registration.
        return None
    return msgspec.structs.replace(
        known,
        parent=stated.parent or known.parent,
        counterpart_division=stated.counterpart_division or known.counterpart_division,
        last_day=known.last_day if stated.last_day is None else stated.last_day,
    )


def _registered(sequence: int, data: OrganisationRegistered) -> OrganisationVersion:
    return OrganisationVersion(
        (data.valid_from or data.date).toordinal(),
        sequence,
        data.name,
        data.kind,
        data.parent,
        data.counterpart_division,
        data.valid_to.toordinal() if data.valid_to else None,
    )


def _moved(sequence: int, data: OrganisationMoved) -> OrganisationVersion:
    day = (data.valid_from or data.date).toordinal()
    return OrganisationVersion(day, sequence, "", None, data.parent, data.counterpart_division)


def _closed(sequence: int, data: OrganisationClosed) -> OrganisationVersion:
    day = (data.last_day or data.date).toordinal()
    return OrganisationVersion(day, sequence, "", None, None, None, day)


_STATED: Final[Mapping[str, Callable[[int, Any], OrganisationVersion]]] = {
    OrganisationRegistered.event_type(): _registered,
    OrganisationMoved.event_type(): _moved,
    OrganisationClosed.event_type(): _closed,
}
"""Event type → what it states."""
