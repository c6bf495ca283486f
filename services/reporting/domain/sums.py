"""Sums and counts that reports add up: money, indicators of a kind, how far forms are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from contracts.events.analysis import IndicatorFigures, Money
from contracts.vocabulary import AttainmentState, rate_bp
from services.reporting.domain.filed import Filed
from services.reporting.domain.form import MonitoringForm
from services.reporting.domain.labels import NO_LIGHT
from services.reporting.domain.sharing import Foreseen


@dataclass(slots=True)
class Sums:
    """Money of a group, fen."""

    projects: int = 0
    """Projects with money in the group."""
    original: int = 0
    """年初预算数."""
    carried_in: int = 0
    """上年结转."""
    adjusted: int = 0
    """调整后预算数."""
    committed: int = 0
    disbursed: int = 0
    """拨付数."""
    spent: int = 0
    """执行数."""
    foreseen_spent: int = 0
    """全年预计执行数 as the model foresees it."""
    foreseen_carryover: int = 0
    foreseen_surplus: int = 0
    declared: int = 0
    """Projects that declared their spending of the year in the group."""
    declared_spent: int = 0
    """全年预计执行数 as these declared it."""
    declared_carryover: int = 0
    """预计结转 as declared; of a project as a whole alone."""
    declared_surplus: int = 0

    @property
    def changed(self) -> int:
        """年中调整: adjusted − original − carried in."""
        return self.adjusted - self.original - self.carried_in

    @property
    def rate_bp(self) -> int | None:
        """执行率 on the adjusted budget; below zero as zero (domain-rules 13)."""
        return rate_bp(max(self.spent, 0), self.adjusted)

    @property
    def rate_original_bp(self) -> int | None:
        """执行率 on the original budget (domain-rules 24)."""
        return rate_bp(max(self.spent, 0), self.original)

    def pay(self, money: Money) -> None:
        """Add a line's or a project's figures."""
        self.original += money.components.original
        self.carried_in += money.components.carryover
        self.adjusted += money.adjusted_budget
        self.committed += money.committed
        self.disbursed += money.disbursed
        self.spent += money.spent

    def foresee(self, foreseen: Foreseen) -> None:
        """Add what is foreseen."""
        self.foreseen_spent += foreseen.spent
        self.foreseen_carryover += foreseen.carryover
        self.foreseen_surplus += foreseen.surplus

    def declare(self, spent: int | None) -> None:
        """Add what was declared to be spent by the year's end, if anything was."""
        if spent is not None:
            self.declared += 1
            self.declared_spent += spent

    def merge(self, other: "Sums") -> None:
        """Add another group's."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def less(self, parts: Iterable["Sums"]) -> "Sums":
        """Give what is left of this beyond its parts."""
        rest = Sums()
        taken = tuple(parts)
        for name in self.__slots__:
            setattr(rest, name, getattr(self, name) - sum(getattr(p, name) for p in taken))
        return rest

    def is_empty(self) -> bool:
        """Whether no money is in it."""
        return not (self.original or self.adjusted or self.disbursed or self.spent)


@dataclass(slots=True)
class Kind:
    """Indicators of one kind."""

    indicators: int = 0
    judged: int = 0
    states: Counter[str] = field(default_factory=Counter)
    """By `AttainmentState`."""
    met: int = 0
    """Whose annual target is met already."""
    attained_bp: int = 0
    """Sum of their attainment, for the mean."""
    attained: int = 0
    lights: Counter[str] = field(default_factory=Counter)
    trends: Counter[str] = field(default_factory=Counter)
    foreseen: Counter[str] = field(default_factory=Counter)
    """完成目标可能性 as it follows from the data."""
    declared: Counter[str] = field(default_factory=Counter)
    """The same as units declared it."""

    @property
    def mean_bp(self) -> int | None:
        """Mean attainment of the judged ones, each counting the same; null without any."""
        return mean_bp(self.attained_bp, self.attained)

    def measure(self, figures: IndicatorFigures) -> None:
        """Add an indicator's figures."""
        self.indicators += 1
        self.judged += figures.state is AttainmentState.JUDGED
        self.states[figures.state.value] += 1
        self.met += figures.met is True
        if figures.attainment_bp is not None and figures.state is AttainmentState.JUDGED:
            self.attained_bp += figures.attainment_bp
            self.attained += 1
        self.lights[figures.light.value if figures.light else NO_LIGHT] += 1
        if figures.trend is not None:
            self.trends[figures.trend.value] += 1
        if figures.possibility is not None:
            self.foreseen[figures.possibility.value] += 1

    def merge(self, other: "Kind") -> None:
        """Add another group's."""
        for name in ("indicators", "judged", "met", "attained_bp", "attained"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("states", "lights", "trends", "foreseen", "declared"):
            getattr(self, name).update(getattr(other, name))


def mean_bp(total: int, count: int) -> int | None:
    """Return a mean of basis points rounded half up; null of none."""
    return (2 * total + count) // (2 * count) if count else None


@dataclass(slots=True)
class Filing:
    """How far forms are."""

    forms: int = 0
    frozen: int = 0
    """Whose figures are from a frozen edition; those of all others are live."""
    timely: int = 0
    late: int = 0
    accepted: int = 0
    returned: int = 0
    """Returned and not yet handed in again."""
    corrected: int = 0
    """Handed in again after a return."""
    with_targets: int = 0
    covered: int = 0
    """Approved targets and a timely form (domain-rules 24)."""
    disputed: int = 0
    """Figures disputed."""
    causes_due: int = 0
    """Deviations of which a cause is required (domain-rules 20)."""
    causes_given: int = 0
    """Of them with a cause."""

    @property
    def missing(self) -> int:
        """Forms that were not handed in yet."""
        return self.forms - self.timely - self.late

    @property
    def coverage_bp(self) -> int | None:
        """覆盖率: projects with approved targets and a timely form ÷ projects in scope."""
        return rate_bp(self.covered, self.forms)

    @property
    def timeliness_bp(self) -> int | None:
        """报送及时率."""
        return rate_bp(self.timely, self.forms)

    @property
    def completeness_bp(self) -> int | None:
        """填报完整率: deviations with a cause ÷ those that need one; null where none does."""
        return rate_bp(self.causes_given, self.causes_due)

    def add(self, filed: Filed) -> None:
        """Count a form."""
        self.forms += 1
        for required, given in _causes(filed.form):
            self.causes_due += required
            self.causes_given += required and given
        self.frozen += filed.frozen
        self.timely += filed.timely
        self.late += filed.late
        self.accepted += filed.state.value == "accepted"
        self.returned += filed.returned
        self.corrected += filed.corrected
        self.with_targets += filed.with_targets
        self.covered += filed.with_targets and filed.timely
        self.disputed += len(filed.form.disputes)

    def merge(self, other: "Filing") -> None:
        """Add another group's."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def _causes(form: MonitoringForm) -> Iterable[tuple[bool, bool]]:
    cause = form.execution_cause
    yield form.execution_cause_required, bool(cause.reason or cause.areas)
    for row in form.indicators:
        yield row.cause_required, bool(row.reason or row.areas)
