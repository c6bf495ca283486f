"""What lies in the store, as the rest of the service holds it in its hands."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import msgspec

from services.analysis.domain import (
    Entry,
    Jurisdiction,
    Organisation,
    ProjectHead,
    ProjectYear,
    new_head,
    new_year,
)
from services.analysis.store.rowstate import RowState
from services.chassis.mongo import Document
from services.chassis.outbox import Marked

PACK_ENTRIES_MAX: Final = 10_000
"""Most entries in one document."""
PACK_BYTES_MAX: Final = 4_000_000
"""Most bytes of events in one document (MongoDB takes 16 MB)."""


class YearKey(NamedTuple):
    """Names a project year."""

    project: str
    fiscal_year: int


@dataclass(slots=True, eq=False)
class Year:
    """A project year and what is kept beside it."""

    state: ProjectYear
    stored: bool = False
    """Whether the store has a document of it."""
    assessed: int = 0
    """The stream's sequence when it was last assessed."""
    due: int | None = None
    """Ledger position of the first change that is not assessed yet; None: nothing is due."""
    recorded_ms: int = 0
    """When the last entry that concerns it was recorded."""

    @property
    def key(self) -> YearKey:
        """Its name."""
        return YearKey(self.state.project, self.state.fiscal_year)


@dataclass(slots=True, eq=False)
class Project:
    """A project with all its years."""

    head: ProjectHead
    years: dict[int, Year] = field(default_factory=dict)
    stored: bool = False
    """Whether the store has a document of its head."""
    lacks: bool = False
    """An entry of it is parked or left out."""
    unmeasured: bool = False
    """A year of it could not be measured once; what is made anew does not know that."""
    own_sequence: int = 0
    """Last entry that its head keeps itself. In memory the head stands at the last of all, which
    its years know: what is stored must not hang on where a batch ended."""
    own_position: int = 0
    """Its ledger position."""
    changed: int = 0
    """Ledger position of the last change of the head's document."""

    @property
    def incomplete(self) -> bool:
        """Whether its figures may lack something."""
        return self.lacks or self.unmeasured

    def keep(self, entry: Entry) -> None:
        """Note that the head itself keeps how far it is: no year knows of this entry."""
        self.own_sequence, self.own_position = entry.sequence, entry.position
        self.change(entry.position)

    def change(self, position: int) -> None:
        """Note what changed its document: what is known not to fold comes before what does."""
        self.changed = max(self.changed, position)

    def year(self, fiscal_year: int) -> Year:
        """Return a year of the project, a new one if there is none."""
        found = self.years.get(fiscal_year)
        if found is None:
            found = self.years[fiscal_year] = Year(new_year(self.head.project, fiscal_year))
        return found


def unknown_project(project: str) -> Project:
    """Return a project of which nothing is known."""
    return Project(new_head(project))


class KeptEntry(msgspec.Struct, frozen=True):
    """One ledger entry as it is kept for `why`."""

    sequence: int
    position: int
    recorded_ms: int
    event_type: str
    raw: bytes
    """The original CloudEvent."""
    publisher: str = ""
    """Who stated it."""


Packed = tuple[bytes, bytes]
"""A mark and an event, as they came and as they are kept."""


@dataclass(slots=True)
class Parked:
    """An entry that is broken: kept, counted as seen, never folded."""

    project: str
    sequence: int
    position: int
    recorded_ms: int
    event_type: str
    reason: str
    raw: bytes


@dataclass(slots=True)
class Sweep:
    """A day that was opened and is being assessed, page by page."""

    jurisdiction: str
    day: str
    """ISO date."""
    working_day: bool
    position: int
    """Ledger position of the entry that opened it."""
    recorded_ms: int
    event_id: str
    """Id of the event that opened it."""
    after: YearKey | None = None
    """The last project year that is done."""
    projects: int = 0
    """How many are done."""

    @property
    def date(self) -> dt.date:
        """The day."""
        return dt.date.fromisoformat(self.day)


@dataclass(slots=True)
class Round:
    """All years of a jurisdiction, or of the partition, to be assessed while entries go on.

    What everything is measured by has changed, or the projection was made anew. The cursor goes on
    in order of ids; years that come behind it meanwhile are due by themselves.
    """

    position: int
    """Ledger position of the entry that asked for it."""
    recorded_ms: int
    jurisdiction: str | None = None
    """None: of all."""
    event_id: str | None = None
    """Id of the event that asked for it."""
    after: YearKey | None = None
    """The last project year that is done; None: it has not begun."""
    reprojected: bool = False
    """Nothing new has happened: the figures were made anew from the ledger."""


