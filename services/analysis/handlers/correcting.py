"""What the corrections of a run correct: found in the run itself, else in what is kept."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.analysis.domain.corrections import FACT_CORRECTED
from services.analysis.handlers.arriving import Arrived
from services.analysis.store.events import BrokenEntryError, read_event
from services.analysis.store.originals import Kept

CORRECTED_MAX: Final = 500
"""Most corrections folded at once: what each corrects is held in memory meanwhile."""

Originals = Mapping[str, Mapping[int, Any]]
"""Decoded events by project and sequence."""


def first_part(run: Sequence[Arrived]) -> int:
    """Return how many entries of a run are folded at once: all, or CORRECTED_MAX corrections."""
    if FACT_CORRECTED not in {entry.event_type for entry in run}:
        return len(run)
    corrections = [n for n, entry in enumerate(run) if entry.event_type == FACT_CORRECTED]
    return corrections[CORRECTED_MAX] if len(corrections) > CORRECTED_MAX else len(run)


def wanted(run: Sequence[Arrived]) -> dict[str, set[int]]:
    """Name what the corrections of a run correct, by project."""
    found: dict[str, set[int]] = {}
    for entry in run:
        if entry.event_type == FACT_CORRECTED:
            event = _event(entry.raw, entry.event_type)
            # What comes later is no original: nobody need look for it.
            if event is not None and event.data.entry < entry.sequence:
                found.setdefault(entry.subject, set()).add(event.data.entry)
    return found


def in_run(run: Sequence[Arrived], asked: Mapping[str, set[int]]) -> dict[str, dict[int, Any]]:
    """Find those that stand in the run itself."""
    found: dict[str, dict[int, Any]] = {project: {} for project in asked}
    keys = {project.encode(): project for project in asked}
    for entry in run:
        project = keys.get(entry.key)
        if project is not None and entry.sequence in asked[project]:
            event = _event(entry.raw, entry.event_type)
            if event is not None and event.subject == project:
                found[project][entry.sequence] = event
    return found


def missing(
    asked: Mapping[str, set[int]], found: Mapping[str, Mapping[int, Any]]
) -> dict[str, set[int]]:
    """Name those that are still to be found."""
    left = {project: sequences - found[project].keys() for project, sequences in asked.items()}
    return {project: sequences for project, sequences in left.items() if sequences}


def decoded(kept: Kept) -> dict[str, dict[int, Any]]:
    """Decode what the store had; what it cannot be is left out, as if it were not there."""
    return {
        project: {
            sequence: event
            for sequence, entry in entries.items()
            if (event := _event(entry.raw, entry.event_type)) is not None
        }
        for project, entries in kept.items()
    }


def _event(raw: bytes, event_type: str) -> Any:
    try:
        return read_event(raw, event_type)
    except BrokenEntryError:
        return None
