"""When a changed project year is assessed: its first change at once, later ones in intervals.

Under backlog everything waits for quiet, up to a limit: thousands of payments to one project are
then assessed once (architecture 4).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nsmallest

from services.analysis.store.states import YearKey


@dataclass
class Agenda:
    """What one partition has to assess, and when; times are seconds of a clock that never jumps."""

    interval: float
    """Seconds between two assessments of one year."""
    deferral: float
    """Longest that a backlog puts assessing off."""
    _ready_at: dict[YearKey, float] = field(default_factory=dict)
    _assessed_at: dict[YearKey, float] = field(default_factory=dict)
    _quiet_at: float = 0.0
    _deferred_at: float | None = None

    def __len__(self) -> int:
        """How many years wait."""
        return len(self._ready_at)

    def changed(self, keys: Iterable[YearKey], now: float, limit: int) -> list[YearKey]:
        """Enter changed years; return those, at most `limit`, that are assessed at once."""
        at_once: list[YearKey] = []
        for key in keys:
            ready = self._assessed_at.get(key, -self.interval) + self.interval
            if ready <= now and now >= self._quiet_at and len(at_once) < limit:
                at_once.append(key)
            else:
                self._ready_at.setdefault(key, ready)
        return at_once

    def defer(self, keys: Iterable[YearKey], now: float) -> None:
        """Enter years that a backlog changed: they wait until it pauses, or for the deferral."""
        if self._deferred_at is None:
            self._deferred_at = now
        self._quiet_at = min(now + self.interval, self._deferred_at + self.deferral)
        for key in keys:
            self._ready_at.setdefault(key, now)

    def add(self, keys: Iterable[YearKey], now: float) -> None:
        """Enter years that a former owner left due."""
        for key in keys:
            self._ready_at.setdefault(key, now)

    def due(self, now: float, limit: int) -> list[YearKey]:
        """Name the years to assess now, the longest waiting first."""
        if now < self._quiet_at:
            return []
        ready = ((at, key) for key, at in self._ready_at.items() if at <= now)
        # Not sorted whole: of tens of thousands that wait each page takes some hundreds.
        return [key for _, key in nsmallest(limit, ready)]

    def is_quiet(self, now: float) -> bool:
        """Say whether no backlog is coming in, or assessing was put off for long enough."""
        return now >= self._quiet_at

    def clear(self) -> None:
        """Strike all out: the store is asked anew."""
        self._ready_at.clear()

    def of(self, jurisdiction: str, limit: int) -> list[YearKey]:
        """Name waiting years of a jurisdiction, ready or not (a day is about to open)."""
        prefix = f"{jurisdiction}/"
        found = (key for key in self._ready_at if key.project.startswith(prefix))
        return [key for key, _ in zip(found, range(limit), strict=False)]

    def wait(self, now: float) -> float | None:
        """Return the seconds until something is to be assessed; None: nothing waits."""
        if not self._ready_at:
            return None
        return max(0.0, max(self._quiet_at, min(self._ready_at.values())) - now)

    def oldest(self, now: float) -> float:
        """Return the seconds for which the year that waits longest could have been assessed."""
        return max(0.0, now - min(self._ready_at.values(), default=now))

    def done(self, keys: Iterable[YearKey], now: float) -> None:
        """Strike years out that were assessed."""
        for key in keys:
            self._ready_at.pop(key, None)
            # Taken out first so that the mapping stays in order of time.
            self._assessed_at.pop(key, None)
            self._assessed_at[key] = now
        while self._assessed_at:
            oldest = next(iter(self._assessed_at))
            if self._assessed_at[oldest] + self.interval > now:
                break
            del self._assessed_at[oldest]
        if not self._ready_at:
            self._deferred_at = None
        elif self._deferred_at is not None:
            # Those that waited longest went first; the rest may be put off again.
            self._deferred_at = max(self._deferred_at, min(self._ready_at.values()))
