"""How the money of a year goes out: cumulative shares at each month's end, in basis points."""

from typing import Final

from services.cli.city.chance import WHOLE_BP

Curve = tuple[int, ...]
"""Twelve rising shares, the last at most all of it."""

MONTHS: Final = 12


def _steady(lead_bp: int) -> Curve:
    return tuple(min(WHOLE_BP, (WHOLE_BP * month + lead_bp) // MONTHS) for month in range(1, 13))


STEADY: Final = _steady(9_000)
"""Month by month, a little ahead of the calendar."""
RESULTS: Final = _steady(WHOLE_BP)
"""Results of steady work."""
PURCHASE: Final = (0, 300, 1500, 2500, 3500, 4600, 5800, 6900, 7900, 8800, 9500, 10_000)
"""Contracts first, deliveries from spring on."""
WORKS: Final = (0, 500, 2000, 2800, 3600, 4800, 5600, 6600, 7600, 8500, 9300, 10_000)
"""Construction: prepayment, progress payments, settlement."""
QUARTERS: Final = (2500, 2500, 2500, 5000, 5000, 5000, 7500, 7500, 7500, 10_000, 10_000, 10_000)
"""Subsidies of a quarter, paid in its first month."""
DECEMBER: Final = (0, 0, 400, 700, 700, 700, 700, 700, 900, 900, 900, 10_000)
"""A small prepayment, and the rest on acceptance in December, as agreed."""
EARLY: Final = (2000, 3500, 5000, 6200, 7400, 8600) + (10_000,) * 6
"""Money carried over: spent first."""

# Curves of planted deviations.
ZERO: Final = (0, 0, 0, 0, 0, 0, 0, 2000, 4000, 6000, 8000, 9500)
UNPREPARED: Final = (0, 0, 0, 0, 0, 900, 2600, 4200, 5800, 7200, 8600, 9700)
RUSH: Final = (0, 300, 600, 900, 1200, 1500, 1800, 2100, 2400, 2700, 3000, 10_000)
FRONT: Final = (0, 2600, 5200, 6800, 7900, 8700, 9200, 9500, 9700, 9800, 9900, 10_000)
CRAWL: Final = (0, 0, 100, 200, 300, 500, 600, 700, 900, 1000, 1100, 1200)


def late_start(curve: Curve, first_month: int) -> Curve:
    """Spend nothing before a month (1 to 12); what was due by then follows in it."""
    return tuple(0 if month < first_month else share for month, share in enumerate(curve, 1))
