"""Figures as people read them; exact arithmetic on what the wire holds, no floating point."""

from enum import StrEnum
from typing import Final

from contracts.vocabulary import wire_to_fen

ABSENT: Final = "–"
"""Where there is no figure."""
MINUS: Final = "\N{MINUS SIGN}"
BAR_MAX_BP: Final = 10_000


class MoneyUnit(StrEnum):
    """In what amounts are shown."""

    YUAN = "yuan"
    """元: the currency's own unit."""
    WAN = "wan"
    """万元: ten thousand, the budget's customary unit."""
    YI = "yi"
    """亿元: a hundred million."""


FEN_PER: Final = {MoneyUnit.YUAN: 100, MoneyUnit.WAN: 1_000_000, MoneyUnit.YI: 10_000_000_000}


def fen(amount: str) -> int:
    """Read a wire amount."""
    return wire_to_fen(amount)


def rounded(number: int, divisor: int) -> int:
    """Divide and round half away from zero."""
    size = (2 * abs(number) + divisor) // (2 * divisor)
    return -size if number < 0 else size


def hundredths(number: int) -> str:
    """Write a number of hundredths with two places, thousands apart."""
    whole, rest = divmod(abs(number), 100)
    return f"{MINUS if number < 0 else ''}{whole:,}.{rest:02d}"


def money(amount: str | None, unit: MoneyUnit) -> str:
    """Write a wire amount in a unit, rounded to two places."""
    if amount is None:
        return ABSENT
    return hundredths(rounded(wire_to_fen(amount) * 100, FEN_PER[unit]))


def percent(rate_bp: int | None) -> str:
    """Write basis points as per cent: 5934 is 59.34%."""
    return ABSENT if rate_bp is None else f"{hundredths(rate_bp)}%"


def points(difference_bp: int | None) -> str:
    """Write a difference of two rates in percentage points."""
    return ABSENT if difference_bp is None else hundredths(difference_bp)


def ratio(value_bp: int | None) -> str:
    """Write ten-thousandths as a number with four places: 9722 is 0.9722."""
    if value_bp is None:
        return ABSENT
    whole, rest = divmod(abs(value_bp), 10_000)
    return f"{MINUS if value_bp < 0 else ''}{whole:,}.{rest:04d}"


def bar(rate_bp: int | None) -> str:
    """Return how far a bar reaches, in per cent of its length: 0 to 100."""
    inside = max(0, min(BAR_MAX_BP, rate_bp or 0))
    return f"{inside // 100}.{inside % 100:02d}"


def number(value: int) -> str:
    """Write a count, thousands apart."""
    return f"{value:,}"
