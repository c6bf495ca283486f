"""What is true of a project in all its years."""

import datetime as dt
from typing import Final

import msgspec

from contracts.vocabulary import ControlMode, ProjectClass, StateChange, SuccessionKind

REGISTRATIONS_MAX: Final = 200
"""How many registrations and amendments of one project are remembered; the oldest by business
date go first."""
CHANGES_MAX: Final = 200
"""How many changes of state and successions of one project are remembered."""


class Registration(msgspec.Struct, array_like=True, gc=False):
    """A project as it was registered on a day, or what an amendment changes of it.

    Of an amendment null means: unchanged.
    """

    day: int
    """Ordinal of the business date."""
    sequence: int
    """Its entry."""
    name: str | None
    lead_unit: str | None
    department: str | None
    goal: str | None
    parent_project: str | None = None
    project_class: ProjectClass | None = None
    control_mode: ControlMode | None = None
    level: int = 2
    start_year: int | None = None
    end_year: int | None = None
    new_this_year: bool = False
    amends: bool = False
    """Whether it only amends."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """A project as it is at a date: its registration with what was amended since."""

    name: str
    lead_unit: str
    department: str
    goal: str
    parent_project: str | None
    project_class: ProjectClass | None
    control_mode: ControlMode
    level: int
    start_year: int | None
    end_year: int | None
    new_this_year: bool
    day: int
    """Ordinal of the registration's business date."""


class Change(msgspec.Struct, array_like=True, gc=False):
    """What happened to a project as a whole."""

    day: int
    sequence: int
    position: int
    change: StateChange
    until: int | None
    """Of a suspension: its last day, if known."""
    procurement_begun: bool


class Succession(msgspec.Struct, array_like=True, gc=False):
    """A project that goes on as others."""

    day: int
    sequence: int
    kind: SuccessionKind
    successors: list[str]


class Suspending(msgspec.Struct, array_like=True, gc=False):
    """What one fact said of a disposition: whether it suspends the project, and from when on."""

    day: int
    sequence: int
    position: int
    start: int | None
    """Ordinal of the first day of its effect; None: it is another measure."""


class ProjectHead(msgspec.Struct, array_like=True, gc=False):
    """What is true of a project in all its years."""

    project: str
    """Subject: `<jurisdiction>/<project code>`."""
    sequence: int = 0
    """Last entry folded."""
    position: int = 0
    """Its ledger position."""
    registrations: list[Registration] = []
    """Registrations and amendments by (day, sequence), oldest first."""
    changes: list[Change] = []
    """By (day, sequence)."""
    successions: list[Succession] = []
    """By (day, sequence)."""
    decided: dict[str, list[Suspending]] = {}
    """Dispositions by id; versions by (day, sequence), at most one per day."""
    grown: int = 0
    """Bytes of its entries since its size was looked at last (`size.py`)."""
    full: bool = False
    """Whether it takes nothing in any more."""
    left_out: int = 0
    """Entries that came after it was full: they change nothing."""
    left_out_from: int = 0
    """Sequence of the first of them; 0: there is none."""
    left_out_upto: int = 0
    """Ledger position of the last of them."""

    @property
    def may_stand_still(self) -> bool:
        """Whether anything was ever said that could have stopped it; False of most projects."""
        return bool(self.changes or self.successions) or any(
            known.start is not None for versions in self.decided.values() for known in versions
        )

    @property
    def jurisdiction(self) -> str:
        """The tenant: the subject up to its first slash."""
        return self.project.split("/", 1)[0]

    @property
    def code(self) -> str:
        """The project's code within its jurisdiction."""
        return self.project.partition("/")[2]

    @property
    def registered_on(self) -> int | None:
        """Ordinal of the first registration's day; None: it is not registered."""
        return next((known.day for known in self.registrations if not known.amends), None)

    def registration(self, as_of: dt.date | None = None) -> Known | None:
        """Return the project as it is at a date; before the first registration, as in that."""
        first = next((known for known in self.registrations if not known.amends), None)
        if first is None:
            return None
        limit = as_of.toordinal() if as_of else None
        found, amendments = first, list[Registration]()
        for known in self.registrations:
            if limit is not None and known.day > limit:
                break
            if known.amends:
                amendments.append(known)
            else:
                found, amendments = known, []
        return _known(found, amendments)


def _known(whole: Registration, amendments: list[Registration]) -> Known:
    fields = {name: getattr(whole, name) for name in Known.__struct_fields__}
    for known in amendments:
        for name in AMENDED:
            value = getattr(known, name)
            if value is not None:
                fields[name] = value
    return Known(**fields)


AMENDED: Final = (
    "name",
    "lead_unit",
    "department",
    "goal",
    "parent_project",
    "project_class",
    "control_mode",
    "end_year",
)
"""What an amendment may change."""
