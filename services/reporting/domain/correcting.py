"""Alerts and what is done about them, as reports print it: 预警及整改清单 (Art. 10, 14, 15)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from contracts.vocabulary import (
    CauseArea,
    ClosingGround,
    Measure,
    ReasonType,
    ReviewOutcome,
    SignedAmount,
    rate_bp,
)

ALERTS_MAX: Final = 1_000
"""Most alerts listed in a report; all are counted."""
DISPOSITIONS_MAX: Final = 500
"""Most dispositions listed in a report."""


@dataclass(frozen=True)
class MeasureLine:
    """A corrective measure 整改措施."""

    measure: str
    text: str
    owner: str
    due: dt.date
    taken_on: dt.date | None = None
    """When it was carried out; null: not yet."""
    note: str = ""
    """What was done."""


@dataclass(frozen=True)
class AlertLine:
    """An alert with its explanation, measures and review."""

    alert: str
    project: str
    rule: str
    title_zh: str
    severity: str
    state: str
    raised_on: dt.date
    as_of: dt.date
    """Day of its last change."""
    department: str | None = None
    lead_unit: str | None = None
    project_name: str | None = None
    areas: tuple[CauseArea, ...] = ()
    reason_type: ReasonType | None = None
    objective: bool | None = None
    explanation: str = ""
    measures: tuple[MeasureLine, ...] = ()
    review: ReviewOutcome | None = None
    returns: int = 0
    """How often explanation and measures were returned."""
    review_note: str = ""
    closing: ClosingGround | None = None
    urged: int = 0
    """How often it was urged 催办."""


@dataclass(frozen=True)
class DispositionLine:
    """A disposition 分类处置 (Art. 14)."""

    disposition: str
    project: str
    measure: Measure
    objective: bool
    ground: str
    decided_on: dt.date
    decided_by: str
    """Deciding body."""
    number: str | None
    """Document number."""
    amount: SignedAmount | None = None


@dataclass(slots=True)
class AlertWork:
    """How alerts were worked on: counts alone."""

    alerts: int = 0
    open: int = 0
    red: int = 0
    """Of the open ones."""
    yellow: int = 0
    explained: int = 0
    planned: int = 0
    """Measures planned."""
    taken: int = 0
    """Measures carried out."""
    in_time: int = 0
    """Of them by the day they were due."""
    overdue: int = 0
    """Measures not carried out, due before the day it is asked for."""
    accepted: int = 0
    """Reviewed and accepted."""
    returned: int = 0
    """Reviewed and returned."""
    rules: dict[str, int] = field(default_factory=dict)
    """Open alerts by rule title."""

    @property
    def ended(self) -> int:
        """Alerts that do not stand any more."""
        return self.alerts - self.open

    @property
    def ended_bp(self) -> int | None:
        """整改完成率: alerts that ended ÷ all."""
        return rate_bp(self.ended, self.alerts)

    @property
    def taken_bp(self) -> int | None:
        """整改措施落实率: measures carried out ÷ planned."""
        return rate_bp(self.taken, self.planned)

    @property
    def accepted_bp(self) -> int | None:
        """整改质量: reviews that accepted ÷ all reviews."""
        return rate_bp(self.accepted, self.accepted + self.returned)

    def add(self, line: AlertLine, day: dt.date) -> None:
        """Count an alert, its measures judged as of a day."""
        self.alerts += 1
        if line.state == "open":
            self.open += 1
            self.red += line.severity == "red"
            self.yellow += line.severity == "yellow"
            self.rules[line.title_zh] = self.rules.get(line.title_zh, 0) + 1
        self.explained += bool(line.explanation)
        self.accepted += line.review is ReviewOutcome.ACCEPTED
        self.returned += line.returns
        for measure in line.measures:
            self.planned += 1
            self.taken += measure.taken_on is not None
            self.in_time += measure.taken_on is not None and measure.taken_on <= measure.due
            self.overdue += measure.taken_on is None and measure.due < day

    def merge(self, other: "AlertWork") -> None:
        """Add another's."""
        for name in self.__slots__:
            if name != "rules":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        for title, count in other.rules.items():
            self.rules[title] = self.rules.get(title, 0) + count


def work_of(lines: Iterable[AlertLine], day: dt.date) -> AlertWork:
    """Count alerts as of a day."""
    found = AlertWork()
    for line in lines:
        found.add(line, day)
    return found


@dataclass(frozen=True)
class CorrectionRow:
    """How alerts were worked on."""

    alerts: int
    open: int
    red: int
    yellow: int
    explained: int
    planned: int
    taken: int
    in_time: int
    overdue: int
    accepted: int
    returned: int
    ended_bp: int | None
    taken_bp: int | None
    accepted_bp: int | None
    rules: dict[str, int]


def correction_row(work: AlertWork) -> CorrectionRow:
    """Write how alerts were worked on."""
    return CorrectionRow(
        alerts=work.alerts,
        open=work.open,
        red=work.red,
        yellow=work.yellow,
        explained=work.explained,
        planned=work.planned,
        taken=work.taken,
        in_time=work.in_time,
        overdue=work.overdue,
        accepted=work.accepted,
        returned=work.returned,
        ended_bp=work.ended_bp,
        taken_bp=work.taken_bp,
        accepted_bp=work.accepted_bp,
        rules={title: work.rules[title] for title in sorted(work.rules)},
    )
