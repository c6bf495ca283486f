"""Ways to foresee spending at the year's end, each a pure function of a few sums (rule 3).

None is right for every class: which one is used is chosen by a backtest on past years
(`backtest`). Amounts are fen, rounded half up once.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from contracts.vocabulary import ExpectedBasis, ForecastMethod
from services.analysis.domain.calendar import MONTHS

WHOLE_BP: Final = 10_000

GROWTH_MAX: Final = 2
"""An interval never reaches above so many times the budget of the day."""

Seasonal = tuple[int, ...]
"""Share of the year's spending done by the end of each fiscal month, basis points."""


class Outlook(NamedTuple):
    """What is known of a project year at a date, as far as forecasts go by it."""

    adjusted: int
    """Adjusted budget, fen."""
    spent: int
    """Net spending up to the date, fen."""
    spent_completed: int
    """The same up to the end of the last completed month, fen."""
    completed: int
    """Completed months, 0 to 12."""
    committed: int
    """Contracts signed, net of releases, whether paid or not, fen."""
    committed_due: int
    """What of them is unpaid and due by the year's end, fen."""
    requested: int
    """Payment applications filed, fen."""
    expected: int
    """What the standard expects to be spent by the date, fen; 0: nothing is judged."""
    planned: int
    """What the standard, as known at the date, expects by the year's end, fen."""
    earned: int | None
    """Earned value, fen; None: not available (domain-rules 15)."""
    basis: ExpectedBasis | None
    """What the standard rests on; None: nothing is judged."""
    ended: bool
    """Whether the project is completed or terminated: nothing more falls due (Art. 14)."""

    @property
    def floor(self) -> int:
        """The least that can be foreseen: spent + committed due this year (domain-rules 3)."""
        return max(0, self.spent) + self.committed_due

    @property
    def cap(self) -> int:
        """The most: the adjusted budget, unless more is spent or owed already."""
        return max(self.adjusted, self.floor)

    def within(self, fen: int) -> int:
        """Return an amount, or the bound it is beyond."""
        return max(self.floor, min(self.cap, fen))


def half_up(part: int, whole: int) -> int:
    """Return part ÷ whole rounded half up, away from zero; whole is positive."""
    rounded = (2 * abs(part) + whole) // (2 * whole)
    return rounded if part >= 0 else -rounded


def run_rate(known: Outlook, _: Seasonal | None) -> int | None:
    """Spent in completed months ÷ completed months × 12; None before the first is completed."""
    if not known.completed:
        return None
    return half_up(known.spent_completed * MONTHS, known.completed)


def plan_following(known: Outlook, _: Seasonal | None) -> int:
    """Spent so far + what the standard still expects from the date to the year's end."""
    return known.spent + max(0, known.planned - known.expected)


def seasonal_share(known: Outlook, seasonal: Seasonal | None) -> int | None:
    """Spent in completed months ÷ the share that is usual by then; None if that is 0."""
    share = seasonal[known.completed - 1] if seasonal and known.completed else 0
    return half_up(known.spent_completed * WHOLE_BP, share) if share else None


def committed(known: Outlook, _: Seasonal | None) -> int | None:
    """Spent so far + unpaid commitments due, or what was requested if that is more.

    A request may be one to pay a contract, so the two are not added. None without commitments.
    """
    return max(known.floor, known.requested) if known.committed > 0 else None


def earned_value(known: Outlook, _: Seasonal | None) -> int | None:
    """BAC ÷ CPI = budget × spent ÷ earned value; None where there is no CPI, or it is 0."""
    if not known.earned or known.earned < 0 or known.spent <= 0:
        return None
    return half_up(known.adjusted * known.spent, known.earned)


METHODS: Final[Mapping[ForecastMethod, Callable[[Outlook, Seasonal | None], int | None]]] = {
    ForecastMethod.RUN_RATE: run_rate,
    ForecastMethod.PLAN_FOLLOWING: plan_following,
    ForecastMethod.SEASONAL_SHARE: seasonal_share,
    ForecastMethod.COMMITTED: committed,
    ForecastMethod.EARNED_VALUE: earned_value,
}


def point_of(
    known: Outlook, method: ForecastMethod, seasonal: Seasonal | None = None
) -> tuple[ForecastMethod, int]:
    """Foresee by a method: the one really used, and spending at the year's end.

    Where a project's facts do not allow the method, or it has ended, the standard is followed:
    it expects nothing after a project's end. Never below spent + committed due.
    """
    found = None if known.ended else METHODS[method](known, seasonal)
    if found is None:
        method, found = ForecastMethod.PLAN_FOLLOWING, plan_following(known, None)
    return method, known.within(found)


def usual_method(known: Outlook) -> ForecastMethod:
    """Return the method where no tested model says better: it follows from the facts."""
    if known.ended or known.basis is ExpectedBasis.PLAN or not known.completed:
        return ForecastMethod.PLAN_FOLLOWING
    return ForecastMethod.COMMITTED if known.committed > 0 else ForecastMethod.RUN_RATE


def interval_of(known: Outlook, point: int, low_bp: int, high_bp: int) -> tuple[int, int]:
    """Put residuals (basis points of the budget) round a point: low ≤ point ≤ high.

    Not below what is spent and owed. It may reach above the budget, because budgets grow in the
    course of a year, but not beyond GROWTH_MAX times it.
    """
    # The bound is rounded, not what it is away from the point: that may be below zero.
    low = half_up(point * WHOLE_BP + low_bp * known.adjusted, WHOLE_BP)
    high = half_up(point * WHOLE_BP + high_bp * known.adjusted, WHOLE_BP)
    most = max(point, GROWTH_MAX * known.adjusted)
    return max(known.floor, min(point, low)), min(most, max(point, high))


def is_beyond(known: Outlook, actual: int) -> bool:
    """Say whether no interval could hold what was spent at the year's end."""
    return not known.floor <= actual <= max(known.floor, GROWTH_MAX * known.adjusted)
