"""Earned value and earned schedule of a year (domain-rules 15; docs: measuring)."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from contracts.events.analysis import Attainment, EarnedValue, Execution
from contracts.vocabulary import SUM_DIGITS_MAX
from services.analysis.domain.earned_value.formulas import Number, earned
from services.analysis.domain.execution.standard import planned_values
from services.analysis.domain.money.figures import bounded_rate_bp
from services.analysis.domain.numbers import Ratio
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.unchecked import unchecked

ONE_BP: Final = 10_000
ESTIMATE_MAX: Final = 10 ** (SUM_DIGITS_MAX + 2) - 1
"""Estimates beyond are shown as this, fen: the wire's bound (a budget, and next to no result)."""


def earned_value(now: Snapshot, money: Execution, results: Attainment) -> EarnedValue | None:
    """Return earned value at a date; null where domain-rules 15 says not available.

    That is without budget, without an expectation, and where no output quantity, timeliness or
    quality is judged.
    """
    bac, pv, effect = now.adjusted, money.expected_spent, now.effect
    if bac <= 0 or pv is None or effect is None or results.effect_rate_bp is None:
        return None
    plan = planned_values(now)
    if not plan:
        return None
    completed = now.calendar.completed(now.day)
    return written(bac, pv, value_earned(bac, effect), now.whole.spent, plan, completed)


def value_earned(bac: int, effect: Ratio) -> int:
    """Return EV: budget × the exact weighted attainment, fen, rounded half up once."""
    return (2 * bac * effect.part + effect.whole) // (2 * effect.whole)


def written(
    bac: int, pv: int, ev: int, ac: int, plan: Sequence[int], completed: int
) -> EarnedValue:
    """Write exact figures as the wire's: fen and basis points, each rounded half up once."""
    exact = earned(bac=bac, pv=pv, ev=ev, ac=ac, plan=plan, periods=completed)
    eac = _estimate(exact.eac)
    schedule = _bp(exact.schedule)
    at_bp = completed * ONE_BP
    return unchecked(
        EarnedValue,
        bac=bac,
        pv=pv,
        ev=ev,
        ac=ac,
        cv=ev - ac,
        sv=ev - pv,
        cpi_bp=_bp(exact.cpi),
        spi_bp=_bp(exact.spi),
        eac=eac,
        eac_atypical=ac + bac - ev,
        eac_combined=_estimate(exact.eac_combined),
        # Differences of published figures, so that a reader can check them.
        etc=None if eac is None else eac - ac,
        vac=None if eac is None else bac - eac,
        tcpi_bp=_bp(exact.tcpi),
        es_bp=schedule,
        at_bp=at_bp,
        sv_t_bp=None if schedule is None else schedule - at_bp,
        spi_t_bp=_bp(exact.spi_t),
        ieac_t_bp=_bp(exact.ieac_t),
    )


def half_up(value: Number) -> int:
    """Round an exact value half up, away from zero, once."""
    exact = Fraction(value)
    rounded = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return -rounded if exact < 0 else rounded


def _bp(value: Fraction | None) -> int | None:
    return None if value is None else bounded_rate_bp(value.numerator, value.denominator)


def _estimate(value: Fraction | None) -> int | None:
    return None if value is None else min(ESTIMATE_MAX, half_up(value))
