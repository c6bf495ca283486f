"""Exact indicator values: decimal text to whole millionths and back, shares, rounding once."""

from functools import lru_cache
from typing import Final, NamedTuple

from contracts.vocabulary import rate_bp

RATE_MAX_BP: Final = 10**12
"""Rates beyond are shown as this: the wire's bound (a cent of budget, ten million spent)."""

PLACES: Final = 6
MICRO: Final = 10**PLACES
"""Values have at most six places: a whole number of millionths is exact."""
VALUE_MAX: Final = 10 ** (18 + PLACES) - 1
"""Derived values beyond are shown as this, millionths: the wire's bound."""

TEXTS_CACHED_MAX: Final = 65_536
"""Readings of decimal text kept: the same targets are read at every assessment."""


class Ratio(NamedTuple):
    """An exact fraction; the denominator is positive."""

    part: int
    whole: int

    def bp(self) -> int:
        """In basis points, rounded half up once, within the wire's bounds."""
        found = rate_bp(self.part, self.whole) or 0
        return max(-RATE_MAX_BP, min(RATE_MAX_BP, found))


NOTHING: Final = Ratio(0, 1)
EVERYTHING: Final = Ratio(1, 1)


@lru_cache(maxsize=TEXTS_CACHED_MAX)
def micro(text: str) -> int:
    """Read decimal text as millionths: "-1.5" → -1500000."""
    whole, _, places = text.partition(".")
    return int(whole + places.ljust(PLACES, "0"))


def micro_text(part: int, whole: int = 1) -> str:
    """Write part ÷ whole millionths as decimal text, rounded half up once to six places."""
    if not part % (whole * MICRO):
        return str(part // (whole * MICRO))
    sign = "-" if part < 0 else ""
    rounded = (2 * abs(part) + whole) // (2 * whole)
    units, rest = divmod(rounded, MICRO)
    places = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{sign}{units}{places}" if rounded else "0"


def bounded_text(part: int, whole: int = 1) -> str:
    """Write part ÷ whole millionths as `micro_text` does, within the wire's bounds."""
    if abs(part) > VALUE_MAX * whole:
        part, whole = (VALUE_MAX if part > 0 else -VALUE_MAX), 1
    return micro_text(part, whole)


def share(part: int, whole: int) -> Ratio:
    """Return part ÷ whole within 0…1; 0 where the whole is not positive."""
    if whole <= 0 or part <= 0:
        return NOTHING
    return Ratio(part, whole) if part < whole else EVERYTHING
