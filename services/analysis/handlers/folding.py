"""A run of entries folded into its projects, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.codec import JURISDICTION_TYPES
from services.analysis.domain import (
    Jurisdiction,
    evolve,
    evolve_head,
    evolve_jurisdiction,
    findings_of,
    fiscal_year_of,
)
from services.analysis.handlers import counting
from services.analysis.handlers.arriving import Arrived
from services.analysis.handlers.share import Share
from services.analysis.handlers.telling import Cause, forward, tell
from services.analysis.store.states import (
    Batch,
    Parked,
    Project,
    Year,
    YearKey,
    unknown_project,
)
from services.chassis.log import get_logger

log = get_logger(__name__)

REASON_LENGTH_MAX: Final = 2_000


class FoldError(Exception):
    """An entry that the contract takes could not be folded: read again, it is parked."""

    def __init__(self, position: int, reason: str) -> None:
        """Name the entry."""
        super().__init__(f"position {position}: {reason}")
        self.position = position
        self.reason = reason


@dataclass
class Folding:
    """A run of entries being folded, and what it changes."""

    share: Share
    batch: Batch
    projects: dict[str, Project]
    """Those that the entries are about; new ones are added."""
    changed: dict[YearKey, int] = field(default_factory=dict)
    """Years that changed, with the ledger position of the first change."""

    def fold(self, entries: Sequence[Arrived]) -> None:
        """Take the entries in; FoldError leaves the share to be forgotten.

        Project by project, for speed: only a jurisdiction fact bears on several of them.
        """
        groups: dict[bytes, list[Arrived]] = {}
        for entry in entries:
            if entry.event_type in JURISDICTION_TYPES and entry.event is not None:
                self._fold_groups(groups)
                groups = {}
                self._fact(entry)
            elif (group := groups.get(entry.key)) is None:
                groups[entry.key] = [entry]
            else:
                group.append(entry)
        self._fold_groups(groups)

    def _fold_groups(self, groups: dict[bytes, list[Arrived]]) -> None:
        packs = self.batch.entries
        for group in groups.values():
            subject = group[0].subject
            self._fold_group(subject, group)
            packed = [
                (entry.sequence, entry.position, entry.recorded_ms, entry.event_type, entry.raw)
                for entry in group
                if entry.event is not None
            ]
            packs[subject] = packs[subject] + packed if subject in packs else packed

    def _fold_group(self, subject: str, group: list[Arrived]) -> None:
        project = self._project(subject)
        head = project.head
        jurisdiction = self.share.jurisdictions.get(head.jurisdiction)
        year: Year | None = None
        for entry in group:
            event = entry.event
            if event is None:
                self._park(entry, project)
                continue
            try:
                evolve_head(head, entry)
                fiscal_year = fiscal_year_of(event)
                if fiscal_year is None:
                    self._amend(project, entry)
                    continue
                if year is None or year.state.fiscal_year != fiscal_year:
                    year = project.year(fiscal_year)
                    self._changed(year, entry)
                evolve(year.state, entry)
                year.recorded_ms = entry.recorded_ms
                if jurisdiction is not None:
                    self._find(jurisdiction, project, year, entry)
            except Exception as error:
                raise FoldError(entry.position, repr(error)) from error

    def _amend(self, project: Project, entry: Arrived) -> None:
        """A name or department is part of every year's assessment."""
        self.batch.heads[project.head.project] = project
        for year in project.years.values():
            self._changed(year, entry)
            year.recorded_ms = entry.recorded_ms

    def _project(self, subject: str) -> Project:
        project = self.projects.get(subject)
        if project is None:
            project = self.projects[subject] = unknown_project(subject)
            self.batch.heads[subject] = project
        return project

    def _changed(self, year: Year, entry: Arrived) -> None:
        self.changed.setdefault(year.key, entry.position)
        self.batch.years[year.key] = year

    def _find(
        self, jurisdiction: Jurisdiction, project: Project, year: Year, entry: Arrived
    ) -> None:
        for found in findings_of(jurisdiction, year.state, entry):
            cause = Cause(entry.position, entry.recorded_ms, entry.event.id)
            tell(self.batch, self.share.partition, project.head.project, found, cause)

    def _fact(self, entry: Arrived) -> None:
        name = entry.subject
        known = self.share.jurisdictions
        try:
            known[name] = evolve_jurisdiction(known.get(name), entry)
        except Exception as error:
            raise FoldError(entry.position, repr(error)) from error
        self.batch.jurisdictions[name] = known[name]
        forward(self.batch, entry)

    def _park(self, entry: Arrived, project: Project) -> None:
        reason = entry.broken[:REASON_LENGTH_MAX]
        counting.PARKED.inc()
        log.error(
            "entry_parked",
            partition=self.share.partition,
            position=entry.position,
            reason=reason,
        )
        self.batch.parked.append(
            Parked(
                entry.subject,
                entry.sequence,
                entry.position,
                entry.recorded_ms,
                entry.event_type,
                reason,
                entry.raw,
            )
        )
        project.incomplete = True
        self.batch.heads[project.head.project] = project
