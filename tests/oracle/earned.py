"""Earned value and earned schedule (ANSI/EIA-748 terms; domain-rules 15)."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from tests.oracle.assessment import Assessment
from tests.oracle.dates import MONTHS
from tests.oracle.exact import WHOLE_BP, half_up, wire
from tests.oracle.expected import expected

Value = Fraction | int
Measures = dict[str, Fraction | None]


def ratio(part: Value, whole: Value) -> Fraction | None:
    """Divide; null over nothing, be it zero or less."""
    return Fraction(part) / whole if whole > 0 else None


def measures(bac: Value, pv: Value, ev: Value, ac: Value) -> Measures:
    """Give all that follows from budget, planned value, earned value and actual cost."""
    cpi, spi = ratio(ev, ac), ratio(ev, pv)
    eac = ratio(bac, cpi) if cpi is not None else None
    both = cpi * spi if cpi is not None and spi is not None else None
    rest = Fraction(bac - ev) / both if both else None
    return {
        "cv": Fraction(ev - ac),
        "sv": Fraction(ev - pv),
        "cpi": cpi,
        "spi": spi,
        "eac": eac,
        "eac_atypical": Fraction(ac + bac - ev),
        "eac_combined": None if rest is None else ac + rest,
        "etc": None if eac is None else eac - ac,
        "vac": None if eac is None else bac - eac,
        "tcpi": ratio(bac - ev, bac - ac),
    }


def earned_schedule(planned: Sequence[Value], ev: Value, at: int) -> Fraction:
    """Give the period by which the plan had earned what is earned now; linear within a period.

    The plan never falls. Where it stands still at that value, of all that time the one nearest to
    now: who is on plan is on time.
    """
    rising: list[Value] = [0]
    for value in planned:
        rising.append(max(value, rising[-1]))
    there = [period for period, value in enumerate(rising) if value == ev]
    if there:
        return Fraction(min(max(at, there[0]), there[-1]))
    full = sum(value <= ev for value in rising) - 1
    if full == len(planned):
        return Fraction(full)
    return full + Fraction(ev - rising[full]) / (rising[full + 1] - rising[full])


def time_measures(planned: Sequence[Value], ev: Value, at: int) -> Measures:
    """Give the figures of time, in periods; none before the first period is over."""
    if at == 0:
        return dict.fromkeys(("es", "sv_t", "spi_t", "ieac_t"))
    es = earned_schedule(planned, ev, at)
    spi_t = es / at
    return {
        "es": es,
        "sv_t": es - at,
        "spi_t": spi_t,
        "ieac_t": ratio(len(planned), spi_t),
    }


def earned_value(found: Assessment) -> dict[str, Any] | None:
    """State earned value as the contract does; null where domain-rules 15 says so."""
    bac, ac = found.book.total.budget, found.book.total.spent
    effect, standard = found.results.effect, found.standard
    if bac <= 0 or effect is None or standard is None:
        return None
    pv, ev = half_up(standard.spent), half_up(bac * effect)
    at = found.stated["months_completed"]
    value, time = measures(bac, pv, ev, ac), time_measures(planned_values(found), ev, at)
    if value["eac"] is not None:
        # What is shown adds up: these follow from the estimate as it is shown.
        eac = Fraction(half_up(value["eac"]))
        value |= {"eac": eac, "etc": eac - ac, "vac": bac - eac}
    amounts = ("cv", "sv", "eac", "eac_atypical", "eac_combined", "etc", "vac")
    in_time = {f"{name}_bp": _basis_points(figure) for name, figure in time.items()}
    if in_time["es_bp"] is not None:
        # A difference of what is shown, rounded no more.
        in_time["sv_t_bp"] = in_time["es_bp"] - at * WHOLE_BP
    return {
        **{name: wire(amount) for name, amount in zip(
            ("bac", "pv", "ev", "ac"), (bac, pv, ev, ac), strict=True)},
        **{name: _amount(value[name]) for name in amounts},
        **{f"{name}_bp": _basis_points(value[name]) for name in ("cpi", "spi", "tcpi")},
        **in_time,
        "at_bp": at * WHOLE_BP,
    }  # fmt: skip


def planned_values(found: Assessment) -> list[int]:
    """Give what the standard, as known at the date, expects at each month's end."""
    standards = [expected(found.book, found.yardstick, end) for end in found.book.year.month_ends]
    values = [half_up(standard.spent) if standard else 0 for standard in standards]
    assert len(values) == MONTHS
    return values


def _amount(value: Fraction | None) -> str | None:
    return None if value is None else wire(half_up(value))


def _basis_points(value: Fraction | None) -> int | None:
    return None if value is None else half_up(value * WHOLE_BP)