@dataclass(slots=True)
class Standing:
    """How far a partition is: what is stored with its progress."""

    position: int
    """Last ledger position that is folded."""
    offset: int | None
    """Kafka offset to read from; a hint."""
    out: int = 0
    """Last position given on `assessments`."""
    sweep: Sweep | None = None
    """The day that is being assessed, if any; later entries wait."""
    rounds: list[Round] = field(default_factory=list)
    """Rounds under way, the oldest first."""
    recorded_ms: int = 0
    """When the last entry was recorded: the latest of all up to it, for clocks differ a little."""

    def extra(self) -> dict[str, Any]:
        """Write what goes beside position and offset."""
        return msgspec.to_builtins(  # type: ignore[no-any-return]
            {
                "out": self.out,
                "sweep": self.sweep,
                "rounds": self.rounds,
                "recorded_ms": self.recorded_ms,
            }
        )

    @classmethod
    def read(cls, position: int, offset: int | None, extra: dict[str, Any]) -> "Standing":
        """Read what `extra` wrote."""
        sweep = msgspec.convert(extra.get("sweep"), Sweep | None)
        rounds = msgspec.convert(extra.get("rounds", []), list[Round])
        return cls(
            position, offset, extra.get("out", 0), sweep, rounds, int(extra.get("recorded_ms", 0))
        )

    def copy(self) -> "Standing":
        """Return one of one's own, to be changed."""
        return replace(self, rounds=[replace(each) for each in self.rounds])

    def moved(self, position: int, offset: int, steps: "Sequence[Step]") -> "Standing":
        """Return where the partition is after a run of entries."""
        recorded_ms, _ = steps[-1]
        return replace(self.copy(), position=position, offset=offset, recorded_ms=recorded_ms)

    def ask(self, wanted: Round) -> None:
        """Add a round; one of the same jurisdiction that has not begun takes it in."""
        same = [r for r in self.rounds if r.jurisdiction == wanted.jurisdiction]
        waiting = next((r for r in same if r.after is None), None)
        if waiting is None:
            self.rounds.append(wanted)
        else:
            waiting.position = wanted.position
            waiting.recorded_ms, waiting.event_id = wanted.recorded_ms, wanted.event_id


def stream_of(jurisdiction: str, partition: int) -> str:
    """Name the stream in which a partition keeps its copies of jurisdiction facts.

    No project can be called so: identifiers are printable.
    """
    return f"{jurisdiction}\0{partition}"


def left_of(project: str) -> str:
    """Name the stream in which is kept which entries of a project were left out.

    Of each its mark, and in place of the event the fiscal year that left it out; nothing if that
    was what is true of all years.
    """
    return f"{project}\0left"


class OrganisationKey(NamedTuple):
    """Names an organisation."""

    jurisdiction: str
    code: str


class Row(NamedTuple):
    """A row and the number of its assessment on the partition of `assessments`."""

    out: int
    state: RowState


Step = tuple[int, int]
"""A recorded time, and the last ledger position that was recorded by then."""


@dataclass(slots=True)
class Batch:
    """Everything that one transaction writes."""

    standing: Standing
    heads: dict[str, Project] = field(default_factory=dict)
    """Projects whose head changed."""
    years: dict[YearKey, Year] = field(default_factory=dict)
    """Years whose state changed."""
    assessed: dict[YearKey, Year] = field(default_factory=dict)
    """Years that were assessed and whose state did not change."""
    packed: list[Document] = field(default_factory=list)
    """New entries of projects, as documents (`documents.packs`)."""
    facts: dict[str, list[Packed]] = field(default_factory=dict)
    """New entries of jurisdictions by their stream, in order."""
    left: dict[str, list[Packed]] = field(default_factory=dict)
    """Entries that were left out, by their stream (`left_of`), in order."""
    parked: list[Parked] = field(default_factory=list)
    jurisdictions: dict[str, Jurisdiction] = field(default_factory=dict)
    organisations: dict[OrganisationKey, Organisation] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    """What was recorded when."""
    rows: dict[YearKey, Row] = field(default_factory=dict)
    """Rows of what was assessed."""
    out: list[Marked] = field(default_factory=list)
    """Records for `assessments`, numbered without a gap."""
