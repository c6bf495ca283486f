"""One published figure and ours."""

from fractions import Fraction
from typing import NamedTuple

from services.analysis.domain.earned_value.year import half_up

Value = Fraction | int | None


class Cell(NamedTuple):
    """A figure as it was published, and as we make it."""

    figure: str
    published: str
    """As printed there: its places are the precision that is compared."""
    ours: str
    """Ours, rounded half up to as many places."""

    @property
    def equal(self) -> bool:
        """Whether both say the same."""
        return self.published == self.ours


def cell(figure: str, published: str, ours: Value) -> Cell:
    """Compare a published figure with ours, to the places that were published."""
    return Cell(figure, published, "–" if ours is None else rounded(ours, published))


def rounded(value: Fraction | int, like: str) -> str:
    """Write a value with as many places as a text has, rounded half up."""
    places = len(like.partition(".")[2])
    whole = half_up(Fraction(value) * 10**places)
    sign = "-" if whole < 0 else ""
    units, rest = divmod(abs(whole), 10**places)
    text = f"{sign}{units}" + (f".{rest:0{places}d}" if places else "")
    # "-0.00" and "0.00" are one value.
    return text if whole else text.lstrip("-")
