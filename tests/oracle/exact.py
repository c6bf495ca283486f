"""Exact arithmetic: fen as integers, rates as integer basis points rounded half up once."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Final

WHOLE_BP: Final = 10_000
DECIMALS: Final = 6
"""Places of a number on the wire that is not money."""


@cache
def number(text: str) -> Fraction:
    """Read a number of the wire that is not money."""
    return Fraction(text)


def fen(amount: str) -> int:
    """Read a wire amount: "123.45" is 12345."""
    return int(amount.replace(".", ""))


def wire(amount: int) -> str:
    """Write fen as the wire does: -5 is "-0.05"."""
    sign = "-" if amount < 0 else ""
    yuan, rest = divmod(abs(amount), 100)
    return f"{sign}{yuan}.{rest:02d}"


def half_up(value: Fraction) -> int:
    """Round to an integer, a half away from zero."""
    return _half_up(value.numerator, value.denominator)


def half_up_of(part: Fraction | int, whole: Fraction | int) -> int:
    """Divide and round to an integer, a half away from zero."""
    numerator = part.numerator * whole.denominator
    return _half_up(numerator, part.denominator * whole.numerator)


def _half_up(numerator: int, denominator: int) -> int:
    size = (2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator))
    return size if (numerator < 0) == (denominator < 0) else -size


def rate_bp(part: Fraction | int, whole: Fraction | int) -> int | None:
    """Give part ÷ whole in basis points; null over zero (domain-rules 12, 13)."""
    if whole == 0:
        return None
    return half_up_of(part * WHOLE_BP, whole)


def largest_remainder(exact: Mapping[str, Fraction], total: int) -> dict[str, int]:
    """Round parts so that they add up to a total: the largest remainders are rounded up."""
    parts = {name: value.numerator // value.denominator for name, value in exact.items()}
    missing = total - sum(parts.values())
    by_remainder = sorted(exact, key=lambda name: (parts[name] - exact[name], name))
    for name in by_remainder[:missing]:
        parts[name] += 1
    return parts


def decimal_text(value: Fraction | None) -> str | None:
    """Write a number with at most six places, without idle zeros."""
    if value is None:
        return None
    scaled = half_up(value * 10**DECIMALS)
    sign = "-" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled), 10**DECIMALS)
    return f"{sign}{whole}.{rest:06d}".rstrip("0").rstrip(".")
