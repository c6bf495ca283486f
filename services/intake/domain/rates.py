"""How much one publisher may send: token buckets.

None of the usual libraries fits: `limits` counts in windows, `aiolimiter` and `pyrate-limiter` make
the caller wait where we have to answer when to come back.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

PUBLISHERS_MAX: Final = 10_000
"""Publishers whose buckets are remembered; the longest silent go first, and theirs are full."""


@dataclass(frozen=True)
class Rate:
    """What flows into a bucket, and how much it holds."""

    per_second: float
    burst: float


class Rates:
    """A bucket for every publisher, all of one rate."""

    def __init__(self, rate: Rate) -> None:
        """Every bucket begins full."""
        self.rate = rate
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, publisher: str, cost: int, now: float) -> float:
        """Take from the publisher's bucket; gives 0, or the seconds until so much is in it.

        `now` is a monotonic clock in seconds. Nothing is taken where it has to come back.
        """
        level, at = self._buckets.get(publisher, (self.rate.burst, now))
        level = min(self.rate.burst, level + (now - at) * self.rate.per_second)
        # What is larger than a bucket would never get through: it needs a full one.
        wanted = min(cost, self.rate.burst)
        missing = wanted - level
        if missing > 0:
            self._keep(publisher, level, now)
            return missing / self.rate.per_second
        self._keep(publisher, level - wanted, now)
        return 0.0

    def _keep(self, publisher: str, level: float, now: float) -> None:
        self._buckets[publisher] = (level, now)
        self._buckets.move_to_end(publisher)
        if len(self._buckets) > PUBLISHERS_MAX:
            self._buckets.popitem(last=False)
