"""Facts about a project as a whole: registered, amended, changed in state, succeeded, decided."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.envelope import Data
from contracts.events.intake import (
    DispositionDecided,
    ProjectAmended,
    ProjectRegistered,
    ProjectStateChanged,
    ProjectSucceeded,
)
from contracts.vocabulary import Measure
from services.analysis.domain.folding.versions import keep_version
from services.analysis.domain.state import (
    CHANGES_MAX,
    REGISTRATIONS_MAX,
    Change,
    Entry,
    ProjectHead,
    Registration,
    Succession,
    Suspending,
)


def _register(head: ProjectHead, entry: Entry, data: ProjectRegistered) -> None:
    _state(
        head,
        Registration(
            data.date.toordinal(),
            entry.sequence,
            data.name,
            data.lead_unit,
            data.department,
            data.goal,
            data.parent_project,
            data.project_class,
            data.control_mode,
            data.level,
            data.start_year,
            data.end_year,
            data.new_this_year,
        ),
    )


def _amend(head: ProjectHead, entry: Entry, data: ProjectAmended) -> None:
    _state(
        head,
        Registration(
            data.date.toordinal(),
            entry.sequence,
            data.name,
            data.lead_unit,
            data.department,
            data.goal,
            data.parent_project,
            data.project_class,
            data.control_mode,
            end_year=data.end_year,
            amends=True,
        ),
    )


def _state(head: ProjectHead, stated: Registration) -> None:
    known = head.registrations
    known.append(stated)
    known.sort(key=lambda registration: (registration.day, registration.sequence))
    del known[:-REGISTRATIONS_MAX]


def _change(head: ProjectHead, entry: Entry, data: ProjectStateChanged) -> None:
    head.changes.append(
        Change(
            data.date.toordinal(),
            entry.sequence,
            entry.position,
            data.change,
            data.until.toordinal() if data.until else None,
            bool(data.procurement_begun),
        )
    )
    head.changes.sort(key=lambda change: (change.day, change.sequence))
    del head.changes[:-CHANGES_MAX]


def _succeed(head: ProjectHead, entry: Entry, data: ProjectSucceeded) -> None:
    head.successions.append(
        Succession(data.date.toordinal(), entry.sequence, data.kind, list(data.successors))
    )
    head.successions.sort(key=lambda known: (known.day, known.sequence))
    del head.successions[:-CHANGES_MAX]


def _decide(head: ProjectHead, entry: Entry, data: DispositionDecided) -> None:
    """Keep whether a disposition suspends the project: that is true of all its years.

    Every measure is kept: a later fact may make another measure of one that suspended it.
    """
    suspends = data.measure is Measure.PROJECT_SUSPENDED
    start = (data.effective_from or data.date).toordinal() if suspends else None
    stated = Suspending(data.date.toordinal(), entry.sequence, entry.position, start)
    keep_version(head.decided, data.disposition, stated)


FOLDS: Final[Mapping[type[Data], Callable[[ProjectHead, Entry, Any], None]]] = {
    ProjectRegistered: _register,
    ProjectAmended: _amend,
    ProjectStateChanged: _change,
    ProjectSucceeded: _succeed,
    DispositionDecided: _decide,
}
"""Event data → how it changes a head."""
