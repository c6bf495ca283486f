"""How the fiscal years of a city differ: budgets grow, approvals come late, autumns are hasty.

A year's character follows from its number alone, so that a longer run only continues a shorter
one. None of it is a deviation: each year by itself is in order, and the rules leave it alone.
"""

from typing import Final, NamedTuple

from services.cli.city.chance import WHOLE_BP
from services.cli.city.curves import Curve

PLAIN_YEAR: Final = 2026
"""The year that all sizes are of."""
GROWTH_BP: Final = 400
"""Budgets grow by so much of it each year."""
SIZE_MIN_BP: Final = 4_000
SIZE_MAX_BP: Final = 20_000
PACE: Final = (9_500, 9_950)
"""How much of what is promised is spent by each date."""
PUT_OFF_BP: Final = 9_300
"""How much of what is promised a hasty project spends before November."""
FEBRUARY: Final = 2
MARCH: Final = 3


class Character(NamedTuple):
    """What is special about a year."""

    size_bp: int
    """Its budgets, beside those of the plain year."""
    january_percent: int = 40
    """Budgets that are approved in January."""
    late_month: int = FEBRUARY
    """Month in which the others are approved; spending begins in the next."""
    pace: tuple[int, int] = PACE
    """How much of what is promised is spent by each date, basis points."""
    signed_within: bool = True
    """Whether no more is signed than will be paid within the year."""
    hasty_percent: int = 0
    """Projects that put off a part of their spending to the last two months."""

    def sized(self, yuan: tuple[int, int]) -> tuple[int, int]:
        """Return least and greatest budget of a class in this year."""
        least, most = yuan
        return least * self.size_bp // WHOLE_BP, most * self.size_bp // WHOLE_BP


def hasty(curve: Curve) -> Curve:
    """Put off a part of what is spent before November; the rest follows in the last two months."""
    before = len(curve) - 2
    slow = [share * PUT_OFF_BP // WHOLE_BP for share in curve[:before]]
    middle = (slow[-1] + curve[-1]) // 2
    return (*slow, max(slow[-1], min(curve[before], middle)), curve[-1])


def character(year: int) -> Character:
    """Return what is special about a year: of every four one is late, one hasty, one thrifty."""
    grown = WHOLE_BP + GROWTH_BP * (year - PLAIN_YEAR)
    size_bp = max(SIZE_MIN_BP, min(SIZE_MAX_BP, grown))
    match (year - PLAIN_YEAR) % 4:
        case 1:
            return Character(size_bp, 20, MARCH, (8_700, 9_950), hasty_percent=15)
        case 2:
            return Character(size_bp, pace=(8_700, 9_950), hasty_percent=45)
        case 3:
            return Character(size_bp, pace=(8_600, 9_850), hasty_percent=20)
        case _:
            return Character(size_bp, signed_within=False)
