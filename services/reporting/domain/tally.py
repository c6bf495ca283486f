"""What forms add up to: one tally for a department, a city or any part of them.

Sums are of integer fen, so that whatever is added up in whatever order agrees to the fen; a tally
holds sums and counts alone, never forms, so that its size does not grow with their number.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Self

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import BudgetAccount, IndicatorBehaviour
from services.reporting.domain.filed import Filed
from services.reporting.domain.form import FundingRow, IndicatorRow, MonitoringForm
from services.reporting.domain.labels import NO_LIGHT
from services.reporting.domain.sharing import NO_ACCOUNT, Foreseen, foreseen_by_account
from services.reporting.domain.sums import Filing, Kind, Sums, mean_bp

TOTAL_KEY: Final = "total"
"""What the form calls the first row of its money block."""


@dataclass(slots=True)
class Tally:
    """Everything that is added up over forms."""

    filing: Filing = field(default_factory=Filing)
    money: Sums = field(default_factory=Sums)
    accounts: dict[str, Sums] = field(default_factory=dict)
    """By budget account; `""`: spending that names no line."""
    functions: dict[str, Sums] = field(default_factory=dict)
    """By functional class 功能分类; `""`: lines without one, and what names no line."""
    units: dict[str, Sums] = field(default_factory=dict)
    """By the line's own unit; what names no line under the lead unit."""
    undistributed: int = 0
    """Adjusted budget of lines not distributed yet, fen."""
    kinds: dict[str, Kind] = field(default_factory=dict)
    """By `IndicatorBehaviour`."""
    lights: Counter[str] = field(default_factory=Counter)
    execution_lights: Counter[str] = field(default_factory=Counter)
    attainment_lights: Counter[str] = field(default_factory=Counter)
    quadrants: Counter[str] = field(default_factory=Counter)
    areas: Counter[str] = field(default_factory=Counter)
    """偏差原因: how often each of the five areas was named."""
    reasons: Counter[str] = field(default_factory=Counter)
    """原因类型."""
    findings: Counter[str] = field(default_factory=Counter)
    """Compliance findings by kind; information is not counted."""
    problems_open: int = 0
    problems_serious: int = 0
    problems_overdue: int = 0
    problems_amount: int = 0
    late_facts: int = 0
    """Facts that came after the day they are dated had ended."""
    silent: int = 0
    """Projects whose publisher has been silent too long (domain-rules 17f)."""

    def add(self, filed: Filed) -> None:
        """Add a form."""
        self.filing.add(filed)
        self._pay(filed)
        self._judge(filed.money)
        self._declared(filed.form)

    def _pay(self, filed: Filed) -> None:
        execution, form = filed.money.execution, filed.form
        forecast = execution.forecast
        self.money.projects += 1
        self.money.pay(execution.money)
        if forecast is not None:
            self.money.foresee(Foreseen(forecast.point, forecast.carryover, forecast.surplus))
        rows = {row.key: row for row in form.funding if row.key}
        total = rows.get(TOTAL_KEY)
        self.money.declare(None if total is None else total.declared_spent)
        self.money.declared_carryover += form.carryover or 0
        self.money.declared_surplus += form.surplus or 0
        _add_groups(self.accounts, _by_account(filed.money, rows))
        _add_groups(self.functions, _by_line(filed.money, "function", NO_ACCOUNT))
        _add_groups(self.units, _by_line(filed.money, "unit", filed.unit or NO_ACCOUNT))
        self.undistributed += sum(
            line.money.adjusted_budget for line in execution.lines if line.undistributed
        )

    def _judge(self, made: AssessmentMade) -> None:
        self.lights[made.light.value if made.light else NO_LIGHT] += 1
        one, two = made.execution.light, made.attainment.light
        self.execution_lights[one.value if one else NO_LIGHT] += 1
        self.attainment_lights[two.value if two else NO_LIGHT] += 1
        self.quadrants[made.quadrant.value if made.quadrant else NO_LIGHT] += 1
        for finding in made.findings:
            if finding.nature.value != "information":
                self.findings[finding.kind.value] += 1
        extended = made.extended
        self.problems_open += extended.problems_open
        self.problems_serious += extended.problems_serious
        self.problems_overdue += extended.problems_overdue
        self.problems_amount += extended.problems_amount
        self.late_facts += made.standing.late_facts
        self.silent += made.standing.frozen
        for figures in made.attainment.indicators:
            self.kinds.setdefault(figures.behaviour.value, Kind()).measure(figures)

    def _declared(self, form: MonitoringForm) -> None:
        cause = form.execution_cause
        self.areas.update(area.value for area in cause.areas)
        if cause.reason_type is not None:
            self.reasons[cause.reason_type.value] += 1
        for row in form.indicators:
            self._row(row)

    def _row(self, row: IndicatorRow) -> None:
        self.areas.update(area.value for area in row.areas)
        if row.reason_type is not None:
            self.reasons[row.reason_type.value] += 1
        if row.possibility is not None and row.behaviour:
            kind = self.kinds.setdefault(row.behaviour, Kind())
            kind.declared[row.possibility.value] += 1

    def merge(self, other: Self) -> None:
        """Add another tally: a city is the sum of its departments."""
        self.filing.merge(other.filing)
        self.money.merge(other.money)
        for mine, theirs in (
            (self.accounts, other.accounts),
            (self.functions, other.functions),
            (self.units, other.units),
        ):
            for key, sums in theirs.items():
                mine.setdefault(key, Sums()).merge(sums)
        for key, kind in other.kinds.items():
            self.kinds.setdefault(key, Kind()).merge(kind)
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def possibilities(self, *, declared: bool) -> Counter[str]:
        """Count 完成目标可能性 over all kinds."""
        found: Counter[str] = Counter()
        for kind in self.kinds.values():
            found.update(kind.declared if declared else kind.foreseen)
        return found

    @property
    def mean_bp(self) -> int | None:
        """Mean attainment of all judged indicators."""
        return mean_bp(
            sum(kind.attained_bp for kind in self.kinds.values()),
            sum(kind.attained for kind in self.kinds.values()),
        )


