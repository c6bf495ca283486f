"""Earned value and earned schedule, exactly (terms and formulas of ANSI/EIA-748; docs: measuring).

Pure arithmetic in whatever unit money comes in: nothing is rounded here. What is divided by
nothing is None.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

Number = int | Fraction


class Earned(NamedTuple):
    """Where a project stands, exactly; money in the unit of its input, time in periods."""

    cost_variance: Number
    """CV = EV − AC."""
    schedule_variance: Number
    """SV = EV − PV."""
    cpi: Fraction | None
    """EV ÷ AC; None unless something was spent."""
    spi: Fraction | None
    """EV ÷ PV; None where nothing is planned yet."""
    eac: Fraction | None
    """Typical: BAC ÷ CPI."""
    eac_atypical: Number
    """AC + (BAC − EV): what is left costs what was planned."""
    eac_combined: Fraction | None
    """AC + (BAC − EV) ÷ (CPI × SPI)."""
    tcpi: Fraction | None
    """(BAC − EV) ÷ (BAC − AC); None where no budget is left."""
    schedule: Fraction | None
    """ES: when the plan had earned what is earned now; None before a period is over."""
    spi_t: Fraction | None
    """ES ÷ AT."""
    ieac_t: Fraction | None
    """Planned duration ÷ SPI(t); None where nothing is earned."""


def earned(
    *, bac: Number, pv: Number, ev: Number, ac: Number, plan: Sequence[Number], periods: int
) -> Earned:
    """Compare what is earned with what it cost and what was planned.

    `plan`: cumulative planned value at the end of each planned period; their number is the
    planned duration, `periods` (AT) the periods that are over, which may be more.
    """
    cpi = ratio(ev, ac)
    spi = ratio(ev, pv)
    schedule = earned_schedule(ev, plan, periods) if periods and plan else None
    return Earned(
        cost_variance=ev - ac,
        schedule_variance=ev - pv,
        cpi=cpi,
        spi=spi,
        eac=at_completion(bac, cpi),
        eac_atypical=ac + (bac - ev),
        eac_combined=at_completion_combined(bac, ev, ac, cpi, spi),
        tcpi=to_complete(bac, ev, ac, bac),
        schedule=schedule,
        spi_t=None if schedule is None else schedule / periods,
        ieac_t=Fraction(len(plan) * periods) / schedule if schedule else None,
    )


def ratio(part: Number, whole: Number) -> Fraction | None:
    """Return part ÷ whole; None unless the whole is positive."""
    return Fraction(part) / whole if whole > 0 else None


def at_completion(bac: Number, cpi: Fraction | None) -> Fraction | None:
    """Return the typical estimate at completion: what is left costs as what is done."""
    return bac / cpi if cpi else None


def at_completion_combined(
    bac: Number, ev: Number, ac: Number, cpi: Fraction | None, spi: Fraction | None
) -> Fraction | None:
    """Return the estimate at completion where being late costs money too."""
    return ac + (bac - ev) / (cpi * spi) if cpi and spi else None


def to_complete(bac: Number, ev: Number, ac: Number, limit: Number) -> Fraction | None:
    """Return the CPI that the rest takes to end at `limit`: the BAC, or an estimate."""
    return ratio(bac - ev, limit - ac)


def earned_schedule(ev: Number, plan: Sequence[Number], periods: int) -> Fraction:
    """Return when the plan had earned what is earned now: C + (EV − PV_C) ÷ (PV_C+1 − PV_C).

    Planned value never falls. Where the plan stands still at what is earned, every time of it is
    right and the one nearest to now is taken: on plan is on time. More than was ever planned is
    the whole of the planned duration.
    """
    values = list(accumulate((0, *plan), max))
    if ev > values[-1]:
        return Fraction(len(plan))
    reached = max(0, ev)
    first = next(period for period, value in enumerate(values) if value >= reached)
    if values[first] > reached:
        before = values[first - 1]
        return first - 1 + Fraction(reached - before) / (values[first] - before)
    last = len(values) - 1 - values[::-1].index(reached)
    return Fraction(max(first, min(periods, last)))
