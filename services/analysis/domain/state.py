"""What analysis remembers: a jurisdiction's time, a project's head, a project's fiscal year.

Days are proleptic ordinals. State is bounded by distinct days, lines, contracts, indicators and
plan ids, never by the number of events: a publisher that repeats itself cannot make it grow.
"""

import datetime as dt
from typing import Any, Final

import msgspec

from contracts.vocabulary import (
    Accumulation,
    BudgetAccount,
    Channel,
    Grade,
    IndicatorBehaviour,
    IndicatorDirection,
    ValueKind,
)

REGISTRATIONS_MAX: Final = 200
"""How many registrations of one project are remembered; the oldest by business date go first."""

NO_LINE: Final = ""
"""Key of money that names no funding line (an identifier is never empty)."""


class Entry(msgspec.Struct, gc=False):
    """One ledger entry as analysis takes it in."""

    sequence: int
    """Number within the project's stream, from 1."""
    position: int
    """Number within the ledger partition, from 1."""
    recorded_ms: int
    """When the ledger recorded it, milliseconds since 1970 UTC."""
    event: Any
    """The decoded CloudEvent; None: not decoded yet."""


class Jurisdiction(msgspec.Struct, array_like=True):
    """A tenant as one partition knows it: its year, its money, its time."""

    jurisdiction: str
    """Its code."""
    name: str = ""
    start_month: int = 1
    """Month in which its fiscal year begins (its first day is always the 1st)."""
    time_zone: str = "Asia/Shanghai"
    """IANA name."""
    currency: str = "CNY"
    """ISO 4217."""
    today: dt.date | None = None
    """Last opened day (the latest by date); None: nothing is assessed yet."""
    working_day: bool = True
    """Whether today is one."""
    opened_position: int = 0
    """Ledger position, in this partition, of the entry that opened today."""
    previous_position: int = 0
    """Ledger position of the entry that opened the day before it."""
    exceptions: dict[int, bool] = {}
    """Ordinals of opened days that are (not) working days against the rule Monday to Friday."""
    previous_day: dt.date | None = None
    """The day that was today before; None: today is the first that was opened."""


class Registration(msgspec.Struct, array_like=True):
    """A project as it was registered or amended on a day."""

    day: int
    """Ordinal of the business date."""
    sequence: int
    """Its entry."""
    name: str
    lead_unit: str
    department: str
    goal: str
    parent_project: str | None = None


class ProjectHead(msgspec.Struct, array_like=True):
    """What is true of a project in all its years."""

    project: str
    """Subject: `<jurisdiction>/<project code>`."""
    sequence: int = 0
    """Last entry folded."""
    position: int = 0
    """Its ledger position."""
    registrations: list[Registration] = []
    """By (day, sequence), oldest first."""

    @property
    def jurisdiction(self) -> str:
        """The tenant: the subject up to its first slash."""
        return self.project.split("/", 1)[0]

    def registration(self, as_of: dt.date | None = None) -> Registration | None:
        """Return the registration that holds at a date; before the first one, the first."""
        found = self.registrations[0] if self.registrations else None
        limit = as_of.toordinal() if as_of else None
        for known in self.registrations:
            if limit is None or known.day <= limit:
                found = known
        return found


class LineTerms(msgspec.Struct, array_like=True):
    """What a funding line is, as approved or registered on a day."""

    day: int
    sequence: int
    unit: str
    account: BudgetAccount
    channel: Channel
    function: str | None
    undistributed: bool
    allocation_is_expenditure: bool


class PeriodApproval(msgspec.Struct, array_like=True):
    """Money approved for an own period: counts only if that lies within one fiscal year."""

    day: int
    start: int
    end: int
    carryover: bool
    amount: int
    sequence: int
    """First entry that said so."""
    position: int


class Contract(msgspec.Struct, array_like=True):
    """What facts that name a contract said of it on one line; it is part of the line's flows."""

    flows: dict[int, int] = {}
    """Day buckets of what was committed, released and paid."""
    wide: dict[int, str] = {}
    """Only while stored: flows beyond 64 bits, as text."""


class Line(msgspec.Struct, array_like=True):
    """One funding line of a project year: its terms and its day buckets."""

    flows: dict[int, int] = {}
    """`day << BUCKET_BITS | column` → fen (or a mark)."""
    terms: list[LineTerms] = []
    """One per day on which it was approved or registered."""
    periods: list[PeriodApproval] = []
    """Approvals that name a period."""
    approvals: list[int] = []
    """Ordinals of the days of approvals other than carryover (domain-rules 17a)."""
    wide: dict[int, str] = {}
    """Only while stored: flows beyond 64 bits, as text."""
    contracts: dict[str, Contract] = {}
    """By contract number; facts that name none leave nothing here."""


class PlanVersion(msgspec.Struct, array_like=True):
    """A spending plan as one fact stated it."""

    plan: str
    day: int
    sequence: int
    line: str
    """Line it is for; NO_LINE: the whole project."""
    periods: list[tuple[int, int, int]]
    """First day, last day, fen; in order of the last day."""


class TargetTerms(msgspec.Struct, array_like=True):
    """One indicator as one fact stated it; numbers stay the text that was sent."""

    name: str
    level_1: str
    level_2: str
    behaviour: IndicatorBehaviour
    direction: IndicatorDirection
    value_kind: ValueKind
    accumulation: Accumulation
    target_text: str
    target: str | None
    target_day: int | None
    target_upper: str | None
    unit: str | None
    weight_bp: int | None
    due: list[int]
    """Ordinals, ascending."""
    stages: list[tuple[int, str]]
    """Due day and value, ascending."""


class TargetVersion(msgspec.Struct, array_like=True):
    """State of an indicator from a day on."""

    day: int
    sequence: int
    terms: TargetTerms | None
    """None: withdrawn."""


class Report(msgspec.Struct, array_like=True):
    """A result of an indicator; of one day and due date the last entry stands."""

    day: int
    sequence: int
    value_text: str
    value: str | None
    value_day: int | None
    grade: Grade | None
    due: int | None


class Indicator(msgspec.Struct, array_like=True):
    """Everything stated about one indicator in a year."""

    versions: list[TargetVersion] = []
    """At most one per day."""
    reports: list[Report] = []
    """At most one per day and due date."""


class Goal(msgspec.Struct, array_like=True):
    """The year's overall target in words, as stated on a day."""

    day: int
    sequence: int
    text: str


class ProjectYear(msgspec.Struct, array_like=True):
    """One project in one fiscal year: both monitors' facts."""

    project: str
    """Subject: `<jurisdiction>/<project code>`."""
    fiscal_year: int
    """Named by the calendar year in which it begins."""
    sequence: int = 0
    """Last entry of this year folded."""
    position: int = 0
    """Its ledger position."""
    lines: dict[str, Line] = {}
    """By line id; NO_LINE holds money that names none."""
    plans: list[PlanVersion] = []
    """At most one per plan id and day."""
    indicators: dict[str, Indicator] = {}
    """By indicator id."""
    goals: list[Goal] = []
    """At most one per day."""
