"""Engines that run the regulation's specifications: what is given, and what is then assessed.

A specification does not say how facts travel. PureEngine folds them in memory; the lead's real
engine sends them through intake, Kafka and MongoDB and must give the same answers.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Protocol

from contracts.codec import JURISDICTION_TYPES, decode, encode, new_event
from contracts.envelope import AnyEvent
from contracts.events.analysis import AssessmentMade, FindingDetected
from services.analysis import domain
from services.analysis.domain import Entry, Explanation, Jurisdiction, ProjectHead, ProjectYear
from services.analysis.domain.calendar import is_late
from services.analysis.domain.corrections import FACT_CORRECTED, link
from tests.support.builders import PROJECT, day


class Engine(Protocol):
    """What a specification may ask for."""

    def given(self, *events: AnyEvent) -> None:
        """Let facts happen, in this order."""

    def assessment(
        self, project: str = PROJECT, fiscal_year: int = 2026, as_of: str = "2026-06-30"
    ) -> AssessmentMade:
        """Return where a project stands as of a date, as a reader of the wire gets it."""

    def why(
        self,
        figure: str,
        project: str = PROJECT,
        fiscal_year: int = 2026,
        as_of: str = "2026-06-30",
    ) -> Explanation:
        """Return the facts that make a figure."""


class PureEngine:
    """The domain alone: every event takes the next position, every stream counts its own."""

    def __init__(self) -> None:
        """Begin without any fact."""
        self.position = 0
        self.entries: dict[str, list[Entry]] = {}
        self.jurisdictions: dict[str, Jurisdiction] = {}
        self.heads: dict[str, ProjectHead] = {}
        self.years: dict[tuple[str, int], ProjectYear] = {}
        self.detected: list[FindingDetected] = []

    def given(self, *events: AnyEvent) -> None:
        """Fold facts, in this order."""
        for event in events:
            self._fold(event)

    def _fold(self, event: AnyEvent) -> None:
        stream = self.entries.setdefault(event.subject, [])
        self.position += 1
        # Written and read back, as between services.
        entry = Entry(len(stream) + 1, self.position, 0, decode(encode(event)))
        stream.append(entry)
        if event.type == FACT_CORRECTED:
            link(stream)
        if event.type in JURISDICTION_TYPES:
            known = self.jurisdictions.get(event.subject)
            self.jurisdictions[event.subject] = domain.evolve_jurisdiction(known, entry)
            return
        self.heads[event.subject] = domain.evolve_head(self.heads.get(event.subject), entry)
        entry.late = is_late(self.jurisdiction(event.subject), event.data.date)
        fiscal_year = domain.fiscal_year_of(event)
        if fiscal_year is not None:
            year = self.year(event.subject, fiscal_year)
            domain.note_closing(year, self.jurisdiction(event.subject), entry, event.data.date)
            domain.evolve(year, entry)
            jurisdiction = self.jurisdiction(event.subject)
            head = self.heads[event.subject]
            self.detected.extend(domain.findings_of(jurisdiction, year, entry, head))

    def jurisdiction(self, project: str) -> Jurisdiction:
        """Return a project's jurisdiction; January and CNY if none was registered."""
        name = project.split("/", 1)[0]
        return self.jurisdictions.setdefault(name, Jurisdiction(name))

    def year(self, project: str, fiscal_year: int) -> ProjectYear:
        """Return a project's year as it is folded."""
        return self.years.setdefault((project, fiscal_year), domain.new_year(project, fiscal_year))

    def assessment(
        self,
        project: str = PROJECT,
        fiscal_year: int = 2026,
        as_of: str | dt.date = "2026-06-30",
        *,
        settled: bool = False,
    ) -> AssessmentMade:
        """Assess, write the result and read it back."""
        made = domain.assess(
            self.jurisdiction(project),
            self.heads.get(project) or domain.new_head(project),
            self.year(project, fiscal_year),
            day(as_of),
            settled=settled,
            ledger_position=self.position,
        )
        return read_back(project, made)

    def why(
        self,
        figure: str,
        project: str = PROJECT,
        fiscal_year: int = 2026,
        as_of: str | dt.date = "2026-06-30",
    ) -> Explanation:
        """Explain from the project's own entries."""
        entries: Sequence[Entry] = self.entries.get(project, [])
        return domain.explain(self.jurisdiction(project), entries, fiscal_year, figure, day(as_of))


def read_back(subject: str, made: AssessmentMade) -> AssessmentMade:
    """Write an assessment to the wire and read it: all validation that assess skips."""
    noon = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    event = new_event(
        made, event_id="made", source="dualwatch:analysis", subject=subject, time=noon
    )
    data = decode(encode(event)).data
    assert isinstance(data, AssessmentMade)
    return data


def folded(events: Iterable[AnyEvent]) -> PureEngine:
    """Return an engine to which the events are given."""
    engine = PureEngine()
    engine.given(*events)
    return engine
