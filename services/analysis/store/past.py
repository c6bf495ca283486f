"""Projects as they were known at a cut: folded again from the entries that are kept.

What the projection did with an entry when it came is done here with what was kept of it; how it
is batched means nothing. Who was heard is a fact of the jurisdiction, and folded as such. What only
the partition's own entries tell of publishers, and how their vouchers are dated, is not folded
again: it hangs on all projects of a partition, and only says what is so today.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final

from contracts.codec import JURISDICTION_TYPES
from contracts.events.intake import ExpenditureRecorded
from services.analysis.domain import (
    Entry,
    Jurisdiction,
    Organisation,
    advance_head,
    evolve,
    evolve_head,
    evolve_jurisdiction,
    evolve_organisation,
    fiscal_year_of,
    is_kept,
    leave_out,
    note_closing,
)
from services.analysis.domain.corrections import FACT_CORRECTED, original_of
from services.analysis.domain.folding.organisations import code_of
from services.analysis.store.events import BrokenEntryError, read_event, read_hot
from services.analysis.store.states import KeptEntry, Project, Year, unknown_project

PAYMENT: Final = ExpenditureRecorded.event_type()


def jurisdiction_then(name: str, kept: Sequence[KeptEntry]) -> Jurisdiction | None:
    """Fold a partition's jurisdiction facts; None: it knew none."""
    state: Jurisdiction | None = None
    for known in kept:
        if known.event_type in JURISDICTION_TYPES:
            event = read_event(known.raw, known.event_type)
            state = evolve_jurisdiction(state, _entry(known, event))
    return state or (Jurisdiction(name) if kept else None)


def organisations_then(kept: Sequence[KeptEntry]) -> dict[str, Organisation]:
    """Fold what a partition's jurisdiction facts say of organisations, by code."""
    found: dict[str, Organisation] = {}
    place = Jurisdiction("")
    for known in kept:
        if known.event_type not in JURISDICTION_TYPES:
            continue
        entry = _entry(known, read_event(known.raw, known.event_type))
        code = code_of(entry)
        if code is not None:
            organisation = evolve_organisation(place, found.get(code), entry)
            if organisation is not None:
                found[code] = organisation
    return found


def project_then(
    name: str,
    kept: Sequence[KeptEntry],
    jurisdiction: Jurisdiction | None,
    left: Sequence[KeptEntry] = (),
) -> Project | None:
    """Fold a project's entries; None: there were none, or only broken ones.

    `left`: what is kept of entries that were left out (`left_of`).
    """
    project = unknown_project(name)
    originals: dict[int, KeptEntry] = {known.sequence: known for known in kept}
    passed_over = {known.sequence for known in left if not known.raw}
    days = _Days(jurisdiction)
    folded = False
    for known in kept:
        event = _event(known, name)
        if event is None:
            project.lacks = True
            continue
        folded = True
        entry = _entry(known, event)
        fiscal_year = fiscal_year_of(event)
        if fiscal_year is None:
            _amend(project, entry)
            continue
        year = project.year(fiscal_year)
        entry.late = days.opened_before(known.position) > event.data.date.toordinal()
        if known.event_type == FACT_CORRECTED:
            original = original_of(entry, originals)
            entry.original = None if original is None else _event(original, name)
        note_closing(year.state, jurisdiction, entry, event.data.date)
        _evolve(year, entry, known)
        # A disposition is of its year, and may suspend the project in all of them.
        if entry.sequence in passed_over:
            advance_head(project.head, entry)
        else:
            evolve_head(project.head, entry)
    for known in left:
        _leave_out(project, known)
    return project if folded else None


def _evolve(year: Year, entry: Entry, known: KeptEntry) -> None:
    evolve(year.state, entry)
    year.recorded_ms = known.recorded_ms
    if known.event_type == PAYMENT:
        year.state.publisher = known.publisher


def _leave_out(project: Project, known: KeptEntry) -> None:
    """Count an entry that a full state did not take in."""
    state = project.year(int(known.raw)).state if known.raw else project.head
    entry = _entry(known, None)
    advance_head(project.head, entry)
    leave_out(state, entry)
    state.full = project.lacks = True


class _Days:
    """Which day was open when an entry came."""

    def __init__(self, jurisdiction: Jurisdiction | None) -> None:
        openings = jurisdiction.openings if jurisdiction else []
        self._positions = [opening.position for opening in openings]
        self._days = [opening.day for opening in openings]

    def opened_before(self, position: int) -> int:
        """Return the ordinal of the day that was open; 0: none was."""
        index = bisect_left(self._positions, position)
        return self._days[index - 1] if index else 0


def _amend(project: Project, entry: Entry) -> None:
    if is_kept(entry.event):
        advance_head(project.head, entry)
        return
    evolve_head(project.head, entry)
    for year in project.years.values():
        year.recorded_ms = entry.recorded_ms


def _entry(known: KeptEntry, event: Any) -> Entry:
    return Entry(known.sequence, known.position, known.recorded_ms, event)


def _event(known: KeptEntry, subject: str) -> Any:
    """Decode an entry; None if it is broken."""
    event = read_hot(known.raw, known.event_type)
    if event is not None and event.subject == subject:
        return event
    try:
        event = read_event(known.raw, known.event_type)
    except BrokenEntryError:
        return None
    return event if event.subject == subject else None
