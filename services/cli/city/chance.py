"""The one seeded generator that everything is drawn from."""

import random  # noqa: TID251 - seeded by the caller, and the only import of it
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

WHOLE_BP = 10_000
"""All of it, in basis points."""


class Chance(random.Random):
    """A generator with the few draws a city needs; the same seed draws the same."""

    def percent(self, percent: int) -> bool:
        """Say yes in so many of a hundred cases."""
        return self.random() * 100 < percent

    def between(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return low + int(self.random() * (high - low + 1))

    def one(self, many: Sequence[T]) -> T:
        """Draw one of many."""
        return many[int(self.random() * len(many))]

    def fen(self, low_yuan: int, high_yuan: int) -> int:
        """Draw an amount in fen that is no round sum."""
        return self.between(low_yuan, high_yuan) * 100 + self.between(1, 99)


def part(fen: int, share_bp: int) -> int:
    """Take basis points of an amount, rounded down to the fen."""
    return fen * share_bp // WHOLE_BP