_COUNTERS: Final = (
    "lights",
    "execution_lights",
    "attainment_lights",
    "quadrants",
    "areas",
    "reasons",
    "findings",
)
_NUMBERS: Final = (
    "undistributed",
    "problems_open",
    "problems_serious",
    "problems_overdue",
    "problems_amount",
    "late_facts",
    "silent",
)


def _by_line(made: AssessmentMade, name: str, otherwise: str) -> dict[str, Sums]:
    """Give a project's money by a field of its lines; they add up to the project's."""
    found: dict[str, Sums] = {}
    for line in made.execution.lines:
        found.setdefault(getattr(line, name) or NO_ACCOUNT, Sums()).pay(line.money)
    whole = Sums()
    whole.pay(made.execution.money)
    rest = whole.less(found.values())
    if not rest.is_empty():
        found.setdefault(otherwise, Sums()).merge(rest)
    return found


def _by_account(made: AssessmentMade, rows: dict[str, FundingRow]) -> dict[str, Sums]:
    """Give a project's money by budget account, with what is foreseen and declared of each."""
    found = _by_line(made, "account", NO_ACCOUNT)
    for key, foreseen in foreseen_by_account(made).items():
        found.setdefault(key, Sums()).foresee(foreseen)
    for key, sums in found.items():
        row = rows.get(key)
        if row is not None:
            sums.declare(row.declared_spent)
    return found


def _add_groups(groups: dict[str, Sums], parts: dict[str, Sums]) -> None:
    for key, part in parts.items():
        part.projects = 1
        groups.setdefault(key, Sums()).merge(part)


def accounts_in_order(accounts: dict[str, Sums]) -> list[tuple[str, Sums]]:
    """Give accounts in the order of Art. 3, what names no line last."""
    order = [*(account.value for account in BudgetAccount), NO_ACCOUNT]
    return [(key, accounts[key]) for key in order if key in accounts]


def kinds_in_order(kinds: dict[str, Kind]) -> list[tuple[IndicatorBehaviour, Kind]]:
    """Give kinds of indicators in the order of Art. 8(1)."""
    return [(kind, kinds[kind.value]) for kind in IndicatorBehaviour if kind.value in kinds]
